//! The byte that is an event: its bits, all transitions, and the operations that need no lock.
//!
//! # The bits
//!
//! | bit | name | meaning | legal error |
//! |---|---|---|---|
//! | 0 | [`SET`] | the event is set | none |
//! | 1 | [`PARKED`] | threads are parked at the event's address, or about to park | on without a thread; never off with one |
//! | 2 | [`LISTENED`] | waiters are queued for the event, or an operation under L has frozen it briefly | none while the shard is unlocked |
//! | 3 | [`CHANGING`] | a change that spans several events, or this event and its waiters, is half written: take the shard's lock before believing "unset" | none: it is on only while the shard is locked |
//!
//! Readers need `CHANGING`: an operation on several events changes them one after the other, and no
//! thread may see the change half done. Setters need `LISTENED`: their signal must go to the queued
//! waiters. One bit would not do, because `SET` must stay readable while only `LISTENED` is on.
//!
//! | value at rest | |
//! |---|---|
//! | `0` | unset; no waiters |
//! | `SET` | set |
//! | `PARKED` | unset; threads are parked or about to park, or were about to park and gave up |
//! | `LISTENED` | unset; listeners wait for it |
//! | `LISTENED+SET` | set; its listeners wait for all of several events |
//! | `LISTENED+PARKED` | unset; the parked threads began to wait before the first listener queued, and go first |
//!
//! # The transitions
//!
//! Q is the lock of the parking lot's queue for the event's address. L is the lock of the event's
//! shard.
//!
//! | from | to | by | under | where |
//! |---|---|---|---|---|
//! | `0`, `SET` | `SET` | `set` | | [`Byte::set`], [`parked`](crate::parked) |
//! | `SET` | `0` | a wait for an auto-reset event | | [`Byte::poll`], [`Byte::take`] |
//! | `0`, `SET` | `0` | `reset`, `pulse` | | [`Byte::reset`], `parked` |
//! | `0` | `PARKED` | a thread, before it parks | | [`Byte::announce`] |
//! | `PARKED` | `SET` | `set` that finds no thread in the queue; manual-reset: always | Q | `parked` |
//! | `PARKED` | `0` | `pulse`; auto-reset `set` that hands over to the last parked thread; the last thread's timeout | Q | `parked` |
//! | `x` | `x+LISTENED` | a waiter that queues, or an operation that freezes the event: of a group, or a signal that releases parked threads | L | [`Byte::freeze`] |
//! | `x+SET` | `x+CHANGING` | an operation that takes this signal together with another change | L | `freeze` |
//! | `x+LISTENED` | `x+LISTENED+CHANGING` | a signal, before it claims a waiter of a manual-reset event, or looks for what a waiter lacks | L | [`Byte::mark`] |
//! | `x+CHANGING` | `x` | a signal that needs more locks first | L | [`Byte::unmark`] |
//! | what is frozen or marked | the result, with `LISTENED` if waiters are queued | the end of the operation | L | [`Byte::thaw`] |
//! | `LISTENED+x` | `x` | the last entry leaves | L | [`Byte::nobody_listens`] |
//! | `LISTENED+x` | `LISTENED+y` | set, reset, pulse and waits on a listened event | L | [`listeners`](crate::listeners) |
//! | `LISTENED+PARKED` | `SET` or `0`, with `LISTENED` if waiters are queued | a signal of a manual-reset event | L and Q | `listeners` |
//! | `LISTENED+PARKED` | `LISTENED` | as `PARKED` to `0`; or a signal that finds no thread in the queue | Q | `parked` |
//!
//! Invariants:
//!
//! 1. `SET` is never on together with `PARKED` or `CHANGING`.
//! 2. While `LISTENED` or `CHANGING` is on, `SET` changes only under L.
//! 3. While `LISTENED` is on no thread turns `PARKED` on. A thread that did so before may still park.
//! 4. Every change is a read-modify-write. Sets that coalesce into one signal therefore form one
//!    release sequence, and the wait that takes the signal synchronises with all of them.
//!
//! # Where a new bit must be thought of
//!
//! Some operations compare or write the whole byte. If the new bit is on, they fail or clear it:
//! [`Byte::set`], `reset`, `take`, `poll_seen`, `announce`, `freeze_set` and `leave_as`, `parked::signal`
//! and `keep_signal`, and the exchange in `listeners::signal`. Other operations read
//! by masks: `is_set`, `seems_set`, `has_waiters`, and the masks in `parked`. The two tests below list the values
//! at rest. The exploration names the bits by letters (`testing/src/exploration/coverage.rs`).
//!
//! # Memory ordering
//!
//! `ORDERINGS.md` has a row, and a test or reason, for each access. Every access is `SeqCst`, so all threads agree on one order of all changes of all events.
//! Acquire and release suffice to publish what happened before a `set`. They do not order two
//! events, and a group operation depends on that order ("store buffering"). Thread A freezes event 1
//! and then reads event 2, while thread B changes event 2 and then reads event 1. At least one of them
//! must see the change of the other.
//!
//! Rejected: a full fence at each such place in [`listeners`](crate::listeners). It would leave a
//! gap between a plain `set` and a read of another event. It would not be cheaper either: on x86
//! `SeqCst` compiles to the same instructions as acquire and release, and on `AArch64` a load is
//! `ldar` instead of `ldapr`.
//!
//! # Lifetime
//!
//! If a setter releases no waiter, its last access to the event is the read-modify-write that sets it. If
//! it releases waiters, its last access precedes the release: in the same critical section under Q, or
//! under L. After the release the setter uses only the event's address. So the waiter may free the event as
//! soon as its wait returns.

