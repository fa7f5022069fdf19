//! One event: its operations try its byte first, then its parked threads, then its listeners.

use crate::byte::{Byte, Kind, Signal, has_waiters};
use crate::deadline::Deadline;
use crate::primitive::const_unless_loom;
use crate::spin::{self, Spun};
use crate::state::EventState;
use crate::{listeners, parked};
use std::fmt;
use std::time::{Duration, Instant};

/// Returns whether an event is set.
#[inline]
pub(crate) fn is_set(byte: &Byte) -> bool {
    byte.is_set().unwrap_or_else(|| listeners::is_set(byte))
}

/// Shown while a change is half written: only the lock tells which of the two states is true.
#[derive(Debug)]
struct Changing;

/// Shows the state without blocking, for `Debug`.
pub(crate) fn shown(byte: &Byte) -> &'static dyn fmt::Debug {
    match byte.is_set() {
        Some(true) => &EventState::Set,
        Some(false) => &EventState::Unset,
        None => &Changing,
    }
}

/// An event of either kind. The kind is an argument, constant at every call from the public types.
pub(crate) struct RawEvent {
    byte: Byte,
}

impl RawEvent {
    const_unless_loom! {
        pub(crate) fn new(set: bool) -> Self {
            Self { byte: Byte::new(set) }
        }
    }

    pub(crate) const fn byte(&self) -> &Byte {
        &self.byte
    }

    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        is_set(&self.byte)
    }

    #[inline]
    pub(crate) fn set(&self, kind: Kind) {
        if !self.byte.set() {
            listeners::deliver(&self.byte, kind, Signal::Set);
        }
    }

    #[inline]
    pub(crate) fn pulse(&self, kind: Kind) {
        listeners::deliver(&self.byte, kind, Signal::Pulse);
    }

    #[inline]
    pub(crate) fn reset(&self) {
        if !self.byte.reset() && !parked::reset(&self.byte) {
            listeners::reset(&self.byte);
        }
    }

    /// Polls: returns whether the event was set, and takes the signal of an auto-reset event.
    #[inline]
    pub(crate) fn poll(&self, kind: Kind) -> bool {
        self.byte.poll(kind).unwrap_or_else(|| listeners::poll(&self.byte, kind))
    }

    #[inline]
    pub(crate) fn wait(&self, kind: Kind) {
        let is_set = match kind {
            Kind::Auto => self.byte.take(),
            Kind::Manual => self.poll(kind),
        };
        if !is_set {
            self.wait_slow(kind, Deadline::Never);
        }
    }

    /// Waits with a timeout; returns whether the event was set in time. Reads the clock only if the
    /// event is not set soon.
    #[inline]
    pub(crate) fn wait_for(&self, kind: Kind, timeout: Duration) -> bool {
        let mut deadline = Deadline::In(timeout);
        let is_set = self.byte.poll(kind).unwrap_or_else(|| {
            // Read the clock before the first lock, because the timeout is measured from the call.
            deadline.fix(Instant::now);
            listeners::poll(&self.byte, kind)
        });
        is_set || (!timeout.is_zero() && self.wait_slow(kind, deadline))
    }

    /// Waits with a deadline; a deadline in the past polls.
    #[inline]
    pub(crate) fn wait_until(&self, kind: Kind, deadline: Deadline) -> bool {
        self.poll(kind) || (!deadline.has_passed() && self.wait_slow(kind, deadline))
    }

    #[cold]
    fn wait_slow(&self, kind: Kind, mut deadline: Deadline) -> bool {
        let byte = &self.byte;
        // A look takes no lock, because the clock may not have been read yet. Only an event with listeners
        // would need a lock.
        let look = || {
            let seen = byte.bits();
            if byte.poll_seen(seen, kind) == Some(true) {
                return Some(Spun::Succeeded);
            }
            has_waiters(seen).then_some(Spun::Stopped)
        };
        match spin::spin(byte.key(), 1, &mut deadline, look) {
            Spun::Succeeded => return true,
            Spun::Expired => return self.poll(kind),
            Spun::Failed | Spun::Stopped => {}
        }
        deadline.fix(Instant::now);
        loop {
            let over = parked::wait(byte, kind, deadline)
                .or_else(|| listeners::wait_one(byte, kind, deadline));
            if let Some(released) = over {
                return released;
            }
        }
    }
}
