//! [`Semaphore`].
//!
//! [`raw`]: the algorithm · [`permits`]: the word with the numbers · [`queue`]: the sleepers · [`waits`]:
//! waits as values · [`future`]: waits of tasks · [`guard`]: permits that are held.

mod future;
mod guard;
mod permits;
mod queue;
mod raw;
mod waits;

pub use future::{
    OwnedSemaphoreWait, OwnedSemaphoreWaitUnless, SemaphoreWait, SemaphoreWaitUnless,
};
pub use guard::{OwnedSemaphoreGuard, SemaphoreGuard};
pub use waits::{Many, Owned};

use crate::primitive::const_unless_loom;
use permits::MOST;
use raw::{Gift, RawSemaphore};
use rsevents::{Awaitable, TimeoutError};
use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A number of permits that threads and tasks acquire, hold and return. It limits how many of them do
/// something at once.
///
/// [`wait`](Self::wait) acquires a permit, and blocks until one is available. It returns a [`SemaphoreGuard`], which
/// returns the permit when it is dropped. [`many`](Self::many) acquires several permits at once.
/// [`release`](Self::release) adds permits, up to a maximum. [`shrink`](Self::shrink) and
/// [`forget`](SemaphoreGuard::forget) remove permits. So the number can change while the semaphore is in use.
///
/// # Examples
///
/// ```
/// use rsevents_extra::Semaphore;
///
/// static TWO_AT_ONCE: Semaphore = Semaphore::with_permits(2);
///
/// std::thread::scope(|s| {
///     for _ in 0..8 {
///         s.spawn(|| {
///             let _permit = TWO_AT_ONCE.wait();
///             // … at most two threads are here …
///         });
///     }
/// });
/// assert_eq!(TWO_AT_ONCE.count(), 2);
/// ```
///
/// # Semantics
///
/// * No more permits are held than exist. Timeouts, panics and failed operations neither lose nor create permits.
///   Only `release`, `shrink`, `modify` and `forget` (and their `try_` forms) change the number of permits.
/// * A guard that is leaked with [`std::mem::forget`] keeps its permits for ever. They still count as
///   [existing](Self::total). So a request for more permits than the others waits for ever, and the available
///   permits are reserved for it.
/// * A timeout covers the whole call. A wait that times out acquires nothing. A wait ends in time even if the
///   thread that has served it, and is about to wake it, does not run.
/// * A thread that returns permits never touches the semaphore after other threads can acquire all of them.
///   So a thread that knows that it is the last user may free the semaphore.
///
/// # Memory ordering
///
/// What happens before permits are returned or added is visible to the thread or task that acquires them.
///
/// # Fairness
///
/// Threads and tasks that sleep are served in FIFO order, whatever number of permits they want. A large request is not
/// passed by a small request behind it, even if the small one could be satisfied at once.
///
/// A running thread that finds enough permits may overtake the sleepers. This keeps permits in use while a
/// sleeper wakes up. But once a millisecond the permits are handed directly to the first sleeper, and no
/// thread can overtake it then. If the first sleeper wants many permits, returned permits are reserved for
/// it. [`wait0`](Self::wait0) finds no reserved permits.
///
/// So no sleeper starves on two conditions: permits are returned again and again, and the sleeper wants no more than
/// [exist](Self::total). A sleeper that wants more waits until permits are added. Until then, the sleepers behind it
/// are served first.
///
/// A sleeper that was woken and does not run keeps only the permits that it wants. If more are returned
/// meanwhile, the sleepers behind it are served.
///
/// # Stopped waits
///
/// A wait [unless](Awaitable::unless) an event is set checks the event first, and then the permits. So if the event is
/// set during the call, the wait may still acquire a permit that became available after the stop.
///
/// A sleeper that is stopped leaves when its thread runs. Until then it is treated as a sleeper that was
/// woken. Permits may be handed to it, and it returns them. The sleepers behind it wait for the permits that
/// it wanted.
///
/// # Implementation
///
/// Acquiring and returning any number of permits is one atomic instruction each while nobody sleeps. Each
/// sleeper has its own event, in an allocation that its thread keeps. A sleeper is woken only if it could
/// proceed at that time. A lock protects the queue of sleepers. The number of steps under the lock does not
/// depend on how many sleep, but on how many are served or stepped over.
///
/// A thread that does not run while it holds the lock delays threads that join or leave the queue, or return permits to
/// sleepers. So avoid mixed real-time priorities at one semaphore.
pub struct Semaphore {
    raw: RawSemaphore,
}

