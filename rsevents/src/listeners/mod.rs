//! Events that have queued waiters: the queues, and every operation on such an event.
//!
//! # Terms
//!
//! * *waiter*: the record of one wait. A thread's waiter is in the thread's stack frame or, if the wait has a
//!   deadline, in an allocation. A task's waiter is in its future.
//! * *entry*: a waiter's place in the queue of one event. An event that has entries is *listened*.
//! * *group*: a waiter made by a [`WaitAny`](crate::WaitAny), a [`WaitAll`](crate::WaitAll) or a wait with a stop event,
//!   with an entry at each of its events. A plain wait for a listened event also queues an entry, but is not a group.
//! * *stop*: an event that ends a wait for all of several others, which then takes none of their signals. It
//!   is the first entry of its waiter. (In a wait for any, a stop event is an event like the others.)
//! * *pending*: of a waiter, not claimed yet, and not withdrawn.
//! * *claim*: the one compare-exchange that decides which thread releases a waiter.
//! * *detach*: the last access of the claiming thread to a task's waiter. Until then the waiter is *attached*.
//! * *freeze*, *thaw*: between the two, no other thread can change `SET`.
//! * *mark*: the bit `CHANGING`. A reader that finds it waits for the shard's lock.
//! * *look*: a read that takes nothing. The last access of a poll looks at an event, and takes its signal if there is
//!   one to take.
//! * *shard*: a part of the table of queues, with its own lock. An event's address determines its shard.
//!
//! [`locks`] states the lock order. No thread is woken under a lock.
//!
//! # Invariants, whenever a shard's lock is free
//!
//! 1. `LISTENED` is on if and only if the event has entries. `CHANGING` is off. (Entries of a leaked wait are not of
//!    the event that is now at their address.)
//! 2. A pending waiter has no entry at a set event that alone releases it: any event of a waiter that wants
//!    any, or the stop. The signal that set the event would have claimed the waiter.
//! 3. If the shards of all events of a pending waiter that wants all are free, at least one event besides
//!    the stop is unset. A signal that sets such an event is of one of two sorts. Either it locks the
//!    shards of all of the waiter's events, and releases the waiter if all are set. Or it has marked its
//!    own event, and then seen another event of the waiter neither set nor marked.
//! 4. No thread sees a change that may be undone. A signal that may have to be put back is marked under the
//!    lock, and readers that find the mark wait for the lock. A claim is never undone: it is made when
//!    everything that decides it is frozen.
//!
//! # Why an operation on several events is atomic
//!
//! A wait for all succeeds at one of three places, each of which is one instant for all other threads:
//!
//! * A poll freezes all of its events, or all except one, which it looks at: [`mod@poll`].
//! * A wait that queues freezes all of its events with all of their shards locked. It takes all signals, or has an
//!   entry at each event when it unlocks: [`wait::take_or_queue`].
//! * A signal completes the wait with the shards of all of the waiter's events locked: [`mod@signal`]. The claim
//!   is the instant: all other events are set and cannot change, and the signal's own event is still marked.
//!
//! A wait for all fails at one instant, too. A poll fails when it reads an unset event. (A signal that an
//! operation takes stays marked until the operation is over, so no event reads as unset too early.) A timeout is the
//! moment at which the waiter withdraws, which needs no lock. A signal that completes a waiter tries to claim it
//! before it sets its event. So while the waiter is pending, one of its events is not set yet.
//!
//! Each of these operations marks the events that it changes before its first change, and thaws them after
//! its last. A reader therefore sees all of the changes, or none, or waits for a lock. (The event that a
//! poll looks at needs no mark, because the look is the instant of the whole poll.)
//!
//! # Files
//!
//! [`wait`]: waiters queue and leave · [`task`]: waits of tasks · [`mod@signal`]: `set` and `pulse` ·
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
pub(crate) use signal::deliver;
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
