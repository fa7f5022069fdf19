//! Programs written for the published 0.3.1. They have types that implement `Awaitable`, in both
//! forms, with only the two required methods. They have code that is generic over the trait, too.

use rsevents::{
    AutoResetEvent, Awaitable, AwaitableError, EventState, ManualResetEvent, TimeoutError,
};
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

/// The form that does not name the lifetime.
struct Door(ManualResetEvent);

impl Awaitable<'_> for Door {
    type T = ();
    type Error = TimeoutError;

    fn try_wait(&self) -> Result<(), Infallible> {
        self.0.try_wait()
    }

    fn try_wait_for(&self, limit: Duration) -> Result<(), TimeoutError> {
        self.0.try_wait_for(limit)
    }
}

/// The form whose result borrows from the object.
struct Lock(AutoResetEvent);

struct Guard<'a>(&'a Lock);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.0.set();
    }
}

impl<'a> Awaitable<'a> for Lock {
    type T = Guard<'a>;
    type Error = TimeoutError;

    fn try_wait(&'a self) -> Result<Guard<'a>, Infallible> {
        self.0.try_wait()?;
        Ok(Guard(self))
    }

    fn try_wait_for(&'a self, limit: Duration) -> Result<Guard<'a>, TimeoutError> {
        self.0.try_wait_for(limit)?;
        Ok(Guard(self))
    }
}

/// An object whose wait can fail in its own ways, even without a timeout.
struct Fragile(AutoResetEvent);

#[derive(Debug, PartialEq)]
enum FragileError {
    Broken,
    TimedOut,
}

impl fmt::Display for FragileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl Error for FragileError {}

impl AwaitableError for FragileError {
    type UnboundedError = Self;
}

impl Awaitable<'_> for Fragile {
    type T = u32;
    type Error = FragileError;

    fn try_wait(&self) -> Result<u32, FragileError> {
        Err(FragileError::Broken)
    }

    fn try_wait_for(&self, limit: Duration) -> Result<u32, FragileError> {
        self.0.try_wait_for(limit).map(|()| 7).map_err(|_| FragileError::TimedOut)
    }
}

#[test]
fn a_downstream_awaitable_has_every_form() {
    let door = Door(ManualResetEvent::default());
    assert!(!door.wait0() && !door.wait_for(Duration::from_nanos(1)));
    assert_eq!(door.try_wait0(), Err(TimeoutError));
    door.0.set();
    door.wait();
    assert!(door.wait0() && door.wait_for(Duration::MAX) && door.wait_until(Instant::now()));
    assert_eq!(door.try_wait(), Ok(()));
}

#[test]
fn a_downstream_awaitable_yields_a_guard() {
    let lock = Lock(AutoResetEvent::new(EventState::Set));
    let guard = lock.wait();
    assert!(lock.try_wait0().is_err());
    assert!(lock.try_wait_for(Duration::from_nanos(1)).is_err());
    assert!(lock.try_wait_until(Instant::now()).is_err());
    drop(guard);
    drop(lock.try_wait().unwrap_or_else(|never| match never {}));
    assert!(lock.try_wait_for(Duration::ZERO).is_ok());
    assert!(lock.try_wait0().is_ok());
}

#[test]
fn a_downstream_awaitable_has_its_own_errors() {
    let fragile = Fragile(AutoResetEvent::new(EventState::Set));
    assert_eq!(fragile.try_wait(), Err(FragileError::Broken));
    assert_eq!(fragile.try_wait_for(Duration::ZERO), Ok(7));
    assert_eq!(fragile.try_wait0(), Err(FragileError::TimedOut));
    assert_eq!(fragile.try_wait_until(Instant::now()), Err(FragileError::TimedOut));
}

#[test]
fn the_provided_wait_until_waits_until_the_deadline() {
    let door = Door(ManualResetEvent::default());
    let deadline = Instant::now() + Duration::from_millis(5);
    assert!(!door.wait_until(deadline));
    assert!(Instant::now() >= deadline);
    door.0.set();
    assert!(door.wait_until(deadline));
}

fn of_every_lifetime<A>(awaitable: &A) -> bool
where
    A: for<'a> Awaitable<'a, T = (), Error = TimeoutError>,
{
    awaitable.wait();
    awaitable.wait_for(Duration::from_millis(1)) && awaitable.wait0()
}

fn of_any_timeout_error<A, E>(awaitable: &A) -> bool
where
    A: for<'a> Awaitable<'a, T = (), Error = E>,
    E: AwaitableError<UnboundedError = Infallible>,
{
    awaitable.wait();
    awaitable.wait_for(Duration::from_millis(1)) && awaitable.wait0()
}

fn of_one_lifetime<'a, A>(awaitable: &'a A) -> A::T
where
    A: Awaitable<'a>,
    A::Error: AwaitableError<UnboundedError = Infallible>,
{
    awaitable.wait()
}

fn of_any_error<'a, A: Awaitable<'a> + ?Sized>(awaitable: &'a A) -> Option<A::T> {
    awaitable.try_wait0().ok().or_else(|| awaitable.try_wait().ok())
}

fn of_impl<'a>(awaitable: &'a impl Awaitable<'a, T = (), Error = TimeoutError>) -> bool {
    awaitable.try_wait_for(Duration::ZERO).is_ok()
}

#[test]
fn generic_code_takes_events_and_downstream_awaitables() {
    let (manual, door) =
        (ManualResetEvent::new(EventState::Set), Door(ManualResetEvent::new(EventState::Set)));
    assert!(of_every_lifetime(&manual) && of_every_lifetime(&door));
    assert!(of_any_timeout_error(&manual) && of_any_timeout_error(&door));
    assert!(of_impl(&manual) && of_impl(&door));
    of_one_lifetime(&manual);
    assert_eq!(of_any_error(&door), Some(()));

    let lock = Lock(AutoResetEvent::new(EventState::Set));
    drop(of_one_lifetime(&lock));
    assert!(of_any_error(&lock).is_some());
    assert_eq!(of_any_error(&Fragile(AutoResetEvent::default())), None);
}
