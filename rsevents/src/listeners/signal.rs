//! `set` and `pulse` of events that have listeners.
//!
//! A signal begins with the lock of its own event's shard. A waiter that wants any it claims under that alone. If it
//! meets one that wants all, it locks the shards of all events of that waiter before it judges whether
//! they are set, and keeps them to the end: a later waiter gets the signal only because the earlier one
//! was incomplete *at that instant*. A signal of a manual-reset event, which comes to several waiters at one
//! instant, locks the shards of all events that could release one of them meanwhile.
//!
//! Judging without those locks loses wake-ups: a group that polls marks an event before it knows whether it may take
//! the signal, and a mark looks like "unset" to who does not wait for the lock. If the setter of the last event went
//! by that, and the signal was put back, the waiter would sleep with all of its events set.

use super::locks::{Locks, ShardSet, Taken};
use super::waiter::{Entry, Want};
use crate::byte::{Byte, Kind, LISTENED, PARKED, SET, Signal};
use crate::parked;
use crate::primitive::unpark_all;
use std::ptr::{self, null};

/// False: parked threads are to be served first, or the event has changed; the caller looks again.
#[cold]
pub(crate) fn signal(byte: &Byte, kind: Kind, signal: Signal) -> bool {
    let mut wanted = ShardSet::of(byte.key());
    // Each turn in vain adds a shard, so this ends.
    loop {
        if let Ok(done) = try_signal(&mut wanted, byte, kind, signal) {
            return done;
        }
    }
}

/// `Err`: nothing has changed. Locks that are needed are taken by others.
fn try_signal(
    wanted: &mut ShardSet,
    byte: &Byte,
    kind: Kind,
    signal: Signal,
) -> Result<bool, Taken> {
    let mut locks = Locks::of(wanted);
    let seen = byte.bits();
    if seen & (LISTENED | PARKED) == 0 {
        // Here, and not where the caller looks again, for groups that poll all the time would be in the way there.
        return Ok(byte.exchange(seen, signal.leaves()));
    }
    if seen & LISTENED == 0 || (kind == Kind::Auto && seen & PARKED != 0) {
        return Ok(false);
    }
    if seen & SET != 0 {
        // Whoever could go has gone when it was set.
        leave_as(&mut locks, byte, signal.leaves());
        return Ok(true);
    }
    match kind {
        Kind::Auto => {
            let released = serve_one(&mut locks, wanted, byte)?;
            let left = if released.is_empty() { signal.leaves() } else { 0 };
            leave_as(&mut locks, byte, left);
            released.thaw(&mut locks, byte);
            drop(locks);
            released.wake();
        }
        Kind::Manual => {
            lock_groups(&mut locks, wanted, byte)?;
            // Nobody gets an answer about the event between the claim of its waiters and its change.
            byte.mark();
            let mut over = None;
            let serve = || {
                let released = serve_all(&mut locks, byte);
                leave_as(&mut locks, byte, signal.leaves());
                released.thaw(&mut locks, byte);
                over = Some((released, locks.unlock()));
                true
            };
            if seen & PARKED == 0 {
                serve();
            } else {
                // SAFETY: the key is the address of an event. The closure does not panic, and takes
                // no lock and wakes nobody: the locks it needs are held, and it gives them back.
                unsafe { unpark_all(byte.key(), serve) };
            }
            if let Some((released, sleepers)) = over {
                drop(sleepers);
                released.wake();
            }
        }
    }
    Ok(true)
}

/// The end of a signal: `SET` as it leaves it, no `PARKED` (nobody is parked, or all are being
/// released), no `LISTENED` if there are no entries.
fn leave_as(locks: &mut Locks, byte: &Byte, left: u8) {
    let keep = if locks.table(byte.key()).is_empty(byte.key()) { 0 } else { LISTENED };
    byte.leave_as(left | keep);
}

/// Gives the signal of an auto-reset event to the first waiter in its queue that can have it.
fn serve_one(locks: &mut Locks, wanted: &mut ShardSet, byte: &Byte) -> Result<Released, Taken> {
    let mut released = Released::NONE;
    // SAFETY: the lock is held by the caller; what is removed is not released before it is given
    // back.
    for entry in unsafe { locks.table(byte.key()).walk(byte.key()) } {
        let waiter = entry.waiter();
        if waiter.want == Want::All && waiter.is_pending() {
            locks.extend(waiter.members().iter().map(Entry::key), wanted)?;
        }
        if serve(locks, byte, entry, &mut released) {
            break;
        }
    }
    Ok(released)
}

