//! The manual-reset event, row by row of the table of semantics.

use crate::limit::{LONG, limited, until};
use crate::substrate::{PARKED, SET, byte, parked, until_parked};
use rsevents::{Awaitable, EventState, ManualResetEvent};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

#[test]
fn it_stays_set_until_it_is_reset() {
    let event = ManualResetEvent::new(EventState::Set);
    event.wait();
    assert!(event.wait0() && event.wait_for(Duration::ZERO) && event.is_set());
    event.reset();
    assert!(!event.wait0());
    event.reset();
    assert!(!event.is_set());
    event.set();
    event.set();
    assert!(event.wait0());
}

#[test]
fn a_wait_without_a_limit_lasts_until_it_is_set() {
    limited(|| {
        let event = ManualResetEvent::default();
        thread::scope(|s| {
            let waiter = s.spawn(|| event.wait());
            until_parked(&event, 1);
            event.set();
            waiter.join().unwrap();
        });
    });
}

/// also while another thread sets it again and again.
#[test]
fn a_poll_of_a_set_event_never_fails() {
    let (event, stop) = (ManualResetEvent::new(EventState::Set), AtomicBool::new(false));
    thread::scope(|s| {
        s.spawn(|| {
            while !stop.load(Relaxed) {
                event.set();
            }
        });
        let failures = (0..200_000).filter(|_| !event.wait0() || !event.is_set()).count();
        stop.store(true, Relaxed);
        assert_eq!(failures, 0);
    });
}

/// Sets an event on which `threads` threads are parked. None is left in the queue when `set`
/// returns.
fn release(threads: usize) {
    let (event, released) = (ManualResetEvent::default(), AtomicUsize::new(0));
    thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                assert!(event.wait_for(LONG));
                released.fetch_add(1, Relaxed);
            });
        }
        until_parked(&event, threads);
        event.set();
        assert_eq!(parked(&event), 0);
        assert_eq!(byte(&event), SET);
    });
    assert_eq!(released.into_inner(), threads);
}

#[test]
fn set_releases_the_only_parked_thread() {
    limited(|| (0..100).for_each(|_| release(1)));
}

#[test]
fn set_releases_both_parked_threads() {
    limited(|| (0..100).for_each(|_| release(2)));
}

#[test]
fn set_releases_64_parked_threads() {
    limited(|| (0..5).for_each(|_| release(64)));
}

/// Opens a gate briefly to more threads than any library releases in one batch. They wait again as
/// soon as it closes. Each must pass exactly once each time.
fn pass_again_and_again(open_for_a_moment: fn(&ManualResetEvent), stays_open: bool) {
    const THREADS: usize = 70;
    const ROUNDS: usize = 20;
    let gate = ManualResetEvent::default();
    let (opened, closed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|s| {
        for _ in 0..THREADS {
            s.spawn(|| {
                for round in 1..=ROUNDS {
                    assert!(gate.wait_for(LONG));
                    assert_eq!(opened.load(Relaxed), round);
                    if stays_open {
                        until(|| closed.load(Relaxed) == round);
                    }
                }
            });
        }
        for round in 1..=ROUNDS {
            until_parked(&gate, THREADS);
            opened.store(round, Relaxed);
            open_for_a_moment(&gate);
            closed.store(round, Relaxed);
        }
    });
    assert_eq!(byte(&gate), 0);
}

/// P-6: peers lose some of the threads. P-13, P-20: a released thread that waits again does not
/// join the same release.
#[test]
fn set_and_reset_releases_the_parked_threads_and_no_other() {
    limited(|| {
        let set_and_reset = |gate: &ManualResetEvent| {
            gate.set();
            gate.reset();
        };
        pass_again_and_again(set_and_reset, true);
    });
}

/// P-6, P-13, P-20: here the threads wait again while the others are still being released.
#[test]
fn pulse_releases_the_parked_threads_and_no_other() {
    limited(|| pass_again_and_again(ManualResetEvent::pulse, false));
}

#[test]
fn reset_leaves_parked_threads_where_they_are() {
    limited(|| {
        let event = ManualResetEvent::default();
        thread::scope(|s| {
            s.spawn(|| assert!(event.wait_for(LONG)));
            until_parked(&event, 1);
            event.reset();
            assert_eq!(byte(&event), PARKED);
            assert_eq!(parked(&event), 1);
            event.set();
        });
    });
}

/// P-8: in a peer, a timeout loses the other waiters.
#[test]
fn a_timed_out_waiter_leaves_the_others_in_the_queue() {
    limited(|| {
        let event = ManualResetEvent::default();
        thread::scope(|s| {
            let long = s.spawn(|| event.wait_for(LONG));
            until_parked(&event, 1);
            assert!(!event.wait_for(Duration::from_millis(5)));
            assert_eq!(parked(&event), 1);
            event.set();
            assert!(long.join().unwrap());
        });
    });
}

/// when a set returns, it has released every thread that waited before, although another
/// thread may be inside its own set.
#[test]
fn whichever_set_returns_first_has_released_everybody() {
    limited(|| {
        for _ in 0..200 {
            let (event, start) = (ManualResetEvent::default(), AtomicBool::new(false));
            thread::scope(|s| {
                for _ in 0..4 {
                    s.spawn(|| assert!(event.wait_for(LONG)));
                }
                until_parked(&event, 4);
                for _ in 0..2 {
                    s.spawn(|| {
                        until(|| start.load(Relaxed));
                        event.set();
                        assert_eq!(parked(&event), 0);
                    });
                }
                start.store(true, Relaxed);
            });
        }
    });
}
