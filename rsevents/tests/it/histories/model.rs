//! The sequential specification of events, and of waits for any and all of them.

use crate::lincheck::Spec;
use rsevents::EventState;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Auto,
    Manual,
}

/// The events of a program; in operations they are called by their index.
pub(super) type Setup = Vec<(Kind, EventState)>;

#[derive(Clone, Debug)]
pub(super) enum Op {
    Set(usize),
    Reset(usize),
    Pulse(usize),
    IsSet(usize),
    Wait(usize, Limit),
    Any(Vec<usize>, Limit),
    All(Vec<usize>, Limit),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    Poll,
    Micros(u16),
    /// Much longer than a run: instead of a wait without a limit.
    Long,
}

impl Limit {
    pub(super) const fn duration(self) -> Duration {
        match self {
            Self::Poll => Duration::ZERO,
            Self::Micros(micros) => Duration::from_micros(micros as u64),
            Self::Long => Duration::from_secs(5),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ret {
    /// Of operations that say nothing.
    Done,
    /// The state, or the success of a wait.
    Is(bool),
    /// The index in the list of a wait for any.
    Index(Option<usize>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    events: Vec<(Kind, bool)>,
    pulse: Option<Pulse>,
}

/// A pulse that has begun and not ended: waits are released by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pulse {
    event: usize,
    /// Whether it can release one more.
    strong: bool,
}

impl From<&Setup> for State {
    fn from(setup: &Setup) -> Self {
        let event = |&(kind, state)| (kind, state == EventState::Set);
        Self { events: setup.iter().map(event).collect(), pulse: None }
    }
}

impl State {
    fn is_set(&self, event: usize) -> bool {
        self.events[event].1
    }

    fn put(&self, event: usize, set: bool) -> Self {
        let mut state = self.clone();
        state.events[event].1 = set;
        state
    }

    /// After a wait has succeeded with this event.
    fn take(&self, event: usize) -> Self {
        self.put(event, self.events[event].0 == Kind::Manual)
    }

    /// An operation when no pulse is going on.
    fn at_rest(&self, op: &Op, ret: Ret) -> Option<Self> {
        let (holds, after) = match (op, ret) {
            (&Op::Set(event), Ret::Done) => (true, self.put(event, true)),
            (&Op::Reset(event), Ret::Done) => (true, self.put(event, false)),
            (&Op::Pulse(event), Ret::Done) => {
                let pulse = Some(Pulse { event, strong: true });
                (true, Self { pulse, ..self.put(event, false) })
            }
            (&Op::IsSet(event), Ret::Is(set)) => (self.is_set(event) == set, self.clone()),
            (&Op::Wait(event, _), Ret::Is(true)) => (self.is_set(event), self.take(event)),
            (&Op::Wait(event, _), Ret::Is(false)) => (!self.is_set(event), self.clone()),
            (Op::Any(events, _), Ret::Index(index)) => (
                events.iter().position(|&event| self.is_set(event)) == index,
                index.map_or_else(|| self.clone(), |index| self.take(events[index])),
            ),
            (Op::All(events, _), Ret::Is(success)) => (
                events.iter().all(|&event| self.is_set(event)) == success,
                if success {
                    events.iter().fold(self.clone(), |state, &event| state.take(event))
                } else {
                    self.clone()
                },
            ),
            _ => (false, self.clone()),
        };
        holds.then_some(after)
    }

    /// A wait that ends because of the pulse: for it, the event is set. A poll does not wait.
    fn released_by(&self, pulse: Pulse, op: &Op, ret: Ret) -> Option<Self> {
        let waits = match (op, ret) {
            (&Op::Wait(event, limit), Ret::Is(true)) => {
                limit != Limit::Poll && event == pulse.event
            }
            (Op::Any(events, limit), Ret::Index(Some(index))) => {
                *limit != Limit::Poll && events[index] == pulse.event
            }
            (Op::All(events, limit), Ret::Is(true)) => {
                *limit != Limit::Poll && events.contains(&pulse.event)
            }
            _ => false,
        };
        if !waits || !pulse.strong {
            return None;
        }
        let after = self.put(pulse.event, true).at_rest(op, ret)?;
        let pulse = Pulse { strong: after.is_set(pulse.event), ..pulse };
        Some(Self { pulse: Some(pulse), ..after.put(pulse.event, false) })
    }
}

impl Spec for State {
    type Op = Op;
    type Ret = Ret;

    fn apply(&self, op: &Op, ret: &Ret, step: usize) -> Option<Self> {
        match self.pulse {
            None => self.at_rest(op, *ret),
            Some(_) if step == 1 => Some(Self { pulse: None, ..self.clone() }),
            Some(pulse) => self.released_by(pulse, op, *ret),
        }
    }

    /// A pulse begins and ends.
    fn steps(op: &Op) -> usize {
        if matches!(op, Op::Pulse(_)) { 2 } else { 1 }
    }

    fn delay(op: &Op, ret: &Ret) -> Duration {
        match (op, ret) {
            (Op::Wait(_, limit) | Op::All(_, limit), Ret::Is(false))
            | (Op::Any(_, limit), Ret::Index(None)) => limit.duration(),
            _ => Duration::ZERO,
        }
    }
}
