//! Random programs.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rsevents::EventState;
use rsevents_testing::Limit;
use rsevents_testing::events::{Kind, Op, Setup};
use rsevents_testing::lincheck::Program;
use std::mem;

/// Operations are generated for this many events, and then fitted to those of the program.
const EVENTS: usize = 3;

fn limit() -> impl Strategy<Value = Limit> {
    prop_oneof![
        3 => Just(Limit::Poll),
        4 => (0_u16..50).prop_map(Limit::Micros),
        1 => Just(Limit::Long),
    ]
}

/// Operations on one event.
pub(super) fn plain() -> impl Strategy<Value = Op> + Clone {
    let event = 0..EVENTS;
    prop_oneof![
        5 => event.clone().prop_map(Op::Set),
        6 => (event.clone(), limit()).prop_map(|(event, limit)| Op::Wait(event, limit)),
        2 => event.clone().prop_map(Op::Reset),
        2 => event.clone().prop_map(Op::Pulse),
        1 => event.prop_map(Op::IsSet),
    ]
}

pub(super) fn any_op() -> impl Strategy<Value = Op> {
    let group = || (vec(0..EVENTS, 1..=EVENTS), limit());
    prop_oneof![
        2 => plain(),
        1 => group().prop_map(|(events, limit)| Op::Any(events, limit)),
        1 => group().prop_map(|(events, limit)| Op::All(events, limit)),
        1 => unless(),
        1 => task(),
    ]
}

/// A wait that an event stops.
fn unless() -> impl Strategy<Value = Op> {
    let wait = (0..3, vec(0..EVENTS, 1..=EVENTS), limit());
    (wait, 0..EVENTS).prop_map(|((form, events, limit), stop)| {
        let wait = match form {
            0 => Op::Wait(events[0], limit),
            1 => Op::Any(events, limit),
            _ => Op::All(events, limit),
        };
        Op::Unless(Box::new(wait), stop)
    })
}

/// A wait of a task.
fn task() -> impl Strategy<Value = Op> {
    (0..3, vec(0..EVENTS, 1..=EVENTS), any::<bool>()).prop_map(|(form, events, dropped)| {
        let wait = Box::new(match form {
            0 => Op::Wait(events[0], Limit::Long),
            1 => Op::Any(events, Limit::Long),
            _ => Op::All(events, Limit::Long),
        });
        if dropped { Op::Dropped(wait) } else { Op::Task(wait) }
    })
}

/// Programs of two to four threads on events of these kinds, with at most `kinds.len()` events.
pub(super) fn programs(
    kinds: &'static [Kind],
    op: impl Strategy<Value = Op>,
) -> impl Strategy<Value = Program<Setup, Op>> {
    let state = select(&[EventState::Unset, EventState::Set][..]);
    let setup = vec((select(kinds), state), 1..=kinds.len().min(EVENTS));
    let threads = vec(vec(op, 1..=4), 2..=4);
    (setup, threads).prop_map(|(setup, mut threads)| {
        threads.iter_mut().flatten().for_each(|op| fit(op, &setup));
        Program { setup, threads }
    })
}

/// Makes the operation refer to events that exist. A `WaitAll` must not contain an auto-reset event
/// twice.
fn fit(op: &mut Op, setup: &Setup) {
    match op {
        Op::Set(event)
        | Op::Reset(event)
        | Op::Pulse(event)
        | Op::IsSet(event)
        | Op::Wait(event, _) => *event %= setup.len(),
        Op::Any(events, _) | Op::All(events, _) => {
            for event in events {
                *event %= setup.len();
            }
        }
        Op::Unless(wait, stop) => {
            fit(wait, setup);
            *stop %= setup.len();
        }
        Op::Task(wait) | Op::Dropped(wait) => fit(wait, setup),
    }
    if let Op::All(events, _) = op {
        let mut seen = [false; EVENTS];
        events.retain(|&event| {
            !mem::replace(&mut seen[event], true) || setup[event].0 == Kind::Manual
        });
    }
}
