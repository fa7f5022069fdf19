//! `synchronoise`'s `SignalEvent`, which can be of both kinds, and its `CountdownEvent`.

use super::{Latch, Poll, Reset, Signal, Timed};
use crate::question::Named;
use ::synchronoise::{CountdownEvent, SignalEvent};
use std::time::Duration;

pub(crate) type Auto = Event<true>;
pub(crate) type Manual = Event<false>;

pub(crate) struct Event<const AUTO: bool>(SignalEvent);

impl<const AUTO: bool> Named for Event<AUTO> {
    const NAME: &'static str = "synchronoise";
}

impl<const AUTO: bool> Signal for Event<AUTO> {
    fn unset() -> Self {
        Self(if AUTO { SignalEvent::auto(false) } else { SignalEvent::manual(false) })
    }

    fn set(&self) {
        self.0.signal();
    }

    fn wait(&self) {
        self.0.wait();
    }
}

impl<const AUTO: bool> Poll for Event<AUTO> {
    fn wait0(&self) -> bool {
        self.wait_for(Duration::ZERO)
    }
}

impl<const AUTO: bool> Timed for Event<AUTO> {
    fn wait_for(&self, limit: Duration) -> bool {
        self.0.wait_timeout(limit)
    }
}

impl Reset for Manual {
    fn reset(&self) {
        self.0.reset();
    }
}

pub(crate) struct Countdown(CountdownEvent);

impl Named for Countdown {
    const NAME: &'static str = Auto::NAME;
}

impl Latch for Countdown {
    fn new(count: usize) -> Self {
        Self(CountdownEvent::new(count))
    }

    fn tick(&self) {
        self.0.decrement().expect("the count is not zero");
    }

    fn wait0(&self) -> bool {
        self.0.count() == 0
    }
}
