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

/// An event that lets exactly one wait through for each time it is set.
///
/// [`set`](Self::set) releases one waiting thread. If none waits, the event stays set until a wait
/// takes the signal or [`reset`](Self::reset) discards it; setting it again meanwhile changes
/// nothing, for the event counts to one, like a binary semaphore. It is what Win32 makes of
/// `CreateEvent(…, bManualReset = FALSE, …)`.
///
/// It takes one byte of memory, needs no destructor, and can live in a `static`. All waiting is done
/// through the methods of [`Awaitable`].
///
/// # Examples
///
/// Two threads hand a value over, back and forth:
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
/// What a thread did before it set the event is visible to the thread whose wait that `set` lets
/// through. Precisely: a `set` happens before the return of the wait that it releases, or that takes
/// its signal later; if several sets coalesced into one signal, all of them do. A `reset` or a
/// [`pulse`](Self::pulse) that discards a signal also sees what was published with it. A wait that
/// fails gives no ordering.
///
/// # Fairness
///
/// Threads that are parked on the event are served first come, first served, and directly: a `set`
/// that finds a parked thread hands the signal to it, and no other thread can take it in between. A
/// waiter spins for a moment before it parks; while it does so it has no place in the queue.
///
/// # Implementation
///
/// Setting an event that nobody waits for, and taking the signal of a set event, is one atomic
/// instruction. Parked threads sleep in the address-keyed queues of [`parking_lot_core`].
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

    /// Lets one wait through: the thread that has been parked for longest, or else the next wait
    /// that comes.
    ///
    /// Never blocks on a waiter. Once a wait has been released the setter does not touch the event
    /// any more, so the released thread may free it at once.
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

    /// Discards the signal, if there is one. Waiting threads wait on.
    ///
    /// Whatever was published with the discarded signal is visible afterwards: a thread that resets
    /// the event, finds nothing to do and then waits misses nothing.
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

    /// Releases the thread that has been parked for longest, if there is one, and leaves the event
    /// unset.
    ///
    /// Unlike Win32's `PulseEvent` it is reliable: a thread that is parked at that instant cannot
    /// miss it. A thread that has called a wait and has not parked yet is not waiting in this sense,
    /// so a pulse is only for signals that may be missed.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, EventState};
    ///
    /// let event = AutoResetEvent::new(EventState::Set);
    /// event.pulse(); // nobody waits
    /// assert!(!event.wait0());
    /// ```
    #[inline]
    pub fn pulse(&self) {
        self.raw.pulse(Kind::Auto);
    }

    /// Whether the event is set at this instant: a snapshot, out of date as soon as it is taken.
    ///
    /// A pure read: it takes no signal, which is what sets it apart from
    /// [`wait0`](Awaitable::wait0). If it says true, what the `set` published is visible.
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
    fn try_wait_for(&self, limit: Duration) -> Result<(), TimeoutError> {
        if self.raw.wait_for(Kind::Auto, limit) { Ok(()) } else { Err(TimeoutError) }
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

/// Unset.
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
/// and takes nothing.
impl fmt::Debug for AutoResetEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AutoResetEvent").field("state", event::shown(self.byte())).finish()
    }
}
