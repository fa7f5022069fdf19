//! Countdowns that are used again, round after round, while some threads are still busy with an
//! earlier round.

use super::stress;
use crate::limit::LONG;
use crate::random::Random;
use rsevents::{AutoResetEvent, EventState, WaitAny};
use rsevents_extra::{Awaitable, CountdownEvent};
use std::cell::UnsafeCell;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

/// The result of a worker. Only the countdowns protect it.
#[derive(Default)]
struct Slot(UnsafeCell<usize>);

// SAFETY: a worker writes the slot before it ticks, and a thread that this tick releases reads it.
unsafe impl Sync for Slot {}

/// Waits for a countdown, in a random way.
fn pass(countdown: &CountdownEvent, random: &mut Random) {
    static NEVER: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
    match random.below(5) {
        0 => countdown.wait(),
        1 => assert!(countdown.wait_for(LONG)),
        2 => while !countdown.wait_for(Duration::from_micros(20)) {},
        3 => {
            while !countdown.wait0() {
                thread::yield_now();
            }
        }
        _ => assert_eq!(WaitAny::new(&[&NEVER, countdown.event()]).wait(), 1),
    }
}

/// the work of every worker is seen, not only the last one's. P-20: no thread is released too
/// early.
fn rounds(workers: usize) {
    stress(move |end| {
        let gates = [CountdownEvent::new(1), CountdownEvent::new(1)];
        let (done, last_round) = (CountdownEvent::new(workers), AtomicUsize::new(usize::MAX));
        let slots: Vec<Slot> = (0..workers).map(|_| Slot::default()).collect();
        thread::scope(|s| {
            for (seed, slot) in slots.iter().enumerate() {
                let (gates, done, last_round) = (&gates, &done, &last_round);
                s.spawn(move || {
                    let mut random = Random::new(seed);
                    for round in 1.. {
                        pass(&gates[round % 2], &mut random);
                        // SAFETY: no thread reads the slot before the tick.
                        unsafe { *slot.0.get() = round };
                        let last = last_round.load(Relaxed);
                        match random.below(2) {
                            0 => done.tick(),
                            _ => drop(done.guard()),
                        }
                        if round == last {
                            break;
                        }
                    }
                });
            }
            let mut random = Random::new(workers);
            for round in 1.. {
                let last = end.is_near();
                if last {
                    last_round.store(round, Relaxed);
                }
                gates[round % 2].tick();
                pass(&done, &mut random);
                // SAFETY: all workers have ticked, and wait for the next gate.
                let seen = slots.iter().map(|slot| unsafe { *slot.0.get() });
                assert_eq!(seen.filter(|seen| *seen == round).count(), workers);
                done.reset(workers);
                gates[round % 2].increment();
                if last {
                    break;
                }
            }
        });
    });
}

#[test]
fn four_workers_are_awaited_round_after_round() {
    rounds(4);
}

#[test]
fn sixty_four_workers_are_awaited_round_after_round() {
    rounds(64);
}

/// An operation that raises a countdown of 1, and the counts it may leave. They differ by which
/// thread is first.
type Raise = (fn(&CountdownEvent), [usize; 2]);

/// the published countdown may end set, with items left.
#[test]
fn a_last_tick_that_races_a_raise_leaves_it_unset() {
    let raises: [Raise; 3] = [
        (|countdown| countdown.reset(5), [4, 5]),
        (|countdown| countdown.increment(), [1, 1]),
        (|countdown| countdown.increment_by(3), [3, 3]),
    ];
    stress(move |end| {
        let (countdown, both) = (CountdownEvent::new(0), Barrier::new(2));
        thread::scope(|s| {
            for (raise, possible) in raises.iter().cycle() {
                countdown.reset(1);
                let last = end.is_near();
                let ticker = s.spawn(|| {
                    both.wait();
                    countdown.tick();
                });
                both.wait();
                raise(&countdown);
                ticker.join().unwrap();
                assert!(possible.contains(&countdown.count()));
                assert!(!countdown.is_set() && !countdown.wait0());
                if last {
                    break;
                }
            }
        });
    });
}
