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

/// An event, as a member of a group.
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

/// The only event of a plain wait.
impl Members for Member<'_> {
    fn len(&self) -> usize {
        1
    }

    #[inline]
    fn member(&self, _: usize) -> Member<'_> {
        *self
    }
}

/// The values of a waiter's state. The state of a claimed waiter is the index of an entry, with flags.
///
/// | from | to | by |
/// |---|---|---|
/// | (new) | `PENDING` | a thread's waiter |
/// | (new) | `IDLE` | a task's waiter |
/// | `IDLE` | `DONE` | the first poll, which takes a signal |
/// | `IDLE` | `PENDING` | the first poll, before it queues |
/// | `PENDING` | index, perhaps with `BY_PULSE` | a claim, under the lock of that entry's shard |
/// | `PENDING` | `WITHDRAWN` | the owner: a timeout or a drop |
/// | index | index with `DETACHED` | the claiming thread, of a task's waiter, under the same lock |
/// | `PENDING` | `DONE` | the first poll, which takes all signals, or the stop, under the locks with which it would queue |
/// | index, `WITHDRAWN` | `DONE` | the task, when no other thread uses the waiter |
///
/// A task that is dropped in `IDLE` or `DONE` has nothing to do. In `PENDING` it withdraws. With an index it passes
/// the signals on.
pub(super) mod state {
    /// Not claimed yet.
    pub(in crate::listeners) const PENDING: usize = usize::MAX;
    /// The wait has timed out, or its future was dropped.
    pub(in crate::listeners) const WITHDRAWN: usize = usize::MAX - 1;
    /// Of a task: the wait has not begun.
    pub(in crate::listeners) const IDLE: usize = usize::MAX - 2;
    /// Of a task: the wait has ended.
    pub(in crate::listeners) const DONE: usize = usize::MAX - 3;
    /// Flag, with an index, of a task: the claiming thread no longer uses the waiter.
    pub(in crate::listeners) const DETACHED: usize = 1 << (usize::BITS - 2);
    /// Flag, with an index: the signal was a pulse.
    pub(in crate::listeners) const BY_PULSE: usize = 1 << (usize::BITS - 3);
}
use state::{BY_PULSE, DETACHED, PENDING, WITHDRAWN};

/// What releases a waiter.
///
/// Where [`suffices`](Self::suffices) is false, the code takes a waiter for one that wants all. A new kind of wait
/// changes these places: [`signal`](super::signal), `wait::look` and `take_or_queue`, `task::pass_on`, the polls, and
/// the safety of [`Entry::byte`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// Any one of its events. Plain waits for listened events want this, too.
    Any,
    /// All of its events, at one instant.
    All,
    /// The first of its events (the stop) alone, or all others at one instant.
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

/// A waiter: of a thread or of a task.
///
/// A signal *claims* it by one compare-exchange from `PENDING` to the index of the entry, under the lock of
/// the event's shard. The claiming thread must then release it. A wait that times out or is dropped withdraws
/// by the same compare-exchange, so only one of the two succeeds.
pub(crate) struct Waiter {
    state: AtomicUsize,
    /// Points to the waiter's entries, which are contiguous.
    entries: Cell<*const Entry>,
    len: Cell<u32>,
    pub(super) want: Want,
    sleeper: UnsafeCell<Sleeper>,
}

/// What wakes up when a waiter is released.
///
/// While the waiter is pending, its owner writes this, with the shards of all queued entries locked. After
/// the claim no thread writes this: taking out a task's waker copies it. So a task's owner may read it at any
/// time.
enum Sleeper {
    /// Null until the wait begins. (A third variant for that would make the enum one word larger.)
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

    /// Stores where the entries are. They must not move afterwards.
    pub(super) fn has_entries(&self, entries: &[Entry]) {
        self.entries.set(entries.as_ptr());
        self.len.set(u32::try_from(entries.len()).expect("a group of at most 4294967295 events"));
    }

    /// Returns the entries. Called by the owner, by the claiming thread before the release, or under the lock
    /// of a shard in which an entry is queued.
    pub(super) fn entries(&self) -> &[Entry] {
        let len = self.len.get() as usize;
        if len == 0 {
            return &[];
        }
        // SAFETY: `has_entries` stored the pointer and the length, and the entries do not move while the
        // waiter exists.
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
        // ORDERING: a failed claim acquires the successful claim, and so sees the marks made before it. What
        // a signal publishes reaches a thread through `sleeps_on`, or at its deadline through the failed withdrawal
        // and the shard's lock; and a task through `detach`.
        self.state.compare_exchange(PENDING, new, Release, Acquire).is_ok()
    }

