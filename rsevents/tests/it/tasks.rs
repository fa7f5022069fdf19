//! Waits of tasks. Comments such as T-1 name rows of `.github/PROMISES.md`.

use crate::allocations::{Allocated, allocated};
use crate::limit::{LONG, limited};
use crate::substrate::byte;
use rsevents::{
    AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, Stopped, Wait, WaitAll,
    WaitAllFuture, WaitAny, WaitAnyFuture,
};
use rsevents_testing::tasks::{Wakes, block_on, poll, poll_once};
use std::future::Future;
use std::panic::{
    AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, panic_any, resume_unwind,
};
use std::pin::{Pin, pin};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Poll, RawWaker, RawWakerVTable, Wake, Waker};
use std::thread;
use std::time::Duration;

const SET: EventState = EventState::Set;

/// T-1
#[test]
fn a_wait_that_was_not_polled_has_no_effect() {
    let event = AutoResetEvent::default();
    let wait = event.wait_async();
    event.set();
    assert!(event.is_set());
    drop(wait);
    assert!(event.wait0());
    let mut registered = Box::pin(event.wait_async());
    assert_eq!(poll_once(registered.as_mut()), Poll::Pending);
    assert!(byte(&event) != 0);
    drop(registered);
    assert_eq!(byte(&event), 0);
}

/// T-2
#[test]
fn the_first_poll_takes_the_signal_of_a_set_event() {
    let (auto, manual) = (AutoResetEvent::new(SET), ManualResetEvent::new(SET));
    assert_eq!(poll_once(pin!(auto.wait_async())), Poll::Ready(()));
    assert_eq!(poll_once(pin!(manual.wait_async())), Poll::Ready(()));
    assert!(!auto.is_set() && manual.is_set());
    let (auto, manual) = (Arc::new(auto), Arc::new(manual));
    assert_eq!(poll_once(pin!(auto.wait_owned_async())), Poll::Pending);
    assert_eq!(poll_once(pin!(manual.wait_owned_async())), Poll::Ready(()));
    assert_eq!(byte(&*auto), 0);
}

/// T-3
#[test]
fn a_wait_keeps_the_signal_that_it_was_given() {
    let event = AutoResetEvent::default();
    let (mut first, mut second) = (pin!(event.wait_async()), pin!(event.wait_async()));
    assert!(poll_once(first.as_mut()).is_pending() && poll_once(second.as_mut()).is_pending());
    event.set();
    event.set();
    event.reset();
    event.pulse();
    assert!(!event.wait0());
    assert!(poll_once(pin!(event.wait_async())).is_pending());
    assert_eq!(poll_once(second), Poll::Ready(()));
    assert_eq!(poll_once(first), Poll::Ready(()));
    let manual = ManualResetEvent::default();
    let mut wait = pin!(manual.wait_async());
    assert!(poll_once(wait.as_mut()).is_pending());
    manual.set();
    manual.reset();
    assert_eq!(poll_once(wait), Poll::Ready(()));
    assert_eq!((byte(&event), byte(&manual)), (0, 0));
}

/// A waker that calls a function when it is woken, cloned or dropped.
struct Hook {
    on: Box<dyn Fn(&'static str) + Send + Sync>,
}

impl Hook {
    fn waker(on: impl Fn(&'static str) + Send + Sync + 'static) -> Waker {
        static VTABLE: RawWakerVTable = RawWakerVTable::new(
            |data| {
                // SAFETY: `into_raw` below made the pointer.
                let hook = unsafe { &*data.cast::<Hook>() };
                (hook.on)("clone");
                // SAFETY: as above.
                unsafe { Arc::increment_strong_count(data.cast::<Hook>()) };
                RawWaker::new(data, &VTABLE)
            },
            |data| {
                // SAFETY: as above. The waker owns this share.
                let hook = unsafe { Arc::from_raw(data.cast::<Hook>()) };
                (hook.on)("wake");
            },
            |data| {
                // SAFETY: as above.
                let hook = unsafe { &*data.cast::<Hook>() };
                (hook.on)("wake");
            },
            |data| {
                // SAFETY: as above. The waker owns this share.
                let hook = unsafe { Arc::from_raw(data.cast::<Hook>()) };
                (hook.on)("drop");
            },
        );
        let hook = Arc::new(Self { on: Box::new(on) });
        let data = Arc::into_raw(hook).cast();
        // SAFETY: the functions of the table keep to the contract of `RawWaker`.
        unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) }
    }
}

