//! One wait in the registry: who it is for, what it wants, and its entries.

use super::table::Link;
use crate::deadline::Deadline;
use crate::multi::{Event, Member};
use crate::primitive::AtomicUsize;
use crate::raw::{Kind, RawEvent};
use std::cell::Cell;
use std::ptr::{NonNull, null};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

/// Not claimed yet.
const PENDING: usize = usize::MAX;
/// Given up: timed out.
const WITHDRAWN: usize = usize::MAX - 1;

/// What releases a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// One of its events; this includes a plain wait on an event that has listeners.
    Any,
    /// All of its events at one instant.
    All,
}

/// A waiter, on the stack of the thread that waits.
///
/// It is *claimed* by one compare-exchange, `PENDING` to the index of the event; whoever claims it,
/// under the lock of the event's shard, owes it the release. The waiter gives up by claiming itself.
/// A claimed waiter waits for its release whatever its deadline says, so its memory and its entries
/// stay valid until then.
///
/// (A waiter that is a task instead of a thread would differ in `release` alone: a `Waker` to call
/// instead of an event to set.)
pub(super) struct Waiter {
    claimed: AtomicUsize,
    release: RawEvent,
    pub(super) want: Want,
    /// The entries of a group, for those who need to know its other events; none for a plain wait.
    members: Cell<(*const Entry, usize)>,
}

impl Waiter {
    pub(super) fn new(want: Want) -> Self {
        Self {
            claimed: AtomicUsize::new(PENDING),
            release: RawEvent::new(false),
            want,
            members: Cell::new((NonNull::dangling().as_ptr(), 0)),
        }
    }

    pub(super) fn claim(&self, index: usize) -> bool {
        // ORDERING: who comes too late finds the event that came first marked as changing. What a
        // signal published reaches the waiter through `release`, not through this.
        self.claimed.compare_exchange(PENDING, index, Release, Acquire).is_ok()
    }

    pub(super) fn is_pending(&self) -> bool {
        // ORDERING: Relaxed, a hint: what follows from it is decided by `claim`, or under a lock.
        self.claimed.load(Relaxed) == PENDING
    }

    pub(super) fn withdraw(&self) -> bool {
        self.claim(WITHDRAWN)
    }

    /// Waits for the release: the index it was claimed with, or `None` after it has withdrawn because
    /// the deadline has passed.
    pub(super) fn wait(&self, deadline: Deadline) -> Option<usize> {
        if !self.release.wait_until(Kind::Auto, deadline) {
            if self.withdraw() {
                return None;
            }
            self.release.wait(Kind::Auto);
        }
        // ORDERING: Relaxed, for the release happened after the claim.
        Some(self.claimed.load(Relaxed))
    }

    /// What a claimed waiter waits for. As soon as it is set the waiter may be gone: so this is not a
    /// method that sets it, in which `self` would have to be valid to the end.
    pub(super) fn release(&self) -> &RawEvent {
        &self.release
    }

    /// Makes it a group: sets what [`members`](Self::members) returns, before any entry can be found by
    /// others.
    pub(super) fn set_members(&self, entries: &[Entry]) {
        self.members.set((entries.as_ptr(), entries.len()));
    }

    /// The entries of a group. Only for who holds the lock of a shard in which one of them is queued, or
    /// has claimed the waiter and not released it yet.
    pub(super) fn members(&self) -> &[Entry] {
        let (first, len) = self.members.get();
        // SAFETY: `set_members` took it from a slice that outlives the stay of its entries in the
        // registry, before the first was pushed there under a lock that the caller has held since.
        unsafe { std::slice::from_raw_parts(first, len) }
    }
}

/// A waiter's place in the queue of one event.
///
/// The links belong to the lock of the event's shard while the entry is queued, and to whoever
/// claimed the waiter afterwards, until the release.
pub(super) struct Entry {
    pub(super) event: *const RawEvent,
    pub(super) kind: Kind,
    pub(super) index: usize,
    waiter: *const Waiter,
    pub(super) links: Links,
}

/// See [`Table`](super::table::Table).
pub(super) struct Links {
    pub(super) queued: Cell<bool>,
    pub(super) next: Link,
    pub(super) prev: Link,
    pub(super) chain: Link,
}

impl Entry {
    pub(super) fn new(waiter: &Waiter, member: Member<'_>, index: usize) -> Self {
        Self {
            event: member.raw,
            kind: member.kind,
            index,
            waiter,
            links: Links {
                queued: Cell::new(false),
                next: Cell::new(null()),
                prev: Cell::new(null()),
                chain: Cell::new(null()),
            },
        }
    }

    /// The address of the event.
    pub(super) fn key(&self) -> usize {
        self.event.addr()
    }

    pub(super) fn event(&self) -> &RawEvent {
        // SAFETY: the waiting thread borrows the event for as long as its wait lasts, and the entry
        // is only used during the wait.
        unsafe { &*self.event }
    }

    pub(super) fn waiter(&self) -> &Waiter {
        // SAFETY: waiter and entries are in the same stack frame (or in an allocation that it owns),
        // which stays until the wait is over.
        unsafe { &*self.waiter }
    }
}

/// The entries of one wait: up to eight on the stack, more in one allocation.
#[expect(clippy::large_enum_variant, reason = "being large without an allocation is its purpose")]
pub(super) enum Entries {
    Few([Entry; FEW], usize),
    Many(Box<[Entry]>),
}

const FEW: usize = 8;

impl Entries {
    /// At least one event.
    pub(super) fn new(waiter: &Waiter, events: &[&dyn Event]) -> Self {
        let entry = |index: usize| Entry::new(waiter, events[index].member(), index);
        if events.len() <= FEW {
            // The places beyond the last are filled with copies that nobody looks at.
            Self::Few(std::array::from_fn(|i| entry(i.min(events.len() - 1))), events.len())
        } else {
            Self::Many((0..events.len()).map(entry).collect())
        }
    }

    pub(super) fn as_slice(&self) -> &[Entry] {
        match self {
            Self::Few(entries, len) => &entries[..*len],
            Self::Many(entries) => entries,
        }
    }
}
