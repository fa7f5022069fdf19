//! Tests of the checker: it refuses every planted bug.

use super::planted::{Bug, Planted};
use super::programs;
use rsevents_testing::events::Kind::{Auto, Manual};
use rsevents_testing::events::State;
use rsevents_testing::lincheck::{Effort, explore};
use std::time::Duration;

/// Returns what is said about the bug. The search ends when the bug is found, in a fraction of a
/// second.
fn refusal(bug: Bug, hang: Duration) -> String {
    let effort =
        Effort { search: Duration::from_secs(60), shrink: Duration::from_millis(200), hang };
    let programs = programs::programs(&[Auto, Auto, Manual], programs::any_op());
    let begin = move |setup: &_| (Planted::new(bug, setup), State::from(setup));
    explore(effort, &programs, begin).expect_err("the bug is found")
}

fn is_refused(bug: Bug) {
    let why = refusal(bug, Duration::from_secs(60));
    assert!(why.contains("no sequential order"), "{why}");
}

#[test]
fn a_dropped_set_is_refused() {
    is_refused(Bug::DropsSet);
}

#[test]
fn a_set_that_wakes_two_is_refused() {
    is_refused(Bug::WakesTwo);
}

#[test]
fn a_timeout_after_taking_is_refused() {
    is_refused(Bug::TimesOutAfterTaking);
}

#[test]
fn an_early_timeout_is_refused() {
    is_refused(Bug::TimesOutEarly);
}

#[test]
fn a_lost_wake_up_is_refused() {
    is_refused(Bug::SleepsOn);
}

#[test]
fn a_wait_for_all_that_takes_one_by_one_is_refused() {
    is_refused(Bug::TakesOneByOne);
}

#[test]
fn a_wait_for_any_that_takes_two_is_refused() {
    is_refused(Bug::TakesTwo);
}

#[test]
fn a_wait_for_any_that_takes_the_last_is_refused() {
    is_refused(Bug::TakesLast);
}

#[test]
fn a_timeout_that_erases_a_set_is_refused() {
    is_refused(Bug::TimeoutErasesSet);
}

#[test]
fn a_pulse_that_stays_is_refused() {
    is_refused(Bug::PulseStays);
}

#[test]
fn a_program_that_hangs_is_told() {
    let why = refusal(Bug::Hangs, Duration::from_secs(1));
    assert!(why.contains("thread 0") && why.contains("it hangs"), "{why}");
}