/// T-5: batches must not be observable.
#[test]
fn a_broadcast_releases_all_and_none_that_begins_inside_it() {
    for waits in [1, 2, 31, 32, 33, 34, 65, 300] {
        for signal in [ManualResetEvent::set, ManualResetEvent::pulse] {
            let event = Arc::new(ManualResetEvent::default());
            let begun = Arc::new(Mutex::new(Vec::<Pin<Box<Wait<Arc<ManualResetEvent>>>>>::new()));
            let (inside, begun_inside) = (event.clone(), begun.clone());
            let waker = Hook::waker(move |what| {
                if what == "wake" {
                    // After the reset, a wait that begins here is a later one.
                    inside.reset();
                    let mut late = Box::pin(inside.wait_owned_async());
                    assert!(poll_once(late.as_mut()).is_pending());
                    begun_inside.lock().unwrap().push(late);
                }
            });
            let mut all: Vec<_> = (0..waits).map(|_| Box::pin(event.wait_async())).collect();
            for wait in &mut all {
                assert!(poll(wait.as_mut(), &waker).is_pending());
            }
            signal(&event);
            for wait in &mut all {
                assert!(poll_once(wait.as_mut()).is_ready());
            }
            let mut begun = begun.lock().unwrap();
            assert_eq!(begun.len(), waits);
            assert!(begun.iter_mut().all(|late| poll_once(late.as_mut()).is_pending()));
            begun.clear();
            assert_eq!(byte(&*event), 0);
        }
    }
}

/// T-6
#[test]
fn a_dropped_wait_gives_up_its_place_or_passes_its_signal_on() {
    let event = AutoResetEvent::default();
    let registered = || {
        let mut wait = Box::pin(event.wait_async());
        assert!(poll_once(wait.as_mut()).is_pending());
        wait
    };
    let (first, mut second) = (registered(), registered());
    drop(first);
    event.set();
    assert!(poll_once(second.as_mut()).is_ready());

    // A dropped wait repeats `set` as `set`.
    let first = registered();
    event.set();
    drop(first);
    assert!(event.wait0());
    let (first, mut second) = (registered(), registered());
    event.set();
    drop(first);
    assert!(poll_once(second.as_mut()).is_ready() && !event.is_set());
    // The repeated set merges with the signal that is already there.
    let first = registered();
    event.set();
    event.set();
    drop(first);
    assert!(event.wait0() && !event.wait0());
    // A dropped wait repeats `pulse` as `pulse`.
    let first = registered();
    event.pulse();
    drop(first);
    assert!(!event.is_set());
    let (first, mut second) = (registered(), registered());
    event.pulse();
    drop(first);
    assert!(poll_once(second.as_mut()).is_ready() && !event.is_set());
    assert_eq!(byte(&event), 0);

    let manual = ManualResetEvent::default();
    let mut wait = Box::pin(manual.wait_async());
    assert!(poll_once(wait.as_mut()).is_pending());
    manual.set();
    manual.reset();
    drop(wait);
    assert_eq!(byte(&manual), 0);
}

/// T-6
#[test]
fn a_passed_on_signal_reaches_a_thread() {
    limited(|| {
        let event = AutoResetEvent::default();
        let mut first = Box::pin(event.wait_async());
        assert!(poll_once(first.as_mut()).is_pending());
        thread::scope(|s| {
            let sleeper = s.spawn(|| event.wait_for(LONG));
            thread::sleep(Duration::from_millis(5));
            event.set();
            drop(first);
            assert!(sleeper.join().unwrap());
        });
        assert_eq!(byte(&event), 0);
    });
}

