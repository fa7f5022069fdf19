//! The real events.

use super::model::{Kind, Limit, Op, Ret, Setup, State};
use crate::lincheck::Subject;
use rsevents::{
    AutoResetEvent, Awaitable, Event, ManualResetEvent, TimeoutError, WaitAll, WaitAny,
};

enum OfKind {
    Auto(AutoResetEvent),
    Manual(ManualResetEvent),
}

macro_rules! either {
    ($of_kind:expr, $event:ident => $value:expr) => {
        match $of_kind {
            OfKind::Auto($event) => $value,
            OfKind::Manual($event) => $value,
        }
    };
}

pub(super) struct Events(Vec<OfKind>);

impl Events {
    pub(super) fn new(setup: &Setup) -> Self {
        let event = |&(kind, state)| match kind {
            Kind::Auto => OfKind::Auto(AutoResetEvent::new(state)),
            Kind::Manual => OfKind::Manual(ManualResetEvent::new(state)),
        };
        Self(setup.iter().map(event).collect())
    }

    pub(super) fn kind(&self, event: usize) -> Kind {
        match self.0[event] {
            OfKind::Auto(_) => Kind::Auto,
            OfKind::Manual(_) => Kind::Manual,
        }
    }

    fn group(&self, events: &[usize]) -> Vec<&dyn Event> {
        events.iter().map(|&event| either!(&self.0[event], e => e as &dyn Event)).collect()
    }
}

/// A poll takes another path than a wait of no time.
fn wait<'a, A: Awaitable<'a, Error = TimeoutError>>(
    awaitable: &'a A,
    limit: Limit,
) -> Option<A::T> {
    match limit {
        Limit::Poll => awaitable.try_wait0().ok(),
        Limit::Micros(_) | Limit::Long => awaitable.try_wait_for(limit.duration()).ok(),
    }
}

impl Subject for Events {
    type Spec = State;

    fn call(&self, op: &Op) -> Ret {
        match op {
            Op::Set(event) => either!(&self.0[*event], e => e.set()),
            Op::Reset(event) => either!(&self.0[*event], e => e.reset()),
            Op::Pulse(event) => either!(&self.0[*event], e => e.pulse()),
            Op::IsSet(event) => return Ret::Is(either!(&self.0[*event], e => e.is_set())),
            Op::Wait(event, limit) => {
                return Ret::Is(either!(&self.0[*event], e => wait(e, *limit).is_some()));
            }
            Op::Any(events, limit) => {
                return Ret::Index(wait(&WaitAny::new(&self.group(events)), *limit));
            }
            Op::All(events, limit) => {
                return Ret::Is(wait(&WaitAll::new(&self.group(events)), *limit).is_some());
            }
        }
        Ret::Done
    }

    fn relief(&self) -> Vec<Op> {
        (0..self.0.len()).map(Op::Set).collect()
    }

    fn audit(&self) -> Vec<Op> {
        (0..self.0.len()).map(Op::IsSet).collect()
    }
}
