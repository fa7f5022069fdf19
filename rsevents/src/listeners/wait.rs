//! The waiter's side: how waiters queue, block and leave.

use super::locks::Locks;
use super::poll::{poll_all, poll_all_unless, poll_any, try_all_unless, try_any};
use super::table::Table;
use super::waiter::{Ended, Entry, Member, Members, STOP, Waiter, Want, with_thread};
use crate::byte::{Byte, Kind, LISTENED, SET, Signal, has_waiters, seems_set};
use crate::deadline::Deadline;
use crate::parked;
use crate::spin::{self, Spun};

/// Waits for one event that has listeners, queued behind them. Returns whether the thread was released before
/// the deadline, or `None` if the caller must start again because the event has changed.
#[cold]
pub(crate) fn wait_one(byte: &Byte, kind: Kind, deadline: Deadline) -> Option<bool> {
    with_thread(Want::Any, &Member { byte, kind }, deadline, |thread| {
        let mut locks = Locks::one(byte.key());
        if byte.bits() & LISTENED == 0 {
            if byte.poll(kind)? {
                return Some(true);
            }
            // Announce the thread under the lock: groups that poll in a loop could make a lock-free attempt
            // fail again and again.
            let announced = byte.announce();
            drop(locks);
            return announced.then(|| parked::park_announced(byte, deadline))?;
        }
        let joined = join(locks.table(byte.key()), &thread.entries()[0]);
        drop(locks);
        if joined == Joined::Taken {
            return Some(true);
        }
        let ended = thread.wait(deadline, true);
        leave_all(thread.entries(), ended);
        Some(ended != Ended::Withdrawn)
    })
}

/// The result of an attempt to queue at an event.
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
    // A listened event needs no freeze: `SET` changes only under the lock, which the caller has. (That the queue has
    // entries is no proof that the event is listened: a leaked wait may be queued at its address.)
    let is_unset = byte.bits() & (LISTENED | SET) == LISTENED;
    if is_unset || !byte.freeze(entry.kind) {
        // SAFETY: the entry is not queued, and the waiter removes it before it is freed.
        unsafe { table.push(entry) };
        return Joined::Queued;
    }
    // The event is frozen, so other threads see the claim and the taking of the signal as one step.
    let taken = entry.waiter().claim(entry.index(), Signal::Set);
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

/// Removes the queued entries of a wait that has ended.
fn leave_all(queued: &[Entry], ended: Ended) {
    // The signal that released the waiter has removed the entry at its own event.
    let stays = |entry: &&Entry| ended != Ended::Released(entry.index());
    queued.iter().filter(stays).for_each(leave);
}

/// What a look at the events of a group finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// A poll may succeed.
    pub(super) is_promising: bool,
    /// Other threads already wait for an auto-reset event, and the next signal goes to them.
    pub(super) others_wait: bool,
}

/// Reads each event once, because each read may have to wait for another processor.
pub(super) fn look(group: &(impl Members + ?Sized), want: Want) -> Look {
    let (mut one, mut all, mut others_wait) = (false, want != Want::Any, false);
    for index in 0..group.len() {
        let Member { byte, kind } = group.member(index);
        let seen = byte.bits();
        if want.suffices(index) {
            one |= seems_set(seen);
        } else {
            all &= seems_set(seen);
        }
        others_wait |= kind == Kind::Auto && has_waiters(seen);
    }
    Look { is_promising: one || all, others_wait }
}

/// Spins before a group queues: looks at its events, without writing to them, and polls when a poll
/// may succeed.
fn spin(
    group: &(impl Members + ?Sized),
    want: Want,
    deadline: &mut Deadline,
    mut poll: impl FnMut() -> bool,
) -> Spun {
    let keys = (0..group.len()).map(|index| group.member(index).byte.key());
    spin::spin(keys.fold(0, usize::wrapping_add), group.len(), deadline, || {
        let Look { is_promising, others_wait } = look(group, want);
        if is_promising && poll() {
            return Some(Spun::Succeeded);
        }
        others_wait.then_some(Spun::Stopped)
    })
}

/// Waits for any of the events; returns its index, or `None` if the deadline passes first. A `limit` of
/// `None` polls.
pub(crate) fn wait_any(group: &(impl Members + ?Sized), limit: Option<Deadline>) -> Option<usize> {
    let mut index = try_any(group);
    if index.is_some() {
        return index;
    }
    let Some(mut deadline) = limit else { return poll_any(group) };
    let spun = spin(group, Want::Any, &mut deadline, || {
        index = try_any(group);
        index.is_some()
    });
    match spun {
        Spun::Succeeded => return index,
        Spun::Expired => return poll_any(group),
        _ => {}
    }
    with_thread(Want::Any, group, deadline, |thread| {
        let (queued, taken) = take_or_queue_each(thread.waiter(), thread.entries());
        let ended = match taken {
            Some(index) => Ended::Taken(index),
            None => thread.wait(deadline, spun == Spun::Stopped),
        };
        leave_all(&thread.entries()[..queued], ended);
        ended.index()
    })
}