use crate::primitive::{AtomicU8, const_unless_loom};
use std::sync::atomic::Ordering::SeqCst;

pub(crate) const SET: u8 = 1;
pub(crate) const PARKED: u8 = 2;
pub(crate) const LISTENED: u8 = 4;
pub(crate) const CHANGING: u8 = 8;

/// What a successful wait does to the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A wait takes the signal.
    Auto,
    /// The event stays set until it is reset.
    Manual,
}

/// What releases waiters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// `set`: a signal that no waiter takes stays.
    Set,
    /// `pulse`: a signal that no waiter takes is lost.
    Pulse,
}

impl Signal {
    /// Returns the value of an event whose signal no waiter takes.
    pub(crate) const fn leaves(self) -> u8 {
        match self {
            Self::Set => SET,
            Self::Pulse => 0,
        }
    }
}

/// Returns whether bits say that a poll is worth trying: the event is set or changing.
#[inline]
pub(crate) const fn seems_set(bits: u8) -> bool {
    bits & (SET | CHANGING) != 0
}

/// Returns whether bits say that other threads wait for the event: a hint for a thread that spins.
#[inline]
pub(crate) const fn has_waiters(bits: u8) -> bool {
    bits & (PARKED | LISTENED) != 0
}

/// An event of either kind. The kind is an argument, constant at every call from the public types.
///
/// Methods return `None` or false if only the [listeners](crate::listeners) can answer.
pub(crate) struct Byte(AtomicU8);

impl Byte {
    const_unless_loom! {
        pub(crate) fn new(set: bool) -> Self {
            Self(AtomicU8::new(if set { SET } else { 0 }))
        }
    }

    /// Returns the address: the key of the queue of parked threads, and of the listeners.
    pub(crate) fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// Returns the bits. They may be stale by the time they are used, unless a lock keeps them stable.
    #[inline]
    pub(crate) fn bits(&self) -> u8 {
        self.0.load(SeqCst)
    }

    /// Returns whether the event is set; `None` while it is changing.
    #[inline]
    pub(crate) fn is_set(&self) -> Option<bool> {
        match self.bits() & (SET | CHANGING) {
            0 => Some(false),
            SET => Some(true),
            _ => None,
        }
    }

