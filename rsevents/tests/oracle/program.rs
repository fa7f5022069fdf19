//! Random programs, and how they run.

use proptest::collection::vec;
use proptest::prelude::*;
use std::ops::RangeInclusive;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The number of events of every program.
const EVENTS: usize = 4;

/// Longer than any wait in a test that passes.
const FOREVER: Duration = Duration::from_secs(20);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Auto,
    Manual,
}

/// A wait for events, which are named by number.
#[derive(Clone, Debug)]
pub(crate) enum Wait {
    One(usize),
    Any(Vec<usize>),
    All(Vec<usize>),
}

impl Wait {
    fn events(&self) -> &[usize] {
        match self {
            Self::One(event) => std::slice::from_ref(event),
            Self::Any(events) | Self::All(events) => events,
        }
    }
}

#[derive(Clone, Debug)]
enum Operation {
    Set(usize),
    Reset(usize),
    Pulse(usize),
    Wait(Wait, Duration),
}

/// The events of one implementation.
pub(crate) trait Events: Sync {
    fn new(events: &[(Kind, bool)]) -> Self;
    fn set(&self, event: usize);
    fn reset(&self, event: usize);
    fn pulse(&self, event: usize);
    /// Waits. For a `WaitAny`, returns the position in its list of the event that was set,
    /// otherwise 0. Returns `None` if the wait timed out.
    fn wait(&self, wait: &Wait, limit: Duration) -> Option<usize>;
}

/// The waiters begin one after the other. When all of them block, the operations are run.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// The kind of each event, and whether it is set at first.
    events: [(Kind, bool); EVENTS],
    waiters: Vec<Wait>,
    operations: Vec<Operation>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Results {
    /// The results of the waits among the operations.
    waits: Vec<Option<usize>>,
    /// Which events are set in the end.
    set: [bool; EVENTS],
    /// The results of the waiters that the operations have released.
    released: Vec<Option<usize>>,
}

impl Program {
    /// Runs the program. Assumes that a thread needs no longer than `patience` to block in a wait,
    /// or to return from it. Neither Win32 nor this crate shows that a thread blocks.
    pub(crate) fn run<E: Events>(&self, patience: Duration) -> Results {
        let events = &E::new(&self.events);
        let (report, reports) = mpsc::channel();
        thread::scope(|s| {
            for (number, wait) in self.waiters.iter().enumerate() {
                let report = report.clone();
                s.spawn(move || report.send((number, events.wait(wait, FOREVER))));
                thread::sleep(patience);
            }
            let mut waits = Vec::new();
            for operation in &self.operations {
                operation.run(events, &mut waits);
            }
            let set = std::array::from_fn(|event| is_set(events, event));
            thread::sleep(patience);
            let mut released = vec![None; self.waiters.len()];
            for (number, result) in reports.try_iter() {
                released[number] = result;
            }
            let blocked = released.iter().filter(|result| result.is_none()).count();
            self.release(events, &reports, blocked);
            Results { waits, set, released }
        })
    }

    /// Releases the waiters that still block.
    fn release<E: Events, R>(&self, events: &E, reports: &mpsc::Receiver<R>, mut blocked: usize) {
        while blocked > 0 {
            self.waiters.iter().flat_map(Wait::events).for_each(|&event| events.set(event));
            blocked -= usize::from(reports.recv_timeout(Duration::from_millis(1)).is_ok());
        }
    }
}

impl Operation {
    fn run<E: Events>(&self, events: &E, waits: &mut Vec<Option<usize>>) {
        match self {
            Self::Set(event) => events.set(*event),
            Self::Reset(event) => events.reset(*event),
            Self::Pulse(event) => events.pulse(*event),
            Self::Wait(wait, limit) => waits.push(events.wait(wait, *limit)),
        }
    }
}

fn is_set<E: Events>(events: &E, event: usize) -> bool {
    events.wait(&Wait::One(event), Duration::ZERO).is_some()
}

pub(crate) fn program(
    waiters: RangeInclusive<usize>,
    operations: usize,
) -> impl Strategy<Value = Program> {
    let kind = prop_oneof![Just(Kind::Auto), Just(Kind::Manual)];
    let events = proptest::array::uniform((kind, any::<bool>()));
    (events, vec(wait(), waiters), vec(operation(), 0..=operations))
        .prop_map(|(events, waiters, operations)| Program { events, waiters, operations })
}

fn operation() -> impl Strategy<Value = Operation> {
    let limit = prop_oneof![9 => Just(Duration::ZERO), 1 => Just(Duration::from_millis(1))];
    prop_oneof![
        4 => (0..EVENTS).prop_map(Operation::Set),
        1 => (0..EVENTS).prop_map(Operation::Reset),
        1 => (0..EVENTS).prop_map(Operation::Pulse),
        3 => (wait(), limit).prop_map(|(wait, limit)| Operation::Wait(wait, limit)),
    ]
}

fn wait() -> impl Strategy<Value = Wait> {
    let some = || {
        let all = Just((0..EVENTS).collect::<Vec<_>>()).prop_shuffle();
        (all, 1..=EVENTS).prop_map(|(mut events, count)| {
            events.truncate(count);
            events
        })
    };
    prop_oneof![
        (0..EVENTS).prop_map(Wait::One),
        some().prop_map(Wait::Any),
        some().prop_map(Wait::All),
    ]
}
