//! The countdown, sentence by sentence of its documentation.

use crate::panics::{message, panics, panics_with};
use rsevents_extra::{Awaitable, CountdownEvent, CountdownGuard, OwnedCountdownGuard};
use std::sync::Arc;
use std::thread;

/// The largest count.
const MOST: usize = isize::MAX.unsigned_abs();

/// Expects that the countdown is at `count`, by every way to read it.
#[track_caller]
fn is_at(countdown: &CountdownEvent, count: usize) {
    assert_eq!(countdown.count(), count);
    assert_eq!(countdown.is_set(), count == 0);
    assert_eq!(countdown.event().is_set(), count == 0);
    assert_eq!(countdown.wait0(), count == 0);
    assert_eq!(countdown.try_wait0().is_ok(), count == 0);
}

#[test]
fn it_is_set_exactly_when_the_count_is_zero() {
    let countdown = CountdownEvent::new(0);
    is_at(&countdown, 0);
    for count in [1, 2, 1000, MOST] {
        countdown.reset(count);
        is_at(&countdown, count);
        is_at(&CountdownEvent::new(count), count);
    }
    countdown.reset(2);
    countdown.tick();
    is_at(&countdown, 1);
    countdown.decrement();
    is_at(&countdown, 0);
}

#[test]
fn a_wait_at_zero_returns() {
    let countdown = CountdownEvent::new(1);
    countdown.tick();
    countdown.wait();
    countdown.wait();
    is_at(&countdown, 0);
}

///
#[test]
fn an_increment_from_zero_unsets_it() {
    let countdown = CountdownEvent::new(1);
    countdown.tick();
    countdown.increment();
    is_at(&countdown, 1);
    countdown.tick();
    is_at(&countdown, 0);
    countdown.increment_by(7);
    is_at(&countdown, 7);
}

///
#[test]
fn a_reset_from_zero_unsets_it() {
    let countdown = CountdownEvent::new(1);
    countdown.tick();
    countdown.reset(5);
    is_at(&countdown, 5);
    countdown.reset(3);
    is_at(&countdown, 3);
    countdown.reset(0);
    is_at(&countdown, 0);
    countdown.reset(0);
    is_at(&countdown, 0);
}

/// R-12, P-21: the published crate panics in debug builds, and counts wrong afterwards in release
/// builds.
#[test]
fn ticks_beyond_zero_change_nothing() {
    let countdown = CountdownEvent::new(1);
    for _ in 0..3 {
        countdown.tick();
        is_at(&countdown, 0);
    }
    for count in 1..=3 {
        countdown.increment();
        is_at(&countdown, count);
    }
    countdown.tick_by(usize::MAX);
    is_at(&countdown, 0);
    drop(countdown.guard());
    is_at(&countdown, 0);
}

#[test]
fn several_are_counted_at_once() {
    let countdown = CountdownEvent::new(10);
    countdown.tick_by(4);
    is_at(&countdown, 6);
    countdown.increment_by(3);
    is_at(&countdown, 9);
    countdown.tick_by(9);
    is_at(&countdown, 0);
    countdown.increment_by(2);
    countdown.tick_by(3);
    is_at(&countdown, 0);
}

#[test]
fn none_are_counted_at_once() {
    for count in [0, 3] {
        let countdown = CountdownEvent::new(count);
        countdown.tick_by(0);
        countdown.increment_by(0);
        is_at(&countdown, count);
        assert_eq!(countdown.try_increment_by(0), count > 0);
        is_at(&countdown, count);
    }
}

/// P-21: work that is added after zero is refused, and the caller is told.
#[test]
fn at_zero_it_is_too_late_for_a_try_increment() {
    let countdown = CountdownEvent::new(1);
    assert!(countdown.try_increment());
    assert!(countdown.try_increment_by(3));
    is_at(&countdown, 5);
    countdown.tick_by(5);
    assert!(!countdown.try_increment());
    assert!(!countdown.try_increment_by(3));
    is_at(&countdown, 0);
}

/// P-21
#[test]
fn a_count_that_is_too_large_is_refused_and_changes_nothing() {
    for count in [MOST + 1, usize::MAX] {
        assert!(panics(|| CountdownEvent::new(count)));
    }
    for count in [0, 1, MOST - 1, MOST] {
        let countdown = CountdownEvent::new(count);
        for many in [MOST + 1, usize::MAX] {
            assert!(panics(|| countdown.reset(many)));
            assert!(panics(|| countdown.increment_by(many)));
            if count > 0 {
                assert!(panics(|| countdown.try_increment_by(many)));
            }
        }
        if count > 0 {
            assert!(panics(|| countdown.increment_by(MOST - count + 1)));
            assert!(panics(|| countdown.try_increment_by(MOST - count + 1)));
        }
        is_at(&countdown, count);
    }
    let full = CountdownEvent::new(MOST);
    assert!(panics(|| full.increment()) && panics(|| full.try_increment()));
    is_at(&full, MOST);
}

