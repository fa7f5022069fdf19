//! A waiter and its entries.

use crate::byte::{Byte, Kind};
use crate::deadline::Deadline;
use crate::parked;
use crate::primitive::{Arc, AtomicUsize};
use crate::spin::{self, Spun};
use std::cell::{Cell, OnceCell};
use std::ptr::null;
use std::slice;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

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

/// A plain wait.
impl Members for Member<'_> {
    fn len(&self) -> usize {
        1
    }

    fn member(&self, _: usize) -> Member<'_> {
        *self
    }
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
    /// The first of its events, the stop, or all others at one instant.
    AllUnless,
}

/// The index of the stop in a group that has one.
pub(super) const STOP: usize = 0;

/// A waiter, with its entries.
///
/// A signal *claims* it by one compare-exchange from `PENDING` to the index of the event, under the lock
/// of the event's shard. The claiming thread owes it the release, which comes after the unlock. A waiter
/// that times out withdraws by the same compare-exchange.
///
/// If it has been claimed by then, it does not wait for the release, for the claiming thread may not
/// run. It leaves when it has had the lock under which it was claimed. So a waiter with a deadline is in
/// an allocation, of which the claiming thread has a share until it has released it. A waiter without a
/// deadline always stays until it is released, and is in the frame of its thread.
pub(super) struct Waiter {
    claimed: AtomicUsize,
    /// Set to release the waiter. A bare byte, which no group can wait for.
    sleeps_on: Byte,
    pub(super) want: Want,
    entries: OnceCell<Entries>,
    /// The pointer that the allocation was made with; null without one.
    shared: Cell<*const Waiter>,
}

/// Calls `run` with a waiter.
pub(super) fn with_waiter<R>(
    want: Want,
    group: &(impl Members + ?Sized),
    deadline: Deadline,
    run: impl FnOnce(&Waiter) -> R,
) -> R {
    debug_assert!(!matches!(deadline, Deadline::In(_)), "a deadline is fixed by now");
    let waiter = Waiter::new(want);
    if deadline.instant().is_none() {
        waiter.begin(group);
        return run(&waiter);
    }
    #[cfg_attr(
        not(rsevents_loom),
        expect(clippy::arc_with_non_send_sync, reason = "locks and claims make it so")
    )]
    let waiter = Arc::new(waiter);
    waiter.shared.set(Arc::as_ptr(&waiter));
    waiter.begin(group);
    run(&waiter)
}

impl Waiter {
    pub(super) fn new(want: Want) -> Self {
        Self {
            claimed: AtomicUsize::new(PENDING),
            sleeps_on: Byte::new(false),
            want,
            entries: OnceCell::new(),
            shared: Cell::new(null()),
        }
    }

    /// Makes its entries, when it is where it stays.
    pub(super) fn begin(&self, group: &(impl Members + ?Sized)) {
        self.entries.get_or_init(|| Entries::new(self, group));
    }

    /// Returns its entries. The caller has the lock of a shard in which one of them is queued, or has
    /// claimed the waiter and not released it yet, or is the waiter.
    pub(super) fn entries(&self) -> &[Entry] {
        self.entries.get().map_or(&[], Entries::as_slice)
    }

    /// Keeps the waiter valid until [`take_share`](Self::take_share), if it may leave before its
    /// release. By the thread that has claimed it, under the lock that the waiter takes before it leaves.
    pub(super) fn keep_share(&self) {
        let shared = self.shared.get();
        if !shared.is_null() {
            // SAFETY: `Arc::as_ptr` returned the pointer, and the waiter has not left.
            unsafe { Arc::increment_strong_count(shared) };
        }
    }

    /// Takes the share back: while the caller has it, the waiter is valid. Once.
    pub(super) fn take_share(&self) -> Option<Arc<Self>> {
        let shared = self.shared.get();
        // SAFETY: `Arc::as_ptr` returned the pointer, and the share is the one that `keep_share` added.
        (!shared.is_null()).then(|| unsafe { Arc::from_raw(shared) })
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

    /// Blocks until the waiter is released or its deadline passes.
    pub(super) fn wait(&self, mut deadline: Deadline, may_spin: bool) -> Ended {
        let released = self.sleep(&mut deadline, may_spin);
        if !released && self.withdraw() {
            return Ended::Withdrawn;
        }
        // ORDERING: Relaxed, because the claim happened before the release, or before the attempt to withdraw.
        let index = self.claimed.load(Relaxed);
        if released { Ended::Released(index) } else { Ended::Claimed(index) }
    }

    fn sleep(&self, deadline: &mut Deadline, may_spin: bool) -> bool {
        let byte = &self.sleeps_on;
        let poll = || byte.poll(Kind::Auto) == Some(true);
        if may_spin {
            match spin::spin(byte.key(), 1, deadline, poll, || false) {
                Spun::Succeeded => return true,
                Spun::Expired => return false,
                Spun::Failed | Spun::Stopped => {}
            }
        }
        parked::wait(byte, Kind::Auto, *deadline).expect("nobody listens to it")
    }

    /// Returns the byte that releases the waiter. It is not set here: the waiter may be freed as soon as
    /// the byte is set, but `&self` must stay valid until a method returns.
    pub(super) fn sleeps_on(&self) -> &Byte {
        &self.sleeps_on
    }
}

/// How a wait ended; in what sense by the event with which index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Withdrawn,
    /// The waiter found the event set.
    Taken(usize),
    /// A signal of the event has released the waiter.
    Released(usize),
    /// A signal of the event has claimed the waiter, and may not have unlocked the shard yet.
    Claimed(usize),
}

impl Ended {
    pub(super) const fn index(self) -> Option<usize> {
        match self {
            Self::Withdrawn => None,
            Self::Taken(index) | Self::Released(index) | Self::Claimed(index) => Some(index),
        }
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
        // SAFETY: the waiting thread borrows the event for as long as its wait lasts. Others use the
        // event only under the lock of its shard, which the waiter takes before it leaves.
        unsafe { &*self.event }
    }

    /// Returns whether a signal of this event alone releases the waiter.
    pub(super) fn suffices(&self) -> bool {
        match self.waiter().want {
            Want::Any => true,
            Want::All => false,
            Want::AllUnless => self.index == STOP,
        }
    }

    pub(super) fn waiter(&self) -> &Waiter {
        // SAFETY: the waiter owns its entries.
        unsafe { &*self.waiter }
    }
}

/// The entries of one waiter: up to eight without an allocation of their own.
#[expect(clippy::large_enum_variant, reason = "being large without an allocation is its purpose")]
enum Entries {
    One(Entry),
    Few([Entry; FEW], usize),
    Many(Box<[Entry]>),
}

const FEW: usize = 8;

impl Entries {
    /// At least one event.
    fn new(waiter: &Waiter, group: &(impl Members + ?Sized)) -> Self {
        let (len, entry) = (group.len(), |index| Entry::new(waiter, group.member(index), index));
        if len == 1 {
            Self::One(entry(0))
        } else if len <= FEW {
            // The places beyond the last are filled with copies that nobody looks at.
            Self::Few(std::array::from_fn(|index| entry(index.min(len - 1))), len)
        } else {
            Self::Many((0..len).map(entry).collect())
        }
    }

    fn as_slice(&self) -> &[Entry] {
        match self {
            Self::One(entry) => slice::from_ref(entry),
            Self::Few(entries, len) => &entries[..*len],
            Self::Many(entries) => entries,
        }
    }
}
