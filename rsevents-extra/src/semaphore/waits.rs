//! Waits for permits as values: [`Many`] and [`Owned`].

use super::{OwnedSemaphoreGuard, Semaphore, SemaphoreGuard};
use rsevents::{Awaitable, AwaitableUnless, Event, Limit, TimeoutError, UnlessError};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A wait for several permits at once, made by [`Semaphore::many`].
///
/// It acquires all of the permits or none. It holds none while it waits.
///
/// # Examples
///
/// ```
/// use rsevents_extra::{Awaitable, Semaphore};
/// use std::time::Duration;
///
/// let semaphore = Semaphore::with_permits(3);
/// let two = semaphore.many(2);
/// let held = two.try_wait_for(Duration::from_secs(1));
/// assert!(held.is_ok());
/// assert!(two.try_wait0().is_err());
/// assert_eq!(semaphore.count(), 1);
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "this does nothing until it is waited for"]
pub struct Many<'a> {
    pub(super) semaphore: &'a Semaphore,
    pub(super) permits: u16,
}

impl<'a> Many<'a> {
    #[track_caller]
    pub(super) fn new(semaphore: &'a Semaphore, permits: u16) -> Self {
        semaphore.check(permits);
        Self { semaphore, permits }
    }

    const fn guard(&self) -> SemaphoreGuard<'a> {
        SemaphoreGuard::new(self.semaphore, self.permits)
    }
}

/// A wait for permits with a guard that owns a share of the semaphore, made by [`Semaphore::owned`].
///
/// # Examples
///
/// ```
/// use rsevents_extra::{Awaitable, Semaphore};
/// use std::sync::Arc;
///
/// let semaphore = Arc::new(Semaphore::with_permits(3));
/// let permits = semaphore.owned().many(2).wait();
/// std::thread::spawn(move || drop(permits)).join().unwrap();
/// assert_eq!(semaphore.count(), 3);
/// ```
#[derive(Clone, Debug)]
#[must_use = "this does nothing until it is waited for"]
pub struct Owned {
    pub(super) semaphore: Arc<Semaphore>,
    pub(super) permits: u16,
}

impl Owned {
    pub(super) const fn new(semaphore: Arc<Semaphore>) -> Self {
        Self { semaphore, permits: 1 }
    }

    /// Returns the same wait for `n` permits.
    ///
    /// # Panics
    ///
    /// Panics if `n` exceeds [`Semaphore::max`], as [`Semaphore::many`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, Semaphore};
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::with_permits(5));
    /// assert_eq!(semaphore.owned().many(2).wait().permits(), 2);
    /// ```
    #[track_caller]
    pub fn many(self, n: u16) -> Self {
        self.semaphore.check(n);
        Self { permits: n, ..self }
    }

    fn guard(&self) -> OwnedSemaphoreGuard {
        OwnedSemaphoreGuard::new(self.semaphore.clone(), self.permits)
    }
}

macro_rules! awaitable {
    ($(impl$(<$lifetime:lifetime>)? for $wait:ty, yields $guard:ty;)*) => {$(
        impl$(<$lifetime>)? Awaitable<'_> for $wait {
            type T = $guard;
            type Error = TimeoutError;

            fn try_wait(&self) -> Result<$guard, Infallible> {
                self.semaphore.raw.wait(self.permits);
                Ok(self.guard())
            }

            fn try_wait_for(&self, timeout: Duration) -> Result<$guard, TimeoutError> {
                let acquired = self.semaphore.raw.wait_for(self.permits, timeout);
                acquired.then(|| self.guard()).ok_or(TimeoutError)
            }

            fn try_wait_until(&self, deadline: Instant) -> Result<$guard, TimeoutError> {
                let acquired = self.semaphore.raw.wait_until(self.permits, deadline);
                acquired.then(|| self.guard()).ok_or(TimeoutError)
            }

            fn try_wait0(&self) -> Result<$guard, TimeoutError> {
                let acquired = self.semaphore.raw.take(self.permits);
                acquired.then(|| self.guard()).ok_or(TimeoutError)
            }
        }

        impl$(<$lifetime>)? AwaitableUnless<'_> for $wait {
            fn try_wait_unless(&self, stop: &dyn Event, limit: Limit) -> Result<$guard, UnlessError> {
                let acquired = self.semaphore.raw.wait_unless(self.permits, stop, limit);
                acquired.map(|()| self.guard())
            }
        }
    )*};
}
awaitable! {
    impl<'a> for Many<'a>, yields SemaphoreGuard<'a>;
    impl for Owned, yields OwnedSemaphoreGuard;
}

impl<'a> AwaitableUnless<'a> for Semaphore {
    fn try_wait_unless(
        &'a self,
        stop: &dyn Event,
        limit: Limit,
    ) -> Result<SemaphoreGuard<'a>, UnlessError> {
        let acquired = self.raw.wait_unless(1, stop, limit);
        acquired.map(|()| SemaphoreGuard::new(self, 1))
    }
}
