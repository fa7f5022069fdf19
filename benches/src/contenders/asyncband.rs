//! The events and the semaphore of the crate `asyncband`.

use super::{Awaited, AwaitedPermits, Permits, Signal};
use crate::question::Named;
use ::asyncband::event::{AutoResetEvent, ManualResetEvent};
use ::asyncband::semaphore::{self, SemaphorePermit};
use futures_lite::future::block_on;

pub(crate) type Auto = AutoResetEvent;
pub(crate) type Manual = ManualResetEvent;

macro_rules! event {
    ($event:ty) => {
        impl Named for $event {
            const NAME: &'static str = "asyncband";
        }

        impl Signal for $event {
            fn unset() -> Self {
                Self::new()
            }

            fn set(&self) {
                self.set();
            }

            fn wait(&self) {
                block_on(self.wait());
            }
        }

        impl Awaited for $event {
            fn wait_async(&self) -> impl Future<Output = ()> + Send {
                self.wait()
            }
        }
    };
}

event!(AutoResetEvent);
event!(ManualResetEvent);

pub(crate) struct Semaphore(semaphore::Semaphore);

impl Named for Semaphore {
    const NAME: &'static str = Auto::NAME;
}

impl Permits for Semaphore {
    fn new(permits: u16) -> Self {
        Self(semaphore::Semaphore::new(permits.into()))
    }

    fn with<R>(&self, section: impl FnOnce() -> R) -> R {
        let _permit = block_on(self.0.acquire(1));
        section()
    }
}

impl AwaitedPermits for Semaphore {
    type Guard<'a> = SemaphorePermit<'a>;

    fn acquire(&self) -> impl Future<Output = SemaphorePermit<'_>> + Send {
        self.0.acquire(1)
    }
}
