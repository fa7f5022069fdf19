//! Polls of groups: a result about several events, true at one instant.
//!
//! # Look at one event, freeze the others
//!
//! A poll freezes all of its events except one: it locks their shards and turns `LISTENED` on, and on an
//! auto-reset event that is set it replaces `SET` by `CHANGING`. Then it reads the remaining event, the
//! *looked-at* event, in one access that also takes the signal if there is one. If that access gives a
//! definite answer, it is the linearization point:
//!
//! * The frozen events cannot change before the shards are unlocked.
//! * A signal that the poll takes from a frozen event is marked from before the look until the unlock. A
//!   reader of the mark waits for the lock. So no thread reads "set" after the look, and no thread reads
//!   "unset" before it.
//! * Another operation that changes several events marks all of them first and thaws them last. If the
//!   looked-at event carries no mark, that operation has changed nothing yet, or has changed everything. In
//!   the first case that operation still needs the shards of the frozen events. In the second case it unlocked
//!   them before this poll locked them.
//! * Another poll does not mark the event that *it* looks at. If that event is frozen here, the other poll
//!   finds it marked and starts again, or takes nothing from it.
//! * A thread that changes the looked-at event after the look, and then reads a frozen event, finds it
//!   frozen: its change, its read, this poll's freeze and its look are all `SeqCst`.
//!
//! The answer is not definite if the looked-at event is marked, or if its signal must be taken under its
//! lock (an auto-reset event with listeners). Then everything is thawed unchanged, and the poll starts again with all events frozen. It never
//! waits for a lock out of order.
//!
//! A look at a manual-reset event, or at an unset event, writes nothing. So threads that each wait for their
//! own event and for one shared stop event do not contend.

use super::locks::Locks;
use super::wait::All;
use super::waiter::{Member, Members, STOP};
use crate::byte::Kind;

/// Returns which of the first `len` events to look at: a manual-reset event, because it is more likely to be
/// shared, or else the first event.
fn best_looked_at(group: &(impl Members + ?Sized), len: usize) -> usize {
    let is_manual = |index: &usize| group.member(*index).kind == Kind::Manual;
    (0..len).find(is_manual).unwrap_or(0)
}

/// The look gave no definite answer. Nothing was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Undecided;

/// The first `len` events of a group. All except the looked-at event are frozen, or about to be frozen.
struct Held<'g, G: Members + ?Sized> {
    group: &'g G,
    len: usize,
    looked_at: Option<usize>,
}

impl<G: Members + ?Sized> Held<'_, G> {
    fn members(&self) -> impl Iterator<Item = (usize, Member<'_>)> {
        let held = (0..self.len).filter(|index| Some(*index) != self.looked_at);
        held.map(|index| (index, self.group.member(index)))
    }

    fn lock(&self, locks: &mut Locks) {
        locks.lock(self.members().map(|(_, member)| member.byte.key()));
    }

    /// Guesses whether an event is set, for speed: if the poll looks for a set event, only the last; else all.
    const fn is_probably_set(&self, index: usize, looks_for_set: bool) -> bool {
        !looks_for_set || index + 1 == self.len
    }

    /// Freezes the events in order, up to the first that is set (or, if `is_set` is false, unset). Returns
    /// the index of that event.
    fn freeze_until(&mut self, is_set: bool) -> Option<usize> {
        let found = self.members().find(|&(index, Member { byte, kind })| {
            let expected = self.is_probably_set(index, is_set);
            is_set == if expected { byte.freeze_set(kind) } else { byte.freeze(kind) }
        });
        let found = found.map(|(index, _)| index);
        self.len = found.map_or(self.len, |found| found + 1);
        found
    }

    /// Thaws the frozen events. `was_set` tells which of them were set; `taken`, whether to take their
    /// signals.
    fn thaw(&self, locks: &mut Locks, was_set: impl Fn(usize) -> bool, taken: bool) {
        for (index, Member { byte, kind }) in self.members() {
            let listened = locks.is_listened(byte);
            byte.thaw(kind == Kind::Auto && was_set(index), listened, !taken);
        }
    }
}

/// Polls as [`poll_any`] does if a look at the events finds an event that may be set; otherwise returns
/// `None`.
pub(crate) fn try_any(group: &(impl Members + ?Sized)) -> Option<usize> {
    let first = (0..group.len()).find(|index| group.member(*index).byte.seems_set())?;
    // Later events cannot change the result, because the smallest index wins.
    match any_at_once(group, first + 1, Some(best_looked_at(group, first + 1))) {
        Ok(Some(index)) => Some(index),
        _ => any_at_once(group, group.len(), None).expect("all of them are frozen"),
    }
}

