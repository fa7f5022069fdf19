//! The crates of this repository.

use super::{Poll, Signal, Timed};
use crate::question::{Named, OURS};
use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent};
use std::time::Duration;

pub(crate) type Auto = AutoResetEvent;
pub(crate) type Manual = ManualResetEvent;

macro_rules! event {
    ($event:ty) => {
        impl Named for $event {
            const NAME: &'static str = OURS;
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
