//! Every operation on an event that has listeners, and how waiters come and go.
//!
//! # Locks
//!
//! Each event belongs to a shard of the table by its address. While the event's `LISTENED` bit is
//! on, its `SET` bit changes only under the shard's lock. Who
//! needs several shards takes the group lock first: that is a wait for all events when it comes, a
//! poll of any, a signal that may complete a wait for all, and one that releases several group waiters,
//! whose other events must hold still for an instant. Lock order: group lock, shards, queue of parked threads. No
//! thread is woken under a lock.
//!
//! # Invariants, whenever a shard's lock is free
//!
//! * `LISTENED` is on exactly if the event's queue has entries.
//! * No entry of a pending waiter that wants *any* is queued on a set event: the signal that set it
//!   would have claimed the waiter.
//! * `COMMITTING` is off. It is on while an event changes in one instant with others, or with the
//!   waiters that it releases: it is marked before anything is changed, and who reads it then waits
//!   for the lock.
//! * No pending waiter that wants *all* has all of its events set. An event with an entry of such a
//!   waiter becomes set only under the group lock, by someone who looks for completed waiters, with the
//!   shards of all their events locked. (A signal that is put back under its shard's lock was never away for
//!   anyone who holds that lock.)

use super::shards::{SHARDS, group_lock, shard, shard_of};
use super::table::Table;
use super::waiter::{Entry, Waiter, Want};
use super::{Event, Member};
use crate::deadline::Deadline;
use crate::primitive::{MutexGuard, unpark_all};
use crate::raw::{COMMITTING, Kind, LISTENED, PARKED, RawEvent, SET, Signal};
use std::array;
use std::ptr::{self, null};
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release};

fn lock(key: usize) -> MutexGuard<'static, Table> {
    shard(shard_of(key)).lock()
}

/// The locks held by a signal: one shard's, or the group lock and any number of shards'.
#[cfg_attr(
    not(rsevents_loom),
    expect(clippy::large_enum_variant, reason = "no allocation per signal")
)]
enum Locks {
    One(MutexGuard<'static, Table>),
    Group(GroupLocks),
}

struct GroupLocks {
    shards: [Option<MutexGuard<'static, Table>>; SHARDS],
    _group: MutexGuard<'static, ()>,
}

impl GroupLocks {
    fn new() -> Self {
        let group = group_lock().lock();
        Self { shards: array::from_fn(|_| None), _group: group }
    }

    /// The table of the event's shard, locked now if it was not before. In any order: threads that
    /// hold several shards' locks hold the group lock, and threads that hold one wait for no other.
    fn table(&mut self, key: usize) -> &mut Table {
        let index = shard_of(key);
        self.shards[index].get_or_insert_with(|| shard(index).lock())
    }
}

impl Locks {
    fn table(&mut self, key: usize) -> &mut Table {
        match self {
            Self::One(table) => table,
            Self::Group(group) => group.table(key),
        }
    }
}

/// Waiters that have been claimed and taken out of the queue of the event that released them, to be
/// woken when all locks are free. A list through the entries, in order.
struct Released {
    first: *const Entry,
    last: *const Entry,
}

impl Released {
    const NONE: Self = Self { first: null(), last: null() };

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

