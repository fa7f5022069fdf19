//! A waiter and its entries.

use crate::byte::{Byte, Kind, Signal};
use crate::deadline::Deadline;
use crate::parked;
use crate::primitive::{Arc, AtomicUsize, const_unless_loom};
use crate::spin::{self, Spun};
use std::cell::{Cell, OnceCell, UnsafeCell};
use std::mem::ManuallyDrop;
use std::ptr::{self, null};
use std::slice;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::Waker;

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

impl<M: Members + ?Sized> Members for &M {
    fn len(&self) -> usize {
        (**self).len()
    }

    fn member(&self, index: usize) -> Member<'_> {
        (**self).member(index)
    }
}

/// A plain wait.
impl Members for Member<'_> {
    fn len(&self) -> usize {
        1
    }

    #[inline]
    fn member(&self, _: usize) -> Member<'_> {
        *self
    }
}

/// Values of a waiter's state that are not the index of an entry.
pub(super) mod state {
    /// Not claimed yet.
    pub(in crate::listeners) const PENDING: usize = usize::MAX;
    /// The wait has timed out, or its future was dropped.
    pub(in crate::listeners) const WITHDRAWN: usize = usize::MAX - 1;
    /// Of a task: not queued yet.
    pub(in crate::listeners) const IDLE: usize = usize::MAX - 2;
    /// Of a task: its wait has ended.
    pub(in crate::listeners) const DONE: usize = usize::MAX - 3;
    /// With an index, of a task: the claiming thread does not use the waiter any more.
    pub(in crate::listeners) const DETACHED: usize = 1 << (usize::BITS - 2);
    /// With an index: the signal was a pulse.
    pub(in crate::listeners) const BY_PULSE: usize = 1 << (usize::BITS - 3);
}
use state::{BY_PULSE, DETACHED, PENDING, WITHDRAWN};

/// What releases a waiter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// Any one of its events. Plain waits on listened events are of this sort.
    Any,
    /// All of its events, at one instant.
    All,
    /// The first of its events, the stop, or all others at one instant.
    AllUnless,
}

impl Want {
    /// Returns whether the event with this index alone releases the waiter.
    pub(super) const fn suffices(self, index: usize) -> bool {
        match self {
            Self::Any => true,
            Self::All => false,
            Self::AllUnless => index == STOP,
        }
    }
}

/// The index of the stop in a group that has one.
pub(super) const STOP: usize = 0;

/// A waiter: a thread's or a task's.
///
/// A signal *claims* it by one compare-exchange from `PENDING` to the index of the event, under the lock
/// of the event's shard. The claiming thread owes it the release. A wait that times out, or is dropped,
/// withdraws by the same compare-exchange.
pub(crate) struct Waiter {
    state: AtomicUsize,
    /// The first of its entries, which lie side by side.
    entries: Cell<*const Entry>,
    len: Cell<u32>,
    pub(super) want: Want,
    sleeper: UnsafeCell<Sleeper>,
}

/// What the release of a waiter wakes.
///
/// While the waiter is pending, its owner writes this under the locks of all entries that are queued.
/// After the claim it belongs to the claiming thread. A task's owner may read it at any time, because the claiming
/// thread only reads it, too: to take the waker out is to copy it.
enum Sleeper {
    /// Null until the wait begins. (A third variant would make it one word larger.)
    Thread(*const Thread),
    Task(ManuallyDrop<Waker>),
}

impl Waiter {
    const_unless_loom! {
        pub(super) fn new(want: Want, state: usize) -> Self {
            Self {
                state: AtomicUsize::new(state),
                entries: Cell::new(null()),
                len: Cell::new(0),
                want,
                sleeper: UnsafeCell::new(Sleeper::Thread(null())),
            }
        }
    }

    /// Tells it where its entries are, which stay there.
    pub(super) fn has_entries(&self, entries: &[Entry]) {
        self.entries.set(entries.as_ptr());
        self.len.set(u32::try_from(entries.len()).expect("a group of at most 4294967295 events"));
    }

    /// Returns its entries. The caller has the lock of a shard in which one of them is queued, or has
    /// claimed the waiter and not released it yet, or is the waiter.
    pub(super) fn entries(&self) -> &[Entry] {
        let len = self.len.get() as usize;
        if len == 0 {
            return &[];
        }
        // SAFETY: `has_entries` was told where they are, and they stay there for as long as the waiter.
        unsafe { slice::from_raw_parts(self.entries.get(), len) }
    }

    pub(super) fn claim(&self, index: usize, signal: Signal) -> bool {
        let by_pulse = if signal == Signal::Pulse { BY_PULSE } else { 0 };
        self.leave_pending(index | by_pulse)
    }

    pub(super) fn withdraw(&self) -> bool {
        self.leave_pending(WITHDRAWN)
    }