/// T-6, for groups.
#[test]
fn a_dropped_group_puts_back_what_it_took() {
    let events = [const { AutoResetEvent::new(EventState::Unset) }; 3];
    let [a, b, c] = events.map(Arc::new);
    let group: [&dyn Event; 3] = [&a, &b, &c];
    let mut any = Box::pin(WaitAny::new(&group).wait_async());
    assert!(poll_once(any.as_mut()).is_pending());
    b.set();
    c.set();
    assert!(!b.is_set() && c.is_set());
    drop(any);
    assert!(!a.is_set() && b.is_set() && c.is_set());
    c.reset();

    let manual = Arc::new(ManualResetEvent::default());
    let all = || {
        let events: [Arc<dyn Event>; 4] = [a.clone(), b.clone(), manual.clone(), c.clone()];
        let mut all = Box::pin(WaitAll::wait_owned_async(events));
        assert!(poll_once(all.as_mut()).is_pending());
        all
    };
    let dropped = all();
    a.set();
    manual.set();
    c.set();
    drop(dropped);
    assert!(a.is_set() && b.is_set() && c.is_set() && manual.is_set());
    // The last signal is repeated as what it was.
    b.reset();
    let dropped = all();
    b.pulse();
    assert!(!a.is_set() && !c.is_set());
    drop(dropped);
    assert!(a.is_set() && !b.is_set() && c.is_set());
}

/// T-7
#[test]
fn a_drop_that_meets_a_set_leaves_the_signal_once() {
    limited(|| {
        for round in 0..3000 {
            let event = AutoResetEvent::default();
            let mut wait = Box::pin(event.wait_async());
            let polled = AtomicBool::new(false);
            assert!(poll_once(wait.as_mut()).is_pending());
            thread::scope(|s| {
                let setter = s.spawn(|| event.set());
                for _ in 0..round % 50 {
                    std::hint::spin_loop();
                }
                if round % 2 == 0 && poll_once(wait.as_mut()).is_ready() {
                    polled.store(true, Relaxed);
                }
                drop(wait);
                setter.join().unwrap();
            });
            assert_eq!(event.wait0(), !polled.load(Relaxed));
            assert_eq!(byte(&event), 0);
        }
    });
}

/// T-8
#[test]
fn the_last_waker_is_called_once_and_none_is_kept() {
    let event = AutoResetEvent::default();
    let ((old, old_waker), (new, new_waker)) = (Wakes::new(), Wakes::new());
    let mut wait = pin!(event.wait_async());
    assert!(poll(wait.as_mut(), &old_waker).is_pending());
    assert!(poll(wait.as_mut(), &old_waker).is_pending());
    assert_eq!(Arc::strong_count(&old), 3);
    assert!(poll(wait.as_mut(), &new_waker).is_pending());
    assert_eq!((Arc::strong_count(&old), Arc::strong_count(&new)), (2, 3));
    assert_eq!(new.count(), 0);
    event.set();
    event.set();
    assert_eq!((old.count(), new.count()), (0, 1));
    assert_eq!(Arc::strong_count(&new), 2);
    assert!(poll(wait.as_mut(), &new_waker).is_ready());
    assert_eq!((new.count(), Arc::strong_count(&new)), (1, 2));
    event.reset();
    {
        let mut dropped = Box::pin(event.wait_async());
        assert!(poll(dropped.as_mut(), &new_waker).is_pending());
    }
    assert_eq!((new.count(), Arc::strong_count(&new)), (1, 2));
}

