//! [`ManualResetEvent`]: documentation, and thin calls of the state machine.

use crate::awaitable::{Awaitable, TimeoutError};
use crate::byte::{Byte, Kind};
use crate::deadline::Deadline;
use crate::event::{self, RawEvent};
use crate::primitive::const_unless_loom;
use crate::state::EventState;
use std::convert::Infallible;
use std::fmt;
use std::time::{Duration, Instant};

/// An event that releases all waits while it is set.
///
/// [`set`](Self::set) releases all waiting threads and tasks. Later waits succeed at once, until
/// [`reset`](Self::reset) unsets the event. Use it for "the configuration is loaded", "stop", or any other condition
/// that concerns everybody. Win32 creates it with `CreateEvent(…, bManualReset = TRUE, …)`.
///
/// It takes one byte of memory, has no destructor, and can live in a `static`. Threads wait with the methods of
/// [`Awaitable`], tasks with [`wait_async`](Self::wait_async).
///
/// # Examples
///
/// ```
/// use rsevents::{Awaitable, EventState, ManualResetEvent};
/// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
///
/// static LOADED: ManualResetEvent = ManualResetEvent::new(EventState::Unset);
/// static ANSWER: AtomicU32 = AtomicU32::new(0);
///
/// let readers: Vec<_> = (0..3)
///     .map(|_| {
///         std::thread::spawn(|| {
///             LOADED.wait();
///             ANSWER.load(Relaxed)
///         })
///     })
///     .collect();
/// ANSWER.store(42, Relaxed);
/// LOADED.set();
/// assert!(readers.into_iter().all(|reader| reader.join().unwrap() == 42));
/// ```
///
/// # Memory ordering
///
/// What a thread did before it set the event is visible to every thread and task whose wait succeeds because of that
/// `set`. Precisely: every `set` since the event was last unset happens before the return of such a wait. A `reset` or
/// a [`pulse`](Self::pulse) also sees what was published with the sets that it undoes. A wait that fails gives no
/// ordering.
///
/// # Fairness
///
/// A `set` releases all parked threads and queued tasks at one instant. A `reset` that follows at once cannot
/// hold one of them back. A thread that begins to wait after that `reset` is not released by the earlier `set`. A
/// thread spins briefly before it parks. While it spins, it can miss a `set` that is followed by a `reset`.
///
/// # Implementation
///
/// A wait for a set event is one load. `set` without a waiter is one atomic instruction. Parked threads sleep in the
/// address-keyed queues of [`parking_lot_core`]. A `set` wakes them one by one, and threads that are awake help it. So
/// it takes longer the more threads are parked, and less long the more processors there are. No released thread depends
/// on another. If a `WaitAll` or several groups wait for the event, a `set` briefly holds the locks of all their
/// events.
pub struct ManualResetEvent {
    raw: RawEvent,
}

impl ManualResetEvent {
    const_unless_loom! {
        /// Creates an event in the given state.
        ///
        /// # Examples
        ///
        /// ```
        /// use rsevents::{ManualResetEvent, EventState};
        ///
        /// static STOP: ManualResetEvent = ManualResetEvent::new(EventState::Unset);
        /// assert_eq!(size_of_val(&STOP), 1);
        /// ```
        #[must_use]
        pub fn new(state: EventState) -> Self {
            Self { raw: RawEvent::new(matches!(state, EventState::Set)) }
        }
    }

    /// Sets the event: releases all waiting threads and tasks. Later waits succeed at once.
    ///
    /// Never waits for a waiter. After the release, this does not touch the event, so a released thread may free it
    /// at once, if no other thread uses it.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{Awaitable, ManualResetEvent};
    ///
    /// let event = ManualResetEvent::default();
    /// event.set();
    /// assert!(event.wait0() && event.wait0());
    /// ```
    #[inline]
    pub fn set(&self) {
        self.raw.set(Kind::Manual);
    }

    /// Unsets the event: later waits block.
    ///
    /// What was published with the sets that it undoes is visible afterwards. So a thread that resets the event, then
    /// looks for work, finds none, and waits cannot miss work.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{Awaitable, EventState, ManualResetEvent};
    ///
    /// let event = ManualResetEvent::new(EventState::Set);
    /// event.reset();
    /// assert!(!event.wait0());
    /// ```
    #[inline]
    pub fn reset(&self) {
        self.raw.reset();
    }

    /// Releases all parked threads and queued tasks, and leaves the event unset.
    ///
    /// Unlike Win32's `PulseEvent`, it never misses a parked thread or a queued task. But it does not release a
    /// thread that has called a wait and has not parked yet. So use it only for signals that may be missed.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{Awaitable, EventState, ManualResetEvent};
    ///
    /// let event = ManualResetEvent::new(EventState::Set);
    /// event.pulse(); // no thread waits
    /// assert!(!event.wait0());
    /// ```
    #[inline]
    pub fn pulse(&self) {
        self.raw.pulse(Kind::Manual);
    }

    /// Returns whether the event is set right now. The answer may be stale by the time it is used.
    ///
    /// If it returns `true`, what the `set` published is visible.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{ManualResetEvent, EventState};
    ///
    /// let event = ManualResetEvent::new(EventState::Set);
    /// assert!(event.is_set());
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

impl Awaitable<'_> for ManualResetEvent {
    type T = ();
    type Error = TimeoutError;

    #[inline]
    fn try_wait(&self) -> Result<(), Infallible> {
        self.raw.wait(Kind::Manual);
        Ok(())
    }

    #[inline]
    fn try_wait_for(&self, timeout: Duration) -> Result<(), TimeoutError> {
        if self.raw.wait_for(Kind::Manual, timeout) { Ok(()) } else { Err(TimeoutError) }
    }

    #[inline]
    fn try_wait_until(&self, deadline: Instant) -> Result<(), TimeoutError> {
        let deadline = Deadline::At(deadline);
        if self.raw.wait_until(Kind::Manual, deadline) { Ok(()) } else { Err(TimeoutError) }
    }

    #[inline]
    fn try_wait0(&self) -> Result<(), TimeoutError> {
        if self.raw.poll(Kind::Manual) { Ok(()) } else { Err(TimeoutError) }
    }
}

/// Creates an unset event.
impl Default for ManualResetEvent {
    fn default() -> Self {
        Self::new(EventState::Unset)
    }
}

impl From<EventState> for ManualResetEvent {
    fn from(state: EventState) -> Self {
        Self::new(state)
    }
}

/// Shows the state: `Set`, `Unset`, or `Changing` while an operation on several events changes it. Never blocks.
impl fmt::Debug for ManualResetEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualResetEvent").field("state", event::shown(self.byte())).finish()
    }
}
