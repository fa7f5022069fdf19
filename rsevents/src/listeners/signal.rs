//! `set` and `pulse` of events that have listeners.
//!
//! # Locks
//!
//! A signal starts with the lock of its event's shard, which suffices to claim a waiter that wants any.
//! Before it decides that a waiter that wants all is complete, it locks the shards of all events of that
//! waiter. It keeps these locks until it ends. A later waiter gets the signal only because the earlier
//! waiter was incomplete, and that must stay true until the end. A signal of a manual-reset event releases
//! several waiters at one instant. So it locks the shards of every event that could release one of them
//! meanwhile.
//!
//! # Incomplete waiters
//!
//! A signal of an auto-reset event needs no further lock to see that a waiter is *in*complete. It marks its
//! own event, and then looks at the others. If one of them is neither set nor marked, the waiter stays
//! incomplete until the signal ends: a thread that sets the last missing event sees the mark, and waits for
//! the lock. (The stop needs no look: its shard is locked before the waiter is judged complete.)
//!
//! Without the marks: for a waiter for A and B, thread 1 signals A and sees B unset, while thread 2 signals B
//! and sees A unset. Both events become set, and no thread releases the waiter.
//!
//! A marked event counts as set in the look, because its signal may be put back. If only `SET` counted: a
//! poll marks A before it knows whether it takes A's signal. Thread 2 signals B, sees A without `SET`, and
//! leaves the waiter for A and B asleep. The poll then puts A's signal back. Both events are set, and no
//! thread looks again.

use super::locks::{Locks, ShardSet, Taken, shard_of};
use super::task::{Attached, ReleasedTasks};
use super::waiter::{Entry, Want};
use crate::byte::{Byte, Kind, LISTENED, PARKED, SET, Signal};
use crate::parked;
use crate::primitive::{Moved, unpark_all};
use std::ptr::{self, null};

/// Delivers a signal to parked threads or queued waiters, or leaves it in the event.
#[cold]
pub(crate) fn deliver(byte: &Byte, kind: Kind, signal: Signal) {
    while !parked::signal(byte, kind, signal) && !self::signal(byte, kind, signal) {}
}

/// Delivers a signal. Returns false if the caller must start again: parked threads come first, or the
/// event has changed.
#[cold]
pub(super) fn signal(byte: &Byte, kind: Kind, signal: Signal) -> bool {
    let mut wanted = ShardSet::of(byte.key());
    // Terminates: each failed turn adds a shard to `wanted`.
    loop {
        if let Ok(done) = try_signal(&mut wanted, byte, kind, signal) {
            return done;
        }
    }
}

/// Same as [`signal`], with the shards in `wanted` locked. Returns `Err` if another thread holds a shard that
/// the signal also needs, which is in `wanted` then. In this case no event has changed, and no waiter was
/// claimed.
fn try_signal(
    wanted: &mut ShardSet,
    byte: &Byte,
    kind: Kind,
    signal: Signal,
) -> Result<bool, Taken> {
    // Computed now, because the event may have been freed when the wakers are called.
    let (attached, shard) = (Attached::new(), shard_of(byte.key()));
    // Created here and changed in place, because moving them takes longer than locking.
    let (mut locks, mut released) = (Locks::none(), Released::NONE);
    locks.lock_set(wanted);
    let mut seen = byte.bits();
    if kind == Kind::Auto && seen & PARKED != 0 {
        return Ok(false);
    }
    // Even without listeners the signal is delivered under the lock: groups that poll in a loop could make a
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
            // First wake the threads that wait for the shards, which are free now.
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
        // Every waiter in the queue is released, or has withdrawn: no entry stays.
        // SAFETY: as in `serve_one`; and the iteration goes to the end.
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

/// Claims the waiter of `entry` if it lacks nothing but the signal of `byte`; returns whether it did. If the
/// waiter wants all, the shards of all its events are locked.
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
        // The marks may follow the claim: no thread sees their order, because all shards are locked. (The waiter's
        // owner may see the claim, but returns only after it has held one of these locks, or was woken.)
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

/// Returns the entries of the same waiter, which wants all, at other events. Omits the stop, which is unset
/// while the waiter is pending (invariant 2).
fn others<'e>(entry: &'e Entry, byte: &Byte) -> impl Iterator<Item = &'e Entry> {
    let key = byte.key();
    let entries = entry.waiter().entries().iter();
    entries.filter(move |other| other.key() != key && !other.suffices())
}

/// Returns the [`others`] whose signals the waiter takes.
fn autos<'e>(entry: &'e Entry, byte: &Byte) -> impl Iterator<Item = &'e Entry> {
    others(entry, byte).filter(|other| other.kind == Kind::Auto)
}

/// Locks the shards that a signal of a manual-reset event needs besides its own: those of all events of all
/// queued groups.
///
/// If the queue has one waiter, and that waiter wants any, no further shard is needed. If another waiter is
/// queued behind the group, threads could see the order of the claims. Thread B sets another event of the
/// group and finds the group claimed. B then polls the task behind it, which is not claimed yet.
fn lock_groups(locks: &mut Locks, wanted: &mut ShardSet, byte: &Byte) -> Result<(), Taken> {
    let table = locks.table(byte.key());
    if !table.may_have_groups(byte.key()) {
        return Ok(());
    }
    // SAFETY: the caller holds the lock, and nothing is removed.
    let queue = unsafe { table.walk(byte.key()) };
    let mut waiters = queue.map(Entry::waiter).filter(|waiter| waiter.is_pending());
    let groups = waiters.clone().filter(|waiter| waiter.entries().len() > 1);
    let Some(group) = groups.clone().next() else { return Ok(()) };
    if group.want == Want::Any && waiters.all(|waiter| ptr::eq(waiter, group)) {
        return Ok(());
    }
    let keys = groups.flat_map(|waiter| waiter.entries().iter().map(Entry::key));
    locks.extend(keys, wanted)
}

/// Claimed waiters that the signal wakes after the unlock. They are listed by the entries that were removed
/// from the queue of the signal's event, in order.
struct Released {
    /// The list of the entries of threads.
    first: *const Entry,
    last: *const Entry,
    tasks: ReleasedTasks,
    /// Whether one of the waiters wants all, so that its other events must be thawed.
    thaws: bool,
}

impl Released {
    const NONE: Self =
        Self { first: null(), last: null(), tasks: ReleasedTasks::NONE, thaws: false };

    const fn is_empty(&self) -> bool {
        self.first.is_null() && self.tasks.is_empty()
    }

    /// Appends an entry that is no longer queued, of a waiter that the caller has claimed. Called under the
    /// lock of the event's shard. From here to the release the waiter is valid: its thread stays, or the
    /// caller has a share.
    fn push(&mut self, entry: &Entry) {
        self.thaws |= !entry.suffices();
        let Some(thread) = entry.waiter().thread() else {
            self.tasks.push(entry);
            return;
        };
        thread.keep_share();
        entry.links.next.set(null());
        // SAFETY: the waiter of the last entry has not been released, so it is valid.
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
            // SAFETY: as in `push`; and no task has been detached yet.
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

    /// Wakes the waiters. Called without a lock. Threads come first, because waking them runs no foreign
    /// code.
    fn wake(&mut self, attached: &Attached, shard: usize) {
        let mut at = self.first;
        // SAFETY: as in `push`; and the pointer to the next entry is read before the release, after which the
        // entry may have been freed.
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
