//! The events of this crate, for programs.

use crate::program::{Kind, Wait};
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::time::Duration;

enum AnyEvent {
    Auto(AutoResetEvent),
    Manual(ManualResetEvent),
}

impl AnyEvent {
    fn member(&self) -> &dyn Event {
        match self {
            Self::Auto(event) => event,
            Self::Manual(event) => event,
        }
    }

    fn awaitable(&self) -> &dyn for<'a> Awaitable<'a, T = (), Error = rsevents::TimeoutError> {
        match self {
            Self::Auto(event) => event,
            Self::Manual(event) => event,
        }
    }
}

pub(crate) struct Events(Vec<AnyEvent>);

impl Events {
    fn members(&self, events: &[usize]) -> Vec<&dyn Event> {
        events.iter().map(|&event| self.0[event].member()).collect()
    }
}

impl crate::program::Events for Events {
    fn new(events: &[(Kind, bool)]) -> Self {
        let event = |&(kind, set)| {
            let state = if set { EventState::Set } else { EventState::Unset };
            match kind {
                Kind::Auto => AnyEvent::Auto(state.into()),
                Kind::Manual => AnyEvent::Manual(state.into()),
            }
        };
        Self(events.iter().map(event).collect())
    }

    fn set(&self, event: usize) {
        match &self.0[event] {
            AnyEvent::Auto(event) => event.set(),
            AnyEvent::Manual(event) => event.set(),
        }
    }

    fn reset(&self, event: usize) {
        match &self.0[event] {
            AnyEvent::Auto(event) => event.reset(),
            AnyEvent::Manual(event) => event.reset(),
        }
    }

    fn pulse(&self, event: usize) {
        match &self.0[event] {
            AnyEvent::Auto(event) => event.pulse(),
            AnyEvent::Manual(event) => event.pulse(),
        }
    }

    fn wait(&self, wait: &Wait, limit: Duration) -> Option<usize> {
        match wait {
            Wait::One(event) => self.0[*event].awaitable().wait_for(limit).then_some(0),
            Wait::Any(events) => WaitAny::new(&self.members(events)).try_wait_for(limit).ok(),
            Wait::All(events) => WaitAll::new(&self.members(events)).wait_for(limit).then_some(0),
        }
    }
}
