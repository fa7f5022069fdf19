//! `pulse` releases the threads that wait now, and no later wait.

use crate::groups::autos;
use crate::limit::{LONG, limited, until};
use crate::substrate::{byte, parked, until_listened, until_parked};
use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

#[test]
fn a_pulse_that_nobody_waits_for_leaves_the_event_unset() {
    let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
    auto.pulse();
    manual.pulse();
    assert_eq!((byte(&auto), byte(&manual)), (0, 0));
}

#[test]
fn a_pulse_of_a_set_event_discards_the_signal() {
    let (auto, manual) =
        (AutoResetEvent::new(EventState::Set), ManualResetEvent::new(EventState::Set));
    auto.pulse();
    manual.pulse();
    assert!(!auto.wait0() && !manual.wait0());
}

#[test]
fn a_waiter_that_comes_after_the_pulse_waits() {
    let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
    auto.pulse();
    manual.pulse();
    let limit = Duration::from_millis(5);
    assert!(!auto.wait_for(limit) && !manual.wait_for(limit));
}

/// P-6: a peer loses one thread in two.
#[test]
fn each_pulse_of_an_auto_event_releases_one_parked_thread() {
    limited(|| {
        const THREADS: usize = 16;
        let event = AutoResetEvent::default();
        thread::scope(|s| {
            for _ in 0..THREADS {
                s.spawn(|| assert!(event.wait_for(LONG)));
            }
            until_parked(&event, THREADS);
            for left in (0..THREADS).rev() {
                event.pulse();
                assert_eq!(parked(&event), left);
                assert!(!event.is_set());
            }
        });
        assert_eq!(byte(&event), 0);
    });
}

/// P-6
#[test]
fn a_pulse_of_a_manual_event_releases_every_parked_thread() {
    limited(|| {
        for threads in [1, 2, 64] {
            let event = ManualResetEvent::default();
            thread::scope(|s| {
                for _ in 0..threads {
                    s.spawn(|| assert!(event.wait_for(LONG)));
                }
                until_parked(&event, threads);
                event.pulse();
                assert_eq!(byte(&event), 0);
                assert_eq!(parked(&event), 0);
            });
        }
    });
}

#[test]
fn a_pulse_releases_a_group_that_waits_for_any() {
    limited(|| {
        let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
        let pulses: [&(dyn Fn() + Sync); 2] = [&|| auto.pulse(), &|| manual.pulse()];
        for (index, pulse) in pulses.into_iter().enumerate() {
            thread::scope(|s| {
                let waiter = s.spawn(|| WaitAny::new(&[&auto, &manual]).try_wait_for(LONG));
                until_listened(&manual);
                pulse();
                assert!(!auto.is_set() && !manual.is_set());
                assert_eq!(waiter.join().unwrap(), Ok(index));
            });
            assert_eq!((byte(&auto), byte(&manual)), (0, 0));
        }
    });
}

#[test]
fn a_pulse_completes_a_group_whose_other_events_are_set() {
    limited(|| {
        let (auto, other) = (AutoResetEvent::default(), AutoResetEvent::default());
        let manual = ManualResetEvent::default();
        let cases: [[&(dyn Fn() + Sync); 2]; 2] =
            [[&|| manual.set(), &|| auto.pulse()], [&|| auto.set(), &|| manual.pulse()]];
        for [set, pulse] in cases {
            thread::scope(|s| {
                let waiter = s.spawn(|| WaitAll::new(&[&auto, &other, &manual]).wait_for(LONG));
                until_listened(&manual);
                pulse(); // releases nothing, because the other events are unset
                assert!(!auto.is_set() && !manual.is_set());
                other.set();
                set();
                pulse();
                assert!(!auto.is_set() && !other.is_set());
                assert!(waiter.join().unwrap());
            });
            manual.reset();
        }
        assert_eq!((byte(&auto), byte(&other), byte(&manual)), (0, 0, 0));
    });
}

/// A pulse that completes no group is lost, and takes no signal of the group's other events with
/// it.
#[test]
fn a_pulse_that_releases_nothing_takes_nothing_from_the_other_events() {
    limited(|| {
        let (pulsed, set, unset) =
            (ManualResetEvent::default(), AutoResetEvent::default(), AutoResetEvent::default());
        thread::scope(|s| {
            let waiter = s.spawn(|| WaitAll::new(&[&pulsed, &set, &unset]).wait_for(LONG));
            until_listened(&unset);
            set.set();
            pulsed.pulse();
            assert!(set.is_set() && !pulsed.is_set());
            unset.set();
            assert!(set.is_set() && unset.is_set());
            pulsed.pulse();
            assert!(waiter.join().unwrap());
        });
        assert!(!set.is_set() && !unset.is_set());
    });
}

/// A pulse releases plain waiters and groups of a manual-reset event together.
#[test]
fn a_pulse_of_a_manual_event_releases_parked_threads_and_groups() {
    limited(|| {
        let (event, never) = (ManualResetEvent::default(), AutoResetEvent::default());
        thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| assert!(event.wait_for(LONG)));
            }
            until_parked(&event, 3);
            let any = s.spawn(|| WaitAny::new(&[&never, &event]).try_wait_for(LONG));
            until_listened(&event);
            event.pulse();
            assert_eq!(byte(&event), 0);
            assert_eq!(any.join().unwrap(), Ok(1));
        });
    });
}

/// P-13: groups that wait again while others are still being released do not join the same pulse.
#[test]
fn a_pulse_releases_whichever_group_waited_and_no_other() {
    limited(|| {
        const THREADS: usize = 40;
        const ROUNDS: usize = 20;
        let (gate, owns) = (ManualResetEvent::default(), autos(THREADS));
        let (pulses, passed) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|s| {
            for own in &owns {
                let (gate, pulses, passed) = (&gate, &pulses, &passed);
                s.spawn(move || {
                    for round in 1..=ROUNDS {
                        assert_eq!(WaitAny::new(&[gate, own]).try_wait_for(LONG), Ok(0));
                        assert_eq!(pulses.load(Relaxed), round);
                        passed.fetch_add(1, Relaxed);
                    }
                });
            }
            for round in 1..=ROUNDS {
                until(|| passed.load(Relaxed) == THREADS * (round - 1));
                owns.iter().for_each(until_listened);
                pulses.store(round, Relaxed);
                gate.pulse();
            }
        });
        assert_eq!(byte(&gate), 0);
    });
}
