//! `set` and `pulse` of events that have listeners.
//!
//! A signal starts with the lock of its event's shard, which suffices to claim a waiter that wants any.
//! Before it judges whether a waiter that wants all is complete, it locks the shards of all events of
//! that waiter. It keeps them to its end: a later waiter may get the signal only because the earlier
//! one was incomplete at that instant. A signal of a manual-reset event reaches several waiters at
//! one instant, so it locks the shards of every event that could release one of them meanwhile.
//!
//! A signal of an auto-reset event need not lock them to see that a waiter is *in*complete. It marks its
//! own event, and then looks at the others. If one is neither set nor marked, the waiter lacks at least one until
//! the signal ends: whoever sets the last of the others sees this mark, and waits for the lock. A marked event
//! counts as set in the look, because its signal may be put back. Without the marks, two signals could each
//! see the other's event unset, and nobody would release the waiter. (The stop of such a waiter, if it has
//! one, is not looked at: its shard is among those that are locked before the waiter is judged complete.)
//!
//! Judging by `SET` alone would lose a wake-up. A poll marks event A before it knows whether it
//! takes A's signal. The setter of B would see A without `SET` and leave the waiter for A and B
//! asleep. Then the poll puts A's signal back: both events are set, and nobody checks again.

use super::locks::{Locks, ShardSet, Taken, shard_of};
use super::task::{Attached, Released as Tasks};
use super::waiter::{Entry, Want};
use crate::byte::{Byte, Kind, LISTENED, PARKED, SET, Signal};
use crate::parked;
use crate::primitive::{Moved, unpark_all};
use std::ptr::{self, null};

/// Delivers a signal. Returns false if the caller must start again: parked threads come first, or the
/// event has changed.
#[cold]
pub(crate) fn signal(byte: &Byte, kind: Kind, signal: Signal) -> bool {
    let mut wanted = ShardSet::of(byte.key());
    // Terminates: each failed turn adds a shard to `wanted`.
    loop {
        if let Ok(done) = try_signal(&mut wanted, byte, kind, signal) {
            return done;
        }
    }
}

/// Same as [`signal`], with the shards in `wanted` locked. `Err`: other threads hold locks that it
/// needs, which are now in `wanted`; no event has changed, and no waiter was claimed.
fn try_signal(
    wanted: &mut ShardSet,
    byte: &Byte,
    kind: Kind,
    signal: Signal,
) -> Result<bool, Taken> {
    // Before the event may be freed.
    let (attached, shard) = (Attached::new(), shard_of(byte.key()));
    // Here and in place, because to move these takes longer than to lock.
    let (mut locks, mut released) = (Locks::none(), Released::NONE);
    locks.lock_set(wanted);
    let mut seen = byte.bits();
    if kind == Kind::Auto && seen & PARKED != 0 {
        return Ok(false);
    }
    // Without listeners it is done all the same, because groups that poll in a loop could make a
    // lock-free attempt fail again and again.
    if seen & (LISTENED | PARKED) == 0 {
        return Ok(byte.exchange(seen, signal.leaves()));
    }
    if seen & LISTENED == 0 {
        byte.freeze(kind);
        seen = byte.bits();
    }
    if seen & SET != 0 {
        // Already set: every waiter this could release was released by the earlier `set`.
        finish(&mut locks, byte, signal.leaves());
        return Ok(true);
    }
    match kind {
        Kind::Auto => {
            let served = serve_one(&mut locks, wanted, byte, signal, &mut released);
            if served.is_err() {
                byte.unmark();
            }
            served?;
            let left = if released.is_empty() { signal.leaves() } else { 0 };
            finish(&mut locks, byte, left);
            released.thaw(&mut locks, byte);
            released.tasks.detach(&attached);
            locks.release();
            released.wake(&attached, shard);
        }
        Kind::Manual => {
            lock_groups(&mut locks, wanted, byte)?;
            // From the first claim to the change of the event, readers wait for the lock.
            byte.mark();
            let mut serve = || {
                serve_all(&mut locks, byte, signal, &mut released);
                finish(&mut locks, byte, signal.leaves());
                released.thaw(&mut locks, byte);
                released.tasks.detach(&attached);
                locks.unlock();
                true
            };
            let moved = if seen & PARKED == 0 {
                serve();
                Moved::NOBODY
            } else {
                // SAFETY: the key is the address of an event. The closure does not panic, takes no
                // lock (those it needs are held) and wakes no thread.
                unsafe { unpark_all(byte.key(), serve) }
            };
            // First those that sleep at a lock that is free.
            locks.release();
            moved.wake();
            released.wake(&attached, shard);
        }
    }
    Ok(true)
}

