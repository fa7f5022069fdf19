//! Waits that a stop event ends: a permit or the stop, zero or the stop.

use crate::limit::{LONG, limited};
use rsevents::{AutoResetEvent, EventState, ManualResetEvent, WaitAny};
use rsevents_extra::{Awaitable, CountdownEvent, Semaphore, Stopped, UnlessError};
use rsevents_testing::is_stopped_in_every_form;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn stop_wins_and_nothing_is_taken() {
    let stop = ManualResetEvent::new(EventState::Set);
    let semaphore = Arc::new(Semaphore::with_permits(3));
    is_stopped_in_every_form(&*semaphore, &stop);
    is_stopped_in_every_form(&semaphore.many(0), &stop);
    is_stopped_in_every_form(&semaphore.many(2), &stop);
    is_stopped_in_every_form(&semaphore.owned(), &stop);
    is_stopped_in_every_form(&semaphore.owned().many(3), &stop);
    is_stopped_in_every_form(&CountdownEvent::new(0), &stop);
    is_stopped_in_every_form(&CountdownEvent::new(1), &stop);
    assert_eq!((semaphore.count(), semaphore.total()), (3, 3));
}

#[test]
fn a_wait_that_is_not_stopped_yields_what_it_yields_otherwise() {
    let stop = AutoResetEvent::default();
    let semaphore = Arc::new(Semaphore::with_permits(9));
    let one = semaphore.unless(&stop).try_wait().unwrap();
    let two = semaphore.many(2).unless(&stop).try_wait_for(LONG).unwrap();
    let owned = semaphore.owned().many(3).unless(&stop).try_wait0().unwrap();
    let none = semaphore.many(0).unless(&stop).try_wait0().unwrap();
    assert_eq!([one.permits(), two.permits(), owned.permits(), none.permits()], [1, 2, 3, 0]);
    assert_eq!(semaphore.count(), 3);
    let many = semaphore.many(4);
    let timeout = Duration::from_millis(2);
    let start = Instant::now();
    assert_eq!(many.unless(&stop).try_wait_for(timeout).err(), Some(UnlessError::TimedOut));
    assert!(start.elapsed() >= timeout);
    assert_eq!(many.unless(&stop).try_wait0().err(), Some(UnlessError::TimedOut));
    assert_eq!(CountdownEvent::new(0).unless(&stop).try_wait(), Ok(()));
    let busy = CountdownEvent::new(1);
    assert_eq!(busy.unless(&stop).try_wait_for(timeout), Err(UnlessError::TimedOut));
}

/// A guard borrows from the semaphore, not from the stop event.
#[test]
fn a_guard_outlives_the_stop_event_and_the_value_that_was_waited_for() {
    let semaphore = Semaphore::with_permits(2);
    let guard = {
        let stop = ManualResetEvent::default();
        semaphore.many(2).unless(&stop).try_wait().unwrap()
    };
    assert_eq!((guard.permits(), semaphore.count()), (2, 0));
}

#[test]
fn a_sleeping_wait_is_stopped_and_those_behind_it_go_on() {
    limited(|| {
        for _ in 0..50 {
            let (semaphore, stop) = (Semaphore::new(2, 5), ManualResetEvent::default());
            let passed = AtomicBool::new(false);
            thread::scope(|s| {
                let large = s.spawn(|| semaphore.many(5).unless(&stop).try_wait().err());
                let behind = s.spawn(|| {
                    let guard = semaphore.many(2).try_wait_for(LONG);
                    passed.store(true, Relaxed);
                    guard.is_ok()
                });
                thread::yield_now();
                stop.set();
                assert_eq!(large.join().unwrap(), Some(Stopped));
                assert!(behind.join().unwrap());
            });
            assert_eq!(semaphore.count(), 2);
        }
    });
}

/// The set that stops a wait ends it at once, so permits that are released afterwards are left to
/// others.
#[test]
fn a_stopped_wait_keeps_no_permit() {
    limited(|| {
        for _ in 0..500 {
            let (semaphore, stop) = (Semaphore::new(0, 1), AutoResetEvent::default());
            thread::scope(|s| {
                let waiting = s.spawn(|| semaphore.unless(&stop).try_wait().err());
                thread::yield_now();
                stop.set();
                semaphore.release(1);
                let permit = semaphore.wait_for(LONG);
                assert!(permit.is_ok());
                if waiting.join().unwrap().is_none() {
                    // The wait had not begun to sleep, and found the permit first. The stop is then
                    // still set.
                    assert!(stop.is_set());
                }
            });
            assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
        }
    });
}

/// Each stop ends one wait, and no permit is lost or created.
#[test]
fn neither_stops_nor_permits_are_lost_under_load() {
    limited(|| {
        const STOPS: usize = 5_000;
        let (semaphore, stop) = (Semaphore::with_permits(2), AutoResetEvent::default());
        let (stopped, end) = (AtomicUsize::new(0), ManualResetEvent::default());
        thread::scope(|s| {
            for worker in 0..5 {
                let (semaphore, stop, stopped, end) = (&semaphore, &stop, &stopped, &end);
                s.spawn(move || {
                    while !end.is_set() {
                        let n = 1 + u16::from(worker == 0);
                        let timeout = Duration::from_micros(30 * u64::from(worker % 2 == 0) + 20);
                        let many = semaphore.many(n);
                        match many.unless(stop).try_wait_for(timeout) {
                            Ok(guard) => {
                                thread::yield_now();
                                drop(guard);
                            }
                            Err(UnlessError::Stopped) => drop(stopped.fetch_add(1, Relaxed)),
                            Err(UnlessError::TimedOut) => {}
                        }
                    }
                });
            }
            for stops in 1..=STOPS {
                stop.set();
                while stopped.load(Relaxed) < stops {
                    thread::yield_now();
                }
            }
            end.set();
        });
        assert_eq!(stopped.into_inner(), STOPS);
        assert_eq!((semaphore.count(), semaphore.total(), stop.is_set()), (2, 2, false));
    });
}

/// Closing a semaphore is setting an event. Countdowns, events and groups that wait for that event
/// see it, too.
#[test]
fn one_event_closes_everything() {
    limited(|| {
        let (semaphore, countdown) = (Semaphore::new(0, 1), CountdownEvent::new(1));
        let (closed, work) = (ManualResetEvent::default(), AutoResetEvent::default());
        thread::scope(|s| {
            let all = [
                s.spawn(|| semaphore.unless(&closed).try_wait().is_err()),
                s.spawn(|| semaphore.many(1).unless(&closed).try_wait_for(LONG).is_err()),
                s.spawn(|| countdown.unless(&closed).try_wait().is_err()),
                s.spawn(|| work.unless(&closed).try_wait().is_err()),
                s.spawn(|| WaitAny::new(&[&work]).unless(&closed).try_wait().is_err()),
            ];
            thread::sleep(Duration::from_millis(1));
            closed.set();
            assert!(all.into_iter().all(|waiting| waiting.join().unwrap()));
        });
        assert_eq!((semaphore.count(), countdown.count(), work.is_set()), (0, 1, false));
    });
}
