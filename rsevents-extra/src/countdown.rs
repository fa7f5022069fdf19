//! [`CountdownEvent`].
//!
//! # The state
//!
//! Two words: `count`, a signed number, and `zero`, the manual-reset event that is set while the count is
//! zero.
//!
//! | `count` | `zero` | the countdown is |
//! |---|---|---|
//! | *n* > 0 | unset | at *n* |
//! | ≤ 0 | set | at 0; a number below 0 only counts ticks beyond zero |
//! | ≤ 0 | unset | crossing: the last tick is about to set the event, or a raise is about to write a count |
//!
//! | transition | by | under the lock |
//! |---|---|---|
//! | *n* to *m*, both > 0 | ticks, increments, resets | no: one read-modify-write |
//! | *n* to 0, then `zero.set()` | the tick (or reset) that reaches zero; the `set` is its last step | no |
//! | `zero.reset()`, then ≤ 0 to *n* | a raise: increments and resets from zero | yes |
//! | ≤ 0 to the next number below | a tick beyond zero | no |
//! | far below 0 to 0 | a tick beyond zero | yes |
//!
//! A raise begins only when the event is set, and holds the lock until its end, so raises exclude each other.
//! Therefore a single tick takes a count to zero, and its `set` ends the crossing. An operation that finds a
//! crossing locks, and then waits for the event. If a raise is crossing, locking waits for its end. If the
//! last tick is crossing, its `set` follows, and the lock keeps other threads from resetting the event first.

mod future;
mod guard;

pub use future::OwnedCountdownWait;
pub use guard::{CountdownGuard, OwnedCountdownGuard};

use crate::lock::Lock;
use crate::primitive::{AtomicUsize, const_unless_loom};
use rsevents::{
    Awaitable, AwaitableUnless, Event, EventState, Limit, ManualResetEvent, TimeoutError,
    UnlessError,
};
use std::cell::UnsafeCell;
use std::convert::Infallible;
use std::fmt;
use std::panic::RefUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::time::{Duration, Instant};

/// The largest count.
const MAX: usize = isize::MAX.unsigned_abs();

/// A tick that finds a number below this sets it back to zero, because the number must not wrap round.
const FAR_BELOW: isize = isize::MIN / 2;

/// Returns whether the countdown is not at `count`, but at zero or crossing.
const fn is_crossing(count: usize) -> bool {
    signed(count) <= 0
}

/// `usize::cast_signed`, which Rust 1.85 does not have.
#[expect(clippy::cast_possible_wrap, reason = "numbers beyond the largest count are below zero")]
const fn signed(count: usize) -> isize {
    count as isize
}

/// Panics because `n` cannot be added to `count`.
#[cold]
#[track_caller]
fn cannot_add(n: usize, count: usize) -> ! {
    panic!("cannot add {n} to a count of {count}, the maximum is {MAX}");
}

/// An event that is set while a count is zero: threads and tasks wait until all counted work is done.
///
/// Create it with the number of work items, or [`increment`](Self::increment) it when an item is added. Call
/// [`tick`](Self::tick) when an item is done, or let a [`guard`](Self::guard) do so. Then
/// [`wait`](Awaitable::wait) for the count to reach zero. For an item that is added later,
/// [`increment_guard`](Self::increment_guard) increments and returns the guard. (.NET calls this `CountdownEvent`, Java
/// `CountDownLatch`, Go `WaitGroup`.)
///
/// The count can be raised again after it has reached zero, for another round.
///
/// # Examples
///
/// ```
/// use rsevents_extra::{Awaitable, CountdownEvent};
/// use std::time::Duration;
///
/// let done = CountdownEvent::new(3);
/// std::thread::scope(|s| {
///     for _ in 0..3 {
///         s.spawn(|| {
///             let _item = done.guard(); // ticks when it is dropped, also by a panic
///             // … the work …
///         });
///     }
///     while !done.wait_for(Duration::from_secs(1)) {
///         println!("{} to go", done.count());
///     }
/// });
/// assert_eq!(done.count(), 0);
/// ```
///
/// # Semantics
///
/// * The event is set exactly while the count is zero. Ticks beyond zero have no effect.
/// * A parked thread and a queued task are released when the count reaches zero, even if the count is raised
///   again at once. (A thread spins briefly before it parks. While it spins, it may miss a zero that ends at once.)
/// * A wait that succeeds saw zero during the call.
/// * Each operation takes effect at one instant, and all threads agree on the order of the operations on one
///   countdown.
/// * The tick that releases a wait never touches the countdown after the release, so the waiter may free it at once.
///
/// # Memory ordering
///
/// What every thread did before its tick is visible after a wait that succeeds, not only what the last thread
/// did. (A tick beyond zero has no effect, so it publishes nothing.)
///
/// # Fairness
///
/// When the count reaches zero, all parked threads and queued tasks are released at one instant. The call that reaches
/// zero then wakes them one by one, and threads that are awake help it. None depends on another.
///
/// # Implementation
///
/// A tick is one atomic instruction as long as the count stays above zero. The tick that reaches zero also sets the
/// event. While another thread moves the count to or from zero, other operations may block briefly. Waits and
/// [`is_set`](Self::is_set) never block for that reason.
pub struct CountdownEvent {
    count: AtomicUsize,
    zero: ManualResetEvent,
    raise: Lock<()>,
    _tail: Tail,
}