    /// Returns whether a poll is worth trying: the event is set or changing.
    #[inline]
    pub(crate) fn seems_set(&self) -> bool {
        seems_set(self.bits())
    }

    /// Sets the event if it has no waiters; otherwise returns false.
    #[inline]
    pub(crate) fn set(&self) -> bool {
        // Setting a set event also writes, because the second `set` must publish, too. Loads first: a failed
        // exchange costs as much as a successful one, and events are often set again.
        match self.bits() {
            0 => self.exchange(0, SET),
            SET => self.exchange(SET, SET),
            _ => false,
        }
    }

    /// Resets the event if it is set and has no waiters; otherwise returns false.
    #[inline]
    pub(crate) fn reset(&self) -> bool {
        // No load before the exchange: see `take`.
        self.exchange(SET, 0)
    }

    /// Takes the signal of an auto-reset event that is set and has no waiters. Does not load first: the load
    /// would wait for the `set` to leave this processor, if the same thread made it. A set and a wait by one
    /// thread take 0.79 of the time this way (Intel, November 2026).
    #[inline]
    pub(crate) fn take(&self) -> bool {
        self.exchange(SET, 0)
    }

    /// Polls: returns whether the event was set, and takes the signal of an auto-reset event.
    #[inline]
    pub(crate) fn poll(&self, kind: Kind) -> Option<bool> {
        self.poll_seen(self.bits(), kind)
    }

    /// Same as [`poll`](Self::poll), for a caller that has just read the bits.
    #[inline]
    pub(crate) fn poll_seen(&self, mut seen: u8, kind: Kind) -> Option<bool> {
        while seen & (SET | CHANGING) != 0 {
            if kind == Kind::Manual && seen & SET != 0 {
                return Some(true);
            }
            if seen != SET {
                return None;
            }
            // Strong: a failure must mean that the byte changed.
            match self.0.compare_exchange(SET, 0, SeqCst, SeqCst) {
                Ok(_) => return Some(true),
                Err(found) => seen = found,
            }
        }
        Some(false)
    }

    /// Changes the byte from `old` to `new`; returns false if it is not `old`.
    #[inline]
    pub(crate) fn exchange(&self, old: u8, new: u8) -> bool {
        self.0.compare_exchange(old, new, SeqCst, SeqCst).is_ok()
    }

    /// Turns `PARKED` on for a thread that is about to park. Returns false if the byte is neither `0` nor
    /// `PARKED`, or has just changed.
    pub(crate) fn announce(&self) -> bool {
        let seen = self.bits();
        seen == PARKED || (seen == 0 && self.exchange(0, PARKED))
    }

    /// Turns `PARKED` off. Under Q, with no thread left in the queue.
    pub(crate) fn nobody_parked(&self) {
        self.0.fetch_and(!PARKED, SeqCst);
    }

    /// Turns `LISTENED` off. Under L, with no waiter left in the queue.
    pub(crate) fn nobody_listens(&self) {
        self.0.fetch_and(!LISTENED, SeqCst);
    }

    /// Applies `change` to the byte; returns false if `change` returns `None`.
    pub(crate) fn update(&self, change: impl Fn(u8) -> Option<u8>) -> bool {
        let mut seen = self.bits();
        while let Some(new) = change(seen) {
            match self.0.compare_exchange(seen, new, SeqCst, SeqCst) {
                Ok(_) => return true,
                Err(found) => seen = found,
            }
        }
        false
    }