    fn leave_pending(&self, new: usize) -> bool {
        // ORDERING: a failed claim acquires the successful one, and so sees the marks made before it. What
        // a signal publishes reaches a thread through `sleeps_on`, and a task through `detach`.
        self.state.compare_exchange(PENDING, new, Release, Acquire).is_ok()
    }

    pub(super) fn is_pending(&self) -> bool {
        // ORDERING: Relaxed, because it is a hint. A claim or a lock decides.
        self.state.load(Relaxed) == PENDING
    }

    /// Returns the index of the entry whose event has claimed the waiter, and by which signal.
    pub(super) fn claimed_by(&self) -> (usize, Signal) {
        // ORDERING: Relaxed, because the claim happened before the release, or before the attempt to withdraw.
        let state = self.state.load(Relaxed);
        let signal = if state & BY_PULSE == 0 { Signal::Set } else { Signal::Pulse };
        (state & !(BY_PULSE | DETACHED), signal)
    }

    /// Returns the thread that waits. `None` for a task.
    pub(super) fn thread(&self) -> Option<&Thread> {
        // SAFETY: the caller has claimed the waiter, or it is a thread's, which never writes it again.
        match unsafe { &*self.sleeper.get() } {
            // SAFETY: a thread's waiter is part of it.
            Sleeper::Thread(thread) => Some(unsafe { &**thread }),
            Sleeper::Task(_) => None,
        }
    }

    pub(super) const fn state_cell(&self) -> &AtomicUsize {
        &self.state
    }

    #[inline]
    pub(super) fn state(&self) -> usize {
        // ORDERING: Acquire, to see what was published by the signal that has detached the waiter.
        self.state.load(Acquire)
    }

    /// By the owner of a task's waiter that no thread can claim, or has claimed and not detached.
    #[inline]
    pub(super) fn set_state(&self, state: usize) {
        // ORDERING: Relaxed, for nobody else has the waiter.
        self.state.store(state, Relaxed);
    }

    /// Begins the wait of a task. Nobody else has the waiter.
    pub(super) fn begin_task(&self, entries: &[Entry], waker: Waker) {
        self.has_entries(entries);
        // SAFETY: nobody else has the waiter.
        unsafe { *self.sleeper.get() = Sleeper::Task(ManuallyDrop::new(waker)) };
        self.set_state(PENDING);
    }

    /// Returns whether the task's waker wakes the same as another. By the owner.
    pub(super) fn will_wake(&self, other: &Waker) -> bool {
        // SAFETY: the owner's thread has written it, and others only read it.
        match unsafe { &*self.sleeper.get() } {
            Sleeper::Task(waker) => {
                waker.data() == other.data() && ptr::eq(waker.vtable(), other.vtable())
            }
            Sleeper::Thread(_) => false,
        }
    }

    /// Replaces a task's waker; returns the old one. By the owner, under the locks of all entries, while the
    /// waiter is pending.
    pub(super) fn replace_waker(&self, new: Waker) -> Waker {
        let old = self.take_waker();
        // SAFETY: nobody can claim the waiter, for which a lock is needed.
        unsafe { *self.sleeper.get() = Sleeper::Task(ManuallyDrop::new(new)) };
        old
    }

    /// Takes the waker out of a task's waiter. Once: by the thread that detaches the waiter, under the lock; or
    /// by the owner, when no thread can claim the waiter, or under the lock when it is claimed and attached.
    pub(super) fn take_waker(&self) -> Waker {
        // SAFETY: the caller alone may write it, and does not.
        let Sleeper::Task(waker) = (unsafe { &*self.sleeper.get() }) else {
            unreachable!("the waiter is a task's")
        };
        // SAFETY: it is not used again, except that the owner compares its parts with those of another.
        unsafe { ptr::read(&raw const **waker) }
    }
}

/// A thread that waits.
///
/// If it has been claimed when its deadline passes, it does not wait for the release, for the claiming
/// thread may not run. It leaves when it has had the lock under which it was claimed. So a thread with a
/// deadline waits in an allocation, of which the claiming thread has a share until it has released it. A
/// thread without a deadline always stays until it is released, and waits in its frame.
pub(super) struct Thread {
    waiter: Waiter,
    /// Set to release the thread. A bare byte, which no group can wait for.
    sleeps_on: Byte,
    entries: OnceCell<Entries>,
    /// The pointer that the allocation was made with; null without one.
    shared: Cell<*const Thread>,
}