/// T-9: wakers may use the event in every function.
#[test]
fn every_function_of_a_waker_may_use_the_event() {
    limited(|| {
        for group in [false, true] {
            let event = Arc::new(AutoResetEvent::default());
            let other = ManualResetEvent::default();
            let (busy, called) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
            let hook = || {
                let (event, busy, called) = (event.clone(), busy.clone(), called.clone());
                Hook::waker(move |_| {
                    if !busy.swap(true, SeqCst) {
                        event.set();
                        event.reset();
                        let mut wait = Box::pin(event.wait_owned_async());
                        let _pending = poll_once(wait.as_mut());
                        let _ = event.wait0();
                        drop(wait);
                        event.reset();
                        called.fetch_add(1, SeqCst);
                        busy.store(false, SeqCst);
                    }
                })
            };
            let (first, second) = (hook(), hook());
            let events: [&dyn Event; 2] = [&event, &other];
            let any = WaitAny::new(&events);
            let wait = || -> Pin<Box<dyn Future<Output = ()> + '_>> {
                if group {
                    Box::pin(async { assert!(any.wait_async().await < 2) })
                } else {
                    Box::pin(event.wait_async())
                }
            };
            // The wakers are cloned, replaced, and dropped with the wait. Then they are cloned and
            // woken.
            let mut dropped = wait();
            let _ = poll(dropped.as_mut(), &first);
            let _ = poll(dropped.as_mut(), &second);
            drop(dropped);
            let mut woken = wait();
            let _ = poll(woken.as_mut(), &first);
            event.set();
            drop(woken);
            event.reset();
            drop((first, second));
            assert!(called.load(SeqCst) >= 6);
            assert_eq!((byte(&*event), byte(&other)), (0, 0));
        }
    });
}

/// T-10
#[test]
fn a_waker_may_drop_and_poll_other_waits_of_the_broadcast() {
    for waits in [2, 40, 100] {
        type Waits = Mutex<Vec<Option<Pin<Box<Wait<Arc<ManualResetEvent>>>>>>>;
        let event = Arc::new(ManualResetEvent::default());
        let all = Arc::new(Waits::default());
        let ready = Arc::new(AtomicUsize::new(0));
        let (others, counted) = (all.clone(), ready.clone());
        let waker = Hook::waker(move |what| {
            // A waker that is dropped here must not take the lock again.
            if what != "wake" {
                return;
            }
            let taken: Vec<_> = others.lock().unwrap().iter_mut().map(Option::take).collect();
            for (index, wait) in taken.into_iter().enumerate() {
                match wait {
                    Some(mut wait) if index % 2 == 0 => {
                        assert!(poll_once(wait.as_mut()).is_ready());
                        counted.fetch_add(1, SeqCst);
                    }
                    _ => {}
                }
            }
        });
        for _ in 0..waits {
            let mut wait = Box::pin(event.wait_owned_async());
            assert!(poll(wait.as_mut(), &waker).is_pending());
            all.lock().unwrap().push(Some(wait));
        }
        event.set();
        event.reset();
        assert_eq!(ready.load(SeqCst), waits / 2);
        assert!(all.lock().unwrap().iter().all(Option::is_none));
        assert_eq!(byte(&*event), 0);
    }
}

/// T-10
#[test]
fn panicking_wakers_stop_nobody_else() {
    limited(|| {
        let event = ManualResetEvent::default();
        let (counter, good) = Wakes::new();
        let bad = Hook::waker(|what| assert_ne!(what, "wake", "a waker panics"));
        let mut all: Vec<_> = (0..100).map(|_| Box::pin(event.wait_async())).collect();
        for (index, wait) in all.iter_mut().enumerate() {
            let waker = if index % 10 == 0 { &bad } else { &good };
            assert!(poll(wait.as_mut(), waker).is_pending());
        }
        thread::scope(|s| {
            let sleeper = s.spawn(|| event.wait_for(LONG));
            thread::sleep(Duration::from_millis(5));
            let panic = catch_unwind(AssertUnwindSafe(|| event.set())).unwrap_err();
            assert!(panic.downcast_ref::<String>().unwrap().contains("a waker panics"));
            assert!(sleeper.join().unwrap());
        });
        assert_eq!(counter.count(), 90);
        assert!(all.iter_mut().all(|wait| poll_once(wait.as_mut()).is_ready()));
        drop(all);
        event.reset();
        // If a clone panics, nothing has begun.
        let bad = Hook::waker(|what| assert_ne!(what, "clone", "a waker panics"));
        let mut wait = Box::pin(event.wait_async());
        assert!(catch_unwind(AssertUnwindSafe(|| poll(wait.as_mut(), &bad))).is_err());
        assert_eq!(byte(&event), 0);
        assert!(poll(wait.as_mut(), &good).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(|| poll(wait.as_mut(), &bad))).is_err());
        event.set();
        assert!(poll_once(wait.as_mut()).is_ready());
    });
}

