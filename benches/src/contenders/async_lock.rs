//! `async-lock`'s semaphore. Threads use its blocking interface.

use super::{AwaitedPermits, Permits};
use crate::question::Named;
use ::async_lock::SemaphoreGuard;

pub(crate) struct Semaphore(::async_lock::Semaphore);

impl Named for Semaphore {
    const NAME: &'static str = "async-lock";
}

impl Permits for Semaphore {
    fn new(permits: u16) -> Self {
        Self(::async_lock::Semaphore::new(permits.into()))
    }

    fn with<R>(&self, section: impl FnOnce() -> R) -> R {
        let _permit = self.0.acquire_blocking();
        section()
    }
}

impl AwaitedPermits for Semaphore {
    type Guard<'a> = SemaphoreGuard<'a>;

    fn acquire(&self) -> impl Future<Output = SemaphoreGuard<'_>> + Send {
        self.0.acquire()
    }
}
