//! Groups that do not wait: an answer about several events at one instant.
//!
//! # Look at one, hold the others
//!
//! An operation on several events freezes all of them but one: it locks their shards and turns `LISTENED` on, or
//! `CHANGING` for a signal that it would take. Then it looks at the last one, by a single access that also takes its signal
//! if there is one to take. If that access gives a definite answer, it is the instant, and everything in the
//! result is true at it:
//!
//! * The frozen events cannot change between their freezing and the end of the lock.
//! * Nobody sees a signal that is being taken as set after the instant, or as unset before it: it is marked since
//!   before the look, and who finds the mark waits for the lock.
//! * An operation that changes several events marks each of them before it changes any, and thaws them after all
//!   are changed. So if the event that is looked at is unmarked, that operation is before its first change, or after
//!   its last. Before: it would need the shards of the frozen events that it changes, so it has not changed those.
//!   After: it has left their shards before they were locked here.
//! * A thread that changes the event right after the look, and then reads a frozen one, finds it frozen: all of it is
//!   `SeqCst`, so the four accesses are in one order.
//!
//! If the look gives no definite answer (the event is marked, or it is listened to and must be taken under its
//! lock), everything thaws as it was, and the operation begins again with all events frozen. No lock is waited for
//! while others are held, except in ascending order.
//!
//! An event that is only looked at is only read. That is what makes the usual group scale: many
//! threads that wait for their own event and a shared one that tells them to stop.

use super::locks::Locks;
use super::waiter::{Member, Members};
use crate::byte::Kind;

/// The one of the first `len` to look at: a manual-reset event, which is more likely to be shared, or the first.
fn best_looked_at(group: &(impl Members + ?Sized), len: usize) -> usize {
    let is_manual = |index: &usize| group.member(*index).kind == Kind::Manual;
    (0..len).find(is_manual).unwrap_or(0)
}

/// The look gave no definite answer. Nothing is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Undecided;

/// The first events of a group, of which all are frozen or about to be, except the one that is looked at.
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

    /// Freezes one after the other, up to and including the first that is set, or that is not; its index.
    fn freeze_until(&mut self, is_set: bool) -> Option<usize> {
        let last = self.len - 1;
        let found = self.members().find(|&(index, Member { byte, kind })| {
            // If one is expected to be set, it is the last; and if all are to be set, they are expected to be.
            let expected = !is_set || index == last;
            is_set == if expected { byte.freeze_set(kind) } else { byte.freeze(kind) }
        });
        let found = found.map(|(index, _)| index);
        self.len = found.map_or(self.len, |found| found + 1);
        found
    }

    /// Ends it: `was_set` says which of them were set, and `taken` whether their signals are taken.
    fn thaw(&self, locks: &mut Locks, was_set: impl Fn(usize) -> bool, taken: bool) {
        for (index, Member { byte, kind }) in self.members() {
            let listened = !locks.table(byte.key()).is_empty(byte.key());
            byte.thaw(kind == Kind::Auto && was_set(index), listened, !taken);
        }
    }
}

/// The first of the events that is set at one instant, whose signal it takes; unless none seems to be set.
pub(crate) fn try_any(group: &(impl Members + ?Sized)) -> Option<usize> {
    let first = (0..group.len()).find(|index| group.member(*index).byte.seems_set())?;
    // What comes after it does not matter.
    match any_at_once(group, first + 1, Some(best_looked_at(group, first + 1))) {
        Ok(Some(index)) => Some(index),
        _ => any_at_once(group, group.len(), None).expect("all of them are frozen"),
    }
}

/// The first of the events that is set at one instant, whose signal it takes.
pub(crate) fn poll_any(group: &(impl Members + ?Sized)) -> Option<usize> {
    let len = group.len();
    any_at_once(group, len, Some(best_looked_at(group, len)))
        .or_else(|_| any_at_once(group, len, None))
        .expect("all of them are frozen")
}

/// Of the first `len` events.
fn any_at_once<G: Members + ?Sized>(
    group: &G,
    len: usize,
    looked_at: Option<usize>,
) -> Result<Option<usize>, Undecided> {
    let mut locks = Locks::none();
    let mut held = Held { group, len, looked_at };
    held.lock(&mut locks);
    let frozen = held.freeze_until(true);
    // One that comes before the one that is looked at is the answer in any case.
    let looked_at = looked_at.filter(|at| *at < len && frozen.is_none_or(|frozen| *at < frozen));
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

/// Whether all of the events are set at one instant, at which it takes their signals.
pub(crate) fn poll_all(group: &(impl Members + ?Sized)) -> bool {
    // One that is unset is an answer.
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