/// Bytes that would otherwise be padding. The aliasing rules want a reference argument to stay valid until
/// the function returns, except for bytes in an `UnsafeCell`. But a tick's countdown may be freed before the
/// tick returns.
type Tail = UnsafeCell<[u8; TAIL]>;
const TAIL: usize = size_of::<usize>() - 1;

#[cfg(not(rsevents_loom))]
const _: () = assert!(
    size_of::<CountdownEvent>()
        == size_of::<(AtomicUsize, [u8; size_of::<usize>()])>() + size_of::<Lock<()>>()
);

// SAFETY: nothing accesses the tail, and everything else is `Sync`.
unsafe impl Sync for CountdownEvent {}
impl RefUnwindSafe for CountdownEvent {}

impl CountdownEvent {
    const_unless_loom! {
        /// Creates a countdown with this count. It is set if `count` is zero.
        ///
        /// There is no `From<usize>`, because a conversion must not panic, and none from a smaller integer,
        /// because lengths are `usize`.
        ///
        /// # Panics
        ///
        /// Panics if `count` exceeds `isize::MAX`.
        ///
        /// # Examples
        ///
        /// ```
        /// use rsevents_extra::CountdownEvent;
        ///
        /// static DONE: CountdownEvent = CountdownEvent::new(10);
        /// assert_eq!(DONE.count(), 10);
        /// ```
        #[must_use]
        #[track_caller]
        pub fn new(count: usize) -> Self {
            // The message omits the number, because a constant cannot format it.
            assert!(count <= MAX, "the count of a CountdownEvent would exceed isize::MAX");
            let state = if count == 0 { EventState::Set } else { EventState::Unset };
            Self {
                count: AtomicUsize::new(count),
                zero: ManualResetEvent::new(state),
                raise: Lock::new(()),
                _tail: UnsafeCell::new([0; TAIL]),
            }
        }
    }

    /// Decrements the count by one. Has no effect at zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, CountdownEvent};
    ///
    /// let done = CountdownEvent::new(1);
    /// done.tick();
    /// done.tick(); // one too many: no effect
    /// assert!(done.wait0());
    /// ```
    #[inline]
    pub fn tick(&self) {
        let _ = self.tick_reaches_zero();
    }

    /// Decrements the count by one, as [`tick`](Self::tick) does, and returns whether this call made it zero.
    ///
    /// The thread that finishes last can then do the remaining work, so that no thread needs to wait. If
    /// this returns `true`, what the other threads did before their ticks is visible to this thread.
    ///
    /// At zero it has no effect and returns `false`.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    /// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    ///
    /// let (sum, left) = (AtomicU32::new(0), CountdownEvent::new(2));
    /// let add = |n| {
    ///     sum.fetch_add(n, Relaxed);
    ///     if left.tick_reaches_zero() {
    ///         assert_eq!(sum.load(Relaxed), 3); // the last thread sees both
    ///     }
    /// };
    /// std::thread::scope(|s| {
    ///     s.spawn(|| add(1));
    ///     s.spawn(|| add(2));
    /// });
    /// ```
    #[inline]
    #[must_use = "`tick` is the same without the answer"]
    pub fn tick_reaches_zero(&self) -> bool {
        // ORDERING: Release publishes what this thread did before its tick. Acquire makes the last tick
        // collect what the others published, and pass it on with the event.
        let before = self.count.fetch_sub(1, AcqRel);
        if before == 1 {
            // Last access: a waiter that is released may free `self`.
            self.zero.set();
            return true;
        }
        is_crossing(before) && self.tick_at_zero(before)
    }