/// Takes the signal of the first event that is set, at one instant. Returns the index of the event.
pub(crate) fn poll_any(group: &(impl Members + ?Sized)) -> Option<usize> {
    let len = group.len();
    any_at_once(group, len, Some(best_looked_at(group, len)))
        .or_else(|_| any_at_once(group, len, None))
        .expect("all of them are frozen")
}

/// Polls the first `len` events for a set event, at one instant.
fn any_at_once<G: Members + ?Sized>(
    group: &G,
    len: usize,
    looked_at: Option<usize>,
) -> Result<Option<usize>, Undecided> {
    let mut locks = Locks::none();
    let mut held = Held { group, len, looked_at };
    held.lock(&mut locks);
    let frozen = held.freeze_until(true);
    // If a frozen event before the looked-at event is set, it is the answer, whatever the look finds.
    let looked_at = looked_at.filter(|at| frozen.is_none_or(|frozen| *at < frozen));
    let answer = match looked_at.map(|at| (at, group.member(at))) {
        None => Ok(frozen),
        Some((at, member)) => match member.byte.poll(member.kind) {
            Some(true) => Ok(Some(at)),
            Some(false) => Ok(frozen),
            None => Err(Undecided),
        },
    };
    held.thaw(&mut locks, |index| Some(index) == frozen, frozen.is_some() && answer == Ok(frozen));
    answer
}

/// Takes the signals of all events if all are set at one instant. Returns whether they were.
pub(crate) fn poll_all(group: &(impl Members + ?Sized)) -> bool {
    if group.len() == 0 {
        return true;
    }
    // One unset event suffices for the answer.
    if (0..group.len()).any(|index| !group.member(index).byte.seems_set()) {
        return false;
    }
    all_at_once(group, Some(best_looked_at(group, group.len())))
        .or_else(|_| all_at_once(group, None))
        .expect("all of them are frozen")
}

fn all_at_once<G: Members + ?Sized>(
    group: &G,
    looked_at: Option<usize>,
) -> Result<bool, Undecided> {
    let mut locks = Locks::none();
    let mut held = Held { group, len: group.len(), looked_at };
    held.lock(&mut locks);
    let unset = held.freeze_until(false);
    let answer = match looked_at.map(|at| group.member(at)) {
        _ if unset.is_some() => Ok(false),
        None => Ok(true),
        Some(member) => member.byte.poll(member.kind).ok_or(Undecided),
    };
    held.thaw(&mut locks, |index| Some(index) != unset, answer == Ok(true));
    answer
}

/// Polls as [`poll_all_unless`] does if a look at the events finds that it may take something; otherwise
/// returns `None`.
pub(crate) fn try_all_unless(group: &(impl Members + ?Sized)) -> Option<All> {
    let seems_set = |index: usize| group.member(index).byte.seems_set();
    let may_end = seems_set(STOP) || (STOP + 1..group.len()).all(seems_set);
    if may_end { poll_all_unless(group) } else { None }
}

/// Takes the stop if it is set, or else the signals of all other events if all are set at one instant.
pub(crate) fn poll_all_unless(group: &(impl Members + ?Sized)) -> Option<All> {
    look_at_stop(group).unwrap_or_else(|Undecided| hold_stop(group))
}

/// Freezes the other events, until one of them is unset, and looks at the stop.
fn look_at_stop(group: &(impl Members + ?Sized)) -> Result<Option<All>, Undecided> {
    let mut locks = Locks::none();
    let mut held = Held { group, len: group.len(), looked_at: Some(STOP) };
    held.lock(&mut locks);
    let unset = held.freeze_until(false);
    let stop = group.member(STOP);
    let answer = match stop.byte.poll(stop.kind) {
        Some(true) => Ok(Some(All::Stopped)),
        // At the instant of the look the stop is unset, and so is the event that ended the freezing, if any.
        Some(false) => Ok(unset.is_none().then_some(All::Taken)),
        None => Err(Undecided),
    };
    held.thaw(&mut locks, |index| Some(index) != unset, answer == Ok(Some(All::Taken)));
    answer
}

/// Polls with all events frozen, the stop included.
fn hold_stop(group: &(impl Members + ?Sized)) -> Option<All> {
    let mut locks = Locks::none();
    let mut held = Held { group, len: group.len(), looked_at: Some(STOP) };
    let stop = group.member(STOP);
    locks.lock((0..group.len()).map(|index| group.member(index).byte.key()));
    let is_stopped = stop.byte.freeze(stop.kind);
    let mut unset = None;
    if !is_stopped {
        unset = held.freeze_until(false);
        held.thaw(&mut locks, |index| Some(index) != unset, unset.is_none());
    }
    let listened = locks.is_listened(stop.byte);
    stop.byte.thaw(is_stopped && stop.kind == Kind::Auto, listened, false);
    if is_stopped { Some(All::Stopped) } else { unset.is_none().then_some(All::Taken) }
}
