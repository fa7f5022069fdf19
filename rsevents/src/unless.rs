//! Waits that an event stops: [`Unless`], and the trait that awaitables implement for it.

use crate::awaitable::{Awaitable, AwaitableError, TimeoutError};
use crate::deadline::Deadline;
use crate::event;
use crate::group::Event;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

/// The error of a wait that was stopped. See [`Awaitable::unless`].
///
/// # Examples
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, Stopped};
///
/// let stop = ManualResetEvent::new(EventState::Set);
/// assert_eq!(AutoResetEvent::default().unless(&stop).try_wait(), Err(Stopped));
/// assert_eq!(Stopped.to_string(), "the wait was stopped");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the wait was stopped")
    }
}

impl Error for Stopped {}

/// The error of a wait with a timeout and a stop event. See [`Awaitable::unless`].
///
/// # Examples
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, ManualResetEvent, UnlessError};
///
/// let (work, stop) = (AutoResetEvent::default(), ManualResetEvent::default());
/// assert_eq!(work.unless(&stop).try_wait0(), Err(UnlessError::TimedOut));
/// stop.set();
/// assert_eq!(work.unless(&stop).try_wait0(), Err(UnlessError::Stopped));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnlessError {
    /// The timeout passed first.
    TimedOut,
    /// The stop event was set.
    Stopped,
}

impl fmt::Display for UnlessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TimedOut => TimeoutError.fmt(f),
            Self::Stopped => Stopped.fmt(f),
        }
    }
}

impl Error for UnlessError {}

impl AwaitableError for UnlessError {
    type UnboundedError = Stopped;
}

impl From<Infallible> for Stopped {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<Infallible> for UnlessError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

impl From<Stopped> for UnlessError {
    fn from(Stopped: Stopped) -> Self {
        Self::Stopped
    }
}

impl From<TimeoutError> for UnlessError {
    fn from(TimeoutError: TimeoutError) -> Self {
        Self::TimedOut
    }
}

/// The time that a wait may block.
///
/// # Examples
///
/// ```
/// use rsevents::Limit;
/// use std::time::{Duration, Instant};
///
/// assert_eq!(Limit::from(Duration::ZERO), Limit::Zero);
/// assert_eq!(Limit::from(Duration::MAX), Limit::None); // too large for the clock
/// let now = Instant::now();
/// let Limit::Until(deadline) = Limit::from(Duration::from_secs(1)) else { panic!() };
/// assert!(deadline >= now + Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// No limit: the wait blocks until it succeeds or is stopped.
    None,
    /// Until this instant. One in the past means that the wait polls.
    Until(Instant),
    /// The wait polls: it never blocks.
    Zero,
}

impl Limit {
    /// Returns the deadline of a wait; `None` for a wait that polls.
    pub(crate) fn deadline(self) -> Option<Deadline> {
        match self {
            Self::None => Some(Deadline::Never),
            Self::Until(deadline) => Deadline::unless_past(deadline),
            Self::Zero => None,
        }
    }
}

/// Measures the timeout from this conversion.
impl From<Duration> for Limit {
    fn from(timeout: Duration) -> Self {
        if timeout.is_zero() {
            return Self::Zero;
        }
        Instant::now().checked_add(timeout).map_or(Self::None, Self::Until)
    }
}