    /// Completes a tick that found the count at zero or crossing. Returns whether the tick took the count to
    /// zero.
    #[cold]
    fn tick_at_zero(&self, before: usize) -> bool {
        let far_below = signed(before) < FAR_BELOW;
        let action = if far_below { AtZero::StartOver } else { AtZero::Stay };
        // `None`: a raise has overwritten the number that this tick decremented, so the tick still has to
        // count.
        self.at_zero(action).is_none() && self.subtract(1) == Changed::ToZero
    }

    /// Decrements the count by one: another name of [`tick`](Self::tick).
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    ///
    /// let done = CountdownEvent::new(2);
    /// done.decrement();
    /// assert_eq!(done.count(), 1);
    /// ```
    #[inline]
    pub fn decrement(&self) {
        self.tick();
    }

    /// Subtracts `n` from the count, stopping at zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    ///
    /// let done = CountdownEvent::new(10);
    /// done.tick_by(4);
    /// assert_eq!(done.count(), 6);
    /// done.tick_by(100);
    /// assert!(done.is_set());
    /// ```
    #[inline]
    pub fn tick_by(&self, n: usize) {
        self.subtract(n);
    }

    /// Increments the count by one. This unsets the event if the count was zero.
    ///
    /// To add work only while other work is left, see [`try_increment`](Self::try_increment).
    ///
    /// # Panics
    ///
    /// Panics if the count is `isize::MAX`; nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, CountdownEvent};
    ///
    /// let done = CountdownEvent::new(0);
    /// done.increment();
    /// assert!(!done.wait0());
    /// ```
    #[inline]
    #[track_caller]
    pub fn increment(&self) {
        self.increment_by(1);
    }

    /// Adds `n` to the count. This unsets the event if the count was zero and `n` is not.
    ///
    /// # Panics
    ///
    /// Panics if the count would exceed `isize::MAX`; nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    ///
    /// let done = CountdownEvent::new(1);
    /// done.increment_by(2);
    /// assert_eq!(done.count(), 3);
    /// ```
    #[inline]
    #[track_caller]
    pub fn increment_by(&self, n: usize) {
        if n > 0 {
            let raised = self.change(|count| count.saturating_add(n), AtZero::Raise(n));
            if let Changed::Refused { count } = raised {
                cannot_add(n, count);
            }
        }
    }

    /// Increments the count by one and returns `true`, if the count is not zero. At zero it changes nothing and returns
    /// `false`: the threads that waited may have gone on, so it is too late to add work.
    ///
    /// This method does not close the countdown to new work: it succeeds as long as any work is left. See
    /// [the recipe](rsevents::recipes#a-closed-flag).
    ///
    /// # Panics
    ///
    /// Panics if the count is `isize::MAX`; nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    ///
    /// let done = CountdownEvent::new(1);
    /// assert!(done.try_increment());
    /// done.tick_by(2);
    /// assert!(!done.try_increment());
    /// ```
    #[inline]
    #[track_caller]
    #[must_use = "false means that the work was not added"]
    pub fn try_increment(&self) -> bool {
        self.try_increment_by(1)
    }

    /// Adds `n` to the count and returns `true`, if the count is not zero. At zero it changes nothing and returns
    /// `false`, however large `n` is.
    ///
    /// # Panics
    ///
    /// Panics if the count is not zero and would exceed `isize::MAX`; nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    ///
    /// let done = CountdownEvent::new(1);
    /// assert!(done.try_increment_by(2));
    /// assert_eq!(done.count(), 3);
    /// ```
    #[inline]
    #[track_caller]
    #[must_use = "false means that the work was not added"]
    pub fn try_increment_by(&self, n: usize) -> bool {
        match self.change(|count| count.saturating_add(n), AtZero::Stay) {
            Changed::Refused { count } => cannot_add(n, count),
            changed => changed == Changed::Yes,
        }
    }