impl Semaphore {
    /// Returns whether no thread sleeps and no flag is left on, for the driver of generated programs.
    #[cfg(rsevents_loom)]
    #[doc(hidden)]
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.raw.is_at_rest()
    }

    const_unless_loom! {
        /// Creates a semaphore with `initial` permits, which may grow to `max`.
        ///
        /// Most programs want [`with_permits`](Self::with_permits). In particular `new(0, 1)` is not an
        /// unlocked mutex: it has no permit, and every wait blocks until one is [added](Self::release).
        ///
        /// # Panics
        ///
        /// Panics if `initial` exceeds `max`. On targets whose largest atomic has 32 bits, panics if `max`
        /// exceeds 32767.
        ///
        /// # Examples
        ///
        /// ```
        /// use rsevents_extra::Semaphore;
        ///
        /// let jobs = Semaphore::new(0, 10); // how many jobs are ready
        /// assert!(jobs.wait0().is_err());
        /// jobs.release(1);
        /// assert!(jobs.wait0().is_ok());
        /// ```
        #[must_use]
        #[track_caller]
        pub fn new(initial: u16, max: u16) -> Self {
            assert!(initial <= max, "a semaphore starts with more permits than it may have");
            assert!(MOST.checked_sub(max).is_some(), "this target's semaphores have 32767 permits");
            Self { raw: RawSemaphore::new(initial, max) }
        }
    }

    const_unless_loom! {
        /// Creates a semaphore with `n` permits, all available. Its maximum is `n`, too.
        ///
        /// # Panics
        ///
        /// Panics on targets whose largest atomic has 32 bits, if `n` exceeds 32767.
        ///
        /// # Examples
        ///
        /// ```
        /// use rsevents_extra::Semaphore;
        ///
        /// let semaphore = Semaphore::with_permits(3);
        /// assert_eq!((semaphore.count(), semaphore.total(), semaphore.max()), (3, 3, 3));
        /// ```
        #[must_use]
        #[track_caller]
        pub fn with_permits(n: u16) -> Self {
            Self::new(n, n)
        }
    }

    /// Acquires a permit, blocking until one is available (for ever if [`max`](Self::max) is zero).
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// let semaphore = Semaphore::with_permits(1);
    /// let permit = semaphore.wait();
    /// assert_eq!(semaphore.count(), 0);
    /// drop(permit);
    /// assert_eq!(semaphore.count(), 1);
    /// ```
    #[inline]
    pub fn wait(&self) -> SemaphoreGuard<'_> {
        self.raw.wait(1);
        SemaphoreGuard::new(self, 1)
    }

    /// Acquires a permit, blocking for at most `timeout`. [`Awaitable::try_wait_for`] says what zero and very large
    /// timeouts mean.
    ///
    /// # Errors
    ///
    /// Returns [`TimeoutError`] if no permit was available in time.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Semaphore, TimeoutError};
    /// use std::time::Duration;
    ///
    /// let semaphore = Semaphore::with_permits(1);
    /// let permit = semaphore.wait_for(Duration::from_secs(1))?;
    /// assert!(semaphore.wait_for(Duration::from_millis(1)).is_err());
    /// # drop(permit);
    /// # Ok::<(), TimeoutError>(())
    /// ```
    #[inline]
    pub fn wait_for(&self, timeout: Duration) -> Result<SemaphoreGuard<'_>, TimeoutError> {
        self.guard_if(self.raw.wait_for(1, timeout), 1)
    }

    /// Acquires a permit, blocking until `deadline` at the latest. A deadline in the past polls.
    ///
    /// # Errors
    ///
    /// Returns [`TimeoutError`] if no permit was available in time.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    /// use std::time::Instant;
    ///
    /// let semaphore = Semaphore::with_permits(1);
    /// assert!(semaphore.wait_until(Instant::now()).is_ok());
    /// ```
    #[inline]
    pub fn wait_until(&self, deadline: Instant) -> Result<SemaphoreGuard<'_>, TimeoutError> {
        self.guard_if(self.raw.wait_until(1, deadline), 1)
    }

    /// Acquires a permit if one is available now. Never blocks until one is.
    ///
    /// # Errors
    ///
    /// Returns [`TimeoutError`] if no permit is available.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// let semaphore = Semaphore::with_permits(1);
    /// let permit = semaphore.wait0();
    /// assert!(permit.is_ok());
    /// assert!(semaphore.wait0().is_err());
    /// ```
    #[inline]
    pub fn wait0(&self) -> Result<SemaphoreGuard<'_>, TimeoutError> {
        self.guard_if(self.raw.take(1), 1)
    }

    /// Returns a wait for `n` permits at once: a value with every form of wait. For `n = 0` the wait succeeds at once,
    /// with an empty guard.
    ///
    /// # Panics
    ///
    /// Panics if `n` exceeds [`max`](Self::max), because the wait could never end. A wait for more than the
    /// current [`total`](Self::total) blocks until permits are added.
    ///
    /// (A wait for one permit never panics. If `max` is zero, it blocks for ever or times out.)
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, Semaphore};
    ///
    /// let megabytes = Semaphore::with_permits(100);
    /// let buffer = megabytes.many(30).wait();
    /// assert_eq!((buffer.permits(), megabytes.count()), (30, 70));
    /// assert!(megabytes.many(71).try_wait0().is_err());
    /// ```
    #[inline]
    #[track_caller]
    pub fn many(&self, n: u16) -> Many<'_> {
        Many::new(self, n)
    }

    /// Returns a wait for a permit, with a guard that owns a share of the semaphore: a value with every form of wait.
    /// Use it where a borrow is impossible, such as in a `'static` closure or in a struct.
    ///
    /// [`Owned::many`] makes it a wait for several permits.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, Semaphore};
    /// use std::sync::Arc;
    ///
    /// let semaphore = Arc::new(Semaphore::with_permits(1));
    /// let permit = semaphore.owned().wait();
    /// std::thread::spawn(move || drop(permit)).join().unwrap();
    /// assert_eq!(semaphore.count(), 1);
    /// ```
    #[inline]
    pub fn owned(self: &Arc<Self>) -> Owned {
        Owned::new(self.clone())
    }

    /// Acquires all permits that are available now. The guard is empty if there are none. Never blocks until there are
    /// some.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// let semaphore = Semaphore::with_permits(3);
    /// let held = semaphore.wait();
    /// assert_eq!(semaphore.drain().permits(), 2);
    /// drop(held);
    /// assert_eq!(semaphore.count(), 3); // the drained permits have been returned
    /// ```
    pub fn drain(&self) -> SemaphoreGuard<'_> {
        SemaphoreGuard::new(self, self.raw.take_all())
    }

    /// Adds `n` permits.
    ///
    /// (To return a permit that is held, drop its guard.)
    ///
    /// # Panics
    ///
    /// Panics if more than [`max`](Self::max) would exist; nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// let semaphore = Semaphore::new(0, 10);
    /// semaphore.release(4);
    /// assert_eq!(semaphore.total(), 4);
    /// ```
    #[inline]
    #[track_caller]
    pub fn release(&self, n: u16) {
        let max = self.max();
        assert!(
            self.try_release(n),
            "{n} permits released, which would exceed the maximum of {max}"
        );
    }

    /// Adds `n` permits and returns `true`. If more than [`max`](Self::max) would exist, changes nothing and returns
    /// `false`.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// let semaphore = Semaphore::new(0, 10);
    /// assert!(semaphore.try_release(10));
    /// assert!(!semaphore.try_release(1));
    /// ```
    #[inline]
    #[must_use = "false means that no permit was made"]
    pub fn try_release(&self, n: u16) -> bool {
        n == 0 || self.raw.give(Gift { permits: n, new: true })
    }

    /// Removes up to `n` of the available permits and returns how many. Never blocks until more are available.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, Semaphore};
    ///
    /// let semaphore = Semaphore::with_permits(5);
    /// let held = semaphore.many(3).wait();
    /// assert_eq!(semaphore.shrink(4), 2);
    /// drop(held);
    /// assert_eq!((semaphore.count(), semaphore.total()), (3, 3));
    /// ```
    #[must_use = "fewer permits may be available"]
    pub fn shrink(&self, n: u16) -> u16 {
        let mut gone = 0;
        self.raw.shrink(|available| {
            gone = n.min(available);
            Some(gone)
        });
        gone
    }

    /// Removes `n` permits and returns `true`. If fewer are available now, changes nothing and returns `false`.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// let semaphore = Semaphore::with_permits(5);
    /// assert!(!semaphore.try_shrink(6));
    /// assert!(semaphore.try_shrink(5));
    /// assert_eq!(semaphore.total(), 0);
    /// ```
    #[must_use = "false means that the permits still exist"]
    pub fn try_shrink(&self, n: u16) -> bool {
        self.raw.shrink(|_| Some(n))
    }

    /// Adds `change` permits, or removes as many if it is negative. As `&mut self` shows, no other thread
    /// uses the semaphore now. While others use it, call [`release`](Self::release) and
    /// [`shrink`](Self::shrink).
    ///
    /// # Panics
    ///
    /// Panics if more than [`max`](Self::max) would exist, or if fewer are available than would be removed.
    /// Nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// let mut semaphore = Semaphore::new(2, 10);
    /// semaphore.modify(3);
    /// semaphore.modify(-1);
    /// assert_eq!(semaphore.count(), 4);
    /// ```
    #[track_caller]
    pub fn modify(&mut self, change: i16) {
        assert!(self.try_modify(change), "the semaphore cannot be modified by {change}");
    }

    /// Adds or removes permits as [`modify`](Self::modify) does, and returns `true`. If `modify` would panic,
    /// changes nothing and returns `false`.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// let mut semaphore = Semaphore::new(1, 2);
    /// assert!(!semaphore.try_modify(-2));
    /// assert!(semaphore.try_modify(-1));
    /// ```
    #[must_use = "false means that nothing has changed"]
    pub fn try_modify(&mut self, change: i16) -> bool {
        let n = change.unsigned_abs();
        if change < 0 { self.try_shrink(n) } else { self.try_release(n) }
    }

    /// Returns how many permits are available right now. Permits that are reserved for a sleeper are not
    /// available. The answer may be stale by the time it is used.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// assert_eq!(Semaphore::with_permits(3).count(), 3);
    /// ```
    #[must_use = "reading the count has no effect"]
    pub fn count(&self) -> u16 {
        self.raw.permits().available()
    }

    /// Returns how many permits exist right now, available or held. The answer may be stale by the time it is used.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// let semaphore = Semaphore::with_permits(3);
    /// let held = semaphore.wait();
    /// assert_eq!((semaphore.count(), semaphore.total()), (2, 3));
    /// held.forget();
    /// assert_eq!((semaphore.count(), semaphore.total()), (2, 2));
    /// ```
    #[must_use = "reading the total has no effect"]
    pub fn total(&self) -> u16 {
        self.raw.permits().total()
    }

    /// Returns the maximum: how many permits may exist.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// assert_eq!(Semaphore::new(0, 8).max(), 8);
    /// ```
    #[must_use = "reading the maximum has no effect"]
    pub const fn max(&self) -> u16 {
        self.raw.max()
    }

    #[inline]
    #[track_caller]
    fn check(&self, n: u16) {
        let max = self.max();
        assert!(n <= max, "{n} permits requested, the maximum is {max}");
    }

    fn guard_if(&self, taken: bool, n: u16) -> Result<SemaphoreGuard<'_>, TimeoutError> {
        if taken { Ok(SemaphoreGuard::new(self, n)) } else { Err(TimeoutError) }
    }
}

impl<'a> Awaitable<'a> for Semaphore {
    type T = SemaphoreGuard<'a>;
    type Error = TimeoutError;

    #[inline]
    fn try_wait(&'a self) -> Result<SemaphoreGuard<'a>, Infallible> {
        Ok(self.wait())
    }

    #[inline]
    fn try_wait_for(&'a self, timeout: Duration) -> Result<SemaphoreGuard<'a>, TimeoutError> {
        self.wait_for(timeout)
    }

    #[inline]
    fn try_wait_until(&'a self, deadline: Instant) -> Result<SemaphoreGuard<'a>, TimeoutError> {
        self.wait_until(deadline)
    }

    #[inline]
    fn try_wait0(&'a self) -> Result<SemaphoreGuard<'a>, TimeoutError> {
        self.wait0()
    }
}

/// Shows the numbers of permits right now. Never blocks.
impl fmt::Debug for Semaphore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = self.raw.permits();
        f.debug_struct("Semaphore")
            .field("count", &now.available())
            .field("total", &now.total())
            .field("max", &self.max())
            .finish()
    }
}