/// An awaitable whose waits an event can stop. [`Awaitable::unless`] requires it.
///
/// A type that is built from others implements it by passing the stop event on to the wait that blocks.
///
/// # Implementing it
///
/// * If `stop` is set when the wait begins, the wait fails with [`UnlessError::Stopped`], even if it could succeed.
/// * A wait that fails takes nothing from `self`. One that is stopped takes the signal of an auto-reset `stop`;
///   one that is not stopped does not.
/// * A wait with [`Limit::None`] never fails with [`UnlessError::TimedOut`].
///
/// A wait that can fail for other reasons, such as a poisoned lock, does not fit this trait. Its type can return its
/// own value with such waits instead.
///
/// # Examples
///
/// ```
/// use rsevents::{
///     AutoResetEvent, Awaitable, AwaitableUnless, Event, EventState, Limit, ManualResetEvent, Stopped,
///     TimeoutError, UnlessError,
/// };
/// use std::convert::Infallible;
/// use std::time::Duration;
///
/// /// A door that one visitor at a time may pass.
/// struct Door(AutoResetEvent);
///
/// /// Lets the next visitor in when dropped.
/// struct Visit<'a>(&'a Door);
///
/// impl Drop for Visit<'_> {
///     fn drop(&mut self) {
///         self.0.0.set();
///     }
/// }
///
/// impl<'a> Awaitable<'a> for Door {
///     type T = Visit<'a>;
///     type Error = TimeoutError;
///
///     fn try_wait(&'a self) -> Result<Visit<'a>, Infallible> {
///         self.0.try_wait().map(|()| Visit(self))
///     }
///     fn try_wait_for(&'a self, timeout: Duration) -> Result<Visit<'a>, TimeoutError> {
///         self.0.try_wait_for(timeout).map(|()| Visit(self))
///     }
/// }
///
/// impl<'a> AwaitableUnless<'a> for Door {
///     fn try_wait_unless(&'a self, stop: &dyn Event, limit: Limit) -> Result<Visit<'a>, UnlessError> {
///         self.0.try_wait_unless(stop, limit).map(|()| Visit(self))
///     }
/// }
///
/// let (door, closed) = (Door(AutoResetEvent::new(EventState::Set)), ManualResetEvent::default());
/// let inside = door.unless(&closed).try_wait();
/// assert!(inside.is_ok());
/// closed.set();
/// assert!(matches!(door.unless(&closed).try_wait(), Err(Stopped)));
/// ```
pub trait AwaitableUnless<'a>: Awaitable<'a> {
    /// Blocks until the wait succeeds, `stop` is set, or `limit` passes. Users call [`Awaitable::unless`] instead.
    ///
    /// # Errors
    ///
    /// Returns [`UnlessError::Stopped`] if `stop` ended the wait, and [`UnlessError::TimedOut`] if the limit
    /// passed first.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, AwaitableUnless, EventState, Limit, ManualResetEvent};
    ///
    /// let (work, stop) = (AutoResetEvent::new(EventState::Set), ManualResetEvent::default());
    /// assert_eq!(work.try_wait_unless(&stop, Limit::None), Ok(()));
    /// ```
    fn try_wait_unless(&'a self, stop: &dyn Event, limit: Limit) -> Result<Self::T, UnlessError>;
}

/// A wait that an event stops, made by [`Awaitable::unless`].
///
/// It implements [`Awaitable`] and yields what the wait without the stop event yields. Its waits without a
/// timeout fail with [`Stopped`], the others with [`UnlessError`]. It has only the forms that return a `Result`,
/// because every wait can fail.
///
/// It borrows the awaitable. To keep it, give the awaitable a name, too:
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, Event, ManualResetEvent, WaitAny};
///
/// let (a, b, stop) = (AutoResetEvent::default(), AutoResetEvent::default(), ManualResetEvent::default());
/// let events: [&dyn Event; 2] = [&a, &b];
/// let any = WaitAny::new(&events);
/// let wait = any.unless(&stop); // `WaitAny::new(&events).unless(&stop)` can be used at once only
/// assert!(wait.try_wait0().is_err());
/// ```
///
/// # Examples
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, ManualResetEvent};
///
/// let (work, stop) = (AutoResetEvent::default(), ManualResetEvent::default());
/// std::thread::scope(|s| {
///     let worker = s.spawn(|| {
///         let mut done = 0;
///         while work.unless(&stop).try_wait().is_ok() {
///             done += 1; // … one job …
///         }
///         done
///     });
///     work.set();
///     stop.set();
///     assert!(worker.join().unwrap() <= 1); // if both are set, the wait is stopped
/// });
/// ```
#[must_use = "this does nothing until it is waited for"]
pub struct Unless<'a, 's, A: ?Sized> {
    awaitable: &'a A,
    stop: &'s dyn Event,
}

impl<'a, 's, A: ?Sized> Unless<'a, 's, A> {
    /// Creates the wait, as [`Awaitable::unless`] does, also for trait objects.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, AwaitableUnless, ManualResetEvent, TimeoutError, Unless};
    ///
    /// let (work, stop) = (AutoResetEvent::default(), ManualResetEvent::default());
    /// let any: &dyn AwaitableUnless<'_, T = (), Error = TimeoutError> = &work;
    /// assert!(Unless::new(any, &stop).try_wait0().is_err());
    /// ```
    pub const fn new(awaitable: &'a A, stop: &'s dyn Event) -> Self {
        Self { awaitable, stop }
    }

    pub(crate) const fn awaitable(&self) -> &'a A {
        self.awaitable
    }

    pub(crate) const fn stop(&self) -> &'s dyn Event {
        self.stop
    }
}

impl<A: ?Sized> Clone for Unless<'_, '_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: ?Sized> Copy for Unless<'_, '_, A> {}

impl<'a, A: AwaitableUnless<'a> + ?Sized> Awaitable<'_> for Unless<'a, '_, A> {
    type T = A::T;
    type Error = UnlessError;

    fn try_wait(&self) -> Result<A::T, Stopped> {
        // Makes one turn: a wait with `Limit::None` never fails with `TimedOut`.
        loop {
            match self.awaitable.try_wait_unless(self.stop, Limit::None) {
                Ok(value) => return Ok(value),
                Err(UnlessError::Stopped) => return Err(Stopped),
                Err(UnlessError::TimedOut) => {}
            }
        }
    }

    fn try_wait_for(&self, timeout: Duration) -> Result<A::T, UnlessError> {
        self.awaitable.try_wait_unless(self.stop, timeout.into())
    }

    fn try_wait_until(&self, deadline: Instant) -> Result<A::T, UnlessError> {
        self.awaitable.try_wait_unless(self.stop, Limit::Until(deadline))
    }

    fn try_wait0(&self) -> Result<A::T, UnlessError> {
        self.awaitable.try_wait_unless(self.stop, Limit::Zero)
    }
}

/// Shows the awaitable and the state of the stop event. Never blocks.
impl<A: fmt::Debug + ?Sized> fmt::Debug for Unless<'_, '_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unless")
            .field("awaitable", &self.awaitable)
            .field("stop", event::shown(self.stop.member().byte))
            .finish()
    }
}
