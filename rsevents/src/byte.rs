//! The byte that is an event: its bits, every transition, and those that need no lock.
//!
//! # The bits
//!
//! | bit | name | meaning | which error is legal |
//! |---|---|---|---|
//! | 0 | [`SET`] | the event is set | none |
//! | 1 | [`PARKED`] | threads are parked at the event's address, or are about to be | on without a thread; never off with one |
//! | 2 | [`LISTENED`] | the event has entries, or is frozen | none while the shard is unlocked |
//! | 3 | [`CHANGING`] | the event changes together with others, or with the waiters that it releases: whoever asks is answered under the shard's lock | none: it is on only while the shard is locked |
//!
//! A reader needs `CHANGING` because an operation on several events changes them one after the other, and must
//! not be seen half done. A setter needs `LISTENED` because it owes the signal to whoever listens. Both
//! say "ask under the lock"; they are two bits because `LISTENED` alone leaves `SET` readable without it.
//!
//! | value at rest | |
//! |---|---|
//! | `0` | unset, nobody waits |
//! | `SET` | set |
//! | `PARKED` | unset; threads are parked, or were about to be and left |
//! | `LISTENED` | unset; listeners wait for it |
//! | `LISTENED+SET` | set; its listeners wait for all of several events |
//! | `LISTENED+PARKED` | unset; the parked threads began to wait before the first listener came, and go first |
//!
//! # The transitions
//!
//! "Q" is the lock of the address's queue of parked threads, "L" the lock of the event's shard.
//!
//! | from | to | by | under | where |
//! |---|---|---|---|---|
//! | `0`, `SET` | `SET` | `set` | | [`Byte::set`], [`parked`](crate::parked) |
//! | `SET` | `0` | a wait on an auto-reset event | | [`Byte::poll`] |
//! | `0`, `SET` | `0` | `reset`, `pulse` | | [`Byte::reset`], `parked` |
//! | `0` | `PARKED` | a thread, before it parks | | `parked` |
//! | `PARKED` | `SET` | `set` that finds no thread in the queue; manual-reset: always | Q | `parked` |
//! | `PARKED` | `0` | `pulse`; auto-reset `set` that hands over to the last parked thread; the last thread's timeout | Q | `parked` |
//! | `x` | `x+LISTENED` | a waiter that queues, or holds the event for a moment | L | [`Byte::freeze`] |
//! | `x+SET` | `x+CHANGING` | an operation that takes the signal together with something else | L | `freeze` |
//! | `x+LISTENED` | `x+LISTENED+CHANGING` | a signal of a manual-reset event, before it claims waiters | L | [`Byte::mark`] |
//! | what is frozen or marked | what it should be: with `LISTENED` if it has entries | the end of the operation | L | [`Byte::thaw`] |
//! | `LISTENED+x` | `x` | the last entry leaves | L | [`Byte::nobody_listens`] |
//! | `LISTENED+x` | `LISTENED+y` | set, reset, pulse and waits on a listened event | L | [`listeners`](crate::listeners) |
//! | `LISTENED+PARKED` | `SET` or `0`, with `LISTENED` if it has entries | a signal of a manual-reset event | L and Q | `listeners` |
//! | `LISTENED+PARKED` | `LISTENED` | as `PARKED` to `0`; or a signal that finds no thread in the queue | Q | `parked` |
//!
//! Invariants:
//!
//! 1. `SET` is never on together with `PARKED` or `CHANGING`.
//! 2. While `LISTENED` or `CHANGING` is on, `SET` changes only under L.
//! 3. While `LISTENED` is on nobody turns `PARKED` on, though a thread that did so before may still park.
//! 4. Every change is a read-modify-write, so a chain of sets that coalesced into one is one release sequence,
//!    and whoever acquires the last has acquired all of them.
//!
//! # Memory ordering
//!
//! Every access is `SeqCst`, so all threads agree on one order of what happens to all events. Acquire and Release
//! would publish what a `set` publishes; what they do not give is the order between two events, which a wait for several
//! of them is about: it holds one event, looks at another, and must not miss a thread that changes the second and
//! then looks at the first ("store buffering"). The alternative was a full fence at each of those places in the
//! listeners. It would have left a gap between a plain `set` and a look at another event, and cost more: on x86
//! `SeqCst` is the same instructions as Acquire and Release; on `AArch64` a load is `ldar` instead of `ldapr`.
//!
//! # Who may touch the byte when
//!
//! A setter's last access to the event is the read-modify-write that releases the waiter, or comes
//! before the release: in the same critical section under Q, or under L before the waiter is woken. After
//! it the setter knows the event only as an address. That is why a waiter may free the event as soon as its wait
//! has returned.

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
    /// `set`: what no waiter takes stays.
    Set,
    /// `pulse`: what no waiter takes is gone.
    Pulse,
}

impl Signal {
    /// The event after a signal that no waiter has taken.
    pub(crate) const fn leaves(self) -> u8 {
        match self {
            Self::Set => SET,
            Self::Pulse => 0,
        }
    }
}

/// An event of either kind. The kind is an argument, constant at every call from the public types.
///
/// Methods answer `None`, or refuse, where only the [listeners](crate::listeners) can answer.
pub(crate) struct Byte(AtomicU8);

impl Byte {
    const_unless_loom! {
        pub(crate) fn new(set: bool) -> Self {
            Self(AtomicU8::new(if set { SET } else { 0 }))
        }
    }