    pub(super) fn is_pending(&self) -> bool {
        // ORDERING: Relaxed, because the answer is a hint: a claim, or a look under a lock, decides.
        self.state.load(Relaxed) == PENDING
    }

    /// Returns the index of the entry whose event has claimed the waiter, and the signal that did.
    pub(super) fn claimed_by(&self) -> (usize, Signal) {
        // ORDERING: Relaxed, because the caller already knows of the claim: it read the state, failed to
        // withdraw, or was released.
        let state = self.state.load(Relaxed);
        let signal = if state & BY_PULSE == 0 { Signal::Set } else { Signal::Pulse };
        (state & !(BY_PULSE | DETACHED), signal)
    }

    /// Returns the waiting thread, or `None` if the waiter is a task's.
    pub(super) fn thread(&self) -> Option<&Thread> {
        // SAFETY: no thread writes the sleeper: the caller has claimed the waiter, or a thread owns it, which
        // does not write it after `Thread::begin`.
        match unsafe { &*self.sleeper.get() } {
            // SAFETY: the waiter is a field of this thread, so it is valid.
            Sleeper::Thread(thread) => Some(unsafe { &**thread }),
            Sleeper::Task(_) => None,
        }
    }

    pub(super) const fn state_cell(&self) -> &AtomicUsize {
        &self.state
    }

    #[inline]
    pub(super) fn state(&self) -> usize {
        // ORDERING: Acquire, to see what the signal that detached the waiter published.
        self.state.load(Acquire)
    }

    /// Called by the owner of a task's waiter that no other thread uses: it is not queued, and if another
    /// thread claimed it, it was detached or has left the list of the broadcast.
    #[inline]
    pub(super) fn set_state(&self, state: usize) {
        // ORDERING: Relaxed, because no other thread uses the waiter.
        self.state.store(state, Relaxed);
    }

    /// Begins the wait of a task. No other thread knows the waiter yet.
    pub(super) fn begin_task(&self, entries: &[Entry], waker: Waker) {
        self.has_entries(entries);
        // SAFETY: no other thread knows the waiter yet.
        unsafe { *self.sleeper.get() = Sleeper::Task(ManuallyDrop::new(waker)) };
        self.set_state(PENDING);
    }

    /// Returns whether the stored waker wakes the same task as `other`. Called by the owner.
    pub(super) fn will_wake(&self, other: &Waker) -> bool {
        // SAFETY: only the owner, which is the caller, writes the sleeper. Others only read it.
        match unsafe { &*self.sleeper.get() } {
            Sleeper::Task(waker) => {
                waker.data() == other.data() && ptr::eq(waker.vtable(), other.vtable())
            }
            Sleeper::Thread(_) => false,
        }
    }

    /// Replaces a task's waker and returns the old waker. Called by the owner while the waiter is pending,
    /// with the shards of all entries locked.
    pub(super) fn replace_waker(&self, new: Waker) -> Waker {
        let old = self.take_waker();
        // SAFETY: no other thread uses the sleeper before it has claimed the waiter, and a claim needs one of
        // these locks.
        unsafe { *self.sleeper.get() = Sleeper::Task(ManuallyDrop::new(new)) };
        old
    }

    /// Takes the waker out of a task's waiter, once. Called by the thread that detaches the waiter, under the
    /// lock; or by the owner, if no thread can claim the waiter, or under the lock if it is claimed and
    /// attached.
    pub(super) fn take_waker(&self) -> Waker {
        // SAFETY: only the caller may write the sleeper now, and it does not.
        let Sleeper::Task(waker) = (unsafe { &*self.sleeper.get() }) else {
            unreachable!("the waiter is a task's")
        };
        // SAFETY: the original is not used again, except that `will_wake` compares its pointers.
        unsafe { ptr::read(&raw const **waker) }
    }
}

