//! A waiter and its entries.

use crate::byte::{Byte, Kind};
use crate::deadline::Deadline;
use crate::parked;
use crate::primitive::AtomicUsize;
use crate::spin::{self, Spun};
use std::cell::Cell;
use std::ptr::{NonNull, null};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Instant;

/// An event as a group sees it.
#[doc(hidden)]
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "internal: the trait that names it is sealed")]
pub struct Member<'e> {
    pub(crate) byte: &'e Byte,
    pub(crate) kind: Kind,
}

/// The events of a group, in order.
pub(crate) trait Members {
    fn len(&self) -> usize;
    fn member(&self, index: usize) -> Member<'_>;
}

/// Not claimed yet.
const PENDING: usize = usize::MAX;
/// The wait has timed out.
const WITHDRAWN: usize = usize::MAX - 1;

/// What releases a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Any one of its events. Plain waits on listened events are of this sort.
    Any,
    /// All of its events, at one instant.
    All,
}

/// A waiter, on the stack of the thread that waits.
///
/// A signal *claims* it by one compare-exchange from `PENDING` to the index of the event, under the lock
/// of the event's shard. The claiming thread owes the release. A waiter that times out withdraws by
/// the same compare-exchange. If it has been claimed, it waits for the release, whatever its deadline: its
/// memory and its entries stay valid until then.
pub(super) struct Waiter {
    claimed: AtomicUsize,
    /// Set to release the waiter. A bare byte, which no group can wait for.
    sleeps_on: Byte,
    pub(super) want: Want,
    /// The entries of a group; empty for a plain wait.
    members: Cell<(*const Entry, usize)>,
}

impl Waiter {
    pub(super) fn new(want: Want) -> Self {
        Self {
            claimed: AtomicUsize::new(PENDING),
            sleeps_on: Byte::new(false),
            want,
            members: Cell::new((NonNull::dangling().as_ptr(), 0)),
        }
    }

    pub(super) fn claim(&self, index: usize) -> bool {
        // ORDERING: a failed claim acquires the successful one, and so sees the marks made before it. What
        // a signal publishes reaches the waiter through `sleeps_on`.
        self.claimed.compare_exchange(PENDING, index, Release, Acquire).is_ok()
    }

    pub(super) fn is_pending(&self) -> bool {
        // ORDERING: Relaxed, because it is a hint. A claim or a lock decides.
        self.claimed.load(Relaxed) == PENDING
    }

    pub(super) fn withdraw(&self) -> bool {
        self.claim(WITHDRAWN)
    }

    /// Blocks until the waiter is released and returns the index it was claimed with. Withdraws and
    /// returns `None` if the deadline passes first.
    pub(super) fn wait(&self, mut deadline: Deadline, may_spin: bool) -> Option<usize> {
        if !self.sleep(&mut deadline, may_spin) {
            if self.withdraw() {
                return None;
            }
            self.sleep(&mut Deadline::Never, may_spin);
        }
        // ORDERING: Relaxed, because the claim happened before the release.
        Some(self.claimed.load(Relaxed))
    }

    fn sleep(&self, deadline: &mut Deadline, may_spin: bool) -> bool {
        let byte = &self.sleeps_on;
        let poll = || byte.poll(Kind::Auto) == Some(true);
        if may_spin && spin::spin(byte.key(), 1, deadline, poll, || false) == Spun::Succeeded {
            return true;
        }
        deadline.fix(Instant::now);
        parked::wait(byte, Kind::Auto, *deadline).expect("nobody listens to it")
    }

    /// Returns the byte that releases the waiter. It is not set here: the waiter may be freed as soon as
    /// the byte is set, but `&self` must stay valid until a method returns.
    pub(super) fn sleeps_on(&self) -> &Byte {
        &self.sleeps_on
    }

    /// Makes the waiter a group with these entries, before the first entry is queued.
    pub(super) fn set_members(&self, entries: &[Entry]) {
        self.members.set((entries.as_ptr(), entries.len()));
    }

    /// Returns the entries of a group. The caller holds the lock of a shard in which one of them is
    /// queued, or has claimed the waiter and not released it yet.
    pub(super) fn members(&self) -> &[Entry] {
        let (first, len) = self.members.get();
        // SAFETY: the slice lives until no entry of it is queued and a claimed waiter is released.
        // `set_members` ran before an entry was queued, under a lock that the caller has taken since.
        unsafe { std::slice::from_raw_parts(first, len) }
    }
}

/// A waiter's place in the queue of one event.
///
/// The links belong to the lock of the event's shard while the entry is queued, and to whoever
/// claimed the waiter afterwards, until the release.
pub(super) struct Entry {
    event: *const Byte,
    pub(super) kind: Kind,
    pub(super) index: usize,
    waiter: *const Waiter,
    pub(super) links: Links,
}

/// A pointer to a queued entry, or null: the head of a chain, or a link.
pub(super) type Link = Cell<*const Entry>;

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
            event: member.byte,
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

    pub(super) fn byte(&self) -> &Byte {
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
    pub(super) fn new(waiter: &Waiter, group: &(impl Members + ?Sized)) -> Self {
        let (len, entry) = (group.len(), |index| Entry::new(waiter, group.member(index), index));
        if len <= FEW {
            // The places beyond the last are filled with copies that nobody looks at.
            Self::Few(std::array::from_fn(|index| entry(index.min(len - 1))), len)
        } else {
            Self::Many((0..len).map(entry).collect())
        }
    }

    pub(super) fn as_slice(&self) -> &[Entry] {
        match self {
            Self::Few(entries, len) => &entries[..*len],
            Self::Many(entries) => entries,
        }
    }
}
