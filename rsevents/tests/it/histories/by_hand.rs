//! Histories written by hand: the sequential specification, by examples.

use rsevents::EventState::Unset;
use rsevents_testing::Limit;
use rsevents_testing::events::Kind::{Auto, Manual};
use rsevents_testing::events::{Kind, Op, Ret, Setup, State};
use rsevents_testing::lincheck::{Entry, History};
use std::ops::Range;

type Call = Entry<Op, Ret>;

/// Returns whether there is a sequential explanation, with all events unset at first.
fn holds<const N: usize>(kinds: &[Kind], calls: [Call; N]) -> bool {
    let setup: Setup = kinds.iter().map(|&kind| (kind, Unset)).collect();
    History::new(calls).check(&State::from(&setup)).is_ok()
}

fn set(when: Range<usize>, event: usize) -> Call {
    Entry::new(when, Op::Set(event), Ret::Done)
}

fn reset(when: Range<usize>, event: usize) -> Call {
    Entry::new(when, Op::Reset(event), Ret::Done)
}

fn pulse(when: Range<usize>, event: usize) -> Call {
    Entry::new(when, Op::Pulse(event), Ret::Done)
}

fn is_set(when: Range<usize>, event: usize, set: bool) -> Call {
    Entry::new(when, Op::IsSet(event), Ret::Is(set))
}

fn poll(when: Range<usize>, event: usize, success: bool) -> Call {
    Entry::new(when, Op::Wait(event, Limit::Poll), Ret::Is(success))
}

fn wait(when: Range<usize>, event: usize, success: bool) -> Call {
    Entry::new(when, Op::Wait(event, Limit::Long), Ret::Is(success))
}

fn any(when: Range<usize>, events: &[usize], index: Option<usize>) -> Call {
    Entry::new(when, Op::Any(events.into(), Limit::Long), Ret::Index(index))
}

fn all(when: Range<usize>, events: &[usize], success: bool) -> Call {
    Entry::new(when, Op::All(events.into(), Limit::Long), Ret::Is(success))
}

/// A wait of a task that is polled and then dropped.
fn dropped(when: Range<usize>, event: usize, ready: bool) -> Call {
    let wait = Op::Wait(event, Limit::Long);
    Entry::new(when, Op::Dropped(wait.into()), Ret::Is(ready))
}

#[test]
fn calls_that_overlap_have_either_order() {
    for success in [false, true] {
        assert!(holds(&[Auto], [set(0..2, 0), poll(1..3, 0, success)]));
    }
}

#[test]
fn calls_that_do_not_overlap_have_one_order() {
    assert!(!holds(&[Auto], [set(0..1, 0), poll(1..2, 0, false)]));
    assert!(!holds(&[Auto], [poll(0..1, 0, true), set(1..2, 0)]));
}

#[test]
fn a_set_of_an_auto_reset_event_lets_one_through() {
    assert!(holds(&[Auto], [set(4..5, 0), wait(0..8, 0, true), poll(6..7, 0, false)]));
    assert!(!holds(&[Auto], [set(4..5, 0), wait(0..8, 0, true), wait(1..7, 0, true)]));
    assert!(!holds(&[Auto], [set(4..5, 0), wait(0..6, 0, true), is_set(7..8, 0, true)]));
}

#[test]
fn a_set_of_a_manual_reset_event_lets_all_through() {
    let released = [set(2..3, 0), wait(0..8, 0, true), wait(1..9, 0, true), is_set(9..10, 0, true)];
    assert!(holds(&[Manual], released));
}

#[test]
fn a_reset_holds_no_released_waiter_back() {
    assert!(holds(&[Manual], [wait(0..9, 0, true), set(1..2, 0), reset(3..4, 0)]));
}

#[test]
fn a_set_releases_no_wait_that_begins_after_the_reset() {
    let late = [set(0..9, 0), poll(1..2, 0, true), reset(3..4, 0), wait(5..6, 0, true)];
    assert!(!holds(&[Manual], late));
}

#[test]
fn a_timeout_does_not_erase_a_set() {
    let timeout = [set(1..2, 0), wait(0..3, 0, false)];
    assert!(holds(&[Manual], timeout.clone()));
    let [set, timeout] = timeout;
    assert!(!holds(&[Manual], [set, timeout, is_set(4..5, 0, false)]));
}

#[test]
fn a_wait_that_was_released_does_not_time_out() {
    let set = set(1..2, 0);
    let timeout = |from| Entry { from, ..wait(0..9, 0, false) };
    assert!(holds(&[Manual], [set.clone(), timeout(1)]));
    assert!(!holds(&[Manual], [set, timeout(5)]));
}

#[test]
fn a_timeout_is_not_early() {
    assert!(!holds(&[Auto], [Entry { from: 9, ..wait(0..8, 0, false) }]));
}

#[test]
fn a_pulse_releases_the_waiters() {
    let two =
        |kind, second| holds(&[kind], [pulse(2..3, 0), wait(0..5, 0, true), wait(1..6, 0, second)]);
    assert!(two(Manual, true) && two(Manual, false));
    assert!(!two(Auto, true) && two(Auto, false));
}