    /// The end of the instant at which waiters that want all were given their events by a signal of
    /// `event`.
    fn unmark(&self, event: &RawEvent) {
        let mut at = self.first;
        // SAFETY: as in `push`.
        while let Some(entry) = unsafe { at.as_ref() } {
            at = entry.links.next.get();
            let waiter = entry.waiter();
            if waiter.want == Want::Any {
                continue;
            }
            for member in autos(waiter.members()) {
                if member.key() != event.key() {
                    // ORDERING: Release, as `take_marked`.
                    member.event().state().fetch_and(!COMMITTING, Release);
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
            entry.waiter().release().set(Kind::Auto);
        }
    }
}

/// How an attempt to signal an event with listeners ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Attempt {
    Done,
    /// The event has no listeners any more, or there are parked threads to be served first.
    LookAgain,
    /// The signal comes to a waiter that wants all, or to several in groups: it takes the group lock.
    NeedsGroup,
}

/// `set` and `pulse` of an event with listeners. False: it has none any more, or there are parked
/// threads to be served first; the caller looks again.
pub(crate) fn signal(event: &RawEvent, kind: Kind, signal: Signal) -> bool {
    let mut attempt = try_signal(Locks::One(lock(event.key())), event, kind, signal);
    if attempt == Attempt::NeedsGroup {
        attempt = try_signal(Locks::Group(GroupLocks::new()), event, kind, signal);
    }
    attempt == Attempt::Done
}

fn try_signal(mut locks: Locks, event: &RawEvent, kind: Kind, signal: Signal) -> Attempt {
    locks.table(event.key());
    let seen = event.state().load(Relaxed);
    if seen & LISTENED == 0 || (kind == Kind::Auto && seen & PARKED != 0) {
        return Attempt::LookAgain;
    }
    if seen & SET != 0 {
        // Whoever could go has gone when it was set.
        settle(&mut locks, event, signal.leaves());
        return Attempt::Done;
    }
    match &mut locks {
        Locks::Group(group) => lock_candidates(group, event, kind),
        Locks::One(table) if kind == Kind::Manual && needs_group(table, event) => {
            return Attempt::NeedsGroup;
        }
        Locks::One(_) => {}
    }
    if kind == Kind::Manual {
        // Nobody gets an answer about the event between the claim of its waiters and its change.
        event.state().fetch_or(COMMITTING, AcqRel);
    }
    let mut released = Released::NONE;
    match kind {
        Kind::Auto => {
            if !serve(&mut locks, event, kind, &mut released) {
                return Attempt::NeedsGroup;
            }
            let left = if released.first.is_null() { signal.leaves() } else { 0 };
            settle(&mut locks, event, left);
            released.unmark(event);
            drop(locks);
        }
        Kind::Manual => {
            let mut locks = Some(locks);
            let apply = || {
                // Taken, so that all locks are free before the parked threads are woken.
                if let Some(mut locks) = locks.take() {
                    serve(&mut locks, event, kind, &mut released);
                    settle(&mut locks, event, signal.leaves());
                    released.unmark(event);
                }
                true
            };
            if seen & PARKED == 0 {
                let mut apply = apply;
                apply();
            } else {
                // SAFETY: the key is the address of an event. The closure does not panic and takes
                // no lock: those it needs are held, and it gives them back.
                unsafe { unpark_all(event.key(), apply) };
            }
        }
    }
    released.wake();
    Attempt::Done
}

/// Whether a signal that comes to everybody must hold more events still than its own: if a pending
/// waiter wants all, or if several can be released by other events meanwhile.
fn needs_group(table: &Table, event: &RawEvent) -> bool {
    // SAFETY: nothing is removed, and the lock is held by the caller.
    let queue = unsafe { table.walk(event.key()) };
    let mut groups = queue
        .map(Entry::waiter)
        .filter(|waiter| !waiter.members().is_empty() && waiter.is_pending());
    groups.next().is_some_and(|first| {
        first.want == Want::All
            || groups.any(|other| other.want == Want::All || !ptr::eq(other, first))
    })
}

/// Locks the shards of all events of the waiters that this signal may release: of those that want
/// all, complete or not, and of all groups if it may release several.
///
/// What a group lacks cannot be told without its locks. A wait for any that finds an event set marks it
/// before it knows whether it may take the signal: if the setter of the last event took the mark for
/// "unset", and the signal stayed after all, the group would sleep with all of its events set.
fn lock_candidates(group: &mut GroupLocks, event: &RawEvent, kind: Kind) {
    let key = event.key();
    // SAFETY: nothing is removed, and the lock is held by the caller.
    for entry in unsafe { group.table(key).walk(key) } {
        let waiter = entry.waiter();
        if waiter.is_pending() && (waiter.want == Want::All || kind == Kind::Manual) {
            for member in waiter.members() {
                group.table(member.key());
            }
        }
    }
}

/// Gives the signal to the waiters in the queue, in order: to the first that can have it, or to all
/// if the event is manual-reset. False, with no signal given: under one lock it came to a waiter
/// that wants all.
fn serve(locks: &mut Locks, event: &RawEvent, kind: Kind, released: &mut Released) -> bool {
    let key = event.key();
    // SAFETY: the lock is held by the caller; what is removed is not released before it is given
    // back.
    for entry in unsafe { locks.table(key).walk(key) } {
        let waiter = entry.waiter();
        let wanted = match (waiter.want, &*locks) {
            (Want::Any, _) => true,
            (Want::All, Locks::Group(_)) => is_completed_by(entry, key),
            (Want::All, Locks::One(_)) if waiter.is_pending() => return false,
            (Want::All, Locks::One(_)) => false,
        };
        // A wait for all is claimed before its events are marked: nobody can tell, because
        // `lock_candidates` has locked the shards of all of them.
        let claimed = wanted && waiter.claim(entry.index);
        if claimed && waiter.want == Want::All {
            autos(waiter.members())
                .filter(|member| member.key() != key)
                .for_each(|member| take_marked(member.event()));
        }
        // What has been claimed elsewhere is only in the way.
        if claimed || !waiter.is_pending() {
            locks.table(key).remove(entry);
        }
        if claimed {
            released.push(entry);
            if kind == Kind::Auto {
                break;
            }
        }
    }
    true
}

/// Whether `entry` is of a pending waiter that wants all, and has all but the event at `key`. The shards
/// of all its events are locked.
fn is_completed_by(entry: &Entry, key: usize) -> bool {
    let waiter = entry.waiter();
    waiter.want == Want::All
        && waiter.is_pending()
        && waiter.members().iter().all(|member| {
            // ORDERING: Acquire, to see what was published with the signal of an event that stays
            // set; the waiter gets it through its release.
            member.key() == key || member.event().state().load(Acquire) & SET != 0
        })
}

/// The events whose signals a wait for all takes: the auto-reset ones.
fn autos(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    entries.iter().filter(|entry| entry.kind == Kind::Auto)
}

/// Takes the signal of a set event for a group, and leaves it marked: until everything else that
/// belongs to this instant is done too, nobody gets an answer about it without the lock.
fn take_marked(event: &RawEvent) {
    // ORDERING: AcqRel: Acquire as any wait that takes a signal; Release because who sees the change
    // of one event must find the others marked.
    update(event, AcqRel, |seen| seen & !SET | COMMITTING);
}

/// Changes the byte under its shard's lock; parked threads may leave meanwhile.
fn update(event: &RawEvent, ordering: Ordering, f: impl Fn(u8) -> u8) {
    let mut seen = event.state().load(Relaxed);
    while let Err(now) = event.state().compare_exchange(seen, f(seen), ordering, Relaxed) {
        seen = now;
    }
}

/// The end of a signal: `SET` as it leaves it, no `PARKED` (nobody is parked, or all are being
/// released), no `LISTENED` if the queue is empty.
fn settle(locks: &mut Locks, event: &RawEvent, left: u8) {
    let keep = if locks.table(event.key()).is_empty(event.key()) { 0 } else { LISTENED };
    // ORDERING: Release to publish what comes before a `set`; Acquire for a pulse that throws a set
    // away.
    update(event, AcqRel, |seen| left | (seen & keep));
}

/// `reset` of an event that may have listeners.
pub(crate) fn reset(event: &RawEvent) {
    let _table = lock(event.key());
    // ORDERING: Acquire, as every reset.
    event.state().fetch_and(!SET, Acquire);
}

/// A wait for zero time on an event that may have listeners.
#[cold]
pub(crate) fn poll(event: &RawEvent, kind: Kind) -> bool {
    let _table = lock(event.key());
    // ORDERING: Acquire, as every wait that succeeds.
    let seen = match kind {
        Kind::Auto => event.state().fetch_and(!SET, Acquire),
        Kind::Manual => event.state().load(Acquire),
    };
    seen & SET != 0
}

/// Whether an event that may have listeners is set.
#[cold]
pub(crate) fn is_set(event: &RawEvent) -> bool {
    let _table = lock(event.key());
    // ORDERING: Acquire, as without listeners.
    event.state().load(Acquire) & SET != 0
}

/// A plain wait on an event that has listeners, in the queue with them. `None`: it has none any
/// more.
pub(crate) fn wait_one(event: &RawEvent, kind: Kind, deadline: Deadline) -> Option<bool> {
    let waiter = Waiter::new(Want::Any);
    let entry = Entry::new(&waiter, Member { raw: event, kind }, 0);
    let mut table = lock(event.key());
    if event.state().load(Relaxed) & LISTENED == 0 {
        return None;
    }
    let joined = join(&mut table, &entry);
    drop(table);
    Some(match joined {
        Joined::Taken => true,
        Joined::Queued | Joined::Claimed => {
            let released = waiter.wait(deadline).is_some();
            if !released {
                leave(&entry);
            }
            released
        }
    })
}

/// How a waiter that wants any came into the queue of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Joined {
    Queued,
    /// Not at all: the event was set, and the wait is over.
    Taken,
    /// Not at all: the event was set, but the waiter has been claimed for another one.
    Claimed,
}

fn join(table: &mut Table, entry: &Entry) -> Joined {
    let event = entry.event();
    // From here to the end of the function only this thread changes SET.
    // ORDERING: Acquire, because it may be this wait that takes the signal.
    let seen = event.state().fetch_or(LISTENED, Acquire);
    if seen & SET == 0 {
        // SAFETY: the entry is new, and the waiter removes it before its frame goes.
        unsafe { table.push(entry) };
        return Joined::Queued;
    }
    // The claim and the taking of the signal are one instant, for which the event is marked.
    if entry.kind == Kind::Auto {
        take_marked(event);
    }
    let taken = entry.waiter().claim(entry.index);
    if entry.kind == Kind::Auto {
        let put_back = if taken { 0 } else { SET };
        update(event, Relaxed, |seen| seen & !COMMITTING | put_back);
    }
    if table.is_empty(entry.key()) {
        event.state().fetch_and(!LISTENED, Relaxed);
    }
    if taken { Joined::Taken } else { Joined::Claimed }
}

/// Takes an entry out of the queue of its event, if it is still there.
fn leave(entry: &Entry) {
    let mut table = lock(entry.key());
    if table.remove(entry) && table.is_empty(entry.key()) {
        entry.event().state().fetch_and(!LISTENED, Relaxed);
    }
    table.trim();
}

/// Holds an event still, so that several can be seen at one instant: listened to and locked, it cannot
/// be set or unset. Whether it is set.
fn hold(locks: &mut GroupLocks, event: &RawEvent) -> bool {
    locks.table(event.key());
    // ORDERING: Acquire, because the wait may take the signal.
    event.state().fetch_or(LISTENED, Acquire) & SET != 0
}

/// The end of [`hold`].
fn let_go(locks: &mut GroupLocks, event: &RawEvent) {
    let keep = if locks.table(event.key()).is_empty(event.key()) { 0 } else { LISTENED };
    // ORDERING: Release, as `take_marked`.
    event.state().fetch_and(SET | PARKED | keep, Release);
}

/// The first of the events that is set at this instant. No entries: a poll does not wait, and so
/// nobody's signal may come to it.
pub(super) fn poll_any(events: &[&dyn Event]) -> Option<usize> {
    let mut locks = GroupLocks::new();
    let index = events.iter().position(|event| hold(&mut locks, event.member().raw));
    if let Some(index) = index
        && let Member { raw, kind: Kind::Auto } = events[index].member()
    {
        // ORDERING: Relaxed, `hold` has acquired.
        raw.state().fetch_and(!SET, Relaxed);
    }
    let held = index.map_or(events.len(), |index| index + 1);
    for event in &events[..held] {
        let_go(&mut locks, event.member().raw);
    }
    index
}

/// Waits until one of the events is set; its index.
pub(super) fn wait_any(waiter: &Waiter, entries: &[Entry], deadline: Deadline) -> Option<usize> {
    waiter.set_members(entries);
    let mut queued = 0;
    let mut taken = None;
    for entry in entries {
        if !waiter.is_pending() {
            break;
        }
        match join(&mut lock(entry.key()), entry) {
            Joined::Queued => queued += 1,
            Joined::Taken => taken = Some(entry.index),
            Joined::Claimed => {}
        }
    }
    let index = taken.or_else(|| waiter.wait(deadline));
    entries[..queued].iter().for_each(leave);
    index
}

/// Takes all of the events if they are set at this instant; if not, adds the entries to their queues
/// unless it is but a poll.
fn take_all(entries: &[Entry], poll: bool) -> bool {
    let mut locks = GroupLocks::new();
    let mut all = true;
    for entry in entries {
        all &= hold(&mut locks, entry.event());
    }
    if all {
        autos(entries).for_each(|entry| take_marked(entry.event()));
    }
    if all || poll {
        for entry in entries {
            let_go(&mut locks, entry.event());
        }
    } else {
        for entry in entries {
            // SAFETY: the entry is new, and `wait_all` removes it before its frame goes.
            unsafe { locks.table(entry.key()).push(entry) };
        }
    }
    all
}

/// Waits until all of the events are set at one instant. `deadline` of `None` polls.
pub(super) fn wait_all(waiter: &Waiter, entries: &[Entry], deadline: Option<Deadline>) -> bool {
    waiter.set_members(entries);
    if take_all(entries, deadline.is_none()) {
        return true;
    }
    let Some(deadline) = deadline else { return false };
    let released = waiter.wait(deadline).is_some();
    entries.iter().for_each(leave);
    released
}

#[cfg(test)]
mod tests;
