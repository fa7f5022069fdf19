//! The state machine of one event: one byte, and the only code that changes it (together with
//! [`crate::multi::registry`], for events that are waited on in groups).
//!
//! # The byte
//!
//! | bit | name | meaning |
//! |---|---|---|
//! | 0 | [`SET`] | the event is set |
//! | 1 | [`PARKED`] | threads are parked in the queue of this event's address, or are about to be |
//! | 2 | [`LISTENED`] | the registry has entries for this event, or holds it still for a moment |
//! | 3 | [`COMMITTING`] | the event is changing in one instant with others, or with the group waiters it releases: the answer to "set?" is under L |
//!
//! | value at rest | |
//! |---|---|
//! | `0` | unset, nobody waits |
//! | `SET` | set |
//! | `PARKED` | unset; threads are parked, or were about to be and left |
//! | `LISTENED` | unset; the registry's queue holds waiters |
//! | `LISTENED+SET` | set; the registry holds only waiters that want more than this event |
//! | `LISTENED+PARKED` | unset; the parked threads began to wait before the first listener came, and go first |
//!
//! # The transitions
//!
//! "Q" is the lock of the address's queue of parked threads, "L" the lock of its registry shard.
//!
//! | from | to | by | under | ordering |
//! |---|---|---|---|---|
//! | `0`, `SET` | `SET` | `set` | | Release: publishes, also when the event was already set |
//! | `SET` | `0` | a wait on an auto-reset event | | Acquire: sees what the set published |
//! | `0`, `SET` | `0` | `reset`, `pulse` | | Acquire: a set that is thrown away is still seen |
//! | `0` | `PARKED` | a waiter, before it parks | | Relaxed: announces, publishes nothing |
//! | `PARKED` | `SET` | `set`, where no thread was in the queue; manual: always | Q | Release, as the fast path |
//! | `PARKED` | `0` | `pulse`; auto `set` that hands over to the last parked thread; the last thread's timeout | Q | Relaxed: the hand-over itself synchronises through the queue |
//! | `x` | `x+LISTENED` | a group wait that comes: it queues, or holds the event still for a moment | L | Acquire: the wait may find it set |
//! | `x+LISTENED` | `x` | the last entry has gone, or the moment is over | L | Relaxed, or as what changes with it |
//! | `LISTENED+x` | the same + `COMMITTING`, for a signal that is taken - `SET`; and then without it | a wait for all or any that takes signals (a poll of any takes one at once), a signal that completes a wait for all, a signal of a manual-reset event: on each event that they change, before they change any; before they claim a waiter, too, unless the shards of all its events are locked | L of all | Release: who sees one event changed, or a waiter claimed, finds the others marked |
//! | `LISTENED+PARKED` | `SET` or `0`, with `LISTENED` if its queue is not empty | signals of a manual-reset event | L and Q | as `LISTENED+x` |
//! | `LISTENED+x` | `LISTENED+y` | set, reset, pulse and waits on a listened event | L | Acquire, and Release for `set` |
//! | `LISTENED+PARKED` | `LISTENED` | as `PARKED` to `0`; or a signal that found no thread in the queue, and goes to the listeners | Q | Relaxed |
//!
//! So `SET` and `PARKED` are never both on; while `LISTENED` is on, `SET` changes only under L and nobody
//! turns `PARKED` on, though a thread that did so before may still park; and every change is a read-modify-write, so that a chain of sets that coalesced
//! into one is one release sequence, and whoever acquires the last has acquired all of them.
//!
//! # Who may touch the byte when
//!
//! A setter's last access to the event is the read-modify-write that releases the waiter, or comes
//! before the release: in the same critical section under Q, or under L before the waiter in the registry
//! is woken. After it the setter knows the event only as an address. That is why a waiter may free the
//! event as soon as its wait has returned.

use crate::deadline::Deadline;
use crate::multi::registry;
use crate::primitive::{
    AtomicU8, Parked, Unparked, const_unless_loom, park, unpark_all, unpark_one,
};
use crate::spin;
use crate::state::EventState;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release};
use std::time::{Duration, Instant};

pub(crate) const SET: u8 = 1;
pub(crate) const PARKED: u8 = 2;
pub(crate) const LISTENED: u8 = 4;
pub(crate) const COMMITTING: u8 = 8;

/// What a successful wait does to the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A wait consumes the signal.
    Auto,
    /// The event stays set until it is reset.
    Manual,
}

