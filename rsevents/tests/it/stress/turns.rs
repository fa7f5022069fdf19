//! Two threads take turns, each wait of another sort: as many waits succeed as sets were made, and each
//! after its set.

use super::stress;
use crate::random::Random;
use crate::substrate::byte;
use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

/// Waits for one's turn, one way or another.
fn wait(turn: &AutoResetEvent, random: &mut Random) {
    static NEVER: ManualResetEvent = ManualResetEvent::new(EventState::Unset);
    static ALWAYS: ManualResetEvent = ManualResetEvent::new(EventState::Set);
    match random.below(6) {
        0 => turn.wait(),
        1 => while !turn.wait_for(Duration::from_micros(10)) {},
        2 => {
            while !turn.wait0() {
                thread::yield_now();
            }
        }
        3 => assert_eq!(WaitAny::new(&[&NEVER, turn]).wait(), 1),
        4 => while !WaitAll::new(&[&ALWAYS, turn]).wait_for(Duration::from_micros(10)) {},
        _ => WaitAll::new(&[turn, &ALWAYS]).wait(),
    }
}

#[test]
fn two_threads_take_turns() {
    stress(|end| {
        let turns = [AutoResetEvent::new(EventState::Set), AutoResetEvent::default()];
        let (sets, over) = (AtomicUsize::new(1), AtomicUsize::new(usize::MAX));
        thread::scope(|s| {
            for side in 0..2 {
                let (turns, sets, over) = (&turns, &sets, &over);
                s.spawn(move || {
                    let mut random = Random::new(side);
                    for turn in (side + 1..).step_by(2) {
                        wait(&turns[side], &mut random);
                        assert_eq!(sets.load(Relaxed), turn, "released without a set");
                        if turn > over.load(Relaxed) {
                            break;
                        }
                        if end.is_near() {
                            over.store(turn, Relaxed);
                        }
                        sets.store(turn + 1, Relaxed);
                        turns[1 - side].set();
                        if turn == over.load(Relaxed) {
                            break;
                        }
                    }
                });
            }
        });
        assert!(turns.iter().all(|turn| byte(turn) == 0));
    });
}