/// At zero, the call returns false, whatever the number.
#[test]
fn at_zero_a_try_increment_by_too_many_is_refused_without_a_panic() {
    let countdown = CountdownEvent::new(0);
    for many in [MOST, MOST + 1, usize::MAX] {
        assert!(!countdown.try_increment_by(many));
        is_at(&countdown, 0);
    }
}

#[test]
fn a_panic_tells_the_numbers() {
    let countdown = CountdownEvent::new(3);
    let text = format!("cannot add {MOST} to a count of 3, the maximum is {MOST}");
    assert_eq!(message(|| countdown.increment_by(MOST)), text);
    assert_eq!(message(|| countdown.try_increment_by(MOST)), text);
    let text = format!("a count of {} requested, the maximum is {MOST}", usize::MAX);
    assert_eq!(message(|| countdown.reset(usize::MAX)), text);
    countdown.reset(0);
    let text = format!("cannot add {} to a count of 0, the maximum is {MOST}", MOST + 1);
    assert_eq!(message(|| countdown.increment_by(MOST + 1)), text);
    countdown.reset(MOST);
    let text = format!("cannot add 1 to a count of {MOST}, the maximum is {MOST}");
    assert_eq!(message(|| countdown.increment()), text);
    assert_eq!(message(|| drop(countdown.increment_guard())), text);
    is_at(&countdown, MOST);
}

#[test]
fn the_largest_count_is_reached_and_left() {
    let countdown = CountdownEvent::new(0);
    countdown.increment_by(MOST);
    is_at(&countdown, MOST);
    countdown.tick();
    assert!(countdown.try_increment());
    is_at(&countdown, MOST);
    countdown.tick_by(MOST);
    is_at(&countdown, 0);
}

#[test]
fn a_guard_ticks_once_when_it_is_dropped() {
    let countdown = CountdownEvent::new(2);
    let (first, second) = (countdown.guard(), countdown.guard());
    is_at(&countdown, 2);
    drop(first);
    is_at(&countdown, 1);
    drop(second);
    is_at(&countdown, 0);
}

#[test]
fn a_guard_ticks_while_unwinding() {
    let countdown = CountdownEvent::new(2);
    panics_with(|| countdown.guard());
    is_at(&countdown, 1);
}

#[test]
fn a_guard_that_is_leaked_does_not_tick() {
    let countdown = CountdownEvent::new(1);
    std::mem::forget(countdown.guard());
    is_at(&countdown, 1);
    countdown.tick();
    is_at(&countdown, 0);
}

#[test]
fn the_tick_that_reaches_zero_says_so() {
    let countdown = CountdownEvent::new(2);
    assert!(!countdown.tick_reaches_zero());
    is_at(&countdown, 1);
    assert!(countdown.tick_reaches_zero());
    is_at(&countdown, 0);
    assert!(!countdown.tick_reaches_zero(), "it was there before");
    is_at(&countdown, 0);
    countdown.increment();
    assert!(countdown.tick_reaches_zero());
    countdown.reset(1);
    countdown.reset(0);
    assert!(!countdown.tick_reaches_zero(), "the reset reached it");
}

#[test]
fn an_increment_with_its_guard_counts_one_item() {
    let countdown = CountdownEvent::new(0);
    let first: CountdownGuard<'_> = countdown.increment_guard();
    is_at(&countdown, 1);
    let second = countdown.try_increment_guard().unwrap();
    is_at(&countdown, 2);
    drop(first);
    is_at(&countdown, 1);
    drop(second);
    is_at(&countdown, 0);
    assert!(countdown.try_increment_guard().is_none());
    is_at(&countdown, 0);
}

#[test]
fn owned_guards_count_as_borrowed_ones() {
    let countdown = Arc::new(CountdownEvent::new(1));
    let first: OwnedCountdownGuard = countdown.guard_owned();
    is_at(&countdown, 1);
    let second = countdown.increment_guard_owned();
    is_at(&countdown, 2);
    let third = countdown.try_increment_guard_owned().unwrap();
    is_at(&countdown, 3);
    drop(first);
    is_at(&countdown, 2);
    panics_with(move || second);
    is_at(&countdown, 1);
    thread::spawn(move || drop(third)).join().unwrap();
    is_at(&countdown, 0);
    assert!(countdown.try_increment_guard_owned().is_none());
    is_at(&countdown, 0);
    assert_eq!(Arc::strong_count(&countdown), 1);
}

#[test]
fn an_owned_guard_keeps_its_countdown() {
    let countdown = Arc::new(CountdownEvent::new(1));
    let (guard, alive) = (countdown.guard_owned(), Arc::downgrade(&countdown));
    drop(countdown);
    is_at(&alive.upgrade().unwrap(), 1);
    drop(guard);
    assert!(alive.upgrade().is_none());
}

/// A guard that cannot be created keeps no share of the countdown.
#[test]
fn an_owned_guard_of_a_full_countdown_is_refused() {
    let full = Arc::new(CountdownEvent::new(MOST));
    assert!(panics(|| full.increment_guard_owned()));
    assert!(panics(|| full.try_increment_guard_owned()) && panics(|| full.try_increment_guard()));
    is_at(&full, MOST);
    assert_eq!(Arc::strong_count(&full), 1);
}