/// Queues the entries of a waiter that wants any, one after the other, until the waiter is claimed. Returns
/// how many were queued, and the index of the event whose signal the waiter took itself.
pub(super) fn take_or_queue_each(waiter: &Waiter, entries: &[Entry]) -> (usize, Option<usize>) {
    let mut queued = 0;
    for entry in entries {
        if !waiter.is_pending() {
            break;
        }
        match join(Locks::one(entry.key()).table(entry.key()), entry) {
            Joined::Queued => queued += 1,
            Joined::Taken => return (queued, Some(entry.index())),
            Joined::Claimed => break,
        }
    }
    (queued, None)
}

/// Waits until all events are set at one instant. A `limit` of `None` polls.
pub(crate) fn wait_all(group: &(impl Members + ?Sized), limit: Option<Deadline>) -> bool {
    if poll_all(group) {
        return true;
    }
    let Some(mut deadline) = limit else { return false };
    let spun = spin(group, Want::All, &mut deadline, || poll_all(group));
    match spun {
        Spun::Succeeded => return true,
        Spun::Expired => return poll_all(group),
        _ => {}
    }
    wait_queued(Want::All, group, deadline, spun).is_some()
}

/// How a wait for all of several events that has a stop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum All {
    Stopped,
    /// All other events were set at one instant.
    Taken,
}

impl All {
    /// Returns the index of an event that ended the wait: of the stop, or of one that is not the stop.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Stopped => STOP,
            Self::Taken => STOP + 1,
        }
    }
}

/// Waits as [`wait_all`] does, unless the first event of the group, the stop, is set. Returns `None` if the
/// deadline passes first.
pub(crate) fn wait_all_unless(
    group: &(impl Members + ?Sized),
    limit: Option<Deadline>,
) -> Option<All> {
    let mut ended = try_all_unless(group);
    if ended.is_some() {
        return ended;
    }
    let Some(mut deadline) = limit else { return poll_all_unless(group) };
    let spun = spin(group, Want::AllUnless, &mut deadline, || {
        ended = try_all_unless(group);
        ended.is_some()
    });
    match spun {
        Spun::Succeeded => return ended,
        Spun::Expired => return poll_all_unless(group),
        _ => {}
    }
    wait_queued(Want::AllUnless, group, deadline, spun)
}

/// Waits for all events after spinning has failed. Returns `None` if the deadline passes first.
fn wait_queued(
    want: Want,
    group: &(impl Members + ?Sized),
    deadline: Deadline,
    spun: Spun,
) -> Option<All> {
    with_thread(want, group, deadline, |thread| {
        if let Some(ended) = take_or_queue(thread.entries()) {
            return Some(ended);
        }
        // If other waiters ended the spin early, the thread goes on spinning, now on its own byte.
        let ended = thread.wait(deadline, spun == Spun::Stopped);
        leave_all(thread.entries(), ended);
        let index = ended.index()?;
        Some(if want.suffices(index) { All::Stopped } else { All::Taken })
    })
}

/// Takes the stop if it is set. Otherwise takes the signals of all other events if all are set, or else
/// queues the entries.
pub(super) fn take_or_queue(entries: &[Entry]) -> Option<All> {
    let mut locks = Locks::none();
    locks.lock(entries.iter().map(Entry::key));
    // Freeze every event, even after an unset event: all must be listened before the locks are released.
    let mut taken = Some(All::Taken);
    for entry in entries {
        let is_set = entry.byte().freeze(entry.kind);
        if entry.suffices() && is_set {
            // The stop is the first entry, so no other event is frozen yet.
            debug_assert_eq!(entry.index(), STOP);
            let listened = locks.is_listened(entry.byte());
            entry.byte().thaw(entry.kind == Kind::Auto, listened, false);
            return Some(All::Stopped);
        }
        if !entry.suffices() && !is_set {
            taken = None;
        }
    }
    if taken.is_none() {
        for entry in entries {
            // SAFETY: the entry is not queued, and the waiter removes it before it is freed.
            unsafe { locks.table(entry.key()).push(entry) };
        }
    }
    for entry in entries {
        let listened = locks.is_listened(entry.byte());
        entry.byte().thaw(entry.byte().is_marked(), listened, taken.is_none());
    }
    taken
}
