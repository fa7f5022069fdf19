//! The asynchronous events of the crate `events`.

use super::{Awaited, Poll, Reset, Signal};
use crate::question::Named;
use ::events::{AutoResetEvent, ManualResetEvent};
use ::events::{
    EmbeddedAutoResetEvent, EmbeddedAutoResetEventRef, EmbeddedManualResetEvent,
    EmbeddedManualResetEventRef,
};
use futures_lite::future::block_on;
use std::pin::Pin;

pub(crate) struct Auto(AutoResetEvent);
pub(crate) struct Manual(ManualResetEvent);

/// An event in memory that its user provides, through the unsafe part of the interface. Its futures share no
/// allocation.
pub(crate) struct EmbeddedAuto {
    event: EmbeddedAutoResetEventRef,
    _place: Pin<Box<EmbeddedAutoResetEvent>>,
}

pub(crate) struct EmbeddedManual {
    event: EmbeddedManualResetEventRef,
    _place: Pin<Box<EmbeddedManualResetEvent>>,
}

macro_rules! event {
    ($event:ident, $name:literal, $field:tt, $unset:expr) => {
        impl Named for $event {
            const NAME: &'static str = $name;
        }

        impl Signal for $event {
            fn unset() -> Self {
                $unset
            }

            fn set(&self) {
                self.$field.set();
            }

            fn wait(&self) {
                if !self.$field.try_wait() {
                    block_on(self.$field.wait());
                }
            }
        }

        impl Awaited for $event {
            fn wait_async(&self) -> impl Future<Output = ()> + Send {
                self.$field.wait()
            }
        }

        impl Poll for $event {
            fn wait0(&self) -> bool {
                self.$field.try_wait()
            }
        }
    };
}

event!(Auto, "events", 0, Self(AutoResetEvent::boxed()));
event!(Manual, "events", 0, Self(ManualResetEvent::boxed()));
event!(EmbeddedAuto, "events, embedded", event, {
    let place = Box::pin(EmbeddedAutoResetEvent::new());
    // SAFETY: the place lives as long as the event, which all futures borrow.
    Self { event: unsafe { AutoResetEvent::embedded(place.as_ref()) }, _place: place }
});
event!(EmbeddedManual, "events, embedded", event, {
    let place = Box::pin(EmbeddedManualResetEvent::new());
    // SAFETY: the place lives as long as the event, which all futures borrow.
    Self { event: unsafe { ManualResetEvent::embedded(place.as_ref()) }, _place: place }
});

impl Reset for Manual {
    fn reset(&self) {
        self.0.reset();
    }
}
