//! Histories of a [`Semaphore`].

use super::limit;
use proptest::collection::vec;
use proptest::prelude::*;
use rsevents_testing::Limit;
use rsevents_testing::lincheck::{Effort, Entry, History, Program, explore};
use rsevents_testing::semaphore::{MAX, Op, Permits, Ret, Shared};
use std::ops::Range;

fn op() -> impl Strategy<Value = Op> {
    let n = || 1..=MAX;
    prop_oneof![
        8 => (n(), limit()).prop_map(|(n, limit)| Op::Wait(n, limit)),
        5 => Just(Op::GiveBack),
        1 => Just(Op::Forget),
        3 => n().prop_map(Op::Release),
        1 => n().prop_map(Op::Shrink),
        1 => n().prop_map(Op::TryShrink),
        1 => Just(Op::Count),
        1 => Just(Op::Total),
    ]
}

#[test]
fn a_semaphore_is_linearizable() {
    let programs = (0..=MAX, vec(vec(op(), 1..=4), 2..=4))
        .prop_map(|(setup, threads)| Program { setup, threads });
    let begin = |&permits: &u16| (Shared::new(permits), Permits::new(permits));
    explore(Effort::of_seconds(3), &programs, begin).unwrap_or_else(|why| panic!("{why}"));
}

/// Returns whether there is a sequential explanation, starting from so many permits.
fn holds_with<const N: usize>(permits: u16, calls: [(Range<usize>, Op, Ret); N]) -> bool {
    let calls = calls.map(|(when, op, ret)| Entry::new(when, op, ret));
    History::new(calls).check(&Permits::new(permits)).is_ok()
}

/// The same for one permit.
fn holds<const N: usize>(calls: [(Range<usize>, Op, Ret); N]) -> bool {
    holds_with(1, calls)
}

fn wait(when: Range<usize>, n: u16, success: bool) -> (Range<usize>, Op, Ret) {
    (when, Op::Wait(n, Limit::Long), Ret::Is(success))
}

fn poll(when: Range<usize>, n: u16, success: bool) -> (Range<usize>, Op, Ret) {
    (when, Op::Wait(n, Limit::Poll), Ret::Is(success))
}

#[test]
fn one_permit_is_for_one() {
    assert!(holds([wait(0..2, 1, true), poll(1..3, 1, false)]));
    assert!(!holds([wait(0..2, 1, true), wait(1..3, 1, true)]));
    assert!(!holds([wait(0..2, 1, false), poll(1..3, 1, false)]));
}

#[test]
fn a_timeout_takes_nothing() {
    let release = (1..2, Op::Release(1), Ret::Is(true));
    let count = |count| (3..4, Op::Count, Ret::Permits(count));
    assert!(holds([wait(0..3, 2, false), release.clone(), count(2)]));
    assert!(!holds([wait(0..3, 2, false), release, count(0)]));
}

#[test]
fn permits_may_be_reserved_for_a_larger_request() {
    let held = || wait(0..1, 1, true);
    let back = || (5..6, Op::GiveBack, Ret::Permits(1));
    assert!(holds_with(2, [held(), wait(2..7, 2, true), poll(3..4, 1, false), back()]));
    assert!(!holds_with(2, [held(), wait(4..7, 2, true), poll(2..3, 1, false), back()]));
}

#[test]
fn permits_may_be_reserved_while_a_dropped_wait_holds_some() {
    let seen = |count| {
        let dropped = (0..9, Op::Dropped(1), Ret::Is(true));
        let release = (2..3, Op::Release(1), Ret::Is(true));
        let count = (4..5, Op::Count, Ret::Permits(count));
        holds_with(1, [dropped, wait(1..8, 2, false), release, count])
    };
    assert!(seen(0) && seen(1) && seen(2) && !seen(3));
}

/// A wait that has taken the stop's signal may still be served, and holds the permits until it returns.
#[test]
fn a_stopped_wait_may_hold_permits_until_it_returns() {
    let shrinks = |when, gone| {
        let unless = |when, ret| (when, Op::WaitUnless(1, Limit::Long), ret);
        holds_with(
            0,
            [
                unless(0..13, Ret::Stopped),
                (1..2, Op::Stop, Ret::Done),
                unless(3..10, Ret::Is(true)),
                (4..5, Op::Release(2), Ret::Is(true)),
                poll(6..7, 2, true),
                (8..9, Op::GiveBack, Ret::Permits(2)),
                (when, Op::Shrink(1), Ret::Permits(gone)),
            ],
        )
    };
    assert!(shrinks(11..12, 0) && shrinks(11..12, 1));
    assert!(!shrinks(14..15, 0) && shrinks(14..15, 1));
}

#[test]
fn nothing_is_reserved_for_a_request_for_more_than_exist() {
    let release = || (5..6, Op::Release(2), Ret::Is(true));
    assert!(holds([wait(2..7, 2, true), poll(3..4, 1, true), release()]));
    assert!(!holds([wait(2..7, 2, true), poll(3..4, 1, false), release()]));
}

#[test]
fn a_timed_out_wait_has_waited_before() {
    let held = Entry::new(0..1, Op::Wait(1, Limit::Long), Ret::Is(true));
    let timeout = Entry { from: 8, ..Entry::new(2..9, Op::Wait(2, Limit::Long), Ret::Is(false)) };
    let small = Entry::new(3..4, Op::Wait(1, Limit::Poll), Ret::Is(false));
    assert!(History::new([held, timeout, small]).check(&Permits::new(2)).is_ok());
}

#[test]
fn a_timed_out_wait_was_behind_the_waits_that_want_the_rest() {
    let behind = |wanted| {
        let first = Entry::new(0..9, Op::Wait(wanted, Limit::Long), Ret::Is(true));
        let releases = [1..2, 3..4].map(|when| Entry::new(when, Op::Release(1), Ret::Is(true)));
        let timeout = Entry::new(0..6, Op::Wait(1, Limit::Long), Ret::Is(false));
        let calls = [first, Entry { from: 5, ..timeout }].into_iter().chain(releases);
        History::new(calls).check(&Permits::new(0)).is_ok()
    };
    assert!(behind(2) && !behind(1));
}

#[test]
fn permits_are_neither_lost_nor_made() {
    let back = |permits| (1..2, Op::GiveBack, Ret::Permits(permits));
    assert!(holds([wait(0..1, 1, true), back(1), poll(2..3, 1, true)]));
    assert!(!holds([wait(0..1, 1, true), back(0), poll(2..3, 1, true)]));
    assert!(!holds([wait(0..1, 1, true), back(1), poll(2..3, 1, false)]));
    assert!(!holds([back(1)]));
}
