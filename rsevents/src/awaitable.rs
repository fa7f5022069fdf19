//! The trait of everything that can be waited for, and its errors.

use crate::group::Event;
use crate::unless::{AwaitableUnless, Unless};
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

mod sealed {
    use super::{AwaitableError, Infallible};

    /// An error type whose awaitables cannot fail while they wait without a limit.
    ///
    /// The message is that of [`Never`], whichever of the two the compiler misses.
    #[diagnostic::on_unimplemented(
        message = "this wait can fail, with `{Self}`: use the method that starts with `try_`",
        label = "this wait can fail",
        note = "`try_wait`, `try_wait_for`, `try_wait_until` and `try_wait0` return a `Result`",
        note = "in generic code, require `Error: AwaitableError<UnboundedError = Infallible>`"
    )]
    pub trait InfallibleUnboundedWait: AwaitableError {
        fn never<T>(error: Self::UnboundedError) -> T;
    }
    impl<E: AwaitableError<UnboundedError: Never>> InfallibleUnboundedWait for E {
        fn never<T>(error: Self::UnboundedError) -> T {
            error.never()
        }
    }

    /// The type [`Infallible`], as a bound. (For the bound `UnboundedError = Infallible` the compiler would
    /// report a type mismatch, without the message.)
    #[diagnostic::on_unimplemented(
        message = "this wait can fail, with `{Self}`: use the method that starts with `try_`",
        label = "this wait can fail",
        note = "`try_wait`, `try_wait_for`, `try_wait_until` and `try_wait0` return a `Result`",
        note = "in generic code, require `Error: AwaitableError<UnboundedError = Infallible>`"
    )]
    pub trait Never {
        fn never<T>(self) -> T;
    }
    impl Never for Infallible {
        fn never<T>(self) -> T {
            match self {}
        }
    }

    /// The type `()`, as a bound: a wait that yields nothing but the fact that it ended.
    #[diagnostic::on_unimplemented(
        message = "this wait yields a value, `{Self}`: use the method that starts with `try_`",
        label = "this wait yields a value",
        note = "`try_wait_for`, `try_wait_until` and `try_wait0` return a `Result` with the value",
        note = "in generic code, require `Awaitable<T = ()>`"
    )]
    pub trait Void {}
    impl Void for () {}
}

/// What a wait on an [`Awaitable`] can fail with.
///
/// Two types, because a wait with a time limit can fail in one way more than a wait without one.
/// The implementing type is the error of the waits with a limit; [`UnboundedError`] is the error of
/// the wait without.
///
/// It is good form, though not required, that the implementing type is `From` its
/// `UnboundedError`, so that `?` works in code that mixes both.
///
/// [`UnboundedError`]: AwaitableError::UnboundedError
///
/// # Examples
///
/// ```
/// use rsevents::AwaitableError;
///
/// /// A lock that a panicking holder poisons: both kinds of wait can fail.
/// #[derive(Debug)]
/// enum LockError {
///     Poisoned,
///     TimedOut,
/// }
///
/// impl std::fmt::Display for LockError {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         f.write_str(match self {
///             LockError::Poisoned => "a holder panicked",
///             LockError::TimedOut => "the wait timed out",
///         })
///     }
/// }
/// impl std::error::Error for LockError {}
/// impl AwaitableError for LockError {
///     type UnboundedError = Self;
/// }
/// # assert_eq!(LockError::Poisoned.to_string(), "a holder panicked");
/// # assert_eq!(LockError::TimedOut.to_string(), "the wait timed out");
/// ```
pub trait AwaitableError: Error {
    /// The error of [`Awaitable::try_wait`].
    ///
    /// [`Infallible`] where such a wait cannot fail; this gives users the methods that return no
    /// `Result`: [`wait`](Awaitable::wait), [`wait_for`](Awaitable::wait_for) and their kin.
    type UnboundedError: Error;
}

/// The error of a wait whose time limit passed before what it waited for came.
///
/// # Examples
///
/// ```
/// use rsevents::{Awaitable, EventState, ManualResetEvent, TimeoutError};
///
/// let never = ManualResetEvent::new(EventState::Unset);
/// assert_eq!(never.try_wait0(), Err(TimeoutError));
/// assert_eq!(TimeoutError.to_string(), "the wait timed out");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeoutError;

impl fmt::Display for TimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the wait timed out")
    }
}