/// The state in which a signal leaves the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// `set`: what no waiter takes stays.
    Set,
    /// `pulse`: what no waiter takes is gone.
    Pulse,
}

impl Signal {
    pub(crate) const fn leaves(self) -> u8 {
        match self {
            Self::Set => SET,
            Self::Pulse => 0,
        }
    }
}

/// An event of either kind. The kind is an argument, constant at every call from the public types.
pub(crate) struct RawEvent {
    state: AtomicU8,
}

impl RawEvent {
    const_unless_loom! {
        pub(crate) fn new(set: bool) -> Self {
            Self { state: AtomicU8::new(if set { SET } else { 0 }) }
        }
    }

    /// The address: the key of the queue of parked threads, and of the registry.
    pub(crate) fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    pub(crate) fn state(&self) -> &AtomicU8 {
        &self.state
    }

    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        // ORDERING: Acquire, so that a caller who acts on "set" sees what the set published.
        let seen = self.state.load(Acquire);
        seen & SET != 0 || (seen & COMMITTING != 0 && registry::is_set(self))
    }

    /// For `Debug`.
    pub(crate) fn snapshot(&self) -> EventState {
        // ORDERING: Relaxed, for nobody synchronises with a print.
        if self.state.load(Relaxed) & SET == 0 { EventState::Unset } else { EventState::Set }
    }

    #[inline]
    pub(crate) fn set(&self, kind: Kind) {
        // The load is a guess that the exchange checks: 0 and SET both become SET in one
        // read-modify-write.
        let seen = self.state.load(Relaxed);
        if seen & !SET != 0 || !self.exchange(seen, SET, Release) {
            self.signal_slow(kind, Signal::Set);
        }
    }

    #[inline]
    pub(crate) fn pulse(&self, kind: Kind) {
        self.signal_slow(kind, Signal::Pulse);
    }

    #[inline]
    pub(crate) fn reset(&self) {
        let seen = self.state.load(Relaxed);
        if seen & !SET != 0 || !self.exchange(seen, 0, Acquire) {
            self.reset_slow();
        }
    }

    /// A wait that does not wait: true if the event was set (and, for an auto-reset event, no
    /// longer is).
    #[inline]
    pub(crate) fn poll(&self, kind: Kind) -> bool {
        let mut seen = self.state.load(Acquire);
        while seen & (SET | COMMITTING) != 0 {
            if kind == Kind::Manual && seen & SET != 0 {
                return true;
            }
            if seen != SET {
                return registry::poll(self, kind);
            }
            // A failed exchange says what it found instead, so it never fails spuriously.
            match self.state.compare_exchange(SET, 0, Acquire, Acquire) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    #[inline]
    pub(crate) fn wait(&self, kind: Kind) {
        if !self.poll(kind) {
            self.wait_slow(kind, Deadline::Never);
        }
    }

    /// True if the wait succeeded, false if it timed out. The clock is read only if the event does not
    /// become set at once.
    #[inline]
    pub(crate) fn wait_for(&self, kind: Kind, limit: Duration) -> bool {
        self.poll(kind) || (!limit.is_zero() && self.wait_slow(kind, Deadline::In(limit)))
    }

    /// As [`wait_for`](Self::wait_for); a deadline in the past polls.
    #[inline]
    pub(crate) fn wait_until(&self, kind: Kind, deadline: Deadline) -> bool {
        self.poll(kind) || (!deadline.has_passed() && self.wait_slow(kind, deadline))
    }

    #[inline]
    fn exchange(&self, old: u8, new: u8, success: Ordering) -> bool {
        self.state.compare_exchange(old, new, success, Relaxed).is_ok()
    }

    #[cold]
    fn signal_slow(&self, kind: Kind, signal: Signal) {
        loop {
            let seen = self.state.load(Relaxed);
            let done = match kind {
                // Parked threads are older than any listener: they go first.
                Kind::Auto if seen & PARKED != 0 => self.hand_over(signal),
                Kind::Manual if seen & PARKED != 0 && seen & LISTENED == 0 => {
                    self.release_all(signal)
                }
                _ if seen & LISTENED != 0 => registry::signal(self, kind, signal),
                // ORDERING: Release for `set`; Acquire for `pulse`, which may throw a set away.
                _ => self.exchange(seen, signal.leaves(), AcqRel),
            };
            if done {
                return;
            }
        }
    }

    /// Auto-reset: gives the signal to the thread that has been parked for longest. False: nobody
    /// was parked and there are listeners to be served instead.
    fn hand_over(&self, signal: Signal) -> bool {
        let mut done = true;
        let callback = |found| match found {
            Unparked::OneOfMany => {}
            // ORDERING: the released thread synchronises through the queue, and nobody else learns
            // anything from this change.
            Unparked::Last => {
                self.state.fetch_and(!PARKED, Relaxed);
            }
            Unparked::None => {
                done = self.settle(signal);
                if !done {
                    // The queue is empty. Whoever comes finds `PARKED` off under its lock, and looks again.
                    self.state.fetch_and(!PARKED, Relaxed);
                }
            }
        };
        // SAFETY: the key is the address of this event, and the callback touches nothing but its
        // byte.
        unsafe { unpark_one(self.key(), callback) };
        done
    }

    /// Manual-reset: changes the state and releases every parked thread in one critical section.
    /// False: listeners have come and must be released in the same instant, which is not done here.
    fn release_all(&self, signal: Signal) -> bool {
        let mut done = false;
        let decide = || {
            done = self.settle(signal);
            done
        };
        // SAFETY: the key is the address of this event, and the closure touches nothing but its
        // byte.
        unsafe { unpark_all(self.key(), decide) };
        done
    }

    /// Under Q, with nobody in the queue or all about to be released: applies the signal to the byte.
    /// False, with nothing changed, if there are listeners.
    fn settle(&self, signal: Signal) -> bool {
        let mut seen = self.state.load(Relaxed);
        loop {
            if seen & LISTENED != 0 {
                return false;
            }
            match self.state.compare_exchange(seen, signal.leaves(), AcqRel, Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }

    #[cold]
    fn reset_slow(&self) {
        loop {
            let seen = self.state.load(Relaxed);
            if seen & LISTENED != 0 {
                return registry::reset(self);
            }
            // ORDERING: Acquire, as the fast path. PARKED stays: its threads wait on.
            if self.exchange(seen, seen & !SET, Acquire) {
                return;
            }
        }
    }

    #[cold]
    fn wait_slow(&self, kind: Kind, mut deadline: Deadline) -> bool {
        let poll = || self.poll(kind);
        if spin::spin(self.key(), &mut deadline, poll, || self.has_waiters()) {
            return true;
        }
        deadline.fix(Instant::now);
        loop {
            let seen = self.state.load(Relaxed);
            if seen & SET != 0 {
                if self.poll(kind) {
                    return true;
                }
                continue;
            }
            if seen & LISTENED != 0 {
                match registry::wait_one(self, kind, deadline) {
                    Some(released) => return released,
                    None => continue,
                }
            }
            if seen & PARKED == 0 && !self.exchange(seen, PARKED, Relaxed) {
                continue;
            }
            match self.park(deadline) {
                Parked::Released(woken_in) => {
                    woken_in.inspect(|&woken_in| spin::learn(woken_in));
                    return true;
                }
                Parked::TimedOut => return false,
                Parked::Invalid => {}
            }
        }
    }

    /// Whether threads are parked or queued, as far as a thread that spins can tell.
    fn has_waiters(&self) -> bool {
        self.state.load(Relaxed) & !SET != 0
    }

    fn park(&self, deadline: Deadline) -> Parked {
        // ORDERING: Relaxed suffices in both closures: where PARKED is on, SET comes, and PARKED goes,
        // only under the queue's lock, which they run under.
        // A listener that came after PARKED was turned on is no reason to refuse: the bit would stay
        // behind without a thread.
        let validate = || self.state.load(Relaxed) & PARKED != 0;
        let timed_out = |last| {
            if last {
                self.state.fetch_and(!PARKED, Relaxed);
            }
        };
        // SAFETY: the key is the address of this event, and the closures touch nothing but its byte.
        unsafe { park(self.key(), validate, timed_out, deadline.instant()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_event_at_rest_has_no_waiters() {
        for (state, has_waiters) in [
            (0, false),
            (SET, false),
            (PARKED, true),
            (LISTENED, true),
            (LISTENED | SET, true),
            (LISTENED | PARKED, true),
        ] {
            let event = RawEvent { state: AtomicU8::new(state) };
            assert_eq!(event.has_waiters(), has_waiters, "{state:#b}");
        }
    }
}