/// T-11
#[test]
fn what_precedes_the_set_is_visible_after_the_wait() {
    limited(|| {
        for round in 0..2000 {
            let event = AutoResetEvent::default();
            let data = AtomicUsize::new(0);
            thread::scope(|s| {
                s.spawn(|| {
                    data.store(round, Relaxed);
                    event.set();
                });
                block_on(event.wait_async());
                assert_eq!(data.load(Relaxed), round);
            });
        }
    });
}

/// T-12
#[test]
fn an_event_may_be_freed_as_soon_as_the_wait_is_ready() {
    limited(|| {
        for _ in 0..2000 {
            let event = Arc::new(ManualResetEvent::default());
            let setter = Arc::as_ptr(&event) as usize;
            let handle = thread::spawn(move || {
                // SAFETY: the event is freed after this `set` has released the wait, not before.
                unsafe { &*(setter as *const ManualResetEvent) }.set();
            });
            block_on(event.wait_async());
            drop(event);
            handle.join().unwrap();
        }
    });
}

/// T-13
#[test]
fn futures_can_be_sent_shared_stored_and_spawned() {
    fn is_sync<T: Send + Sync>(_: &T) {}
    fn is_static<T: Send + UnwindSafe + RefUnwindSafe + 'static>(_: &T) {}
    struct Stored {
        _wait: Wait<Arc<AutoResetEvent>>,
    }
    let (auto, manual) =
        (Arc::new(AutoResetEvent::default()), Arc::new(ManualResetEvent::default()));
    is_sync(&auto.wait_async());
    is_static(&auto.wait_owned_async());
    is_static(&Wait::new(manual.clone() as Arc<dyn Event>));
    is_sync(&Wait::new(&*manual as &dyn Event));
    is_static(&Wait::new(Box::new(AutoResetEvent::default())));
    let group: [&dyn Event; 2] = [&auto, &manual];
    is_sync::<WaitAnyFuture<'_>>(&WaitAny::new(&group).wait_async());
    let all: WaitAllFuture = WaitAll::wait_owned_async([auto.clone() as Arc<dyn Event>]);
    is_static(&all);
    is_static(&Stored { _wait: auto.wait_owned_async() });
    assert!(size_of::<Wait<&AutoResetEvent>>() <= 96);
}

#[test]
#[should_panic(expected = "polled after it had ended")]
fn a_wait_that_has_ended_is_not_polled_again() {
    let event = ManualResetEvent::new(SET);
    let mut wait = pin!(event.wait_async());
    assert!(poll_once(wait.as_mut()).is_ready());
    let _ = poll_once(wait);
}

#[test]
fn groups_of_tasks_take_what_groups_of_threads_take() {
    let [a, b] = [const { AutoResetEvent::new(EventState::Unset) }; 2].map(Arc::new);
    let stop = ManualResetEvent::default();
    let group: [&dyn Event; 3] = [&stop, &a, &b];
    let mut any = pin!(WaitAny::new(&group).wait_async());
    assert!(poll_once(any.as_mut()).is_pending());
    b.set();
    a.set();
    assert_eq!(poll_once(any), Poll::Ready(2));
    assert!(a.is_set() && !b.is_set());

    let mut all = pin!(WaitAll::wait_owned_async([a.clone() as Arc<dyn Event>, b.clone()]));
    assert!(poll_once(all.as_mut()).is_pending());
    assert!(a.is_set());
    b.set();
    assert!(!a.is_set() && !b.is_set());
    assert_eq!(poll_once(all), Poll::Ready(()));
    assert_eq!(poll_once(pin!(WaitAll::wait_owned_async([]))), Poll::Ready(()));
    assert_eq!((byte(&*a), byte(&*b), byte(&stop)), (0, 0, 0));
}