/// Writes the event's bits at the end of a signal. `PARKED` goes off: no thread is parked, or all are
/// being released.
fn finish(locks: &mut Locks, byte: &Byte, left: u8) {
    let keep = if locks.is_listened(byte) { LISTENED } else { 0 };
    byte.leave_as(left | keep);
}

/// Hands the signal of an auto-reset event to the first queued waiter that it releases.
fn serve_one(
    locks: &mut Locks,
    wanted: &mut ShardSet,
    byte: &Byte,
    signal: Signal,
    released: &mut Released,
) -> Result<(), Taken> {
    // SAFETY: the caller holds the lock. Waiters whose entries are removed are released after the
    // unlock.
    for entry in unsafe { locks.table(byte.key()).walk(byte.key()) } {
        let waiter = entry.waiter();
        if !entry.suffices() && waiter.is_pending() {
            byte.mark();
            if others(entry, byte).any(|other| !other.byte().seems_set()) {
                continue;
            }
            locks.extend(waiter.entries().iter().map(Entry::key), wanted)?;
        }
        if serve(locks, byte, entry, signal, released) {
            break;
        }
    }
    Ok(())
}

/// Delivers the signal of a manual-reset event to every queued waiter that it releases.
fn serve_all(locks: &mut Locks, byte: &Byte, signal: Signal, released: &mut Released) {
    let table = locks.table(byte.key());
    if !table.may_have_groups(byte.key()) {
        // Nobody stays. Entries of waiters that have withdrawn leave, too.
        // SAFETY: as in `serve_one`; and this goes to the end.
        let queue = unsafe { table.drain(byte.key()) };
        queue
            .filter(|entry| entry.waiter().claim(entry.index(), signal))
            .for_each(|entry| released.push(entry));
        return;
    }
    // SAFETY: as in `serve_one`.
    for entry in unsafe { locks.table(byte.key()).walk(byte.key()) } {
        serve(locks, byte, entry, signal, released);
    }
}

/// Claims the waiter of `entry` if the signal of `byte` is all it lacks; returns whether it did. The
/// shards of all events of a waiter that wants all are locked.
fn serve(
    locks: &mut Locks,
    byte: &Byte,
    entry: &Entry,
    signal: Signal,
    released: &mut Released,
) -> bool {
    let waiter = entry.waiter();
    let is_complete =
        || waiter.is_pending() && others(entry, byte).all(|other| other.byte().is_set_now());
    let claimed = (entry.suffices() || is_complete()) && waiter.claim(entry.index(), signal);
    if claimed && !entry.suffices() {
        // The order of claim and marks is invisible, because all shards are locked.
        autos(entry, byte).for_each(|other| {
            other.byte().freeze(Kind::Auto);
        });
    }
    // Also unlink entries of waiters that another event has already released.
    if claimed || !waiter.is_pending() {
        locks.table(byte.key()).remove(entry);
    }
    if claimed {
        released.push(entry);
    }
    claimed
}

/// Returns the entries of the same waiter, which wants all, at other events. Not the stop: while the waiter is
/// pending, that is unset by invariant 2.
fn others<'e>(entry: &'e Entry, byte: &Byte) -> impl Iterator<Item = &'e Entry> {
    let key = byte.key();
    let entries = entry.waiter().entries().iter();
    entries.filter(move |other| other.key() != key && !other.suffices())
}

