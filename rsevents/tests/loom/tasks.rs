//! Models of waits of tasks. In a model, a broadcast carries one waker at a time.

use crate::exploration::{LIMIT, large_model, model, parked, running};
use crate::place::Place;
use loom::cell::Cell;
use rsevents::{
    AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, Wait, WaitAll, WaitAny,
};
use rsevents_testing::tasks::{poll, poll_and_drop, poll_once, run};
use std::mem::ManuallyDrop;
use std::ptr::null;
use std::sync::Arc;
use std::task::{RawWaker, RawWakerVTable, Waker};

#[test]
fn a_set_publishes_to_the_task_that_it_releases() {
    model(|| {
        let (event, data) = (AutoResetEvent::default(), Cell::new(0));
        let publish = || {
            data.set(1);
            event.set();
        };
        running([&publish], || {
            run(event.wait_async());
            assert_eq!(data.get(), 1);
        });
        assert!(!event.is_set());
    });
}

#[test]
fn a_drop_that_meets_a_set_leaves_the_signal_once() {
    model(|| {
        let event = AutoResetEvent::default();
        let task = || poll_and_drop(event.wait_async()).is_some();
        let taken = running([&|| event.set()], task).1;
        assert_eq!(event.is_set(), !taken);
    });
}

/// A dropped wait unlinks itself, or is detached.
#[test]
fn drops_that_meet_a_broadcast_leave_nothing() {
    large_model(|| {
        let event = ManualResetEvent::default();
        let task = || {
            let _ready = poll_and_drop(event.wait_async());
        };
        running([&|| event.set(), &task], task);
        assert!(event.is_set());
        assert_eq!(rsevents::model::bits(&event), 1);
    });
}

#[test]
fn a_broadcast_releases_all_tasks() {
    large_model(|| {
        let event = ManualResetEvent::default();
        let task = || run(event.wait_async());
        running([&|| event.set(), &task], task);
        assert_eq!(rsevents::model::bits(&event), 1);
    });
}

#[test]
fn an_event_may_be_freed_as_soon_as_the_task_is_ready() {
    model(|| {
        let event = Place::new(AutoResetEvent::default());
        running([&|| event.set()], || {
            run(event.wait_async());
            event.free();
        });
    });
    model(|| {
        let event = Place::new(ManualResetEvent::default());
        running([&|| event.set()], || {
            run(event.wait_async());
            event.free();
        });
    });
}

#[test]
fn a_task_a_thread_and_a_timeout_share_one_signal() {
    large_model(|| {
        let event = AutoResetEvent::default();
        let thread = || event.wait_for(LIMIT);
        let set = || {
            event.set();
            false
        };
        let task = || poll_and_drop(event.wait_async()).is_some();
        let ([timed, _], polled) = running([&thread, &set], task);
        assert_eq!(usize::from(timed) + usize::from(polled) + usize::from(event.is_set()), 1);
    });
}

/// The second poll replaces the waker while the event is set.
#[test]
fn a_replaced_waker_is_called_or_the_poll_is_ready() {
    model(|| {
        let event = ManualResetEvent::default();
        // `run` polls with one waker, and then with another, which wakes this thread.
        running([&|| event.set()], || run(event.wait_async()));
    });
}

#[test]
fn a_group_of_a_task_takes_one_of_two_signals() {
    large_model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let group: [&dyn Event; 2] = [&a, &b];
        let task = || run(WaitAny::new(&group).wait_async());
        let index = running([&|| a.set(), &|| b.set()], task).1;
        assert_eq!([a.is_set(), b.is_set()], [index != 0, index != 1]);
    });
}

#[test]
fn a_task_that_waits_for_all_takes_all_and_puts_all_back() {
    large_model(|| {
        let events = [(); 2].map(|()| Arc::new(AutoResetEvent::default()));
        let [a, b] = &events;
        let all = || WaitAll::wait_owned_async(events.clone().map(|event| event as Arc<dyn Event>));
        let task = || poll_and_drop(all()).is_some();
        let taken = running([&|| a.set(), &|| b.set()], task).1;
        assert_eq!([a.is_set(), b.is_set()], [!taken; 2]);
    });
    model(|| {
        let events = [EventState::Set, EventState::Unset].map(AutoResetEvent::new).map(Arc::new);
        let [a, b] = &events;
        let all = || WaitAll::wait_owned_async(events.clone().map(|event| event as Arc<dyn Event>));
        running([&|| b.set()], || run(all()));
        assert!(!a.is_set() && !b.is_set());
    });
}

/// The thread parks before the task queues, so the `set` must release the thread, and never the
/// task.
#[test]
fn a_thread_that_parked_before_a_task_queued_is_released_first() {
    large_model(|| {
        let event = AutoResetEvent::default();
        let task = || poll_and_drop(event.wait_async()).is_some();
        let ([()], taken) = parked([&|| event.wait()], || running([&|| event.set()], task).1);
        assert!(!taken && !event.is_set());
    });
}

/// The thread may queue behind the task, be released by the `set` itself, or find the signal again in the event.
#[test]
fn a_dropped_task_passes_its_signal_on_to_a_thread() {
    large_model(|| {
        let event = AutoResetEvent::default();
        let mut task = Box::pin(event.wait_async());
        assert!(poll_once(task.as_mut()).is_pending());
        running([&|| event.wait(), &|| event.set()], || drop(task));
        assert_eq!(rsevents::model::bits(&event), 0);
    });
}

/// A task that is polled while a broadcast goes on takes its waker out itself. What dropping the waker does matters
/// less than the result.
#[test]
fn a_waker_that_panics_when_it_is_dropped_spoils_no_result() {
    const VTABLE: RawWakerVTable = RawWakerVTable::new(
        |data| RawWaker::new(data, &VTABLE),
        |_wake| (),
        |_wake_by_ref| (),
        |_drop| panic!("a waker is dropped"),
    );
    model(|| {
        // SAFETY: the functions use no data.
        let waker = unsafe { Waker::new(null(), &VTABLE) };
        let waker = ManuallyDrop::new(waker);
        let event = ManualResetEvent::default();
        let [mut first, mut second] = [(); 2].map(|()| Box::pin(event.wait_async()));
        assert!(poll_once(first.as_mut()).is_pending());
        assert!(poll(second.as_mut(), &waker).is_pending());
        let polled = running([&|| event.set()], || poll(second.as_mut(), &waker)).1;
        assert!(polled.is_ready() || poll(second.as_mut(), &waker).is_ready());
        assert!(poll_once(first.as_mut()).is_ready());
    });
}

/// A task that takes itself out of a broadcast may use its memory for another wait at once.
#[test]
fn a_broadcast_does_not_come_back_to_a_task_that_is_ready() {
    model(|| {
        let (event, other) = (ManualResetEvent::default(), AutoResetEvent::default());
        let wait = |event| Box::pin(Wait::new(event));
        let (mut first, mut second) = (wait(&event as &dyn Event), wait(&event));
        assert!(poll_once(first.as_mut()).is_pending() && poll_once(second.as_mut()).is_pending());
        running([&|| event.set()], || {
            if poll_once(second.as_mut()).is_ready() {
                second.set(Wait::new(&other));
                assert!(poll_once(second.as_mut()).is_pending());
                other.set();
                assert!(poll_once(second.as_mut()).is_ready());
            }
        });
        assert_eq!(rsevents::model::bits(&other), 0);
    });
}