    /// Sets the count. Zero sets the event and releases all waiters; any other number unsets the event.
    ///
    /// # Panics
    ///
    /// Panics if `count` exceeds `isize::MAX`; nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, CountdownEvent};
    ///
    /// static ROUND: CountdownEvent = CountdownEvent::new(0);
    /// ROUND.reset(2);
    /// assert!(!ROUND.wait0());
    /// ROUND.reset(0);
    /// assert!(ROUND.wait0());
    /// ```
    #[track_caller]
    pub fn reset(&self, count: usize) {
        assert!(count <= MAX, "a count of {count} requested, the maximum is {MAX}");
        let at_zero = if count == 0 { AtZero::Stay } else { AtZero::Raise(count) };
        self.change(|_| count, at_zero);
    }

    /// Returns the count right now. The answer may be stale by the time it is used.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    ///
    /// assert_eq!(CountdownEvent::new(7).count(), 7);
    /// ```
    #[must_use = "reading the count has no effect"]
    pub fn count(&self) -> usize {
        loop {
            // ORDERING: Acquire, so that a thread that knows the count sees what was done before its ticks,
            // and finds the event unset.
            let count = self.count.load(Acquire);
            if !is_crossing(count) {
                return count;
            }
            if self.at_zero(AtZero::Stay).is_some() {
                return 0;
            }
        }
    }

    /// Returns the count, or zero while another thread moves it to or from zero. Never blocks.
    fn seen_count(&self) -> usize {
        let count = self.count.load(Relaxed);
        if is_crossing(count) { 0 } else { count }
    }

    /// Returns whether the count is zero right now. The answer may be stale by the time it is used.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    ///
    /// assert!(CountdownEvent::new(0).is_set());
    /// assert!(!CountdownEvent::new(1).is_set());
    /// ```
    #[must_use = "reading the state has no effect"]
    pub fn is_set(&self) -> bool {
        self.zero.is_set()
    }

