//! Schedules that chance seldom produces. They are forced by holding the lock of an event's queue:
//! threads that set the event, time out or park stop there.

use crate::limit::{LONG, limited, until};
use crate::substrate::{PARKED, byte, parked, until_parked, with_queue_locked};
use rsevents::{AutoResetEvent, Awaitable, ManualResetEvent, TimeoutError};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

const MOMENT: Duration = Duration::from_millis(2);

/// Gives other threads time to reach the locked queue. The tests hold however far they get.
fn let_pass(time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        thread::yield_now();
    }
}

/// Makes a set and the timeout of the only waiter meet at the queue. `check` is told whether the
/// wait succeeded.
fn timeout_meets_set<E>(set: fn(&E), check: fn(&E, bool))
where
    E: Default + Sync + for<'a> Awaitable<'a, T = (), Error = TimeoutError>,
{
    for set_first in [true, false].repeat(20) {
        let event = E::default();
        thread::scope(|s| {
            let waiter = s.spawn(|| event.wait_for(3 * MOMENT));
            until(|| parked(&event) == 1 || waiter.is_finished());
            let timed_out = Instant::now() + 3 * MOMENT;
            let setter = with_queue_locked(&event, || {
                if !set_first {
                    let_pass(timed_out.saturating_duration_since(Instant::now()));
                }
                let setter = s.spawn(|| set(&event));
                let_pass(timed_out.saturating_duration_since(Instant::now()) + MOMENT);
                setter
            });
            setter.join().unwrap();
            check(&event, waiter.join().unwrap());
        });
    }
}

/// the published timeout then writes the event back to unset.
#[test]
fn a_timeout_that_meets_a_set_does_not_erase_it() {
    limited(|| timeout_meets_set(ManualResetEvent::set, |event, _| assert!(event.is_set())));
}

/// R-1, for the auto-reset event.
#[test]
fn a_timeout_that_meets_a_set_takes_the_signal_or_leaves_it() {
    limited(|| {
        timeout_meets_set(AutoResetEvent::set, |event, released| {
            assert_ne!(event.is_set(), released);
        });
    });
}

/// the published set is still releasing threads, and releases a later waiter as well.
#[test]
fn a_set_releases_no_wait_that_began_after_a_later_reset() {
    limited(|| {
        for _ in 0..40 {
            let event = ManualResetEvent::default();
            thread::scope(|s| {
                s.spawn(|| assert!(event.wait_for(LONG)));
                until_parked(&event, 1);
                let observer = s.spawn(|| {
                    while !event.wait0() {
                        spin_loop();
                    }
                    event.reset();
                    event.wait_for(4 * MOMENT)
                });
                with_queue_locked(&event, || {
                    s.spawn(|| event.set());
                    let_pass(2 * MOMENT);
                });
                assert!(!observer.join().unwrap(), "nobody has set it again");
            });
        }
    });
}

/// A set stops on its way to the queue. The waiter leaves, and a new event is built at its address.
fn place_is_reused<E>(set: fn(&E))
where
    E: Default + Send + Sync + for<'a> Awaitable<'a, T = (), Error = TimeoutError>,
{
    for _ in 0..40 {
        let place = AtomicPtr::new(Box::into_raw(Box::<E>::default()));
        // SAFETY: the event is freed after the last use.
        let event = || unsafe { &*place.load(Relaxed) };
        thread::scope(|s| {
            with_queue_locked(event(), || {
                s.spawn(|| {
                    assert!(event().wait_for(LONG));
                    // SAFETY: no thread uses the old event any more. (An event needs no
                    // destructor.)
                    unsafe { place.load(Relaxed).write(E::default()) };
                    assert!(!event().wait_for(4 * MOMENT), "nobody has set the new one");
                });
                until(|| byte(event()) == PARKED);
                s.spawn(|| set(event()));
                let_pass(MOMENT);
            });
        });
        assert_eq!(byte(event()), 0);
        // SAFETY: the memory came from a box, and its users have left.
        drop(unsafe { Box::from_raw(place.into_inner()) });
    }
}

/// the published set also releases a waiter of another event, built at the same address.
#[test]
fn a_set_releases_no_waiter_of_a_later_event_in_the_same_place() {
    limited(|| {
        place_is_reused(ManualResetEvent::set);
        place_is_reused(AutoResetEvent::set);
    });
}
