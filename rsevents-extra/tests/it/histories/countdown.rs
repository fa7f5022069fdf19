//! Histories of a [`CountdownEvent`].

use super::limit;
use proptest::collection::vec;
use proptest::prelude::*;
use rsevents_extra::CountdownEvent;
use rsevents_testing::Limit;
use rsevents_testing::countdown::{Count, Op, Ret, Shared};
use rsevents_testing::lincheck::{Effort, Entry, History, Program, explore};
use std::ops::Range;

fn op() -> impl Strategy<Value = Op> {
    let n = || 1_usize..=3;
    prop_oneof![
        4 => n().prop_map(Op::Tick),
        2 => Just(Op::TickReachesZero),
        3 => n().prop_map(Op::Increment),
        2 => n().prop_map(Op::TryIncrement),
        2 => (0_usize..=3).prop_map(Op::Reset),
        2 => Just(Op::Count),
        1 => Just(Op::IsSet),
        5 => limit().prop_map(Op::Wait),
        1 => limit().prop_map(Op::Any),
    ]
}

#[test]
fn a_countdown_is_linearizable() {
    let programs = (0_usize..=3, vec(vec(op(), 1..=4), 2..=4))
        .prop_map(|(setup, threads)| Program { setup, threads });
    let begin = |&count: &usize| (Shared(CountdownEvent::new(count)), Count(count));
    explore(Effort::of_seconds(3), &programs, begin).unwrap_or_else(|why| panic!("{why}"));
}

/// Returns whether there is a sequential explanation, starting from a count of 1.
fn holds<const N: usize>(calls: [(Range<usize>, Op, Ret); N]) -> bool {
    let calls = calls.map(|(when, op, ret)| Entry::new(when, op, ret));
    History::new(calls).check(&Count(1)).is_ok()
}

#[test]
fn a_wait_is_released_though_the_count_is_raised_again() {
    let tick = (1..2, Op::Tick(1), Ret::Done);
    let raise = (3..4, Op::Increment(1), Ret::Done);
    let wait = |when| (when, Op::Wait(Limit::Long), Ret::Is(true));
    assert!(holds([wait(0..5), tick.clone(), raise.clone()]));
    assert!(!holds([tick, raise, wait(4..5)]));
}

#[test]
fn an_increment_after_zero_is_too_late() {
    let tick = (0..1, Op::Tick(1), Ret::Done);
    let late = |when, success| (when, Op::TryIncrement(1), Ret::Is(success));
    assert!(holds([tick.clone(), late(1..2, false)]) && !holds([tick.clone(), late(1..2, true)]));
    assert!(holds([tick.clone(), late(0..2, true), (2..3, Op::Count, Ret::Count(1))]));
    assert!(!holds([tick, late(0..2, true), (2..3, Op::IsSet, Ret::Is(true))]));
}

#[test]
fn one_tick_is_the_one_that_reaches_zero() {
    let tick = |when, last| (when, Op::TickReachesZero, Ret::Is(last));
    assert!(holds([tick(0..2, true), tick(1..3, false)]));
    assert!(holds([tick(0..2, false), tick(1..3, true)]));
    assert!(!holds([tick(0..2, true), tick(1..3, true)]));
    assert!(!holds([tick(0..2, false), tick(1..3, false)]));
    assert!(!holds([tick(0..1, false), tick(2..3, true)]));
}