    /// Returns a guard for one work item. The guard ticks when it is dropped, also by a panic.
    ///
    /// This does not increment the count: the item has been counted by [`new`](Self::new) or
    /// [`increment`](Self::increment). For an item that has not been counted, see
    /// [`increment_guard`](Self::increment_guard).
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, CountdownEvent};
    ///
    /// let done = CountdownEvent::new(2);
    /// std::thread::scope(|s| {
    ///     for _ in 0..2 {
    ///         s.spawn(|| {
    ///             let _item = done.guard();
    ///             // … work that may return early or panic …
    ///         });
    ///     }
    ///     done.wait();
    /// });
    /// ```
    #[must_use = "the guard ticks as soon as it is dropped"]
    pub fn guard(&self) -> CountdownGuard<'_> {
        CountdownGuard::new(self)
    }

    /// Returns a [`guard`](Self::guard) that owns a share of the countdown. Use it where a borrow is impossible, such
    /// as in a thread that is not scoped, or in a struct.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, CountdownEvent};
    /// use std::sync::Arc;
    ///
    /// let done = Arc::new(CountdownEvent::new(2));
    /// for _ in 0..2 {
    ///     let item = done.guard_owned();
    ///     std::thread::spawn(move || drop(item));
    /// }
    /// done.wait();
    /// ```
    #[must_use = "the guard ticks as soon as it is dropped"]
    pub fn guard_owned(self: &Arc<Self>) -> OwnedCountdownGuard {
        OwnedCountdownGuard::new(self.clone())
    }

    /// Increments the count by one and returns the guard of the new item: [`increment`](Self::increment) and
    /// [`guard`](Self::guard) in one call.
    ///
    /// # Panics
    ///
    /// Panics if the count is `isize::MAX`; nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, CountdownEvent};
    ///
    /// let done = CountdownEvent::new(0);
    /// std::thread::scope(|s| {
    ///     for _ in 0..3 {
    ///         let item = done.increment_guard();
    ///         s.spawn(move || drop(item));
    ///     }
    ///     done.wait();
    /// });
    /// ```
    #[track_caller]
    #[must_use = "the guard ticks as soon as it is dropped"]
    pub fn increment_guard(&self) -> CountdownGuard<'_> {
        self.increment();
        self.guard()
    }

    /// Increments the count by one and returns an owned guard of the new item. See
    /// [`increment_guard`](Self::increment_guard).
    ///
    /// # Panics
    ///
    /// Panics if the count is `isize::MAX`; nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, CountdownEvent};
    /// use std::sync::Arc;
    ///
    /// let done = Arc::new(CountdownEvent::new(0));
    /// for _ in 0..3 {
    ///     let item = done.increment_guard_owned();
    ///     std::thread::spawn(move || drop(item));
    /// }
    /// done.wait();
    /// ```
    #[track_caller]
    #[must_use = "the guard ticks as soon as it is dropped"]
    pub fn increment_guard_owned(self: &Arc<Self>) -> OwnedCountdownGuard {
        self.increment();
        self.guard_owned()
    }

    /// Increments the count by one, if it is not zero, and returns the guard of the new item. At zero it
    /// changes nothing and returns `None`. See [`try_increment`](Self::try_increment).
    ///
    /// # Panics
    ///
    /// Panics if the count is `isize::MAX`; nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    ///
    /// let done = CountdownEvent::new(1);
    /// let item = done.try_increment_guard().unwrap();
    /// done.tick();
    /// drop(item);
    /// assert!(done.try_increment_guard().is_none());
    /// ```
    #[track_caller]
    #[must_use = "`None` means that the work was not added, and a guard ticks as soon as it is dropped"]
    pub fn try_increment_guard(&self) -> Option<CountdownGuard<'_>> {
        self.try_increment().then(|| self.guard())
    }

    /// Increments the count by one, if it is not zero, and returns an owned guard of the new item. See
    /// [`try_increment_guard`](Self::try_increment_guard).
    ///
    /// # Panics
    ///
    /// Panics if the count is `isize::MAX`; nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{Awaitable, CountdownEvent};
    /// use std::sync::Arc;
    ///
    /// let done = Arc::new(CountdownEvent::new(1));
    /// let item = done.try_increment_guard_owned().unwrap();
    /// done.tick();
    /// std::thread::spawn(move || drop(item));
    /// done.wait();
    /// ```
    #[track_caller]
    #[must_use = "`None` means that the work was not added, and a guard ticks as soon as it is dropped"]
    pub fn try_increment_guard_owned(self: &Arc<Self>) -> Option<OwnedCountdownGuard> {
        self.try_increment().then(|| self.guard_owned())
    }

    /// Returns the event that is set while the count is zero, for a [`WaitAny`](rsevents::WaitAny) or
    /// [`WaitAll`](rsevents::WaitAll). Its users cannot set it.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{Awaitable, ManualResetEvent, WaitAny};
    /// use rsevents_extra::CountdownEvent;
    ///
    /// let (stop, done) = (ManualResetEvent::default(), CountdownEvent::new(1));
    /// done.tick();
    /// assert_eq!(WaitAny::new(&[&stop, done.event()]).wait(), 1);
    /// ```
    #[must_use = "an event has no effect until it is waited for"]
    pub fn event(&self) -> &dyn Event {
        &self.zero
    }

    /// Subtracts `n` from the count, stopping at zero.
    #[inline]
    fn subtract(&self, n: usize) -> Changed {
        self.change(|count| count.saturating_sub(n), AtZero::Stay)
    }

    /// Changes the count by `f` if it is above zero, and otherwise does what `at_zero` says. Refuses a result
    /// beyond `MAX`.
    #[inline]
    fn change(&self, f: impl Fn(usize) -> usize, at_zero: AtZero) -> Changed {
        // ORDERING: Acquire, as in `count`, because a refusal tells the caller this count.
        let mut seen = self.count.load(Acquire);
        loop {
            if is_crossing(seen) {
                match self.at_zero(at_zero) {
                    Some(changed) => return changed,
                    None => seen = self.count.load(Acquire),
                }
                continue;
            }
            let new = f(seen);
            if new > MAX {
                return Changed::Refused { count: seen };
            }
            // ORDERING: as in `tick_reaches_zero`; on failure, as for the load above.
            match self.count.compare_exchange_weak(seen, new, AcqRel, Acquire) {
                Ok(_) => {
                    if new > 0 {
                        return Changed::Yes;
                    }
                    // Last access: a waiter that is released may free `self`.
                    self.zero.set();
                    return Changed::ToZero;
                }
                Err(now) => seen = now,
            }
        }
    }

    /// Completes an operation that found the count at zero or crossing. Returns `None` if the count is above
    /// zero now.
    #[cold]
    fn at_zero(&self, action: AtZero) -> Option<Changed> {
        if action == AtZero::Stay && self.zero.is_set() {
            return Some(Changed::No);
        }
        let _raise = self.raise.lock();
        // ORDERING: Relaxed, because the count leaves zero only under the lock.
        if !is_crossing(self.count.load(Relaxed)) {
            return None;
        }
        // The last tick may not have set the event yet. The lock keeps other threads from resetting it
        // meanwhile.
        self.zero.wait();
        match action {
            AtZero::Stay => {}
            AtZero::StartOver => {
                // ORDERING: Relaxed, because all numbers up to zero mean the same.
                self.count.swap(0, Relaxed);
            }
            AtZero::Raise(count) if count > MAX => return Some(Changed::Refused { count: 0 }),
            AtZero::Raise(count) => {
                self.zero.reset();
                // ORDERING: Release, because a thread that sees the count must find the event unset.
                self.count.swap(count, Release);
                return Some(Changed::Yes);
            }
        }
        Some(Changed::No)
    }
}

