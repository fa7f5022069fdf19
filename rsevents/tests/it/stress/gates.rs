//! Manual-reset events as gates. All threads pass each gate once each time it opens, in whichever
//! way they wait.

use super::plain::Plain;
use super::stress;
use crate::limit::LONG;
use crate::random::Random;
use crate::substrate::byte;
use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use std::thread;
use std::time::Duration;

/// Passes a gate, by a wait of a random kind.
fn pass(gate: &ManualResetEvent, random: &mut Random) {
    static NEVER: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
    static ALWAYS: ManualResetEvent = ManualResetEvent::new(EventState::Set);
    match random.below(7) {
        0 => gate.wait(),
        1 => assert!(gate.wait_for(LONG)),
        2 => while !gate.wait_for(Duration::from_micros(20)) {},
        3 => assert_eq!(WaitAny::new(&[&NEVER, gate]).wait(), 1),
        4 => {
            while WaitAny::new(&[&NEVER, gate]).try_wait_for(Duration::from_micros(20)).is_err() {}
        }
        5 => WaitAll::new(&[gate, &ALWAYS]).wait(),
        _ => while !WaitAll::new(&[gate, &ALWAYS]).wait_for(Duration::from_micros(20)) {},
    }
}

/// Which gate is open, and whether it is the last round.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Round {
    number: usize,
    last: bool,
}

fn march(threads: usize) {
    stress(move |end| {
        let gates = [(); 2].map(|()| ManualResetEvent::default());
        let (passed, everybody_passed) = (AtomicUsize::new(0), AutoResetEvent::default());
        let open = Plain::new(Round { number: 0, last: false });
        thread::scope(|s| {
            for seed in 0..threads {
                let (gates, passed, everybody_passed, open) =
                    (&gates, &passed, &everybody_passed, &open);
                s.spawn(move || {
                    let mut random = Random::new(seed);
                    for next in 1.. {
                        pass(&gates[next % 2], &mut random);
                        // SAFETY: the value was written before the gate opened, and is not written
                        // again before all threads have passed.
                        let round = unsafe { open.get() };
                        assert_eq!(round.number, next, "the gate was not open");
                        if passed.fetch_add(1, AcqRel) + 1 == threads * next {
                            everybody_passed.set();
                        }
                        if round.last {
                            break;
                        }
                    }
                });
            }
            for number in 1.. {
                let last = end.is_near();
                // SAFETY: all threads have passed, and wait for the next gate.
                unsafe { open.set(Round { number, last }) };
                gates[number % 2].set();
                assert!(everybody_passed.wait_for(LONG));
                gates[number % 2].reset();
                if last {
                    break;
                }
            }
        });
        assert!(gates.iter().all(|gate| byte(gate) == 0));
    });
}

#[test]
fn four_threads_pass_every_gate_once() {
    march(4);
}

#[test]
fn sixty_four_threads_pass_every_gate_once() {
    march(64);
}
