//! Waits of tasks: how they queue, are released, and leave.
//!
//! A task, unlike a thread, may end its wait at any time, by dropping its future. So the thread that has
//! claimed a task's waiter uses it only under the lock. When all events have their final values, that thread
//! *detaches* the waiter: it takes the waker out, and sets `DETACHED` in the waiter's state. That is its last
//! access to the waiter and to the events. It calls the waker after the unlock, because the waker is foreign
//! code that may use the same events.
//!
//! The task's side: if the state has `DETACHED`, the wait has ended. If the waiter is claimed and attached,
//! the task takes the lock. The claiming thread holds it until it has detached the waiter, or listed it for a
//! broadcast.
//!
//! # Broadcasts
//!
//! A signal of a manual-reset event claims all its waiters at one instant. It must not allocate, so it holds
//! at most [`BATCH`] wakers at a time. The other waiters stay *attached*, in a list that the shard's lock
//! guards and whose head is in the signal's stack frame. Batch by batch, the signal locks the shard, detaches
//! some waiters, unlocks the shard and calls their wakers. A task that is polled or dropped meanwhile removes
//! itself from the list. After the first unlock the signal uses only the number of the shard.
//!
//! # Bad schedules that this excludes
//!
//! * If a claim alone ended the wait: thread A claims the waiter of task B. B sees the claim, returns and
//!   frees the event. A then writes the event's final value to freed memory.
//! * If the setter called a waker under the lock: a waker that sets the same event would deadlock.
//! * If a broadcast unlocked between two claims, it would also release a wait that begins inside a waker.

use super::locks::Locks;
use super::poll::{poll_all, poll_all_unless, poll_any, try_any};
use super::signal::deliver;
use super::wait::{All, leave, take_or_queue, take_or_queue_each};
use super::waiter::state::{DETACHED, DONE, IDLE, PENDING};
use super::waiter::{Entry, Member, Members, Waiter, Want};
use crate::byte::{Kind, Signal};
use crate::primitive::const_unless_loom;
use std::any::Any;
use std::fmt;
use std::marker::PhantomPinned;
use std::mem;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::ptr::{self, null};
use std::slice;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::task::{Poll, Waker};
use std::thread;

/// Claimed, attached waiters of tasks: a list, doubly linked so that each can leave.
pub(super) struct ReleasedTasks {
    first: *const Entry,
    last: *const Entry,
    /// The waker of the first waiter, which has been detached.
    waker: Option<Waker>,
    /// Whether the other waiters have moved to the list in the caller's frame.
    more: bool,
}

/// The head of a broadcast's list: a ring that includes this entry.
pub(super) struct Attached(Entry);

impl Attached {
    pub(super) const fn new() -> Self {
        Self(Entry::of_nobody())
    }
}

impl ReleasedTasks {
    pub(super) const NONE: Self = Self { first: null(), last: null(), waker: None, more: false };

    pub(super) const fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    pub(super) const fn first(&self) -> *const Entry {
        self.first
    }

    /// Appends an entry that is no longer queued, of a waiter that the caller has claimed. Called under the
    /// lock.
    pub(super) fn push(&mut self, entry: &Entry) {
        entry.links.next.set(null());
        entry.links.prev.set(self.last);
        // SAFETY: it is attached, so valid: the lock is held.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.links.next.set(entry),
            None => self.first = entry,
        }
        self.last = entry;
    }

    /// Detaches the first waiter, and moves the others to the list in the caller's frame. Called when all
    /// events have their final values, before the first unlock.
    pub(super) fn detach(&mut self, attached: &Attached) {
        // SAFETY: it is attached, so valid: the lock is held.
        let Some(first) = (unsafe { self.first.as_ref() }) else { return };
        let next = first.links.next.get();
        // SAFETY: the caller has claimed it.
        self.waker = Some(unsafe { detach(first) });
        let head = &attached.0;
        // SAFETY: as above.
        if let Some(next) = unsafe { next.as_ref() } {
            // SAFETY: as above; a list with a first entry has a last.
            let last = unsafe { &*self.last };
            self.more = true;
            head.links.next.set(next);
            head.links.prev.set(last);
            next.links.prev.set(head);
            last.links.next.set(head);
        }
    }

    /// Calls the wakers. Called without a lock. If wakers panic, all others are still called, and then the
    /// first panic continues.
    pub(super) fn wake(&mut self, attached: &Attached, shard: usize) {
        let Some(waker) = self.waker.take() else { return };
        let mut panic = None;
        caught(|| waker.wake(), &mut panic);
        if self.more {
            while let Some(batch) = Batch::detach(attached, shard) {
                for waker in batch.wakers.into_iter().flatten() {
                    caught(|| waker.wake(), &mut panic);
                }
            }
        }
        resume(panic);
    }
}

