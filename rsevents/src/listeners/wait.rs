//! Waits: how waiters queue, block and leave.

use super::locks::Locks;
use super::poll::{poll_all, poll_any, try_any};
use super::table::Table;
use super::waiter::{Entries, Entry, Member, Members, Waiter, Want};
use crate::byte::{Byte, Kind, LISTENED};
use crate::deadline::Deadline;
use crate::parked;
use crate::spin::{self, Spun};
use std::time::Instant;

/// Waits for one event that has listeners, queued behind them. Returns whether it was released before
/// the deadline, or `None` if the caller must start again because the event has changed.
#[cold]
pub(crate) fn wait_one(byte: &Byte, kind: Kind, deadline: Deadline) -> Option<bool> {
    let waiter = Waiter::new(Want::Any);
    let entry = Entry::new(&waiter, Member { byte, kind }, 0);
    let mut locks = Locks::one(byte.key());
    if byte.bits() & LISTENED == 0 {
        if byte.poll(kind)? {
            return Some(true);
        }
        // Under the lock, because groups that poll in a loop could make a lock-free attempt fail
        // again and again.
        let announced = byte.announce();
        drop(locks);
        return announced.then(|| parked::park_announced(byte, deadline))?;
    }
    let joined = join(locks.table(byte.key()), &entry);
    drop(locks);
    Some(match joined {
        Joined::Taken => true,
        Joined::Queued | Joined::Claimed => {
            let released = waiter.wait(deadline, true).is_some();
            if !released {
                leave(&entry);
            }
            released
        }
    })
}

/// What became of an attempt to queue at an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined {
    Queued,
    /// The event was set, and the waiter took its signal.
    Taken,
    /// The event was set, but another event had already claimed the waiter.
    Claimed,
}

pub(super) fn join(table: &mut Table, entry: &Entry) -> Joined {
    let byte = entry.byte();
    if !byte.freeze(entry.kind) {
        // SAFETY: the entry is new, and the waiter removes it before its frame is gone.
        unsafe { table.push(entry) };
        return Joined::Queued;
    }
    // The event is frozen, so claiming the waiter and taking the signal are one step for others.
    let taken = entry.waiter().claim(entry.index);
    byte.thaw(entry.kind == Kind::Auto, !table.is_empty(entry.key()), !taken);
    if taken { Joined::Taken } else { Joined::Claimed }
}

/// Removes an entry from the queue of its event, if it is still queued.
pub(super) fn leave(entry: &Entry) {
    let mut locks = Locks::one(entry.key());
    let table = locks.table(entry.key());
    if table.remove(entry) && table.is_empty(entry.key()) {
        entry.byte().nobody_listens();
    }
}

/// Spins before a group queues: looks at its events, without writing to them, and polls when a poll
/// may succeed.
fn spin(
    group: &(impl Members + ?Sized),
    deadline: &mut Deadline,
    poll: impl FnMut() -> bool,
) -> Spun {
    let members = || (0..group.len()).map(|index| group.member(index));
    let key = members().fold(0_usize, |sum, member| sum.wrapping_add(member.byte.key()));
    // A signal goes to the threads that already wait for it.
    let queued_for = |member: Member<'_>| member.kind == Kind::Auto && member.byte.has_waiters();
    let spun = spin::spin(key, group.len(), deadline, poll, || members().any(queued_for));
    deadline.fix(Instant::now);
    spun
}

/// Waits for any of the events; returns its index. A `limit` of `None` polls.
pub(crate) fn wait_any(
    group: &(impl Members + ?Sized),
    limit: impl FnOnce() -> Option<Deadline>,
) -> Option<usize> {
    let mut index = try_any(group);
    if index.is_some() {
        return index;
    }
    let Some(mut deadline) = limit() else { return poll_any(group) };
    let spun = spin(group, &mut deadline, || {
        index = try_any(group);
        index.is_some()
    });
    match spun {
        Spun::Succeeded => return index,
        Spun::Stopped if deadline.has_passed() => return poll_any(group),
        _ => {}
    }
    let waiter = Waiter::new(Want::Any);
    let entries = Entries::new(&waiter, group);
    let entries = entries.as_slice();
    waiter.set_members(entries);
    let mut queued = 0;
    let mut taken = None;
    for entry in entries {
        if !waiter.is_pending() {
            break;
        }
        match join(Locks::one(entry.key()).table(entry.key()), entry) {
            Joined::Queued => queued += 1,
            Joined::Taken => taken = Some(entry.index),
            Joined::Claimed => {}
        }
    }
    let index = taken.or_else(|| waiter.wait(deadline, spun == Spun::Stopped));
    // The releasing signal has already removed the entry at its own event.
    let left = entries[..queued].iter().filter(|entry| Some(entry.index) != index);
    left.for_each(leave);
    index
}

/// Waits until all events are set at one instant. A `limit` of `None` polls.
pub(crate) fn wait_all(
    group: &(impl Members + ?Sized),
    limit: impl FnOnce() -> Option<Deadline>,
) -> bool {
    if poll_all(group) {
        return true;
    }
    let Some(mut deadline) = limit() else { return false };
    let spun = spin(group, &mut deadline, || poll_all(group));
    match spun {
        Spun::Succeeded => return true,
        Spun::Stopped if deadline.has_passed() => return poll_all(group),
        _ => {}
    }
    let waiter = Waiter::new(Want::All);
    let entries = Entries::new(&waiter, group);
    let entries = entries.as_slice();
    waiter.set_members(entries);
    if take_or_queue(entries) {
        return true;
    }
    let index = waiter.wait(deadline, spun == Spun::Stopped);
    entries.iter().filter(|entry| Some(entry.index) != index).for_each(leave);
    index.is_some()
}

/// Takes the signals of all events if all are set; otherwise queues the entries. Returns whether it
/// took the signals.
fn take_or_queue(entries: &[Entry]) -> bool {
    let mut locks = Locks::none();
    locks.lock(entries.iter().map(Entry::key));
    // Freeze all, even after an unset one: all must be listened before the locks are released.
    let set = entries.iter().filter(|entry| entry.byte().freeze(entry.kind)).count();
    let all = set == entries.len();
    if !all {
        for entry in entries {
            // SAFETY: the entry is new, and `wait_all` removes it before its frame is gone.
            unsafe { locks.table(entry.key()).push(entry) };
        }
    }
    for entry in entries {
        let listened = locks.is_listened(entry.byte());
        entry.byte().thaw(entry.byte().is_marked(), listened, !all);
    }
    all
}
