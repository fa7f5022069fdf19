//! `synchronoise`'s `SignalEvent`, which knows both kinds.

use super::{Poll, Signal, Timed};
use crate::question::Named;
use ::synchronoise::SignalEvent;
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
