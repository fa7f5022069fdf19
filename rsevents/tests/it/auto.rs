//! The auto-reset event, row by row of the table of semantics.

use crate::limit::{LONG, limited, until};
use crate::substrate::{SET, byte, parked, until_parked};
use rsevents::{AutoResetEvent, Awaitable, EventState};
use std::hint::spin_loop;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

#[test]
fn a_wait_takes_the_signal() {
    let event = AutoResetEvent::new(EventState::Unset);
    assert!(!event.wait0());
    event.set();
    event.wait();
    assert!(!event.wait0());
}

#[test]
fn sets_that_nobody_waits_for_are_one_signal() {
    let event = AutoResetEvent::default();
    event.set();
    event.set();
    event.set();
    assert!(event.wait0());
    assert!(!event.wait0());
}

#[test]
fn reset_discards_the_signal() {
    let event = AutoResetEvent::new(EventState::Set);
    event.reset();
    assert!(!event.wait0());
    event.reset();
    assert!(!event.is_set());
}

/// R-8, E-8: published polls use a weak compare-exchange, except in the crate's own tests.
#[test]
fn a_poll_of_a_set_event_never_fails() {
    let events = [AutoResetEvent::default(), AutoResetEvent::default()];
    let stop = AtomicBool::new(false);
    thread::scope(|s| {
        // Other threads write to the same cache line, which makes weak exchanges fail.
        s.spawn(|| {
            while !stop.load(Relaxed) {
                events[1].set();
                assert!(events[1].wait0());
            }
        });
        let failures = (0..200_000).filter(|_| {
            events[0].set();
            !events[0].wait0()
        });
        let failures = failures.count();
        stop.store(true, Relaxed);
        assert_eq!(failures, 0);
    });
}

/// Sets an event once for each of `threads` parked threads. Each set takes one thread out of the
/// queue before it returns, and leaves the event unset.
fn hand_over_to(threads: usize) {
    let (event, released) = (AutoResetEvent::default(), AtomicUsize::new(0));
    thread::scope(|s| {
        for _ in 0..threads {
            s.spawn(|| {
                assert!(event.wait_for(LONG));
                released.fetch_add(1, Relaxed);
            });
        }
        until_parked(&event, threads);
        for left in (0..threads).rev() {
            event.set();
            assert_eq!(parked(&event), left);
            assert!(!event.is_set());
            until(|| released.load(Relaxed) == threads - left);
        }
    });
    assert_eq!(byte(&event), 0);
}

#[test]
fn each_set_hands_over_to_the_only_parked_thread() {
    limited(|| (0..100).for_each(|_| hand_over_to(1)));
}

#[test]
fn each_set_hands_over_to_one_of_two_parked_threads() {
    limited(|| (0..100).for_each(|_| hand_over_to(2)));
}

#[test]
fn each_set_hands_over_to_one_of_64_parked_threads() {
    limited(|| (0..5).for_each(|_| hand_over_to(64)));
}

/// P-7: in peers, only one of the threads is released.
#[test]
fn two_sets_release_two_parked_threads() {
    limited(|| {
        for _ in 0..300 {
            let event = AutoResetEvent::default();
            thread::scope(|s| {
                let waiters = [(); 2].map(|()| s.spawn(|| event.wait_for(LONG)));
                until_parked(&event, 2);
                event.set();
                event.set();
                assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap()));
            });
            assert!(!event.is_set());
        }
    });
}

#[test]
fn a_third_set_stays_when_two_threads_were_parked() {
    limited(|| {
        let event = AutoResetEvent::default();
        thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| assert!(event.wait_for(LONG)));
            }
            until_parked(&event, 2);
            (0..3).for_each(|_| event.set());
            assert_eq!(byte(&event), SET);
        });
        assert!(event.wait0());
    });
}

/// P-6: a thread that was parked when the event was set has been released, whatever happens next.
#[test]
fn a_reset_after_the_set_takes_nothing_from_a_parked_thread() {
    limited(|| {
        for _ in 0..300 {
            let event = AutoResetEvent::default();
            thread::scope(|s| {
                let waiter = s.spawn(|| event.wait_for(LONG));
                until_parked(&event, 1);
                event.set();
                event.reset();
                assert!(waiter.join().unwrap());
            });
        }
    });
}

/// Threads that only poll never take a signal that is meant for a parked thread.
#[test]
fn nobody_takes_a_signal_from_a_parked_thread() {
    limited(|| {
        let (event, stop) = (AutoResetEvent::default(), AtomicBool::new(false));
        thread::scope(|s| {
            let thieves = [(); 3].map(|()| {
                s.spawn(|| {
                    let mut stolen = 0;
                    while !stop.load(Relaxed) {
                        stolen += u32::from(event.wait0());
                        spin_loop();
                    }
                    stolen
                })
            });
            for _ in 0..200 {
                let waiter = s.spawn(|| event.wait_for(LONG));
                until_parked(&event, 1);
                event.set();
                assert!(waiter.join().unwrap());
            }
            stop.store(true, Relaxed);
            assert_eq!(thieves.map(|thief| thief.join().unwrap()), [0; 3]);
        });
    });
}

#[test]
fn reset_leaves_parked_threads_where_they_are() {
    limited(|| {
        let event = AutoResetEvent::default();
        thread::scope(|s| {
            s.spawn(|| assert!(event.wait_for(LONG)));
            until_parked(&event, 1);
            event.reset();
            assert_eq!(parked(&event), 1);
            event.set();
        });
    });
}

/// P-8, P-12: in a peer, a timeout loses the other waiters, or keeps the signal.
#[test]
fn a_timed_out_waiter_leaves_the_others_in_the_queue() {
    limited(|| {
        let event = AutoResetEvent::default();
        thread::scope(|s| {
            let first = s.spawn(|| event.wait_for(LONG));
            until_parked(&event, 1);
            assert!(!event.wait_for(Duration::from_millis(5)));
            assert_eq!(parked(&event), 1);
            let last = s.spawn(|| event.wait_for(LONG));
            until_parked(&event, 2);
            assert!(!event.wait_for(Duration::from_millis(5)));
            event.set();
            assert!(first.join().unwrap());
            assert_eq!(parked(&event), 1);
            event.set();
            assert!(last.join().unwrap());
        });
        assert_eq!(byte(&event), 0);
    });
}

/// P-18: a signal ends the wait; an unpark of the thread does not.
#[test]
fn unparking_the_thread_does_not_end_its_wait() {
    limited(|| {
        let event = AutoResetEvent::default();
        thread::scope(|s| {
            let waiter = s.spawn(|| event.wait_for(LONG));
            until_parked(&event, 1);
            for _ in 0..1000 {
                waiter.thread().unpark();
                thread::yield_now();
                assert_eq!(parked(&event), 1);
            }
            event.set();
            assert!(waiter.join().unwrap());
        });
    });
}