/// What an operation does if the count is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AtZero {
    Stay,
    /// Stays at zero, and sets the number back to zero.
    StartOver,
    Raise(usize),
}

/// The result of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Changed {
    /// The count is above zero now.
    Yes,
    /// The operation took the count from above zero to zero.
    ToZero,
    /// The count was zero and stays zero.
    No,
    /// The count would be too large, so nothing has changed.
    Refused { count: usize },
}

impl Awaitable<'_> for CountdownEvent {
    type T = ();
    type Error = TimeoutError;

    #[inline]
    fn try_wait(&self) -> Result<(), Infallible> {
        self.zero.try_wait()
    }

    #[inline]
    fn try_wait_for(&self, timeout: Duration) -> Result<(), TimeoutError> {
        self.zero.try_wait_for(timeout)
    }

    #[inline]
    fn try_wait_until(&self, deadline: Instant) -> Result<(), TimeoutError> {
        self.zero.try_wait_until(deadline)
    }

    #[inline]
    fn try_wait0(&self) -> Result<(), TimeoutError> {
        self.zero.try_wait0()
    }
}

impl AwaitableUnless<'_> for CountdownEvent {
    fn try_wait_unless(&self, stop: &dyn Event, limit: Limit) -> Result<(), UnlessError> {
        self.zero.try_wait_unless(stop, limit)
    }
}

/// Creates a countdown at zero.
impl Default for CountdownEvent {
    fn default() -> Self {
        Self::new(0)
    }
}

/// Shows the count right now. Never blocks: while another thread moves the count to or from zero, it shows
/// zero.
impl fmt::Debug for CountdownEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountdownEvent").field("count", &self.seen_count()).finish()
    }
}

#[cfg(all(test, not(rsevents_loom)))]
mod tests {
    use super::{CountdownEvent, FAR_BELOW, Relaxed};
    use rsevents::{Awaitable, ManualResetEvent};
    use std::sync::Arc;
    use std::thread;
    use std::time::Duration;

    #[test]
    fn ticks_too_many_never_wrap_round() {
        let countdown = CountdownEvent::new(0);
        let lowest = usize::MAX - FAR_BELOW.unsigned_abs();
        countdown.count.swap(lowest, Relaxed);
        countdown.tick();
        assert_eq!(countdown.count.load(Relaxed), 0);
        assert!(countdown.is_set() && countdown.count() == 0);
        countdown.tick();
        countdown.increment();
        assert!(!countdown.is_set() && countdown.count() == 1);
    }

    /// The test holds the lock, as a thread does that stops half-way through a raise.
    #[test]
    fn debug_never_blocks() {
        let countdown = Arc::new(CountdownEvent::new(1));
        countdown.count.swap(0, Relaxed);
        let _raise = countdown.raise.lock();
        let printed = Arc::new(ManualResetEvent::default());
        thread::spawn({
            let (countdown, printed) = (countdown.clone(), printed.clone());
            move || {
                assert_eq!(format!("{countdown:?}"), "CountdownEvent { count: 0 }");
                printed.set();
            }
        });
        assert!(printed.wait_for(Duration::from_secs(30)));
    }
}