#[test]
fn tasks_are_stopped_as_threads_are() {
    static A: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
    static B: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
    static BOTH: [&dyn Event; 2] = [&A, &B];
    let stop = AutoResetEvent::default();
    let (any, all) = (WaitAny::new(&BOTH), WaitAll::new(&BOTH));
    for set_stop in [true, false] {
        let mut one = pin!(A.unless(&stop).wait_async());
        assert!(poll_once(one.as_mut()).is_pending());
        let end = |last: &AutoResetEvent| if set_stop { stop.set() } else { last.set() };
        end(&A);
        assert_eq!(poll_once(one), Poll::Ready(if set_stop { Err(Stopped) } else { Ok(()) }));
        let mut one = pin!(any.unless(&stop).wait_async());
        assert!(poll_once(one.as_mut()).is_pending());
        end(&B);
        assert_eq!(poll_once(one), Poll::Ready(if set_stop { Err(Stopped) } else { Ok(1) }));
        let mut one = pin!(all.unless(&stop).wait_async());
        assert!(poll_once(one.as_mut()).is_pending());
        A.set();
        end(&B);
        assert_eq!(poll_once(one), Poll::Ready(if set_stop { Err(Stopped) } else { Ok(()) }));
        assert_eq!(A.wait0(), set_stop);
        assert!(!B.is_set() && !stop.is_set());
    }
    // If both are set, the stop wins, and the event keeps its signal.
    stop.set();
    A.set();
    assert_eq!(poll_once(pin!(A.unless(&stop).wait_async())), Poll::Ready(Err(Stopped)));
    assert!(A.wait0());
    // The wait is dropped with the signal of the stop, or of the event.
    for event in [&A, &stop] {
        let mut one = Box::pin(all.unless(&stop).wait_async());
        assert!(poll_once(one.as_mut()).is_pending());
        B.set();
        event.set();
        drop(one);
        assert!(event.wait0() && B.wait0());
    }
    assert_eq!((byte(&A), byte(&B), byte(&stop)), (0, 0, 0));
}

/// Tasks and threads take turns on the same event, and some of them give up.
#[test]
fn no_token_is_lost_among_threads_and_tasks() {
    limited(|| {
        const EACH: usize = 4000;
        let (token, held) = (AutoResetEvent::new(SET), AtomicBool::new(false));
        let other = ManualResetEvent::default();
        let visits = AtomicUsize::new(0);
        let visit = || {
            assert!(!held.swap(true, SeqCst));
            visits.fetch_add(1, Relaxed);
            held.store(false, SeqCst);
            token.set();
        };
        thread::scope(|s| {
            for worker in 0..4 {
                let (token, other, visit) = (&token, &other, &visit);
                s.spawn(move || {
                    let events: [&dyn Event; 2] = [other, token];
                    for round in 0..EACH {
                        match worker {
                            0 => assert!(token.wait_for(LONG)),
                            1 => block_on(token.wait_async()),
                            2 => assert_eq!(block_on(WaitAny::new(&events).wait_async()), 1),
                            _ => {
                                // Polled several times and then dropped, with the token or without
                                // it.
                                let mut wait = Box::pin(token.wait_async());
                                let ready = (0..round % 4).any(|_| {
                                    thread::yield_now();
                                    poll_once(wait.as_mut()).is_ready()
                                });
                                if !ready {
                                    continue;
                                }
                            }
                        }
                        visit();
                    }
                });
            }
        });
        assert!(visits.into_inner() >= 3 * EACH);
        assert!(token.is_set());
        assert_eq!(byte(&other), 0);
    });
}

