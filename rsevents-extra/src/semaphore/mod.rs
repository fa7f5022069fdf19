//! [`Semaphore`].
//!
//! [`raw`]: the algorithm · [`permits`]: the word with the numbers · [`queue`]: who sleeps ·
//! [`waits`]: waits as values · [`future`]: waits of tasks · [`guard`]: who holds permits.

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

/// Limits how many can enter: a number of permits, which are taken, held and given back.
///
/// [`wait`](Self::wait) takes a permit, and waits for one if none is available; the
/// [`SemaphoreGuard`] that it returns gives it back when dropped.
/// [`many`](Self::many) acquires several at once. [`release`](Self::release) makes new
/// permits, up to a maximum, and [`shrink`](Self::shrink) and
/// [`forget`](SemaphoreGuard::forget) unmake them, so the limit can change while the semaphore is in
/// use.
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
/// * Never are more permits held than exist, and none is lost or made by timeouts, panics,
///   `forget`, or operations that fail: those change nothing. A guard that is leaked with
///   [`std::mem::forget`] keeps its permits for ever, and does no other harm. (They still count as
///   [existing](Self::total): a request for more than what is left without them waits for ever, and what is
///   left is put aside for it.)
/// * A limit of time is total, and a wait with a limit that fails gives nothing away. It ends in time
///   even if a thread that has just served it, and is about to wake it, does not run.
/// * A thread that gives permits back does not touch the semaphore any more once others can have
///   them all: a thread that knows that it is the last user may free it.
///
/// # Memory ordering
///
/// What happens before permits are given back or made is visible to whoever takes them.
///
/// # Fairness
///
/// Threads that sleep at the semaphore are served first come, first served, whatever number of
/// permits they want: a large request is not passed by a small one that came to sleep later, even if
/// that one could be satisfied at once. A running thread that finds enough permits may overtake the
/// sleepers, which keeps permits in use while a sleeper is waking up; but once a millisecond the
/// permits are handed to the first sleeper (if it wants many, they are put aside for it as they come),
/// and nobody can overtake that. So every sleeper's turn comes, as long as permits are given back.
/// [`wait0`](Self::wait0) finds nothing available while permits are put aside.
///
/// A sleeper that wants more permits than [exist](Self::total) waits until they are made. Those that came
/// to sleep after it are served before it until then.
///
/// A sleeper that has been woken, and does not run, keeps from others what it wants and nothing else. If
/// more is given back meanwhile, those behind it are served.
///
/// # Stopped waits
///
/// A wait [unless](Awaitable::unless) an event is set looks at the event first, and then at the permits. A permit
/// that comes after the stop may therefore still be acquired, if the stop is set during the call.
///
/// A sleeper that is stopped leaves when its thread runs. Until then it is treated as one that was woken: permits
/// may be handed to it, which it returns, and those behind it wait for what it wanted.
///
/// # Implementation
///
/// Taking and giving back is one atomic instruction each while nobody sleeps, for any number of
/// permits. Sleepers sleep on events of their own, each in an allocation that its thread keeps, and a wake-up
/// is only sent to one that could proceed at that moment. A lock protects their queue. It is held for a
/// number of steps that does not depend on how many sleep, but only on how many are served or stepped over.
/// A thread that does not run while it has the lock holds up others that come to sleep, that leave at their
/// limits, or that give permits back to sleepers; so avoid mixed real-time priorities at one semaphore.
pub struct Semaphore {
    raw: RawSemaphore,
}

impl Semaphore {
    /// For the driver of generated programs.
    #[cfg(rsevents_loom)]
    #[doc(hidden)]
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.raw.is_at_rest()
    }

    const_unless_loom! {
        /// Creates a semaphore of which `initial` permits exist now, and at most `max` may.
        ///
        /// Most programs want [`with_permits`](Self::with_permits). In particular `new(0, 1)` is not an
        /// unlocked mutex: no permit exists, and every wait blocks until one is
        /// [released](Self::release).
        ///
        /// # Panics
        ///
        /// If `initial` exceeds `max`; or, on targets whose largest atomic has 32 bits, if `max`
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
        /// Creates a semaphore with `n` permits, all available, which is also its maximum.
        ///
        /// # Panics
        ///
        /// As [`new`](Self::new).
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

    /// Takes a permit, and waits for as long as it takes: for ever, if none can be made because
    /// [`max`](Self::max) is zero.
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

    /// Takes a permit, and waits for at most `limit`, which is understood as by
    /// [`Awaitable::try_wait_for`].
    ///
    /// # Errors
    ///
    /// If no permit could be had in time.
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
    pub fn wait_for(&self, limit: Duration) -> Result<SemaphoreGuard<'_>, TimeoutError> {
        self.guard_if(self.raw.wait_for(1, limit), 1)
    }

    /// Takes a permit, and waits until `deadline` at the latest. A deadline in the past polls.
    ///
    /// # Errors
    ///
    /// If no permit could be had in time.
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

    /// Takes a permit if one is available now.
    ///
    /// # Errors
    ///
    /// If none is.
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

    /// A wait for `n` permits at once: a value to be waited for. For `n = 0` it succeeds at once, with an
    /// empty guard.
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

    /// A wait for a permit whose guard owns a share of the semaphore: a value to be waited for, for use
    /// where a borrow cannot live: in a `'static` closure, in a struct.
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

    /// Acquires all permits that are available now; the guard is empty if there are none. Never blocks.
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

    /// Makes `n` new permits.
    ///
    /// (A permit that is held is given back by dropping its guard.)
    ///
    /// # Panics
    ///
    /// If more than [`max`](Self::max) would exist; nothing changes then.
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

    /// Makes `n` new permits; false, with nothing changed, if more than [`max`](Self::max) would
    /// exist.
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

    /// Unmakes up to `n` permits, as far as they are available now, without waiting; returns how
    /// many.
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

    /// Unmakes `n` permits if so many are available now; false, with nothing changed, if not.
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

    /// Makes `change` permits, or unmakes as many if it is negative, of a semaphore that nobody else
    /// uses now. [`release`](Self::release) and [`shrink`](Self::shrink) do it while it is in use.
    ///
    /// # Panics
    ///
    /// If more than [`max`](Self::max) would exist, or fewer are available than are to be unmade;
    /// nothing changes then.
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

    /// As [`modify`](Self::modify), but says false where that panics.
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

    /// How many permits are available at this instant: a snapshot. Permits that are put aside for a
    /// thread that sleeps are not.
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

    /// How many permits exist at this instant, available or held: a snapshot.
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

    /// How many permits may exist at the most.
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
    fn try_wait_for(&'a self, limit: Duration) -> Result<SemaphoreGuard<'a>, TimeoutError> {
        self.wait_for(limit)
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

/// Shows the numbers of this instant.
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
