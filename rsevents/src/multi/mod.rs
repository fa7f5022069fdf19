//! Waiting for several events at once.
//!
//! [`table`]: the queues of waiters by event · [`registry`]: the locks, and every operation on an
//! event that has such a queue · [`any`], [`all`]: the public types.

mod all;
mod any;
pub(crate) mod registry;
mod shards;
#[cfg(rsevents_loom)]
pub use shards::model::listened_events;
mod table;
mod waiter;

pub use all::WaitAll;
pub use any::WaitAny;

use crate::auto::AutoResetEvent;
use crate::manual::ManualResetEvent;
use crate::raw::{Kind, RawEvent};
use std::sync::Arc;

/// What a [`WaitAny`] or a [`WaitAll`] can wait for: an event of either kind, or a reference, [`Box`]
/// or [`Arc`] of one.
///
/// Sealed: group waits work on the one-byte events themselves. A type built from events takes part
/// by handing out a `&dyn Event`, through which nobody can set or reset it.
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
pub trait Event: sealed::Sealed + Send + Sync {
    /// Whether the event is set at this instant: a snapshot, out of date as soon as it is taken.
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
        self.member().raw.is_set()
    }
}

mod sealed {
    pub trait Sealed {
        #[doc(hidden)]
        fn member(&self) -> super::Member<'_>;
    }
}

/// An event as a group sees it.
#[doc(hidden)]
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "internal: the trait that names it is sealed")]
pub struct Member<'e> {
    pub(crate) raw: &'e RawEvent,
    pub(crate) kind: Kind,
}

impl sealed::Sealed for AutoResetEvent {
    fn member(&self) -> Member<'_> {
        Member { raw: self.raw(), kind: Kind::Auto }
    }
}
impl Event for AutoResetEvent {}

impl sealed::Sealed for ManualResetEvent {
    fn member(&self) -> Member<'_> {
        Member { raw: self.raw(), kind: Kind::Manual }
    }
}
impl Event for ManualResetEvent {}

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<E: Event + ?Sized> sealed::Sealed for $pointer {
            fn member(&self) -> Member<'_> {
                (**self).member()
            }
        }
        impl<E: Event + ?Sized> Event for $pointer {}
    )*};
}
forward!(&E, Box<E>, Arc<E>);