#[test]
fn a_pulse_releases_no_wait_that_begins_later() {
    for kind in [Auto, Manual] {
        assert!(!holds(&[kind], [pulse(0..1, 0), wait(2..3, 0, true)]));
        assert!(!holds(&[kind], [pulse(0..1, 0), is_set(2..3, 0, true)]));
    }
}

#[test]
fn a_pulse_does_not_show() {
    assert!(!holds(&[Manual], [pulse(0..3, 0), is_set(1..2, 0, true)]));
    assert!(!holds(&[Manual], [pulse(0..3, 0), poll(1..2, 0, true)]));
}

#[test]
fn a_pulse_of_a_set_event_is_a_reset() {
    assert!(holds(&[Auto], [set(0..1, 0), pulse(2..3, 0), is_set(4..5, 0, false)]));
    assert!(!holds(&[Auto], [set(0..1, 0), pulse(2..3, 0), is_set(4..5, 0, true)]));
}

#[test]
fn two_pulses_release_two() {
    let waits = [wait(0..8, 0, true), wait(1..9, 0, true)];
    let [first, second] = waits;
    assert!(holds(&[Auto], [pulse(2..5, 0), pulse(3..6, 0), first, second]));
}

#[test]
fn a_wait_for_any_takes_the_first_that_is_set() {
    let sets = |index| [set(0..1, 0), set(2..3, 1), any(4..5, &[1, 0], Some(index))];
    assert!(holds(&[Auto, Auto], sets(0)));
    assert!(!holds(&[Auto, Auto], sets(1)));
    let waiting = |index| [any(0..5, &[1, 0], Some(index)), set(1..2, 0), set(3..4, 1)];
    assert!(holds(&[Auto, Auto], waiting(0)) && holds(&[Auto, Auto], waiting(1)));
}

#[test]
fn a_wait_for_any_takes_one() {
    let sets = |set_too| {
        [set(0..1, 0), set(2..3, 1), any(4..5, &[0, 1], Some(0)), is_set(6..7, 1, set_too)]
    };
    assert!(holds(&[Auto, Auto], sets(true)));
    assert!(!holds(&[Auto, Auto], sets(false)));
}

#[test]
fn a_wait_for_any_that_times_out_takes_nothing() {
    let timeout = |still_set| [any(0..3, &[0], None), set(1..2, 0), is_set(4..5, 0, still_set)];
    assert!(holds(&[Auto], timeout(true)));
    assert!(!holds(&[Auto], timeout(false)));
}

#[test]
fn a_pulse_is_one_event_of_a_wait_for_any() {
    assert!(holds(&[Auto, Auto], [any(0..3, &[0, 1], Some(1)), pulse(1..2, 1)]));
    let other = [set(0..1, 0), any(2..5, &[0, 1], Some(1)), pulse(3..4, 1)];
    assert!(!holds(&[Auto, Auto], other));
}

#[test]
fn a_wait_for_all_needs_all_at_one_instant() {
    let calls = [all(0..9, &[0, 1], true), set(1..2, 0), set(5..6, 1)];
    assert!(holds(&[Manual, Auto], calls.clone()));
    let [wait, first, second] = calls;
    assert!(!holds(&[Manual, Auto], [wait, first, reset(3..4, 0), second]));
}

#[test]
fn a_wait_for_all_takes_all_or_nothing() {
    let sets = |success, left| {
        let calls = [set(0..1, 0), all(2..5, &[0, 1], success), set(3..4, 1)];
        let [first, wait, second] = calls;
        holds(&[Auto, Auto], [first, wait, second, is_set(6..7, 0, left), is_set(7..8, 1, left)])
    };
    assert!(sets(true, false) && sets(false, true));
    assert!(!sets(true, true) && !sets(false, false));
}

#[test]
fn a_pulse_completes_a_wait_for_all() {
    let calls = [set(0..1, 0), all(2..5, &[0, 1], true), pulse(3..4, 1), is_set(6..7, 0, false)];
    assert!(holds(&[Auto, Auto], calls));
}

#[test]
fn a_signal_is_away_until_the_wait_that_has_it_is_dropped() {
    let sees = |set_then, set_in_the_end| {
        let calls = [dropped(0..5, 0, false), set(1..2, 0), is_set(3..4, 0, set_then)];
        let [drop, set, look] = calls;
        holds(&[Auto], [drop, set, look, is_set(6..7, 0, set_in_the_end)])
    };
    assert!(sees(true, true) && sees(false, true));
    assert!(!sees(true, false) && !sees(false, false));
}

/// Two waits are distinct, although they are for the same event.
#[test]
fn a_wait_that_is_dropped_returns_its_own_signal() {
    let calls = |set_in_the_end| {
        [
            set(0..2, 0),
            dropped(1..7, 0, false),
            dropped(3..4, 0, false),
            is_set(5..6, 0, false),
            is_set(8..9, 0, set_in_the_end),
        ]
    };
    assert!(holds(&[Auto], calls(true)));
    assert!(!holds(&[Auto], calls(false)));
}

/// The wait that repeats a pulse also ends that repeated pulse.
#[test]
fn a_wait_that_is_dropped_repeats_its_own_pulse() {
    let [first, pulse] = [dropped(0..9, 0, false), pulse(1..2, 0)];
    let [second, late] = [dropped(3..6, 0, false), wait(5..8, 0, true)];
    assert!(holds(&[Auto], [first, pulse, second, late]));
}
