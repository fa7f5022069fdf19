//! Events with queued waiters: the queues, and every operation on such an event.
//!
//! # Terms
//!
//! * *waiter*: one wait: in the frame of its thread, or with a deadline in an allocation.
//! * *entry*: a waiter's place in the queue of one event.
//! * *group*: a waiter made by a [`WaitAny`](crate::WaitAny) or [`WaitAll`](crate::WaitAll), with an
//!   entry at each of its events. A plain wait on an event that has entries queues there, too, and
//!   is not a group.
//! * *stop*: an event that ends a wait for all of several others, which takes nothing then. It is the
//!   first entry of its waiter. (In a wait for any, the stop event is an event like the others.)
//! * *claim*: the one compare-exchange that decides who releases a waiter.
//! * *freeze*, *thaw*: between the two, no other thread can change `SET`.
//! * *look*: a read that takes nothing.
//! * *shard*: the part of the table that an event belongs to, by its address. It has a lock.
//!
//! [`locks`] states the lock order. No thread is woken under a lock.
//!
//! # Invariants, whenever a shard's lock is free
//!
//! 1. `LISTENED` is on exactly if the event has entries. `CHANGING` is off.
//! 2. A pending waiter has no entry at a set event that suffices to release it (any event of a waiter
//!    that wants any, or the stop): the signal that set the event would have claimed the waiter.
//! 3. A pending waiter that wants all of its events lacks at least one besides the stop, if the shards of
//!    all of them are free. Its events become set only by signals that lock the shards of all its events, and
//!    release it if they are all set; or that have marked their own event, and then seen another that is
//!    neither set nor marked.
//! 4. A thread never sees a change that may be undone. A signal that may have to be put back is
//!    marked with `CHANGING` under the lock, and readers of the mark wait for the lock. A claim is
//!    never undone: it happens when everything that decides it is frozen.
//!
//! # Why an operation on several events is atomic
//!
//! * A poll freezes all of its events, or all but one and looks at that one. See
//!   [`mod@poll`].
//! * A signal completes a wait for all with the shards of all its events locked. See
//!   [`mod@signal`].
//! * Both mark every event that they change before they change the first, and thaw them after they
//!   have changed the last. A reader therefore sees all of the changes, or none, or waits for a lock.
//!
//! # Files
//!
//! [`wait`]: waiters queue and leave · [`mod@signal`]: `set` and `pulse` ·
//! [`mod@poll`]: groups that do not block · [`locks`], [`table`], [`waiter`]: the data

mod locks;
mod poll;
mod signal;
mod table;
mod task;
mod wait;
mod waiter;

#[cfg(rsevents_loom)]
pub use locks::model::listened_events;
pub(crate) use signal::signal;
pub(crate) use task::{Group, One, Task};
pub(crate) use wait::{All, wait_all, wait_all_unless, wait_any, wait_one};
pub(crate) use waiter::{Member, Members, Want};

use crate::byte::{Byte, Kind};
use locks::Locks;

/// Resets an event that may have listeners.
#[cold]
pub(crate) fn reset(byte: &Byte) {
    let _locks = Locks::one(byte.key());
    byte.clear();
}

/// Polls an event that may have listeners.
#[cold]
pub(crate) fn poll(byte: &Byte, kind: Kind) -> bool {
    let _locks = Locks::one(byte.key());
    match kind {
        Kind::Auto => byte.clear(),
        Kind::Manual => byte.is_set_now(),
    }
}

/// Returns whether an event that may have listeners is set.
#[cold]
pub(crate) fn is_set(byte: &Byte) -> bool {
    let _locks = Locks::one(byte.key());
    byte.is_set_now()
}

#[cfg(test)]
mod tests;
