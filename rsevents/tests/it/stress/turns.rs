//! Two threads take turns, and each wait is of a random kind. As many waits succeed as sets were
//! made, and each comes after its set.

use super::plain::Plain;
use super::stress;
use crate::random::Random;
use crate::substrate::byte;
use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::thread;
use std::time::Duration;

/// Waits for the thread's turn, in a random way.
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

/// What one side leaves for the other.
#[derive(Clone, Copy)]
struct Ball {
    turn: usize,
    last: bool,
}

#[test]
fn two_threads_take_turns() {
    stress(|end| {
        let turns = [AutoResetEvent::new(EventState::Set), AutoResetEvent::default()];
        let ball = Plain::new(Ball { turn: 0, last: false });
        thread::scope(|s| {
            for side in 0..2 {
                let (turns, ball) = (&turns, &ball);
                s.spawn(move || {
                    let mut random = Random::new(side);
                    for turn in (side..).step_by(2) {
                        wait(&turns[side], &mut random);
                        // SAFETY: it is this side's turn.
                        let received = unsafe { ball.get() };
                        assert_eq!(received.turn, turn, "released without a set");
                        if received.last {
                            break;
                        }
                        let last = end.is_near();
                        // SAFETY: it is still this side's turn.
                        unsafe { ball.set(Ball { turn: turn + 1, last }) };
                        turns[1 - side].set();
                        if last {
                            break;
                        }
                    }
                });
            }
        });
        assert!(turns.iter().all(|turn| byte(turn) == 0));
    });
}