/// Gives the signal of a manual-reset event to all waiters in its queue that can have it.
fn serve_all(locks: &mut Locks, byte: &Byte) -> Released {
    let mut released = Released::NONE;
    // SAFETY: as in `serve_one`.
    for entry in unsafe { locks.table(byte.key()).walk(byte.key()) } {
        serve(locks, byte, entry, &mut released);
    }
    released
}

/// Releases the waiter of `entry` if the signal of `byte` is what it lacks. If it wants all, the shards of all its events
/// are locked.
fn serve(locks: &mut Locks, byte: &Byte, entry: &Entry, released: &mut Released) -> bool {
    let waiter = entry.waiter();
    let can_go = match waiter.want {
        Want::Any => true,
        Want::All => {
            waiter.is_pending() && others(entry, byte).all(|other| other.byte().is_set_now())
        }
    };
    let claimed = can_go && waiter.claim(entry.index);
    if claimed && waiter.want == Want::All {
        // Nobody can tell that the claim came first: all shards are locked.
        autos(entry, byte).for_each(|other| {
            other.byte().freeze(Kind::Auto);
        });
    }
    // What has been claimed elsewhere is only in the way.
    if claimed || !waiter.is_pending() {
        locks.table(byte.key()).remove(entry);
    }
    if claimed {
        released.push(entry);
    }
    claimed
}

/// The entries of the waiter at other events than this.
fn others<'e>(entry: &'e Entry, byte: &Byte) -> impl Iterator<Item = &'e Entry> {
    let key = byte.key();
    entry.waiter().members().iter().filter(move |other| other.key() != key)
}

/// Those of them whose signals the waiter takes.
fn autos<'e>(entry: &'e Entry, byte: &Byte) -> impl Iterator<Item = &'e Entry> {
    others(entry, byte).filter(|other| other.kind == Kind::Auto)
}

/// Locks what must hold still while a signal comes to all waiters: nothing but the event itself if there is one
/// group that wants any, for then nobody can tell in which order the waiters are claimed; otherwise the events of all
/// groups.
fn lock_groups(locks: &mut Locks, wanted: &mut ShardSet, byte: &Byte) -> Result<(), Taken> {
    // SAFETY: nothing is removed, and the lock is held by the caller.
    let queue = unsafe { locks.table(byte.key()).walk(byte.key()) };
    let groups = queue
        .filter(|entry| entry.waiter().is_pending() && !entry.waiter().members().is_empty())
        .map(Entry::waiter);
    let mut first = groups.clone();
    match first.next() {
        Some(first) if first.want == Want::All => {}
        Some(only) if first.any(|other| !ptr::eq(other, only)) => {}
        _ => return Ok(()),
    }
    let keys = groups.flat_map(|waiter| waiter.members().iter().map(Entry::key));
    locks.extend(keys, wanted)
}

/// Waiters that have been claimed and taken out of the queue of the event that released them, to be
/// woken when all locks are free. A list through the entries, in order.
struct Released {
    first: *const Entry,
    last: *const Entry,
}

impl Released {
    const NONE: Self = Self { first: null(), last: null() };

    const fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// Adds an entry that is not queued any more, of a waiter that the caller has claimed.
    fn push(&mut self, entry: &Entry) {
        entry.links.next.set(null());
        // SAFETY: `last` belongs to a waiter that has been claimed and not released: it is valid.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.links.next.set(entry),
            None => self.first = entry,
        }
        self.last = entry;
    }

    /// The end of the instant at which waiters that want all were given their events by a signal of `byte`.
    fn thaw(&self, locks: &mut Locks, byte: &Byte) {
        let mut at = self.first;
        // SAFETY: as in `push`.
        while let Some(entry) = unsafe { at.as_ref() } {
            at = entry.links.next.get();
            if entry.waiter().want == Want::All {
                for other in autos(entry, byte) {
                    let listened = !locks.table(other.key()).is_empty(other.key());
                    other.byte().thaw(true, listened, false);
                }
            }
        }
    }

    fn wake(self) {
        let mut at = self.first;
        // SAFETY: as in `push`; the pointer to the next is read before the release, after which the
        // entry may be gone.
        while let Some(entry) = unsafe { at.as_ref() } {
            at = entry.links.next.get();
            let byte = entry.waiter().sleeps_on();
            if !byte.set() {
                parked::signal(byte, Kind::Auto, Signal::Set);
            }
        }
    }
}