/// The payload of the first panic of a waker, if any.
type Panic = Option<Box<dyn Any + Send>>;

/// Runs foreign code and keeps the first panic. Never unwinds, because entries may point into the caller's frame.
fn caught(run: impl FnOnce(), panic: &mut Panic) {
    if let Err(caught) = catch_unwind(AssertUnwindSafe(run)) {
        if panic.is_none() {
            *panic = Some(caught);
        } else {
            discard(Some(caught));
        }
    }
}

/// Drops the payload of a panic. If its destructor panics, too, the second payload is leaked.
fn discard(panic: Panic) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(panic))) {
        mem::forget(again);
    }
}

/// Continues a panic, unless this thread is panicking already: guards signal events in destructors, and a
/// second panic would abort the process.
fn resume(panic: Panic) {
    match panic {
        panic @ Some(_) if thread::panicking() => discard(panic),
        Some(panic) => resume_unwind(panic),
        None => {}
    }
}

/// Drops a waker and ignores a panic, which would lose the result of the caller's poll.
fn drop_quietly(waker: Option<Waker>) {
    let mut panic = None;
    caught(|| drop(waker), &mut panic);
    discard(panic);
}

/// How many wakers a broadcast holds at a time.
const BATCH: usize = if cfg!(rsevents_loom) { 1 } else { 32 };

struct Batch {
    wakers: [Option<Waker>; BATCH],
}

impl Batch {
    /// Detaches the next waiters of a broadcast. Returns `None` if none is left.
    #[cold]
    fn detach(attached: &Attached, shard: usize) -> Option<Self> {
        let mut batch = Self { wakers: [const { None }; BATCH] };
        let _locks = Locks::shard(shard);
        for place in &mut batch.wakers {
            let next = attached.0.links.next.get();
            if ptr::eq(next, &raw const attached.0) {
                break;
            }
            // SAFETY: the entries in the list are valid while the lock is held.
            unlink(unsafe { &*next });
            // SAFETY: the caller has claimed the waiter, and its owner has not removed it from the list.
            *place = Some(unsafe { detach(next) });
        }
        batch.wakers[0].is_some().then_some(batch)
    }
}

/// Detaches the waiter of an entry. Called by the claiming thread, under the lock, after its last change to
/// any event.
///
/// The owner may free the waiter and the entry as soon as the state has changed, before this function
/// returns. So it does not take them as references: a reference argument must stay valid until the return.
///
/// # Safety
///
/// The caller has claimed the waiter, which is attached, and holds the lock.
unsafe fn detach(entry: *const Entry) -> Waker {
    // SAFETY: it is attached, so valid.
    let waiter: *const Waiter = unsafe { &*entry }.waiter();
    // SAFETY: as above.
    let waker = unsafe { &*waiter }.take_waker();
    // SAFETY: as above. From here on only this cell is borrowed.
    let state = unsafe { &*waiter }.state_cell();
    // ORDERING: Relaxed, because this thread made the claim, and no other thread changes the state of a
    // claimed, attached waiter under this lock.
    let claimed = state.load(Relaxed);
    // ORDERING: Release, to publish what the signal publishes, and so that the owner frees the waiter only
    // after this thread's last access.
    state.store(claimed | DETACHED, Release);
    waker
}

/// Removes an entry from the ring of a broadcast. Called under the lock.
fn unlink(entry: &Entry) {
    let (next, prev) = (entry.links.next.get(), entry.links.prev.get());
    // SAFETY: the lock is held, so the entries in the ring are valid.
    unsafe { &*prev }.links.next.set(next);
    // SAFETY: as above.
    unsafe { &*next }.links.prev.set(prev);
}