/// A waiting thread.
///
/// If its deadline passes after its waiter was claimed, the thread does not wait for the release, because the
/// claiming thread may be preempted. It leaves once it has held the lock under which it was claimed. So a
/// thread with a deadline has its waiter in an allocation, which the claiming thread shares until the
/// release. A thread without a deadline stays until it is released, so its waiter is in its stack frame.
pub(super) struct Thread {
    waiter: Waiter,
    /// Set to release the thread. It is a bare byte, so no group can wait for it.
    sleeps_on: Byte,
    entries: OnceCell<Entries>,
    /// The pointer to the allocation, from `Arc::as_ptr`; null if there is no allocation.
    shared: Cell<*const Thread>,
}

/// Makes a waiter for the current thread, and calls `run` with it.
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

    /// Makes the entries. Afterwards `self` must not move.
    pub(super) fn begin(&self, group: &(impl Members + ?Sized)) {
        // SAFETY: no other thread knows the waiter yet.
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

    /// Keeps `self` valid until [`take_share`](Self::take_share), if the waiting thread may leave before its
    /// release. Called by the claiming thread, under the lock that the waiting thread takes before it leaves.
    pub(super) fn keep_share(&self) {
        let shared = self.shared.get();
        if !shared.is_null() {
            // SAFETY: `Arc::as_ptr` returned the pointer, and the waiting thread, which has a share, has not
            // left.
            unsafe { Arc::increment_strong_count(shared) };
        }
    }

    /// Takes back the share that `keep_share` added: as long as the caller has it, `self` is valid. Called
    /// once.
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

    /// Returns the byte whose `set` releases the waiter. No method sets it: the waiter may be freed as soon
    /// as the byte is set, but `&self` must stay valid until a method returns.
    pub(super) fn sleeps_on(&self) -> &Byte {
        &self.sleeps_on
    }
}

/// How a wait ended, and the index of the event that ended it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Withdrawn,
    /// The waiter found the event set, and took its signal.
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
/// The shard's lock guards the links while the entry is queued or in the list of a broadcast. After the claim
/// of a thread's waiter the links belong to the claiming thread, until the release.
pub(crate) struct Entry {
    event: *const Byte,
    pub(super) kind: Kind,
    index: u32,
    waiter: *const Waiter,
    /// Whether the entry is in the table. The shard's lock guards it.
    pub(super) queued: Cell<bool>,
    /// In the first entry of a queue: whether a waiter with several entries is in the queue, or has been
    /// since the queue was last empty.
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

    /// Returns an entry of no event and no waiter, for the head of a ring.
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

    /// Returns the index of the event in the group.
    pub(super) const fn index(&self) -> usize {
        self.index as usize
    }

    /// Returns the address of the event.
    pub(super) fn key(&self) -> usize {
        self.event.addr()
    }

    pub(super) fn byte(&self) -> &Byte {
        // SAFETY: the waiter borrows or owns the event until its wait ends. Other threads use the event
        // before they release the waiter, or under a shard's lock that guards a queued entry of the waiter.
        // The waiter takes that lock before it leaves. The borrow of a leaked task may end before its wait.
        // Others use its event only if it wants all of its events, so such a task owns them: see
        // `WaitAllFuture`.
        unsafe { &*self.event }
    }

    /// Returns whether the waiter has entries at other events, too.
    pub(super) fn is_of_group(&self) -> bool {
        self.waiter().len.get() > 1
    }

    /// Returns whether a signal of this event alone releases the waiter.
    pub(super) fn suffices(&self) -> bool {
        self.waiter().want.suffices(self.index())
    }

    pub(super) fn waiter(&self) -> &Waiter {
        // SAFETY: the thread or task that owns the entry also owns the waiter.
        unsafe { &*self.waiter }
    }
}

/// The entries of a thread's waiter: up to [`FEW`] without a separate allocation.
#[expect(clippy::large_enum_variant, reason = "being large without an allocation is its purpose")]
enum Entries {
    One(Entry),
    Few([Entry; FEW], usize),
    Many(Box<[Entry]>),
}

const FEW: usize = 8;

impl Entries {
    /// Makes an entry for each event of the group, which has at least one.
    fn new(waiter: &Waiter, group: &(impl Members + ?Sized)) -> Self {
        let (len, entry) = (group.len(), |index| Entry::new(waiter, group.member(index), index));
        if len == 1 {
            Self::One(entry(0))
        } else if len <= FEW {
            // The places beyond the last are filled with copies of the last entry, which are never used.
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
