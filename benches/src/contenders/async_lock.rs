//! `async-lock`'s semaphore, by its blocking interface.

use super::Permits;
use crate::question::Named;

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
