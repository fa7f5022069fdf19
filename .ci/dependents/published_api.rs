//! A program for rsevents 0.3.1 and rsevents-extra 0.2.2. It uses every published name, and expects what
//! the documentation of those versions says. It must compile with them and with this repository, and run
//! with this repository.

use rsevents::{AutoResetEvent, Awaitable, AwaitableError, EventState, ManualResetEvent, State};
use rsevents_extra::{CountdownEvent, Semaphore, SemaphoreGuard};
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::panic::{self, RefUnwindSafe, UnwindSafe};
use std::thread;
use std::time::Duration;

const MOMENT: Duration = Duration::from_millis(5);
const LONG: Duration = Duration::from_secs(60);

static AUTO: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
static MANUAL: ManualResetEvent = ManualResetEvent::new(State::Unset);
static COUNTDOWN: CountdownEvent = CountdownEvent::new(3);
static SEMAPHORE: Semaphore = Semaphore::new(1, 4);

/// A lock with its own error type. The timeout applies to acquiring the lock.
struct Door(AutoResetEvent);

struct Inside<'a>(&'a Door);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.0.set();
    }
}

#[derive(Debug, PartialEq)]
enum DoorError {
    Shut,
}

impl fmt::Display for DoorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shut")
    }
}

impl Error for DoorError {}

impl AwaitableError for DoorError {
    type UnboundedError = Self;
}

impl<'a> Awaitable<'a> for Door {
    type T = Inside<'a>;
    type Error = DoorError;

    fn try_wait(&'a self) -> Result<Inside<'a>, DoorError> {
        self.0.wait();
        Ok(Inside(self))
    }

    fn try_wait_for(&'a self, limit: Duration) -> Result<Inside<'a>, DoorError> {
        if self.0.wait_for(limit) { Ok(Inside(self)) } else { Err(DoorError::Shut) }
    }
}

/// The other form of implementing the trait.
struct Bell(ManualResetEvent);

impl Awaitable<'_> for Bell {
    type T = ();
    type Error = rsevents::TimeoutError;

    fn try_wait(&self) -> Result<(), Infallible> {
        self.0.try_wait()
    }

    fn try_wait_for(&self, limit: Duration) -> Result<(), rsevents::TimeoutError> {
        self.0.try_wait_for(limit)
    }
}

/// What code can do that is generic over void awaitables.
fn passes<A>(awaitable: &A) -> [bool; 3]
where
    A: for<'a> Awaitable<'a, T = (), Error = rsevents::TimeoutError>,
{
    [awaitable.wait0(), awaitable.wait_for(MOMENT), awaitable.try_wait0().is_ok()]
}

/// The re-export is the same trait.
fn poll<'a, A: rsevents_extra::Awaitable<'a>>(awaitable: &'a A) -> Option<A::T> {
    awaitable.try_wait0().ok()
}

fn errors() {
    fn question_mark(event: &AutoResetEvent) -> Result<(), rsevents_extra::TimeoutError> {
        event.try_wait_for(MOMENT)?;
        event.try_wait()?;
        Ok(())
    }
    let error: Box<dyn Error> =
        Box::new(question_mark(&AutoResetEvent::new(EventState::Unset)).unwrap_err());
    assert!(!error.to_string().is_empty());
    let copy: rsevents::TimeoutError = rsevents::TimeoutError;
    let (_one, _other) = (copy, copy);
    assert!(!format!("{copy:?}").is_empty());
}

fn auto_reset_event() {
    fn is_safe<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
    is_safe(&AUTO);
    assert_eq!(size_of::<AutoResetEvent>(), 1);
    thread::scope(|s| {
        let unlimited = s.spawn(|| AUTO.wait());
        AUTO.set();
        unlimited.join().unwrap();
        let limited = s.spawn(|| AUTO.wait_for(LONG));
        AUTO.set();
        assert!(limited.join().unwrap());
    });
    AUTO.set();
    AUTO.reset();
    assert_eq!(passes(&AUTO), [false; 3]);
    assert_eq!(passes(&AutoResetEvent::new(EventState::Set)), [true, false, false]);
}

fn manual_reset_event() {
    fn is_safe<T: Send + Sync + UnwindSafe + RefUnwindSafe>(_: &T) {}
    is_safe(&MANUAL);
    assert_eq!(size_of::<ManualResetEvent>(), 1);
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| MANUAL.wait());
        }
        MANUAL.set();
    });
    assert_eq!(passes(&MANUAL), [true; 3]);
    MANUAL.reset();
    assert_eq!(passes(&MANUAL), [false; 3]);
    let Ok(()) = Bell(ManualResetEvent::new(EventState::Set)).try_wait();
    assert!(!Bell(ManualResetEvent::new(EventState::Unset)).wait0());
    assert_eq!(EventState::Set.clone(), State::Set);
    assert_eq!(format!("{:?}", EventState::Unset), "Unset");
}

