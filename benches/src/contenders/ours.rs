//! The crates of this repository.

use super::{Awaited, AwaitedPermits, Latch, Permits, Poll, Reset, Signal, Timed};
use crate::question::{Named, OURS};
use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent};
use rsevents_extra::SemaphoreGuard;
use std::time::Duration;

pub(crate) use rsevents_extra::{CountdownEvent, Semaphore};

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

        impl Awaited for $event {
            fn wait_async(&self) -> impl Future<Output = ()> + Send {
                self.wait_async()
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
    const NAME: &'static str = OURS;
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

impl AwaitedPermits for Semaphore {
    type Guard<'a> = SemaphoreGuard<'a>;

    fn acquire(&self) -> impl Future<Output = SemaphoreGuard<'_>> + Send {
        self.wait_async()
    }
}

impl Named for CountdownEvent {
    const NAME: &'static str = OURS;
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