    /// Freezes the event: until the shard is unlocked, no other thread can change `SET`. Under L.
    /// Returns whether the event is set.
    ///
    /// A set auto-reset event is also marked: `CHANGING` replaces `SET`. The caller then either takes
    /// the signal or [thaws](Self::thaw) the event with the signal put back. Putting it back undoes
    /// nothing that another thread has seen, because every reader of the mark waits for L.
    pub(crate) fn freeze(&self, kind: Kind) -> bool {
        let is_set = self.0.fetch_or(LISTENED, SeqCst) & SET != 0;
        if is_set && kind == Kind::Auto {
            self.0.fetch_xor(SET | CHANGING, SeqCst);
        }
        is_set
    }

    /// Same as [`freeze`](Self::freeze), with one atomic instruction instead of two if an auto-reset event is set and has
    /// no waiters.
    pub(crate) fn freeze_set(&self, kind: Kind) -> bool {
        (kind == Kind::Auto && self.exchange(SET, LISTENED | CHANGING)) || self.freeze(kind)
    }

    /// Ends a [`freeze`](Self::freeze) that `marked` the event or did not. `listened`: waiters are queued.
    /// `put_back`: the signal stays. Under L.
    pub(crate) fn thaw(&self, marked: bool, listened: bool, put_back: bool) {
        let ends = if listened { 0 } else { LISTENED };
        // Only PARKED can change concurrently: a parked thread may time out.
        match (marked, put_back) {
            (true, true) => {
                self.0.fetch_xor(CHANGING | SET | ends, SeqCst);
            }
            (true, false) => {
                self.0.fetch_and(!(CHANGING | ends), SeqCst);
            }
            // Idempotent, because an event that occurs twice in a group is thawed twice.
            (false, _) if !listened => self.nobody_listens(),
            (false, _) => {}
        }
    }

    /// Returns whether the event is marked. Under L.
    pub(crate) fn is_marked(&self) -> bool {
        self.bits() & CHANGING != 0
    }

    /// Replaces all bits. Under L, while the event is listened and no thread is parked; else also
    /// under Q.
    pub(crate) fn leave_as(&self, bits: u8) {
        self.0.swap(bits, SeqCst);
    }

    /// Marks an unset, listened event as changing, so that every reader waits for L. Under L.
    pub(crate) fn mark(&self) {
        self.0.fetch_or(CHANGING, SeqCst);
    }

    /// Ends a [`mark`](Self::mark) without a change. Under L.
    pub(crate) fn unmark(&self) {
        self.0.fetch_and(!CHANGING, SeqCst);
    }

    /// Turns `SET` off; returns whether it was on. Under L.
    pub(crate) fn clear(&self) -> bool {
        self.0.fetch_and(!SET, SeqCst) & SET != 0
    }

    /// Returns whether the event is set. Under L.
    pub(crate) fn is_set_now(&self) -> bool {
        self.bits() & SET != 0
    }

    #[cfg(rsevents_loom)]
    pub(crate) fn latest(&self) -> u8 {
        self.0.latest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_event_at_rest_has_no_waiters() {
        for (bits, has_waiters) in [
            (0, false),
            (SET, false),
            (PARKED, true),
            (LISTENED, true),
            (LISTENED | SET, true),
            (LISTENED | PARKED, true),
        ] {
            assert_eq!(super::has_waiters(bits), has_waiters, "{bits:#b}");
        }
    }

    #[test]
    fn what_is_frozen_thaws_to_what_it_was() {
        for kind in [Kind::Auto, Kind::Manual] {
            for bits in [0, SET, PARKED, LISTENED, LISTENED | SET, LISTENED | PARKED] {
                for freeze in [Byte::freeze, Byte::freeze_set] {
                    let byte = Byte(AtomicU8::new(bits));
                    let is_marked = kind == Kind::Auto && bits & SET != 0;
                    assert_eq!(freeze(&byte, kind), bits & SET != 0);
                    assert_eq!(byte.is_marked(), is_marked);
                    assert!(byte.bits() & LISTENED != 0);
                    byte.thaw(is_marked, bits & LISTENED != 0, true);
                    assert_eq!(byte.bits(), bits);
                }
            }
        }
    }
}
