//! The trait of everything that can be waited for, and its errors.

use crate::group::Event;
use crate::unless::{AwaitableUnless, Unless};
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

mod sealed {
    use super::{AwaitableError, Infallible};

    /// The error type of an awaitable whose waits cannot fail without a timeout.
    ///
    /// The message is the same as that of [`Never`], because the compiler may report either trait as missing.
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

/// The errors of waits for an [`Awaitable`].
///
/// There are two types, because a wait with a timeout can fail in one more way than a wait without. The
/// implementing type is the error of waits with a timeout. [`UnboundedError`] is the error of the wait without.
///
/// The implementing type should implement `From` for its `UnboundedError`, so that `?` works in code that mixes both.
/// The trait does not require it.
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
    /// Use [`Infallible`] if such a wait cannot fail. Then users have the methods that return no `Result`:
    /// [`wait`](Awaitable::wait) and, where `T = ()`, [`wait_for`](Awaitable::wait_for),
    /// [`wait_until`](Awaitable::wait_until) and [`wait0`](Awaitable::wait0).
    type UnboundedError: Error;
}

/// The error of a wait that timed out.
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

/// Something that a thread can wait for: without a timeout, with a timeout or a deadline, or by polling.
///
/// Events implement it, and so do the objects that other crates build from events. A wait for a semaphore yields
/// a guard; a wait for a lock may fail because the lock was poisoned. Code that is generic over `Awaitable` works
/// with all of them.
///
/// | the wait | returns a `Result` | for `UnboundedError = Infallible` |
/// |---|---|---|
/// | blocks until it succeeds | [`try_wait`](Self::try_wait) | [`wait`](Self::wait) returns `T` |
/// | blocks for at most a [`Duration`] | [`try_wait_for`](Self::try_wait_for) | [`wait_for`](Self::wait_for) returns `bool`, where `T = ()` |
/// | blocks until an [`Instant`] at most | [`try_wait_until`](Self::try_wait_until) | [`wait_until`](Self::wait_until) returns `bool`, where `T = ()` |
/// | polls: never blocks | [`try_wait0`](Self::try_wait0) | [`wait0`](Self::wait0) returns `bool`, where `T = ()` |
///
/// The prefix `try_` means "returns a `Result`". It does *not* mean "does not block", as it does in other crates:
/// [`try_wait`](Self::try_wait) blocks, and the poll is [`try_wait0`](Self::try_wait0).
///
/// A successful poll has the effect of a wait: it takes the signal of an auto-reset event, or acquires a permit. To
/// read the state only, use `is_set`, or the `count` of a semaphore.
///
/// # Implementing it
///
/// Two methods suffice. A timeout covers the whole wait, and is measured once, from the call. One too large for the
/// clock means "wait forever". An implementation that can wait until an [`Instant`] should also provide
/// [`try_wait_until`](Self::try_wait_until). One that can poll cheaply should provide [`try_wait0`](Self::try_wait0).
///
/// # Examples
///
/// A type of your own: a door that one visitor at a time may pass.
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, EventState, TimeoutError};
/// use std::convert::Infallible;
/// use std::time::Duration;
///
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
/// from the awaitable, as the guard of a semaphore does. A function that takes a reference names the lifetime, and then
/// works with every awaitable:
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
/// A function or a struct that *owns* the awaitable cannot name such a lifetime, because the reference exists only
/// inside it. It requires the trait for every lifetime, with `for<'x>`:
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
/// A trait object that owns its awaitable does the same. Trait objects name the associated types:
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
/// // If they are borrowed, one lifetime is enough.
/// let (auto, manual) = (AutoResetEvent::new(EventState::Set), ManualResetEvent::default());
/// let borrowed: [&dyn Awaitable<'_, T = (), Error = TimeoutError>; 2] = [&auto, &manual];
/// assert_eq!(borrowed.map(|awaitable| awaitable.wait0()), [true, false]);
/// ```
pub trait Awaitable<'a> {
    /// The value that a successful wait yields: `()` for an event, typically a guard for other objects.
    type T;

    /// The error of a wait with a timeout. Its [`UnboundedError`](AwaitableError::UnboundedError) is the error of a
    /// wait without.
    type Error: AwaitableError;

    /// Blocks until the wait succeeds.
    ///
    /// # Errors
    ///
    /// Returns the errors that the implementing type documents, but never because of time. With
    /// `UnboundedError = Infallible`, as for events, there is none: use [`wait`](Self::wait).
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

    /// Blocks until the wait succeeds, for at most `timeout`.
    ///
    /// The time is measured once, from the call. [`Duration::ZERO`] polls. A time too large for the clock, such
    /// as [`Duration::MAX`], means "wait forever".
    ///
    /// # Errors
    ///
    /// Returns an error for "timed out" if the time has passed, never earlier. Returns the other errors that the
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
    fn try_wait_for(&'a self, timeout: Duration) -> Result<Self::T, Self::Error>;

    /// Blocks until the wait succeeds, until `deadline` at the latest. A deadline in the past polls.
    ///
    /// Use it where several waits share one deadline. The provided method calls
    /// [`try_wait_for`](Self::try_wait_for) with the time that is left.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`try_wait_for`](Self::try_wait_for).
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

    /// Polls: makes the wait if it can succeed now, and never blocks.
    ///
    /// The provided method calls [`try_wait_for`](Self::try_wait_for) with [`Duration::ZERO`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`try_wait_for`](Self::try_wait_for).
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

    /// Returns a value that waits as `self` does, unless `stop` is set first.
    ///
    /// Every wait for that value yields what a wait for `self` yields, or fails with [`Stopped`] or
    /// [`UnlessError`]. `stop` is an event of either kind:
    ///
    /// * If `stop` is set when the wait begins, or if `stop` and `self` become available at the same
    ///   instant, the wait is stopped.
    /// * A wait that is stopped takes nothing from `self`. It takes the signal of an auto-reset `stop`; a
    ///   wait that succeeds does not.
    /// * A wait for an event, a group or a countdown checks `self` and `stop` at one instant. Other types may
    ///   check `stop` first and then themselves. Then a `stop` that is set during the call may come too late.
    /// * There is one stop event per wait. If there are two reasons to stop, let both set the same event.
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

    /// Blocks until the wait succeeds. It cannot fail.
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

    /// Blocks for at most `timeout`. Returns whether the wait succeeded; `false` means that it timed out.
    ///
    /// `timeout` has the meaning that it has for [`try_wait_for`](Self::try_wait_for).
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
    fn wait_for(&'a self, timeout: Duration) -> bool
    where
        Self::T: sealed::Void,
        Self::Error: sealed::InfallibleUnboundedWait,
    {
        self.try_wait_for(timeout).is_ok()
    }

    /// Blocks until `deadline` at the latest. Returns whether the wait succeeded; `false` means that it timed out.
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

    /// Polls: makes the wait if it can succeed now, and never blocks. Returns whether it succeeded.
    ///
    /// A successful poll takes the signal of an auto-reset event. `is_set` of the event does not.
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