/// Calls `run` with a waiting thread: this one.
pub(super) fn with_thread<R>(
    want: Want,
    group: &(impl Members + ?Sized),
    deadline: Deadline,
    run: impl FnOnce(&Thread) -> R,
) -> R {
    debug_assert!(!matches!(deadline, Deadline::In(_)), "a deadline is fixed by now");
    let thread = Thread::new(want);
    if deadline.instant().is_none() {
        thread.begin(group);
        return run(&thread);
    }
    #[cfg_attr(
        not(rsevents_loom),
        expect(clippy::arc_with_non_send_sync, reason = "locks and claims make it so")
    )]
    let thread = Arc::new(thread);
    thread.shared.set(Arc::as_ptr(&thread));
    thread.begin(group);
    run(&thread)
}

impl Thread {
    pub(super) fn new(want: Want) -> Self {
        Self {
            waiter: Waiter::new(want, PENDING),
            sleeps_on: Byte::new(false),
            entries: OnceCell::new(),
            shared: Cell::new(null()),
        }
    }

    /// Makes its entries, when it is where it stays.
    pub(super) fn begin(&self, group: &(impl Members + ?Sized)) {
        // SAFETY: nobody else knows the waiter yet.
        unsafe { *self.waiter.sleeper.get() = Sleeper::Thread(self) };
        let entries = self.entries.get_or_init(|| Entries::new(&self.waiter, group));
        self.waiter.has_entries(entries.as_slice());
    }

    pub(super) const fn waiter(&self) -> &Waiter {
        &self.waiter
    }

    pub(super) fn entries(&self) -> &[Entry] {
        self.waiter.entries()
    }

    /// Keeps the thread's waiter valid until [`take_share`](Self::take_share), if it may leave before its
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

    /// Blocks until the waiter is released or its deadline passes.
    pub(super) fn wait(&self, mut deadline: Deadline, may_spin: bool) -> Ended {
        let released = self.sleep(&mut deadline, may_spin);
        if !released && self.waiter.withdraw() {
            return Ended::Withdrawn;
        }
        let (index, _) = self.waiter.claimed_by();
        if released { Ended::Released(index) } else { Ended::Claimed(index) }
    }

    fn sleep(&self, deadline: &mut Deadline, may_spin: bool) -> bool {
        let byte = &self.sleeps_on;
        let look = || (byte.poll(Kind::Auto) == Some(true)).then_some(Spun::Succeeded);
        if may_spin {
            match spin::spin(byte.key(), 1, deadline, look) {
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
pub(crate) struct Entry {
    event: *const Byte,
    pub(super) kind: Kind,
    index: u32,
    waiter: *const Waiter,
    /// Whether it is in the table. Under the lock, as the links.
    pub(super) queued: Cell<bool>,
    /// In the first of a queue: whether a waiter with several entries is in the queue, or was since it began.
    pub(super) before_groups: Cell<bool>,
    pub(super) links: Links,
}

/// A pointer to a queued entry, or null: the head of a chain, or a link.
pub(crate) type Link = Cell<*const Entry>;

/// See [`Table`](super::table::Table).
pub(crate) struct Links {
    pub(super) next: Link,
    pub(super) prev: Link,
    pub(super) chain: Link,
}

impl Entry {
    pub(super) fn new(waiter: &Waiter, member: Member<'_>, index: usize) -> Self {
        let index = u32::try_from(index).expect("a group of at most 4294967295 events");
        Self::of(waiter, member.byte, member.kind, index)
    }

    /// The head of a ring: of no event and no waiter.
    pub(super) const fn of_nobody() -> Self {
        Self::of(null(), null(), Kind::Manual, 0)
    }

    const fn of(waiter: *const Waiter, event: *const Byte, kind: Kind, index: u32) -> Self {
        Self {
            event,
            kind,
            index,
            waiter,
            queued: Cell::new(false),
            before_groups: Cell::new(false),
            links: Links {
                next: Cell::new(null()),
                prev: Cell::new(null()),
                chain: Cell::new(null()),
            },
        }
    }

    /// The index of its event in the group.
    pub(super) const fn index(&self) -> usize {
        self.index as usize
    }

    /// The address of the event.
    pub(super) fn key(&self) -> usize {
        self.event.addr()
    }

    pub(super) fn byte(&self) -> &Byte {
        // SAFETY: the waiter borrows or owns the event for as long as its wait lasts. Others use the event only
        // under the lock of a shard in which an entry of this waiter is queued, or before they release the waiter;
        // and the waiter takes that lock before it leaves. A task could be leaked, so one that wants all of
        // its events, which is when others use them, owns them: see `WaitAllFuture`.
        unsafe { &*self.event }
    }

    /// Returns whether its waiter has entries at other events, too.
    pub(super) fn is_of_group(&self) -> bool {
        self.waiter().len.get() > 1
    }

    /// Returns whether a signal of this event alone releases the waiter.
    pub(super) fn suffices(&self) -> bool {
        self.waiter().want.suffices(self.index())
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
