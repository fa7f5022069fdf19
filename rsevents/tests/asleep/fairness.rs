//! FIFO order among parked threads, and among parked threads and groups.

use crate::alone::alone;
use crate::limit::LONG;
use crate::substrate::{byte, until_listened, until_parked};
#[cfg(target_os = "linux")]
use crate::task::asleep;
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// Sets the event once for each of `order`, and expects these waiters to report, one after the
/// other.
fn served(
    event: &AutoResetEvent,
    reports: &Receiver<usize>,
    order: impl IntoIterator<Item = usize>,
) {
    for expected in order {
        event.set();
        assert_eq!(reports.recv_timeout(LONG), Ok(expected));
    }
    assert_eq!(byte(event), 0);
}

#[test]
fn parked_threads_are_released_in_the_order_in_which_they_came() {
    alone(|| {
        let event = AutoResetEvent::default();
        let (report, reports) = channel();
        thread::scope(|s| {
            for index in 0..20 {
                let (event, report) = (&event, report.clone());
                s.spawn(move || {
                    event.wait();
                    report.send(index).unwrap();
                });
                until_parked(event, index + 1);
            }
            served(&event, &reports, 0..20);
        });
    });
}

/// The kind of a waiter on `event`. The waiter is queued when `come` returns, and reports its index
/// when it is released.
#[derive(Clone, Copy)]
enum Sort {
    #[cfg(target_os = "linux")]
    Plain,
    Any,
    All,
}

fn come<'s>(
    s: &'s thread::Scope<'s, '_>,
    sort: Sort,
    event: &'s AutoResetEvent,
    own: &'s AutoResetEvent,
    report: (Sender<usize>, usize),
) {
    static ALWAYS: ManualResetEvent = ManualResetEvent::new(EventState::Set);
    let report = move || report.0.send(report.1).unwrap();
    match sort {
        #[cfg(target_os = "linux")]
        Sort::Plain => {
            asleep(s, move || {
                event.wait();
                report();
            });
        }
        Sort::Any => {
            s.spawn(move || {
                WaitAny::new(&[event, own]).wait();
                report();
            });
            until_listened(own);
        }
        Sort::All => {
            own.set();
            s.spawn(move || {
                WaitAll::new(&[event, &ALWAYS, own]).wait();
                report();
            });
            until_listened(own);
        }
    }
}

fn in_order(sorts: &[Sort]) {
    let event = AutoResetEvent::default();
    let owns = sorts.iter().map(|_| AutoResetEvent::default()).collect::<Vec<_>>();
    let (report, reports) = channel();
    thread::scope(|s| {
        for (index, (sort, own)) in sorts.iter().zip(&owns).enumerate() {
            come(s, *sort, &event, own, (report.clone(), index));
        }
        served(&event, &reports, 0..sorts.len());
    });
    assert!(owns.iter().all(|own| byte(own) == 0));
}

/// P-22: neither kind of group goes before the other.
#[test]
fn groups_are_served_in_the_order_in_which_they_came() {
    alone(|| {
        use Sort::{All, Any};
        in_order(&[Any, Any, Any]);
        in_order(&[All, All, All]);
        in_order(&[Any, All, Any, Any, All, All, Any]);
        in_order(&[All, Any, All, All, Any, Any, All]);
    });
}

/// P-22
#[cfg(target_os = "linux")]
#[test]
fn groups_and_plain_waiters_are_served_in_the_order_in_which_they_came() {
    alone(|| {
        use Sort::{All, Any, Plain};
        in_order(&[Plain, Any, Plain]);
        in_order(&[Any, Plain, Plain, Any, Plain]);
        in_order(&[All, Plain, All, Plain]);
        in_order(&[Plain, Plain, All, Plain, Any, Plain, Any, All, Plain]);
    });
}

/// P-12: a group that lacks an event is passed over, and keeps its place.
#[test]
fn a_group_that_lacks_an_event_is_passed_over_and_keeps_its_place() {
    alone(|| {
        let (event, lacking) = (AutoResetEvent::default(), AutoResetEvent::default());
        let owns = [(); 3].map(|()| AutoResetEvent::default());
        let (report, reports) = channel();
        thread::scope(|s| {
            let (event, lacking, first) = (&event, &lacking, report.clone());
            s.spawn(move || {
                WaitAll::new(&[event, lacking]).wait();
                first.send(9).unwrap();
            });
            until_listened(lacking);
            for (index, own) in owns.iter().enumerate() {
                come(s, Sort::Any, event, own, (report.clone(), index));
            }
            for expected in [0, 1] {
                event.set();
                assert_eq!(reports.recv_timeout(LONG), Ok(expected));
            }
            lacking.set();
            assert!(lacking.is_set());
            served(event, &reports, [9, 2]);
        });
        assert_eq!((byte(&event), byte(&lacking)), (0, 0));
    });
}

/// A plain waiter that came last is released if those before it cannot be.
#[test]
fn a_group_that_lacks_an_event_holds_nobody_up() {
    alone(|| {
        let (event, lacking) = (ManualResetEvent::default(), AutoResetEvent::default());
        let group: [&dyn Event; 2] = [&event, &lacking];
        thread::scope(|s| {
            let all = s.spawn(|| WaitAll::new(&group).wait_for(LONG));
            until_listened(&lacking);
            let plain = s.spawn(|| event.wait_for(LONG));
            event.set();
            assert!(plain.join().unwrap());
            lacking.set();
            assert!(all.join().unwrap());
        });
    });
}

/// T-4
#[cfg(target_os = "linux")]
#[test]
fn threads_and_tasks_share_one_queue() {
    use rsevents_testing::tasks::poll_once;
    use std::pin::pin;
    alone(|| {
        let event = AutoResetEvent::default();
        let mut first = pin!(event.wait_async());
        assert!(poll_once(first.as_mut()).is_pending());
        thread::scope(|s| {
            let sleeper = asleep(s, || event.wait_for(LONG));
            let mut last = pin!(event.wait_async());
            assert!(poll_once(last.as_mut()).is_pending());
            event.set();
            assert!(poll_once(first.as_mut()).is_ready() && poll_once(last.as_mut()).is_pending());
            assert!(!sleeper.is_over());
            event.set();
            assert!(sleeper.join() && poll_once(last.as_mut()).is_pending());
            event.set();
            assert!(poll_once(last).is_ready());
        });
        assert_eq!(byte(&event), 0);
    });
}