    /// The address: the key of the queue of parked threads, and of the listeners.
    pub(crate) fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// The bits; out of date at once, unless a lock or an exchange says otherwise.
    #[inline]
    pub(crate) fn bits(&self) -> u8 {
        self.0.load(SeqCst)
    }

    #[inline]
    pub(crate) fn is_set(&self) -> Option<bool> {
        match self.bits() & (SET | CHANGING) {
            0 => Some(false),
            SET => Some(true),
            _ => None,
        }
    }

    /// Whether a wait could be over: it is set, or changing.
    #[inline]
    pub(crate) fn seems_set(&self) -> bool {
        self.bits() & (SET | CHANGING) != 0
    }

    /// Whether threads are parked or listen, as far as a thread that spins can tell.
    pub(crate) fn has_waiters(&self) -> bool {
        self.bits() & (PARKED | LISTENED) != 0
    }

    /// Sets the event. False: it is not that simple.
    #[inline]
    pub(crate) fn set(&self) -> bool {
        // 0 and SET both become SET in one read-modify-write: a second set publishes, too.
        let seen = self.bits();
        seen & !SET == 0 && self.exchange(seen, SET)
    }

    /// Resets the event. False: it is not that simple.
    #[inline]
    pub(crate) fn reset(&self) -> bool {
        let seen = self.bits();
        seen & !SET == 0 && self.exchange(seen, 0)
    }

    /// A wait that does not wait: true if the event was set (and, if it is an auto-reset event, no longer is).
    #[inline]
    pub(crate) fn poll(&self, kind: Kind) -> Option<bool> {
        let mut seen = self.bits();
        while seen & (SET | CHANGING) != 0 {
            if kind == Kind::Manual && seen & SET != 0 {
                return Some(true);
            }
            if seen != SET {
                return None;
            }
            // A failed exchange says what it found instead, so it never fails spuriously.
            match self.0.compare_exchange(SET, 0, SeqCst, SeqCst) {
                Ok(_) => return Some(true),
                Err(found) => seen = found,
            }
        }
        Some(false)
    }

    /// From `old`, if that is what it is, to `new`.
    #[inline]
    pub(crate) fn exchange(&self, old: u8, new: u8) -> bool {
        self.0.compare_exchange(old, new, SeqCst, SeqCst).is_ok()
    }

    /// A thread is about to park: `PARKED` on an event that is 0. False: it was something else.
    pub(crate) fn announce(&self) -> bool {
        self.exchange(0, PARKED)
    }

    /// Under Q: nobody is parked any more.
    pub(crate) fn nobody_parked(&self) {
        self.0.fetch_and(!PARKED, SeqCst);
    }

    /// Under L: nobody listens any more.
    pub(crate) fn nobody_listens(&self) {
        self.0.fetch_and(!LISTENED, SeqCst);
    }

    /// Changes the bits; `change` may say `None` to leave them.
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

    /// Under L: from now on to the end of the lock nobody else can change `SET`. Whether it is set.
    ///
    /// If the event is set and a wait would take its signal, it is marked, and `SET` is off: the caller takes the signal,
    /// or [thaws](Self::thaw) the event with the signal put back. A signal that is put back was never away, because
    /// whoever finds the mark waits for the lock.
    pub(crate) fn freeze(&self, kind: Kind) -> bool {
        let is_set = self.0.fetch_or(LISTENED, SeqCst) & SET != 0;
        if is_set && kind == Kind::Auto {
            self.0.fetch_xor(SET | CHANGING, SeqCst);
        }
        is_set
    }

    /// As [`freeze`](Self::freeze), in fewer steps if the event is set and nobody listens.
    pub(crate) fn freeze_set(&self, kind: Kind) -> bool {
        (kind == Kind::Auto && self.exchange(SET, LISTENED | CHANGING)) || self.freeze(kind)
    }

    /// Under L: the end of [`freeze`](Self::freeze), which marked the event or did not.
    pub(crate) fn thaw(&self, marked: bool, listened: bool, put_back: bool) {
        let ends = if listened { 0 } else { LISTENED };
        // Parked threads may leave meanwhile; the other bits change only here.
        match (marked, put_back) {
            (true, true) => {
                self.0.fetch_xor(CHANGING | SET | ends, SeqCst);
            }
            (true, false) => {
                self.0.fetch_and(!(CHANGING | ends), SeqCst);
            }
            // An event that occurs twice thaws twice.
            (false, _) if !listened => self.nobody_listens(),
            (false, _) => {}
        }
    }

    /// Under L: whether it is [marked](Self::mark).
    pub(crate) fn is_marked(&self) -> bool {
        self.bits() & CHANGING != 0
    }

    /// Under L, of an event that is listened to and has no parked threads, or under Q, too: all bits at once.
    pub(crate) fn leave_as(&self, bits: u8) {
        self.0.swap(bits, SeqCst);
    }

    /// Under L, of an event that is listened to and unset: who asks must wait for the lock.
    pub(crate) fn mark(&self) {
        self.0.fetch_or(CHANGING, SeqCst);
    }

    /// Under L, of an event that is listened to: what [`reset`](Self::reset) does.
    pub(crate) fn clear(&self) -> bool {
        self.0.fetch_and(!SET, SeqCst) & SET != 0
    }

    /// Under L: whether it is set.
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
            assert_eq!(Byte(AtomicU8::new(bits)).has_waiters(), has_waiters, "{bits:#b}");
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