/// T-13: a wait for one event and a signal allocate nothing, however many tasks wait.
#[test]
fn waits_for_one_event_and_broadcasts_allocate_nothing() {
    let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
    let nothing = Allocated { count: 0, bytes: 0 };
    let waits = allocated(|| {
        for _ in 0..3 {
            let mut wait = pin!(auto.wait_async());
            assert!(poll_once(wait.as_mut()).is_pending());
            auto.set();
            assert!(poll_once(wait).is_ready());
            let mut dropped = pin!(auto.wait_async());
            assert!(poll_once(dropped.as_mut()).is_pending());
        }
    });
    assert_eq!(waits, nothing);
    let mut all: Vec<_> = (0..100).map(|_| Box::pin(manual.wait_async())).collect();
    let broadcast = allocated(|| {
        assert!(all.iter_mut().all(|wait| poll_once(wait.as_mut()).is_pending()));
        manual.set();
        assert!(all.iter_mut().all(|wait| poll_once(wait.as_mut()).is_ready()));
    });
    assert_eq!(broadcast, nothing);
    // A group allocates once, when it has to wait.
    let group: [&dyn Event; 2] = [&auto, &auto];
    manual.reset();
    let any = allocated(|| {
        let mut any = pin!(WaitAny::new(&group).wait_async());
        assert!(poll_once(any.as_mut()).is_pending());
        auto.set();
        assert!(poll_once(any).is_ready());
    });
    assert_eq!((any.count, any.bytes), (1, 0));
}

/// The payload of a panic that panics again when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            // Without an allocation, which would be leaked.
            resume_unwind(Box::new(()));
        }
    }
}

struct Panics(bool);

impl Wake for Panics {
    fn wake(self: Arc<Self>) {
        if self.0 { panic_any(Bomb) } else { panic_any("first") }
    }
}

/// T-10: a broadcast continues whatever its wakers panic with. The rest of the broadcast is in the
/// frame of `set`.
#[test]
fn payloads_of_panics_that_panic_end_no_broadcast() {
    let event = ManualResetEvent::default();
    let (counter, good) = Wakes::new();
    let wakers: [Waker; 3] = [Arc::new(Panics(false)).into(), Arc::new(Panics(true)).into(), good];
    let mut all: Vec<_> = (0..50).map(|_| Box::pin(event.wait_async())).collect();
    for (index, wait) in all.iter_mut().enumerate() {
        assert!(poll(wait.as_mut(), &wakers[index.min(2)]).is_pending());
    }
    let panic = catch_unwind(AssertUnwindSafe(|| event.set())).unwrap_err();
    assert_eq!(panic.downcast_ref(), Some(&"first"));
    assert_eq!(counter.count(), 48);
    assert!(all.iter_mut().all(|wait| poll_once(wait.as_mut()).is_ready()));
}

/// T-10: the payloads of all panics but the first are dropped, not leaked.
#[test]
fn a_broadcast_drops_the_payloads_of_later_panics() {
    struct PanicsWith(Arc<()>);
    impl Wake for PanicsWith {
        fn wake(self: Arc<Self>) {
            panic_any(Arc::clone(&self.0))
        }
    }
    let (event, payload) = (ManualResetEvent::default(), Arc::new(()));
    let waker = Arc::new(PanicsWith(payload.clone())).into();
    let mut all: Vec<_> = (0..3).map(|_| Box::pin(event.wait_async())).collect();
    assert!(all.iter_mut().all(|wait| poll(wait.as_mut(), &waker).is_pending()));
    let panic = catch_unwind(AssertUnwindSafe(|| event.set())).unwrap_err();
    drop((panic, waker, all));
    assert_eq!(Arc::strong_count(&payload), 1);
}

/// T-10: a set in a destructor does not abort the process while the thread is panicking.
#[test]
fn a_panicking_waker_aborts_no_thread_that_panics_already() {
    struct SetOnDrop<'a>(&'a AutoResetEvent);
    impl Drop for SetOnDrop<'_> {
        fn drop(&mut self) {
            self.0.set();
        }
    }
    let event = AutoResetEvent::default();
    let mut wait = Box::pin(event.wait_async());
    assert!(poll(wait.as_mut(), &Arc::new(Panics(false)).into()).is_pending());
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _set = SetOnDrop(&event);
        panic_any("outer");
    }));
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"outer"));
    assert!(poll_once(wait.as_mut()).is_ready());
}

