//! Waits for several events: the public types, and the trait of the events they wait for.

mod all;
mod any;

pub use all::WaitAll;
pub use any::WaitAny;

use crate::auto::AutoResetEvent;
use crate::byte::Kind;
use crate::event;
use crate::listeners::{self, Member, Members};
use crate::manual::ManualResetEvent;
use crate::unless::{AwaitableUnless, Limit, Stopped, UnlessError};
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

/// An event that a [`WaitAny`] or a [`WaitAll`] can wait for: one of either kind, or a reference, [`Box`]
/// or [`Arc`] of one.
///
/// The trait is sealed, because group waits use the byte of an event itself. A type built from events takes part by
/// returning a `&dyn Event`, through which its users can neither set nor reset the event.
///
/// Borrow events from other owners: `&*event` for an `Rc`, a `Pin` or a `LazyLock`.
///
/// # Examples
///
/// ```
/// use rsevents::{AutoResetEvent, Event, ManualResetEvent};
/// use std::sync::Arc;
///
/// let (auto, manual) = (AutoResetEvent::default(), Arc::new(ManualResetEvent::default()));
/// let group: [&dyn Event; 2] = [&auto, &manual];
/// manual.set();
/// assert_eq!(group.map(|event| event.is_set()), [false, true]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "a countdown takes part by its event: `countdown.event()`",
    note = "a semaphore has no event: to stop a wait for it, use `semaphore.unless(&stop)`"
)]
pub trait Event: sealed::Sealed + Send + Sync + UnwindSafe + RefUnwindSafe {
    /// Returns whether the event is set right now. The answer may be stale by the time it is used.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Event, EventState};
    ///
    /// let event: &dyn Event = &AutoResetEvent::new(EventState::Set);
    /// assert!(event.is_set());
    /// ```
    #[must_use = "reading the state has no effect"]
    fn is_set(&self) -> bool {
        event::is_set(self.member().byte)
    }
}

mod sealed {
    pub trait Sealed {
        #[doc(hidden)]
        fn member(&self) -> super::Member<'_>;
    }
}

impl Members for [&dyn Event] {
    fn len(&self) -> usize {
        self.len()
    }

    fn member(&self, index: usize) -> Member<'_> {
        self[index].member()
    }
}

/// A group whose first member is the event that stops its wait.
pub(crate) struct WithStop<'s, G> {
    pub(crate) stop: Member<'s>,
    pub(crate) events: G,
}

impl<G: Members> Members for WithStop<'_, G> {
    fn len(&self) -> usize {
        1 + self.events.len()
    }

    fn member(&self, index: usize) -> Member<'_> {
        match index.checked_sub(1) {
            None => self.stop,
            Some(index) => self.events.member(index),
        }
    }
}

/// Returns the result of a wait for [such a group](WithStop) that the event with this index ended.
pub(crate) fn unless_stop(index: usize) -> Result<usize, Stopped> {
    index.checked_sub(1).ok_or(Stopped)
}

/// Waits for any of the events, unless `stop` is set: `stop` has the smallest index in the group, so it wins.
fn wait_any_unless(
    stop: &dyn Event,
    events: impl Members,
    limit: Limit,
) -> Result<usize, UnlessError> {
    let group = WithStop { stop: stop.member(), events };
    match listeners::wait_any(&group, limit.deadline()) {
        None => Err(UnlessError::TimedOut),
        Some(index) => Ok(unless_stop(index)?),
    }
}

macro_rules! unless {
    ($($event:ty),*) => {$(
        impl AwaitableUnless<'_> for $event {
            fn try_wait_unless(&self, stop: &dyn Event, limit: Limit) -> Result<(), UnlessError> {
                let event = sealed::Sealed::member(self);
                wait_any_unless(stop, event, limit).map(|_index| ())
            }
        }
    )*};
}
unless!(AutoResetEvent, ManualResetEvent);

impl sealed::Sealed for AutoResetEvent {
    #[inline]
    fn member(&self) -> Member<'_> {
        Member { byte: self.byte(), kind: Kind::Auto }
    }
}
impl Event for AutoResetEvent {}

impl sealed::Sealed for ManualResetEvent {
    #[inline]
    fn member(&self) -> Member<'_> {
        Member { byte: self.byte(), kind: Kind::Manual }
    }
}
impl Event for ManualResetEvent {}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<E: Event + ?Sized> sealed::Sealed for $pointer {
            #[inline]
            fn member(&self) -> Member<'_> {
                (**self).member()
            }
        }
        impl<E: Event + ?Sized> Event for $pointer {}
    )*};
}
forward!(&E, Box<E>, Arc<E>);
