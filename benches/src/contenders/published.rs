//! The versions on crates.io, which the crates of this repository replace.

use super::{Latch, Permits, Poll, Reset, Signal, Timed};
use crate::question::{Named, PUBLISHED};
use published::{AutoResetEvent, Awaitable, EventState, ManualResetEvent};
use std::time::Duration;

pub(crate) use published_extra::{CountdownEvent, Semaphore};

pub(crate) type Auto = AutoResetEvent;
pub(crate) type Manual = ManualResetEvent;

macro_rules! event {
    ($event:ty) => {
        impl Named for $event {
            const NAME: &'static str = PUBLISHED;
        }

        impl Signal for $event {
            fn unset() -> Self {
                Self::new(EventState::Unset)
            }

            fn set(&self) {
                self.set();
            }

            fn wait(&self) {
                Awaitable::wait(self);
            }
        }

        impl Poll for $event {
            fn wait0(&self) -> bool {
                Awaitable::wait0(self)
            }
        }

        impl Timed for $event {
            fn wait_for(&self, limit: Duration) -> bool {
                Awaitable::wait_for(self, limit)
            }
        }
    };
}

event!(AutoResetEvent);
event!(ManualResetEvent);

impl Reset for Manual {
    fn reset(&self) {
        self.reset();
    }
}

impl Named for Semaphore {
    const NAME: &'static str = PUBLISHED;
}

impl Permits for Semaphore {
    fn new(permits: u16) -> Self {
        Self::new(permits, permits)
    }

    fn with<R>(&self, section: impl FnOnce() -> R) -> R {
        let _permit = self.wait();
        section()
    }
}

impl Named for CountdownEvent {
    const NAME: &'static str = PUBLISHED;
}

impl Latch for CountdownEvent {
    fn new(count: usize) -> Self {
        Self::new(count)
    }

    fn tick(&self) {
        self.tick();
    }

    fn wait0(&self) -> bool {
        Awaitable::wait0(self)
    }
}
