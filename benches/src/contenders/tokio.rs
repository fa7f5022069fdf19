//! `tokio`'s `Notify` and `Semaphore`, on which threads and tasks wait.

use super::{Awaited, AwaitedPermits, Permits, Poll, Reset, Signal};
use crate::question::Named;
use ::tokio::sync::{self, Notify, SemaphorePermit};
use futures_lite::future::{block_on, poll_once};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};

#[derive(Default)]
pub(crate) struct Auto(Notify);

impl Named for Auto {
    const NAME: &'static str = "tokio";
}

impl Signal for Auto {
    fn unset() -> Self {
        Self::default()
    }

    fn set(&self) {
        self.0.notify_one();
    }

    fn wait(&self) {
        block_on(self.0.notified());
    }
}

impl Awaited for Auto {
    fn wait_async(&self) -> impl Future<Output = ()> + Send {
        self.0.notified()
    }
}

impl Poll for Auto {
    fn wait0(&self) -> bool {
        block_on(poll_once(self.0.notified())).is_some()
    }
}

/// A `Notify` with a flag, because a `Notify` has no state that stays set.
#[derive(Default)]
pub(crate) struct Manual {
    is_set: AtomicBool,
    changed: Notify,
}

impl Named for Manual {
    const NAME: &'static str = Auto::NAME;
}

impl Signal for Manual {
    fn unset() -> Self {
        Self::default()
    }

    fn set(&self) {
        self.is_set.store(true, Release);
        self.changed.notify_waiters();
    }

    fn wait(&self) {
        block_on(self.wait_async());
    }
}

impl Awaited for Manual {
    async fn wait_async(&self) {
        while !self.is_set.load(Acquire) {
            // From here on it receives every notification.
            let changed = self.changed.notified();
            if self.is_set.load(Acquire) {
                return;
            }
            changed.await;
        }
    }
}

impl Reset for Manual {
    fn reset(&self) {
        self.is_set.store(false, Release);
    }
}

pub(crate) struct Semaphore(sync::Semaphore);

impl Named for Semaphore {
    const NAME: &'static str = Auto::NAME;
}

impl Permits for Semaphore {
    fn new(permits: u16) -> Self {
        Self(sync::Semaphore::new(permits.into()))
    }

    fn with<R>(&self, section: impl FnOnce() -> R) -> R {
        let _permit = block_on(self.0.acquire()).expect("nobody closes it");
        section()
    }
}

impl AwaitedPermits for Semaphore {
    type Guard<'a> = SemaphorePermit<'a>;

    async fn acquire(&self) -> SemaphorePermit<'_> {
        self.0.acquire().await.expect("nobody closes it")
    }
}