/// A task's wait for one event, for any of several, or for all of them.
pub(crate) struct Task<P> {
    waiter: Waiter,
    place: Option<P>,
    /// Other threads have pointers to this while the task waits.
    _pinned: PhantomPinned,
}

/// Where the entries of a task's waiter are.
pub(crate) trait Place {
    fn make(waiter: &Waiter, group: &(impl Members + ?Sized)) -> Self;
    fn entries(&self) -> &[Entry];

    /// Takes what a waiter with this `want` needs, if it is there. Never waits. Returns the index of an
    /// event.
    fn take(group: &(impl Members + ?Sized), want: Want) -> Option<usize>;
}

/// The place of a wait for one event.
pub(crate) struct One(Entry);

impl Place for One {
    fn make(waiter: &Waiter, group: &(impl Members + ?Sized)) -> Self {
        Self(Entry::new(waiter, group.member(0), 0))
    }

    fn entries(&self) -> &[Entry] {
        slice::from_ref(&self.0)
    }

    #[inline]
    fn take(group: &(impl Members + ?Sized), _want: Want) -> Option<usize> {
        let Member { byte, kind } = group.member(0);
        // Try to take first, as a thread's wait does: see `Byte::take`.
        let is_set = (kind == Kind::Auto && byte.take())
            || byte.poll(kind).unwrap_or_else(|| super::poll(byte, kind));
        is_set.then_some(0)
    }
}

/// The place of a wait for several events.
pub(crate) struct Group(Box<[Entry]>);

impl Place for Group {
    fn make(waiter: &Waiter, group: &(impl Members + ?Sized)) -> Self {
        let entry = |index| Entry::new(waiter, group.member(index), index);
        Self((0..group.len()).map(entry).collect())
    }

    fn entries(&self) -> &[Entry] {
        &self.0
    }

    fn take(group: &(impl Members + ?Sized), want: Want) -> Option<usize> {
        match want {
            Want::Any => try_any(group).or_else(|| poll_any(group)),
            Want::All => poll_all(group).then_some(0),
            Want::AllUnless => poll_all_unless(group).map(All::index),
        }
    }
}

// SAFETY: what other threads use of a task is atomic, or guarded by locks; see the module.
unsafe impl<P> Send for Task<P> {}
// SAFETY: the methods that change a task need exclusive access: `Pin<&mut Self>`.
unsafe impl<P> Sync for Task<P> {}

impl<P: Place> Task<P> {
    const_unless_loom! {
        pub(crate) fn new(want: Want) -> Self {
            Self { waiter: Waiter::new(want, IDLE), place: None, _pinned: PhantomPinned }
        }
    }

    /// Polls the wait; returns the index of the event that ended it. Called with the same group every time.
    #[inline]
    pub(crate) fn poll(
        self: Pin<&mut Self>,
        group: &(impl Members + ?Sized),
        waker: &Waker,
    ) -> Poll<usize> {
        match self.waiter.state() {
            IDLE => match P::take(group, self.waiter.want) {
                Some(index) => {
                    self.waiter.set_state(DONE);
                    Poll::Ready(index)
                }
                None => self.begin(group, waker),
            },
            PENDING if self.waiter.will_wake(waker) => Poll::Pending,
            PENDING => self.renew(waker),
            DONE => panic!("a wait was polled after it had ended"),
            _ => Poll::Ready(self.end()),
        }
    }

    fn begin(self: Pin<&mut Self>, group: &(impl Members + ?Sized), waker: &Waker) -> Poll<usize> {
        // Clone before locking, because this is foreign code. If it panics, nothing has begun.
        let waker = waker.clone();
        // SAFETY: nothing is moved.
        let this = unsafe { self.get_unchecked_mut() };
        // Not in a `OnceCell`, which writes the entry twice.
        let entries = this.place.insert(P::make(&this.waiter, group)).entries();
        this.waiter.begin_task(entries, waker);
        let taken = match this.waiter.want {
            Want::Any => {
                let (queued, taken) = take_or_queue_each(&this.waiter, entries);
                taken.inspect(|_| entries[..queued].iter().for_each(leave))
            }
            Want::All | Want::AllUnless => take_or_queue(entries).map(All::index),
        };
        if let Some(index) = taken {
            // No other thread has claimed the waiter, so it still has its waker.
            this.waiter.set_state(DONE);
            drop_quietly(Some(this.waiter.take_waker()));
            return Poll::Ready(index);
        }
        if this.waiter.is_pending() { Poll::Pending } else { Poll::Ready(this.end()) }
    }

