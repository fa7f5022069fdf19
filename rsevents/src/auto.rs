//! [`AutoResetEvent`]: documentation, and thin calls of the state machine.

use crate::awaitable::{Awaitable, TimeoutError};
use crate::byte::{Byte, Kind};
use crate::deadline::Deadline;
use crate::event::{self, RawEvent};
use crate::primitive::const_unless_loom;
use crate::state::EventState;
use std::convert::Infallible;
use std::fmt;
use std::time::{Duration, Instant};

/// An event that releases one wait for each signal.
///
/// [`set`](Self::set) releases one waiting thread or task. If none waits, the event stays set until a wait
/// takes the signal or [`reset`](Self::reset) discards it. Setting a set event has no effect, because an event stores
/// at most one signal, like a binary semaphore. Win32 creates it with `CreateEvent(…, bManualReset = FALSE, …)`.
///
/// Because signals coalesce, a released thread should expect any number of items, not one. See
/// [several workers](crate::recipes#several-workers).
///
/// It takes one byte of memory, has no destructor, and can live in a `static`. Threads wait with the methods of
/// [`Awaitable`], tasks with [`wait_async`](Self::wait_async).
///
/// # Examples
///
/// Two threads take turns with a value:
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, EventState};
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// let (ball, ping, pong) = (AtomicU32::new(0), AutoResetEvent::default(), AutoResetEvent::default());
/// std::thread::scope(|s| {
///     s.spawn(|| {
///         for _ in 0..10 {
///             ping.wait();
///             ball.store(ball.load(Relaxed) + 1, Relaxed);
///             pong.set();
///         }
///     });
///     for _ in 0..10 {
///         ping.set();
///         pong.wait();
///     }
/// });
/// assert_eq!(ball.into_inner(), 10);
/// ```
///
/// # Memory ordering
///
/// What a thread did before it set the event is visible to the thread or task whose wait takes the signal.
/// Precisely: a `set` happens before the return of the wait that it releases, or that takes its signal later. If
/// several sets coalesced into one signal, all of them happen before. A `reset` or a [`pulse`](Self::pulse) that
/// discards a signal also sees what was published with it. A wait that fails gives no ordering.
///
/// # Fairness
///
/// Parked threads and queued tasks are released in FIFO order, by direct hand-off. A `set` that finds a waiter in the
/// queue gives the signal to that waiter. No other waiter can take it. A thread spins briefly before it parks, and has no
/// place in the queue until then.
///
/// # Implementation
///
/// `set` without a waiter, and a wait for a set event, execute one atomic instruction. Parked threads sleep in the
/// address-keyed queues of [`parking_lot_core`].
pub struct AutoResetEvent {
    raw: RawEvent,
}

impl AutoResetEvent {
    const_unless_loom! {
        /// Creates an event in the given state.
        ///
        /// # Examples
        ///
        /// ```
        /// use rsevents::{AutoResetEvent, EventState};
        ///
        /// static WORK: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
        /// assert_eq!(size_of_val(&WORK), 1);
        /// ```
        #[must_use]
        pub fn new(state: EventState) -> Self {
            Self { raw: RawEvent::new(matches!(state, EventState::Set)) }
        }
    }

    /// Releases the thread that has been parked longest (or the task that has been queued longest) or, if there is
    /// none, the next wait.
    ///
    /// Never waits for a waiter. After the release, this does not touch the event, so the released thread may free
    /// it at once.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable};
    ///
    /// let event = AutoResetEvent::default();
    /// event.set();
    /// event.set(); // already set: no second signal
    /// assert!(event.wait0());
    /// assert!(!event.wait0());
    /// ```
    #[inline]
    pub fn set(&self) {
        self.raw.set(Kind::Auto);
    }

    /// Clears the signal. Waiting threads stay blocked.
    ///
    /// What was published with the discarded signal is visible afterwards. So a thread that resets the event, then
    /// looks for work, finds none, and waits cannot miss work.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, EventState};
    ///
    /// let event = AutoResetEvent::new(EventState::Set);
    /// event.reset();
    /// assert!(!event.wait0());
    /// ```
    #[inline]
    pub fn reset(&self) {
        self.raw.reset();
    }

    /// Releases the thread that has been parked longest (or the task that has been queued longest), if there is one,
    /// and leaves the event unset.
    ///
    /// Unlike Win32's `PulseEvent`, it never misses a parked thread or a queued task. But it does not release a
    /// thread that has called a wait and has not parked yet. So use it only for signals that may be missed.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, EventState};
    ///
    /// let event = AutoResetEvent::new(EventState::Set);
    /// event.pulse(); // no thread waits
    /// assert!(!event.wait0());
    /// ```
    #[inline]
    pub fn pulse(&self) {
        self.raw.pulse(Kind::Auto);
    }

    /// Returns whether the event is set right now. The answer may be stale by the time it is used.
    ///
    /// It takes no signal, unlike [`wait0`](Awaitable::wait0). If it returns `true`, what the `set` published is
    /// visible.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, EventState};
    ///
    /// let event = AutoResetEvent::new(EventState::Set);
    /// assert!(event.is_set() && event.is_set());
    /// ```
    #[inline]
    #[must_use = "reading the state has no effect"]
    pub fn is_set(&self) -> bool {
        self.raw.is_set()
    }

    pub(crate) const fn byte(&self) -> &Byte {
        self.raw.byte()
    }
}

impl Awaitable<'_> for AutoResetEvent {
    type T = ();
    type Error = TimeoutError;

    #[inline]
    fn try_wait(&self) -> Result<(), Infallible> {
        self.raw.wait(Kind::Auto);
        Ok(())
    }

    #[inline]
    fn try_wait_for(&self, timeout: Duration) -> Result<(), TimeoutError> {
        if self.raw.wait_for(Kind::Auto, timeout) { Ok(()) } else { Err(TimeoutError) }
    }

    #[inline]
    fn try_wait_until(&self, deadline: Instant) -> Result<(), TimeoutError> {
        let deadline = Deadline::At(deadline);
        if self.raw.wait_until(Kind::Auto, deadline) { Ok(()) } else { Err(TimeoutError) }
    }

    #[inline]
    fn try_wait0(&self) -> Result<(), TimeoutError> {
        if self.raw.poll(Kind::Auto) { Ok(()) } else { Err(TimeoutError) }
    }
}

/// Creates an unset event.
impl Default for AutoResetEvent {
    fn default() -> Self {
        Self::new(EventState::Unset)
    }
}

impl From<EventState> for AutoResetEvent {
    fn from(state: EventState) -> Self {
        Self::new(state)
    }
}

/// Shows the state: `Set`, `Unset`, or `Changing` while an operation on several events changes it. Never blocks,
/// and takes no signal.
impl fmt::Debug for AutoResetEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AutoResetEvent").field("state", event::shown(self.byte())).finish()
    }
}
