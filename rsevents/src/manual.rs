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

/// An event that lets every wait through while it is set.
///
/// [`set`](Self::set) opens it: all threads that wait are released, and so is every wait that comes
/// until [`reset`](Self::reset) closes it. Good for "the configuration is loaded", "stop", or any
/// other condition that concerns everybody. It is what Win32 makes of
/// `CreateEvent(…, bManualReset = TRUE, …)`.
///
/// It takes one byte of memory, needs no destructor, and can live in a `static`. All waiting is done
/// through the methods of [`Awaitable`].
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
/// What a thread did before it set the event is visible to every thread whose wait that `set` lets
/// through. Precisely: every `set` since the event was last unset happens before the return of a
/// wait that succeeds because of it. A `reset` or a [`pulse`](Self::pulse) also sees what the sets
/// it undoes have published. A wait that fails gives no ordering.
///
/// # Fairness
///
/// A `set` releases all parked threads in one instant: a `reset` that follows at once cannot hold
/// one of them back, and a thread that begins to wait after that `reset` is not released by the
/// earlier `set`. A waiter spins for a moment before it parks, and takes part in this once it has
/// parked.
///
/// # Implementation
///
/// A wait on a set event is one load; setting an event that nobody waits for is one atomic
/// instruction. Parked threads sleep in the address-keyed queues of [`parking_lot_core`]. A `set` wakes
/// them one by one, and those that are awake help it. So it takes longer the more threads are parked, and
/// less long the more processors there are; but no thread depends on another that has been released. If
/// a wait for all or several groups wait on the event, a `set` holds the locks of all events in them for a moment.
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

    /// Opens the event: releases all parked threads, and lets every wait through from now on.
    ///
    /// Never blocks on a waiter. Once a wait has been released the setter does not touch the event
    /// any more, so the released thread may free it at once (if it is the only one that uses it).
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

    /// Closes the event: from now on waits wait.
    ///
    /// Whatever was published with the sets that are undone is visible afterwards: a thread that
    /// resets the event, finds nothing to do and then waits misses nothing.
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

    /// Releases all threads that are parked at this instant, and leaves the event unset.
    ///
    /// Unlike Win32's `PulseEvent` it is reliable: a thread that is parked at that instant cannot
    /// miss it. A thread that has called a wait and has not parked yet is not waiting in this sense,
    /// so a pulse is only for signals that may be missed.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{Awaitable, EventState, ManualResetEvent};
    ///
    /// let event = ManualResetEvent::new(EventState::Set);
    /// event.pulse(); // nobody waits
    /// assert!(!event.wait0());
    /// ```
    #[inline]
    pub fn pulse(&self) {
        self.raw.pulse(Kind::Manual);
    }

    /// Whether the event is set at this instant: a snapshot, out of date as soon as it is taken.
    ///
    /// If it says true, what the `set` published is visible.
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
    fn try_wait_for(&self, limit: Duration) -> Result<(), TimeoutError> {
        if self.raw.wait_for(Kind::Manual, limit) { Ok(()) } else { Err(TimeoutError) }
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

/// Unset.
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

/// Shows the state at this instant, and changes nothing.
impl fmt::Debug for ManualResetEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualResetEvent").field("state", event::shown(self.byte())).finish()
    }
}