fn awaitable() {
    let door = Door(AutoResetEvent::new(EventState::Set));
    let inside = door.try_wait().unwrap();
    assert_eq!(door.try_wait_for(MOMENT).err(), Some(DoorError::Shut));
    assert!(poll(&door).is_none());
    drop(inside);
    assert!(door.try_wait0().is_ok());
}

fn countdown_event() {
    thread::scope(|s| {
        s.spawn(|| COUNTDOWN.wait());
        s.spawn(|| COUNTDOWN.tick());
        s.spawn(|| COUNTDOWN.decrement());
        COUNTDOWN.decrement();
    });
    assert_eq!(passes(&COUNTDOWN), [true; 3]);
    COUNTDOWN.increment();
    assert_eq!(COUNTDOWN.count(), 1);
    assert_eq!(passes(&COUNTDOWN), [false; 3]);
    COUNTDOWN.reset(0);
    assert!(COUNTDOWN.wait0());
    COUNTDOWN.reset(7);
    assert_eq!(COUNTDOWN.count(), 7_usize);
    assert!(!COUNTDOWN.wait_for(MOMENT));
}

/// Returns whether `f` panics. Prints no message.
fn panics(f: impl FnOnce() + UnwindSafe) -> bool {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let panicked = panic::catch_unwind(f).is_err();
    panic::set_hook(hook);
    panicked
}

fn semaphore() {
    let permits: u16 = 2;
    let first: SemaphoreGuard<'_> = SEMAPHORE.wait();
    assert!(SEMAPHORE.wait_for(MOMENT).is_err());
    assert!(poll(&SEMAPHORE).is_none());
    SEMAPHORE.release(permits);
    assert_eq!(SEMAPHORE.count(), permits);
    assert!(SEMAPHORE.try_release(1));
    assert!(!SEMAPHORE.try_release(1));
    assert!(panics(|| SEMAPHORE.release(1)));
    let Ok(second) = Awaitable::try_wait(&SEMAPHORE);
    let third = Awaitable::wait(&SEMAPHORE);
    assert!(format!("{third:?}").starts_with("SemaphoreGuard"));
    second.forget();
    drop((first, third));
    assert_eq!(SEMAPHORE.count(), 3);

    let mut owned = Semaphore::new(2, 4);
    let change: i16 = -1;
    owned.modify(change);
    assert_eq!(owned.count(), 1);
    assert!(owned.try_modify(3));
    assert!(!owned.try_modify(1));
    assert!(!owned.try_modify(-5));
    assert!(panics(|| _ = Semaphore::new(2, 1)));
    assert!(panics(|| Semaphore::new(1, 1).modify(1)));
    assert_eq!(owned.count(), 4);
}

fn main() {
    errors();
    auto_reset_event();
    manual_reset_event();
    awaitable();
    countdown_event();
    semaphore();
    println!("the published interface works");
}
