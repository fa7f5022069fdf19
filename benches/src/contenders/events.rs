//! The asynchronous events of the crate `events`, waited for by threads.

use super::{Poll, Reset, Signal};
use crate::question::Named;
use ::events::{AutoResetEvent, ManualResetEvent};
use futures_lite::future::block_on;

pub(crate) struct Auto(AutoResetEvent);
pub(crate) struct Manual(ManualResetEvent);

macro_rules! event {
    ($event:ident, $inner:ident) => {
        impl Named for $event {
            const NAME: &'static str = "events";
        }

        impl Signal for $event {
            fn unset() -> Self {
                Self($inner::boxed())
            }

            fn set(&self) {
                self.0.set();
            }

            fn wait(&self) {
                if !self.0.try_wait() {
                    block_on(self.0.wait());
                }
            }
        }

        impl Poll for $event {
            fn wait0(&self) -> bool {
                self.0.try_wait()
            }
        }
    };
}

event!(Auto, AutoResetEvent);
event!(Manual, ManualResetEvent);

impl Reset for Manual {
    fn reset(&self) {
        self.0.reset();
    }
}
