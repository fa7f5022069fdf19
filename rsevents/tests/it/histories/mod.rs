//! Histories of the events: plain waits and group waits, on a few events of both kinds.
//!
//! [`programs`]: the programs that run · [`by_hand`], [`checker`]: tests that the checker refuses
//! wrong histories, and accepts right ones · [`planted`]: events with bugs, for the checker. The
//! specification is in [`rsevents_testing::events`].

mod by_hand;
mod checker;
mod planted;
mod programs;

use proptest::strategy::Strategy;
use rsevents_testing::events::{Events, Kind, Op};
use rsevents_testing::lincheck::{Effort, explore};

fn explained(kinds: &'static [Kind], op: impl Strategy<Value = Op>) {
    let effort = Effort::of_seconds(3);
    let programs = programs::programs(kinds, op);
    explore(effort, &programs, |setup| (Events::new(setup), setup.into()))
        .unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn plain_waits_are_linearizable() {
    explained(&[Kind::Auto, Kind::Manual], programs::plain());
}

#[test]
fn group_waits_are_linearizable() {
    explained(&[Kind::Auto, Kind::Auto, Kind::Manual], programs::any_op());
}
