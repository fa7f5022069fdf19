//! A flag and an `event-listener`, combined as its documentation shows.

use super::{Awaited, Poll, Reset, Signal, Timed};
use crate::question::Named;
use ::event_listener::{Listener, listener};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, SeqCst};
use std::time::{Duration, Instant};

pub(crate) type Auto = Event<true>;
pub(crate) type Manual = Event<false>;

#[derive(Default)]
pub(crate) struct Event<const AUTO: bool> {
    is_set: AtomicBool,
    changed: ::event_listener::Event,
}

impl<const AUTO: bool> Named for Event<AUTO> {
    const NAME: &'static str = "event-listener";
}

impl<const AUTO: bool> Signal for Event<AUTO> {
    fn unset() -> Self {
        Self::default()
    }

    fn set(&self) {
        self.is_set.store(true, SeqCst);
        self.changed.notify(if AUTO { 1 } else { usize::MAX });
    }

    fn wait(&self) {
        while !self.wait0() {
            listener!(self.changed => listener);
            if self.wait0() {
                return;
            }
            listener.wait();
        }
    }
}

impl<const AUTO: bool> Awaited for Event<AUTO> {
    async fn wait_async(&self) {
        while !self.wait0() {
            listener!(self.changed => listener);
            if self.wait0() {
                return;
            }
            listener.await;
        }
    }
}

impl<const AUTO: bool> Poll for Event<AUTO> {
    fn wait0(&self) -> bool {
        if AUTO { self.is_set.swap(false, SeqCst) } else { self.is_set.load(Acquire) }
    }
}

impl<const AUTO: bool> Timed for Event<AUTO> {
    fn wait_for(&self, limit: Duration) -> bool {
        if self.wait0() {
            return true;
        }
        let deadline = Instant::now() + limit;
        loop {
            listener!(self.changed => listener);
            if self.wait0() {
                return true;
            }
            if listener.wait_deadline(deadline).is_none() {
                return self.wait0();
            }
        }
    }
}

impl Reset for Manual {
    fn reset(&self) {
        self.is_set.store(false, SeqCst);
    }
}