/// Returns those of [`others`] whose signals the waiter takes.
fn autos<'e>(entry: &'e Entry, byte: &Byte) -> impl Iterator<Item = &'e Entry> {
    others(entry, byte).filter(|other| other.kind == Kind::Auto)
}

/// Locks the shards that a signal of a manual-reset event needs besides its own: those of all events of
/// all queued groups. None, if the only group wants any: then the order of the claims is invisible.
fn lock_groups(locks: &mut Locks, wanted: &mut ShardSet, byte: &Byte) -> Result<(), Taken> {
    let table = locks.table(byte.key());
    if !table.may_have_groups(byte.key()) {
        return Ok(());
    }
    // SAFETY: the caller holds the lock, and nothing is removed.
    let queue = unsafe { table.walk(byte.key()) };
    let groups = queue
        .filter(|entry| entry.waiter().is_pending() && entry.waiter().entries().len() > 1)
        .map(Entry::waiter);
    let mut first = groups.clone();
    match first.next() {
        Some(first) if first.want != Want::Any => {}
        Some(only) if first.any(|other| !ptr::eq(other, only)) => {}
        _ => return Ok(()),
    }
    let keys = groups.flat_map(|waiter| waiter.entries().iter().map(Entry::key));
    locks.extend(keys, wanted)
}

/// Claimed waiters that are to be woken after the unlock: the entries that were removed from the queue of the
/// releasing event, in order.
struct Released {
    /// Of threads: a list.
    first: *const Entry,
    last: *const Entry,
    tasks: Tasks,
    /// Whether one of the waiters wants all of several events.
    thaws: bool,
}

impl Released {
    const NONE: Self = Self { first: null(), last: null(), tasks: Tasks::NONE, thaws: false };

    const fn is_empty(&self) -> bool {
        self.first.is_null() && self.tasks.is_empty()
    }

    /// Appends an entry that is no longer queued, of a waiter that the caller has claimed. Under the lock
    /// of the event's shard. From here to the release the waiter is valid: it stays, or there is a share.
    fn push(&mut self, entry: &Entry) {
        self.thaws |= !entry.suffices();
        let Some(thread) = entry.waiter().thread() else {
            self.tasks.push(entry);
            return;
        };
        thread.keep_share();
        entry.links.next.set(null());
        // SAFETY: its waiter has not been released: it is valid.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.links.next.set(entry),
            None => self.first = entry,
        }
        self.last = entry;
    }

    /// Takes the marked signals of the other events of waiters that want all, and thaws these events.
    fn thaw(&self, locks: &mut Locks, byte: &Byte) {
        if !self.thaws {
            return;
        }
        for first in [self.first, self.tasks.first()] {
            let mut at = first;
            // SAFETY: as in `push`; tasks are attached until the locks are released.
            while let Some(entry) = unsafe { at.as_ref() } {
                at = entry.links.next.get();
                if !entry.suffices() {
                    for other in autos(entry, byte) {
                        let listened = locks.is_listened(other.byte());
                        other.byte().thaw(true, listened, false);
                    }
                }
            }
        }
    }

    /// Without a lock. First the threads, which run nobody's code here.
    fn wake(&mut self, attached: &Attached, shard: usize) {
        let mut at = self.first;
        // SAFETY: as in `push`; the pointer to the next is read before the release, after which the
        // entry may be gone.
        while let Some(entry) = unsafe { at.as_ref() } {
            at = entry.links.next.get();
            let thread = entry.waiter().thread().expect("a thread");
            let _share = thread.take_share();
            let byte = thread.sleeps_on();
            if !byte.set() {
                parked::signal(byte, Kind::Auto, Signal::Set);
            }
        }
        self.tasks.wake(attached, shard);
    }
}