impl Error for TimeoutError {}

impl AwaitableError for TimeoutError {
    type UnboundedError = Infallible;
}

impl From<Infallible> for TimeoutError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Something a thread can wait for: without a limit, for a time, until an instant, or not at all.
///
/// Events implement it, and so do the objects that other crates build from them: a semaphore yields
/// a guard, a lock may fail because it was poisoned. Code that is generic over `Awaitable` works
/// with all of them.
///
/// | limit | returns a `Result` | for `UnboundedError = Infallible` |
/// |---|---|---|
/// | none | [`try_wait`](Self::try_wait) | [`wait`](Self::wait) returns `T` |
/// | a [`Duration`] | [`try_wait_for`](Self::try_wait_for) | [`wait_for`](Self::wait_for) returns `bool`, where `T = ()` |
/// | an [`Instant`] | [`try_wait_until`](Self::try_wait_until) | [`wait_until`](Self::wait_until) returns `bool`, where `T = ()` |
/// | no waiting | [`try_wait0`](Self::try_wait0) | [`wait0`](Self::wait0) returns `bool`, where `T = ()` |
///
/// The prefix `try_` means "returns a `Result`". It does *not* mean "does not block":
/// [`try_wait`](Self::try_wait) waits for as long as it takes, and the poll is
/// [`try_wait0`](Self::try_wait0). (Other crates use the prefix the other way round.)
///
/// A successful wait may change what was waited for (it takes an auto-reset event's signal, or a
/// permit of a semaphore), so a poll is not a look at the state.
///
/// # Implementing it
///
/// Two methods suffice. A limit is total, counted once from the call, and a limit that is too
/// large for the clock means no limit. An implementation that can wait until an [`Instant`] should
/// also provide [`try_wait_until`](Self::try_wait_until), and one that can poll cheaply
/// [`try_wait0`](Self::try_wait0).
///
/// # Examples
///
/// A type of one's own: a door that one visitor at a time may pass.
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, EventState, TimeoutError};
/// use std::convert::Infallible;
/// use std::time::Duration;
///
/// struct Door(AutoResetEvent);
///
/// /// Lets the next one in when dropped.
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
///     fn try_wait_for(&'a self, limit: Duration) -> Result<Visit<'a>, TimeoutError> {
///         self.0.try_wait_for(limit).map(|()| Visit(self))
///     }
/// }
///
/// let door = Door(AutoResetEvent::new(EventState::Set));
/// let inside = door.wait();
/// assert!(door.try_wait0().is_err());
/// drop(inside);
/// assert!(door.try_wait0().is_ok());
/// ```
///
/// # In generic code
///
/// The lifetime `'a` is that of the reference through which the wait is made. What the wait yields may borrow
/// from it, as the guard of a semaphore does. A function that is given a reference names the lifetime, and
/// takes everything that can be waited for:
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, AwaitableError, EventState};
/// use std::convert::Infallible;
/// use std::time::Duration;
///
/// /// With a timeout.
/// fn within<'a, A: Awaitable<'a>>(timeout: Duration, awaitable: &'a A) -> Option<A::T> {
///     awaitable.try_wait_for(timeout).ok()
/// }
///
/// /// Without a timeout. Such a wait may fail in a way of its own …
/// fn fallible<'a, A: Awaitable<'a>>(
///     awaitable: &'a A,
/// ) -> Result<A::T, <A::Error as AwaitableError>::UnboundedError> {
///     awaitable.try_wait()
/// }
///
/// /// … unless the bound says that it cannot.
/// fn infallible<'a, A>(awaitable: &'a A) -> A::T
/// where
///     A: Awaitable<'a, Error: AwaitableError<UnboundedError = Infallible>>,
/// {
///     awaitable.wait()
/// }
///
/// let event = AutoResetEvent::new(EventState::Set);
/// assert_eq!(within(Duration::from_millis(1), &event), Some(()));
/// event.set();
/// assert_eq!(fallible(&event), Ok(()));
/// event.set();
/// infallible(&event);
/// ```
///
/// A function or a struct that *owns* what it waits for has no such lifetime to name: the reference lives
/// only inside of it. It requires the trait for every lifetime, with `for<'x>`:
///
/// ```
/// use rsevents::{Awaitable, ManualResetEvent, TimeoutError};
///
/// /// Sets an event when it is done with what it waits for.
/// struct Stage<A>(A, ManualResetEvent);
///
/// impl<A: for<'x> Awaitable<'x, T = (), Error = TimeoutError>> Stage<A> {
///     fn run(&self) {
///         self.0.wait();
///         self.1.set();
///     }
/// }
///
/// let stage = Stage(ManualResetEvent::default(), ManualResetEvent::default());
/// stage.0.set();
/// stage.run();
/// assert!(stage.1.is_set());
/// ```
///
/// So does a trait object that owns. In trait objects the associated types are named:
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, TimeoutError};
///
/// type Anything = Box<dyn for<'x> Awaitable<'x, T = (), Error = TimeoutError>>;
///
/// let owned: [Anything; 2] =
///     [Box::new(AutoResetEvent::new(EventState::Set)), Box::new(ManualResetEvent::default())];
/// assert_eq!(owned.map(|awaitable| awaitable.wait0()), [true, false]);
///
/// // Borrowed, one lifetime is enough.
/// let (auto, manual) = (AutoResetEvent::new(EventState::Set), ManualResetEvent::default());
/// let borrowed: [&dyn Awaitable<'_, T = (), Error = TimeoutError>; 2] = [&auto, &manual];
/// assert_eq!(borrowed.map(|awaitable| awaitable.wait0()), [true, false]);
/// ```
pub trait Awaitable<'a> {
    /// What a successful wait yields: `()` for an event, typically a guard for other objects.
    type T;

    /// What a wait with a limit can fail with; its
    /// [`UnboundedError`](AwaitableError::UnboundedError) is what a wait without can.
    type Error: AwaitableError;

    /// Waits, for as long as it takes.
    ///
    /// # Errors
    ///
    /// Whatever the implementing type documents, but never because of time. For events and all
    /// others with `UnboundedError = Infallible` there is no error: use [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{Awaitable, EventState, ManualResetEvent};
    ///
    /// let ready = ManualResetEvent::new(EventState::Set);
    /// let Ok(()) = ready.try_wait();
    /// ```
    fn try_wait(&'a self) -> Result<Self::T, <Self::Error as AwaitableError>::UnboundedError>;

    /// Waits for at most `limit`.
    ///
    /// The limit is counted once, from the call. [`Duration::ZERO`] polls; a limit beyond what the
    /// clock can express, such as [`Duration::MAX`], is no limit.
    ///
    /// # Errors
    ///
    /// An error for "timed out", never before the limit has passed; and whatever else the
    /// implementing type documents.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, EventState, TimeoutError};
    /// use std::time::Duration;
    ///
    /// let event = AutoResetEvent::new(EventState::Set);
    /// assert_eq!(event.try_wait_for(Duration::MAX), Ok(()));
    /// assert_eq!(event.try_wait_for(Duration::from_millis(1)), Err(TimeoutError));
    /// ```
    fn try_wait_for(&'a self, limit: Duration) -> Result<Self::T, Self::Error>;

    /// Waits until `deadline` at the latest. A deadline in the past polls.
    ///
    /// Use it to spend one limit on several waits. The provided method calls
    /// [`try_wait_for`](Self::try_wait_for) with the time that is left.
    ///
    /// # Errors
    ///
    /// As [`try_wait_for`](Self::try_wait_for).
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, EventState, TimeoutError};
    /// use std::time::{Duration, Instant};
    ///
    /// let (first, second) = (AutoResetEvent::new(EventState::Set), AutoResetEvent::default());
    /// let deadline = Instant::now() + Duration::from_millis(5);
    /// assert_eq!(first.try_wait_until(deadline), Ok(()));
    /// assert_eq!(second.try_wait_until(deadline), Err(TimeoutError));
    /// assert!(Instant::now() >= deadline);
    /// ```
    fn try_wait_until(&'a self, deadline: Instant) -> Result<Self::T, Self::Error> {
        self.try_wait_for(deadline.saturating_duration_since(Instant::now()))
    }

    /// Takes what is there to be taken now, without waiting.
    ///
    /// The provided method calls [`try_wait_for`](Self::try_wait_for) with [`Duration::ZERO`].
    ///
    /// # Errors
    ///
    /// As [`try_wait_for`](Self::try_wait_for).
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, EventState, TimeoutError};
    ///
    /// let event = AutoResetEvent::new(EventState::Set);
    /// assert_eq!(event.try_wait0(), Ok(()));
    /// assert_eq!(event.try_wait0(), Err(TimeoutError)); // the first poll took it
    /// ```
    fn try_wait0(&'a self) -> Result<Self::T, Self::Error> {
        self.try_wait_for(Duration::ZERO)
    }

    /// The same wait, unless `stop` is set first: a value to be waited for.
    ///
    /// Every wait of the value yields what a wait of `self` yields, or fails with [`Stopped`] or
    /// [`UnlessError`]. `stop` is an event of either kind:
    ///
    /// * If `stop` is set when the wait begins, or if `stop` and `self` become available at the same
    ///   instant, the wait is stopped.
    /// * A wait that is stopped takes nothing from `self`. It takes the signal of an auto-reset `stop`; a
    ///   wait that succeeds does not.
    /// * Events, groups and countdowns are looked at together with `stop`, at one instant. Other types may look
    ///   at `stop` and then at themselves; then a `stop` that is set during the call may come too late.
    /// * There is one stop event per wait. For two reasons to stop, let both set the same event.
    ///
    /// [`Stopped`]: crate::Stopped
    /// [`UnlessError`]: crate::UnlessError
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, Stopped};
    ///
    /// let (work, stop) = (AutoResetEvent::new(EventState::Set), ManualResetEvent::default());
    /// assert_eq!(work.unless(&stop).try_wait(), Ok(()));
    /// stop.set();
    /// work.set();
    /// assert_eq!(work.unless(&stop).try_wait(), Err(Stopped));
    /// assert!(work.is_set());
    /// ```
    fn unless<'s>(&'a self, stop: &'s dyn Event) -> Unless<'a, 's, Self>
    where
        Self: AwaitableUnless<'a> + Sized,
    {
        Unless::new(self, stop)
    }

    /// Waits, for as long as it takes, and cannot fail.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{Awaitable, EventState, ManualResetEvent};
    /// use std::thread;
    ///
    /// let ready = ManualResetEvent::new(EventState::Unset);
    /// thread::scope(|s| {
    ///     s.spawn(|| ready.wait());
    ///     ready.set();
    /// });
    /// ```
    fn wait(&'a self) -> Self::T
    where
        Self::Error: sealed::InfallibleUnboundedWait,
    {
        self.try_wait().unwrap_or_else(<Self::Error as sealed::InfallibleUnboundedWait>::never)
    }

    /// Waits for at most `limit`: true if the wait succeeded, false if it timed out.
    ///
    /// The limit is understood as by [`try_wait_for`](Self::try_wait_for).
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{Awaitable, ManualResetEvent};
    /// use std::time::Duration;
    ///
    /// let never = ManualResetEvent::default();
    /// assert!(!never.wait_for(Duration::from_millis(1)));
    /// ```
    #[must_use = "false means that the wait timed out"]
    fn wait_for(&'a self, limit: Duration) -> bool
    where
        Self::T: sealed::Void,
        Self::Error: sealed::InfallibleUnboundedWait,
    {
        self.try_wait_for(limit).is_ok()
    }

    /// Waits until `deadline` at the latest: true if the wait succeeded, false if it timed out.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{Awaitable, EventState, ManualResetEvent};
    /// use std::time::Instant;
    ///
    /// let ready = ManualResetEvent::new(EventState::Set);
    /// assert!(ready.wait_until(Instant::now())); // a deadline in the past polls
    /// ```
    #[must_use = "false means that the wait timed out"]
    fn wait_until(&'a self, deadline: Instant) -> bool
    where
        Self::T: sealed::Void,
        Self::Error: sealed::InfallibleUnboundedWait,
    {
        self.try_wait_until(deadline).is_ok()
    }

    /// Polls: true if the wait succeeded on the spot, false if it would have had to wait.
    ///
    /// A poll that succeeds has the effect of a wait: it takes the signal of an auto-reset event.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, EventState};
    ///
    /// let event = AutoResetEvent::new(EventState::Set);
    /// assert!(event.wait0());
    /// assert!(!event.wait0());
    /// ```
    #[must_use = "false means that the wait would have had to block"]
    fn wait0(&'a self) -> bool
    where
        Self::T: sealed::Void,
        Self::Error: sealed::InfallibleUnboundedWait,
    {
        self.try_wait0().is_ok()
    }
}
