//! Events that somebody waits for together with others: their queues, and every operation on them.
//!
//! # Words
//!
//! A *waiter* is one wait, on the stack of a thread. It has an *entry* in the queue of each event that it waits
//! for. A *group* is a waiter with the entries of a [`WaitAny`](crate::WaitAny) or [`WaitAll`](crate::WaitAll); a
//! plain wait on an event that groups listen to queues with them, and is no group. A waiter is *claimed* by one
//! compare-exchange, and who claims it owes it the release. To *freeze* an event is to see to it that nobody else
//! changes `SET` until it *thaws*; to *look* at one is to read it.
//!
//! Each event belongs to a *shard*, by its address. The [lock order](locks) is: shards in ascending order, then a
//! queue of parked threads. No thread is woken under a lock.
//!
//! # Invariants, whenever a shard's lock is free
//!
//! 1. `LISTENED` is on exactly if the event has entries, and `CHANGING` is off.
//! 2. No entry of a pending waiter that wants any is queued at a set event: the signal that set it would
//!    have claimed the waiter.
//! 3. No pending waiter that wants all has all of its events set, if the shards of all of them are free. An event with
//!    an entry of such a waiter becomes set only by a signal that has locked the shards of all the waiter's
//!    events, and releases it if they are all set.
//! 4. Nothing that may be undone has been visible. A signal that is taken for a while is marked with `CHANGING`, under
//!    the lock, and who finds the mark waits for the lock. A claim is never undone: it is made when
//!    everything is frozen that decides it.
//!
//! # Why an operation on several events has one instant
//!
//! It freezes all of them, or all but one, at which it then looks: [`poll`](self::poll). A signal that completes a
//! wait for all does so with the shards of all its events locked: [`signal`](self::signal). What it changes it
//! marks first, all of it, and thaws it last; so a reader that finds any of it changed finds the rest changed, too,
//! or waits for the lock.
//!
//! [`wait`]: how waiters come and go · [`signal`](self::signal): `set` and `pulse` · [`poll`](self::poll): groups
//! that do not wait · [`locks`], [`table`], [`waiter`]: what they work on

mod locks;
mod poll;
mod signal;
mod table;
mod wait;
mod waiter;

#[cfg(rsevents_loom)]
pub use locks::model::listened_events;
pub(crate) use signal::signal;
pub(crate) use wait::{wait_all, wait_any, wait_one};
pub(crate) use waiter::{Member, Members};

use crate::byte::{Byte, Kind};
use locks::Locks;

/// `reset` of an event that may have listeners.
#[cold]
pub(crate) fn reset(byte: &Byte) {
    let _locks = Locks::one(byte.key());
    byte.clear();
}

/// A wait for zero time on an event that may have listeners.
#[cold]
pub(crate) fn poll(byte: &Byte, kind: Kind) -> bool {
    let _locks = Locks::one(byte.key());
    match kind {
        Kind::Auto => byte.clear(),
        Kind::Manual => byte.is_set_now(),
    }
}

/// Whether an event that may have listeners is set.
#[cold]
pub(crate) fn is_set(byte: &Byte) -> bool {
    let _locks = Locks::one(byte.key());
    byte.is_set_now()
}

#[cfg(test)]
mod tests;