/// T-6: a pulse is repeated after the sets, whatever the order of the list.
#[test]
fn a_dropped_wait_for_all_releases_the_next_one_by_its_pulse() {
    for swapped in [false, true] {
        let [a, b] = [(); 2].map(|()| Arc::new(AutoResetEvent::default()));
        let all = || {
            let mut events: [Arc<dyn Event>; 2] = [a.clone(), b.clone()];
            if swapped {
                events.reverse();
            }
            let mut all = Box::pin(WaitAll::wait_owned_async(events));
            assert!(poll_once(all.as_mut()).is_pending());
            all
        };
        let (first, mut second) = (all(), all());
        a.set();
        b.pulse();
        drop(first);
        assert!(poll_once(second.as_mut()).is_ready());
        assert!(!a.is_set() && !b.is_set());
    }
}

/// A future is freed as soon as it is ready.
#[test]
fn a_future_may_be_freed_as_soon_as_it_is_ready() {
    limited(|| {
        for _ in 0..1000 {
            let event = Arc::new(AutoResetEvent::default());
            let mut wait = Box::pin(event.wait_owned_async());
            assert!(poll_once(wait.as_mut()).is_pending());
            let setter = thread::spawn(move || event.set());
            while poll_once(wait.as_mut()).is_pending() {
                thread::yield_now();
            }
            drop(wait);
            setter.join().unwrap();
        }
    });
}

#[test]
fn futures_show_what_they_wait_for() {
    let (event, set) = (AutoResetEvent::default(), ManualResetEvent::new(EventState::Set));
    let shown = format!("{:?}", event.wait_async());
    assert!(shown.contains("Wait") && shown.contains("Unset"), "{shown}");
    assert!(format!("{:?}", set.wait_async()).contains("Set"));
    let group: [&dyn Event; 2] = [&event, &set];
    let shown = format!("{:?}", WaitAny::new(&group).wait_async());
    assert!(shown.contains("WaitAnyFuture") && shown.contains('2'), "{shown}");
}

#[test]
fn a_first_poll_takes_what_is_there_unless_it_is_stopped() {
    static SET: ManualResetEvent = ManualResetEvent::new(EventState::Set);
    static ALWAYS: [&dyn Event; 1] = [&SET];
    for stopped in [false, true] {
        let stop = ManualResetEvent::new(if stopped { EventState::Set } else { EventState::Unset });
        let work = AutoResetEvent::new(EventState::Set);
        let expect = |ended: Poll<Result<usize, Stopped>>| {
            assert_eq!(ended, Poll::Ready(if stopped { Err(Stopped) } else { Ok(0) }));
            assert_eq!(work.is_set(), stopped);
            work.set();
        };
        expect(poll_once(pin!(work.unless(&stop).wait_async())).map_ok(|()| 0));
        expect(poll_once(pin!(WaitAny::new(&[&work]).unless(&stop).wait_async())));
        let all = WaitAll::new(&ALWAYS).unless(&stop).wait_async();
        let expected = if stopped { Err(Stopped) } else { Ok(()) };
        assert_eq!(poll_once(pin!(all)), Poll::Ready(expected));
    }
}

/// Polls a wait and leaks it. Its memory stays reachable, so that no leak checker complains.
fn poll_and_leak<F: Future>(wait: F) {
    static LEAKED: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let wait = Box::leak(Box::new(wait));
    LEAKED.lock().unwrap().push(ptr::from_mut(wait).expose_provenance());
    // SAFETY: it is leaked, so it is never moved.
    assert!(poll_once(unsafe { Pin::new_unchecked(wait) }).is_pending());
}

/// Leaks a wait, and returns how many sets the next event at the same address needs to release one of its own.
fn sets_after_a_leak<E: Event + Default>(set: impl Fn(&E)) -> Option<usize> {
    let mut event = E::default();
    poll_and_leak(Wait::new(&event));
    event = E::default();
    let mut wait = pin!(Wait::new(&event));
    assert!(poll_once(wait.as_mut()).is_pending());
    (1..=2).find(|_| {
        set(&event);
        poll_once(wait.as_mut()).is_ready()
    })
}

/// A leaked wait stays in the queue of its event's address. The next event at that address loses at most one signal
/// to it.
#[test]
fn a_leaked_wait_takes_at_most_one_signal() {
    assert_eq!(sets_after_a_leak(ManualResetEvent::set), Some(1));
    assert_eq!(sets_after_a_leak(AutoResetEvent::set), Some(2));
}