    /// Continues the wait with another waker.
    #[cold]
    fn renew(&self, waker: &Waker) -> Poll<usize> {
        let new = waker.clone();
        let mut locks = Locks::none();
        // A thread needs one of these locks to claim the waiter.
        locks.lock(self.waiter.entries().iter().map(Entry::key));
        if !self.waiter.is_pending() {
            drop(locks);
            let index = self.end();
            drop_quietly(Some(new));
            return Poll::Ready(index);
        }
        let old = self.waiter.replace_waker(new);
        drop(locks);
        drop(old);
        Poll::Pending
    }

    /// Ends a wait that has been claimed. Returns the index of the event.
    fn end(&self) -> usize {
        let (index, _) = self.waiter.claimed_by();
        drop_quietly(self.become_done(index));
        index
    }

    /// Ends a wait that a signal of the event with this index has claimed: no other thread uses the waiter
    /// afterwards. Returns the waker, unless the claiming thread took it.
    fn become_done(&self, index: usize) -> Option<Waker> {
        let entries = self.waiter.entries();
        let mut waker = None;
        if self.waiter.state() & DETACHED == 0 {
            let entry = &entries[index];
            let _locks = Locks::one(entry.key());
            if self.waiter.state() & DETACHED == 0 {
                // A broadcast has claimed the waiter and not detached it yet.
                unlink(entry);
                waker = Some(self.waiter.take_waker());
            }
        }
        // The claiming thread has removed the entry at its own event.
        let others = entries.iter().filter(|entry| entry.index() != index);
        others.for_each(leave);
        self.waiter.set_state(DONE);
        waker
    }

    /// Ends the wait because its future is dropped. If the wait has taken signals, passes them on.
    #[inline]
    pub(crate) fn leave(self: Pin<&mut Self>) {
        let this = self.into_ref().get_ref();
        match this.waiter.state() {
            IDLE | DONE => {}
            _ => this.leave_slow(),
        }
    }

    #[cold]
    fn leave_slow(&self) {
        let entries = self.waiter.entries();
        let mut panic = None;
        let waker = if self.waiter.withdraw() {
            entries.iter().for_each(leave);
            self.waiter.set_state(DONE);
            Some(self.waiter.take_waker())
        } else {
            let (index, signal) = self.waiter.claimed_by();
            let waker = self.become_done(index);
            pass_on(entries, &entries[index], signal, &mut panic);
            waker
        };
        caught(|| drop(waker), &mut panic);
        resume(panic);
    }
}

/// Signals again every auto-reset event whose signal the wait has taken. The wait was released by `signal`,
/// of the event of `released_by`.
fn pass_on(entries: &[Entry], released_by: &Entry, signal: Signal, panic: &mut Panic) {
    let is_it = |entry: &Entry| entry.index() == released_by.index();
    let took = |entry: &Entry| {
        entry.kind == Kind::Auto && (is_it(entry) || (!released_by.suffices() && !entry.suffices()))
    };
    let by_pulse = signal == Signal::Pulse;
    for entry in entries.iter().filter(|entry| took(entry) && !(by_pulse && is_it(entry))) {
        caught(|| deliver(entry.byte(), Kind::Auto, Signal::Set), panic);
    }
    // The pulse is repeated last. Another wait for all of these events can take it only if the others are set.
    if by_pulse && took(released_by) {
        caught(|| deliver(released_by.byte(), Kind::Auto, Signal::Pulse), panic);
    }
}

impl<P> UnwindSafe for Task<P> {}
impl<P> RefUnwindSafe for Task<P> {}

impl<P> fmt::Debug for Task<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").finish_non_exhaustive()
    }
}
