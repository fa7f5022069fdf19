//! The algorithm of the semaphore.
//!
//! # How permits move
//!
//! While the queue is empty, acquiring and returning permits are one compare-exchange of the word each. A
//! thread or task that finds too few permits becomes a *sleeper*. It enters the queue, under a lock, and
//! turns on the word's `ASLEEP` flag. While that flag is on, permits that are returned or added (a *gift*)
//! are dealt out to the sleepers, under the lock:
//!
//! * Usually the gift is *offered*: the permits go into the word, where running threads may take them. The
//!   first sleeper is woken to try. `ASLEEP` is off until this *woken sleeper* has tried, so at most one
//!   sleeper is woken at a time. Meanwhile a gift of one permit needs no lock if no other permit is idle: the
//!   woken sleeper or a running thread takes it. The word counts these gifts, which *pass* the woken sleeper.
//!   Every 63rd such gift takes the lock and checks whether a hand-over is due.
//! * Once per [`INTERVAL`] the permits are *handed over*. They do not go into the word, but directly to the
//!   first sleeper, which is then *served*. Whenever the permits suffice for several sleepers, all of these are
//!   served likewise, except the last, which is offered its permits.
//! * If a hand-over is due and the first sleeper wants more than is idle, `RESERVED` reserves the idle
//!   permits until there are enough. Newcomers find none available.
//!
//! The *first sleeper* is the first in the queue that wants no more permits than exist. Sleepers that want
//! more are stepped over.
//!
//! # Invariants, while the lock is free
//!
//! 1. `ASLEEP` is on exactly while the queue has sleepers and none of them is woken. `RESERVED` is on only
//!    while the first sleeper wants more permits than are idle. (Where the word has no room to count passes,
//!    `ASLEEP` stays on while a sleeper is woken.)
//! 2. The idle permits do not suffice for the first sleeper, or the first sleeper is woken. They do not
//!    suffice for the first sleeper and the next together. So a sleeper that is not woken need not try.
//! 3. The flags change only under the lock.
//!
//! Rejected: taking no lock for any gift while a sleeper is woken. If the woken sleeper's thread does not
//! run, the sleepers behind it would sleep although permits are available.
//!
//! Rejected: serving every sleeping task instead of offering, which saves a lock and a reading of the clock.
//! The permits then wait for the task to be polled: 64 tasks that compete for 4 permits on two processors
//! took 1.1 times as long (Intel, November 2026).

use super::permits::Permits;
use super::queue::{Next, Plan, Queue, Sleeper, Wakes, with_sleeper};
use crate::lock::Lock;
use crate::primitive::{Arc, AtomicWord, const_unless_loom};
use rsevents::{Awaitable, Event, Limit, UnlessError, WaitAny};
use std::cell::UnsafeCell;
use std::panic::RefUnwindSafe;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release};
use std::time::{Duration, Instant};

/// The time between hand-overs to the first sleeper. Each hand-over costs a context switch during which
/// nobody uses the permits. At a millisecond this is a few percent.
const INTERVAL: Duration = Duration::from_millis(1);

/// Permits that are returned or added.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gift {
    pub(super) permits: u16,
    /// Whether the permits are added: they did not exist before.
    pub(super) new: bool,
}

impl Gift {
    /// Returns whether the gift must be dealt out under the lock. A single permit need not be if a sleeper is
    /// woken and no other permit is idle, because the woken sleeper wants at least one.
    #[inline]
    const fn is_wanted(self, seen: Permits) -> bool {
        seen.wanted() || seen.idle() > 0 || self.permits > 1
    }

    /// Returns the word with the gift, or `None` if more than `max` permits would exist.
    #[inline]
    fn added_to(self, seen: Permits, max: u16) -> Option<Permits> {
        let fits = !self.new || max - seen.total() >= self.permits;
        fits.then(|| seen.give(self.permits, self.new))
    }
}

/// The word and the queue of sleepers, without the checks and guards of the public type.
///
/// It consists of `UnsafeCell`s only, without padding, because other threads may free it before a call that
/// uses it returns: see `Tail` in `countdown.rs`.
pub(super) struct RawSemaphore {
    word: AtomicWord,
    max: Fixed,
    queue: Lock<Queue>,
    /// Locked before `queue` by sleepers that leave because of a timeout or a stop. Many may leave together,
    /// and a thread that returns permits must not wait behind all of them.
    exit: Lock<()>,
}

/// A number that never changes. Its `UnsafeCell` also fills what would otherwise be padding of
/// [`RawSemaphore`], which differs from processor to processor.
struct Fixed(UnsafeCell<[u16; Self::LEN]>);

// SAFETY: nothing writes to the cell.
unsafe impl Sync for Fixed {}
impl RefUnwindSafe for Fixed {}

impl Fixed {
    /// The size of the other fields.
    const OTHERS: usize =
        size_of::<AtomicWord>() + size_of::<Lock<Queue>>() + size_of::<Lock<()>>();
    /// The alignment of all fields.
    const ALIGN: usize = align_of::<(AtomicWord, Lock<Queue>)>();
    const LEN: usize =
        ((Self::OTHERS + size_of::<u16>()).next_multiple_of(Self::ALIGN) - Self::OTHERS) / 2;

    const fn new(number: u16) -> Self {
        Self(UnsafeCell::new([number; Self::LEN]))
    }

    const fn get(&self) -> u16 {
        // SAFETY: nothing writes to the cell.
        let [number, ..] = unsafe { *self.0.get() };
        number
    }
}

#[cfg(not(rsevents_loom))]
const _: () = assert!(size_of::<RawSemaphore>() == Fixed::OTHERS + size_of::<Fixed>());

impl RawSemaphore {
    const_unless_loom! {
        pub(super) fn new(initial: u16, max: u16) -> Self {
            Self {
                word: AtomicWord::new(Permits::new(initial, initial).0),
                max: Fixed::new(max),
                queue: Lock::new(Queue::new()),
                exit: Lock::new(()),
            }
        }
    }

    pub(super) const fn max(&self) -> u16 {
        self.max.get()
    }

    pub(super) fn permits(&self) -> Permits {
        // ORDERING: Acquire, to see what was done before the numbers changed.
        self.load(Acquire)
    }

    /// Removes as many of the available permits as `gone` picks. If it picks `None`, or more than are
    /// available, changes nothing and returns `false`.
    pub(super) fn shrink(&self, mut gone: impl FnMut(u16) -> Option<u16>) -> bool {
        self.lower(|seen| {
            let gone = gone(seen.available())?;
            Some(seen.take(gone)?.with_total(seen.total() - gone))
        })
    }

    /// Removes `n` permits that the caller holds.
    pub(super) fn forget(&self, n: u16) {
        self.lower(|seen| Some(seen.with_total(seen.total() - n)));
    }

    /// Makes `change`, which reduces how many permits exist. Returns `false` if `change` returns `None`.
    fn lower(&self, mut change: impl FnMut(Permits) -> Option<Permits>) -> bool {
        loop {
            let mut quiet = true;
            // ORDERING: Acquire, as in `take`. Release, so that `permits` sees what was done before.
            let done = self.update(AcqRel, |seen| {
                quiet = seen.quiet();
                if quiet { change(seen) } else { None }
            });
            if quiet {
                return done;
            }
            // A sleeper may now want more permits than exist. If so, the sleepers behind it are served first.
            let mut queue = self.queue.lock();
            if !queue.is_empty() {
                let wakes = self.deal(&mut queue, self.is_reserved(), &mut change);
                drop(queue);
                return wake_all(wakes, Wakes::wake);
            }
        }
    }

    /// Returns whether the queue is empty and no flag is on.
    #[cfg(rsevents_loom)]
    pub(super) fn is_at_rest(&self) -> bool {
        self.queue.lock().is_empty() && self.load(Relaxed).quiet()
    }

    #[inline]
    fn load(&self, ordering: Ordering) -> Permits {
        Permits(self.word.load(ordering))
    }

    /// Changes the word by `f`, unless `f` returns `None`. Returns whether it has changed the word.
    #[inline]
    fn update(&self, success: Ordering, mut f: impl FnMut(Permits) -> Option<Permits>) -> bool {
        let mut seen = self.load(Relaxed);
        while let Some(new) = f(seen) {
            match self.word.compare_exchange_weak(seen.0, new.0, success, Relaxed) {
                Ok(_) => return true,
                Err(now) => seen = Permits(now),
            }
        }
        false
    }

    /// Acquires `n` permits if they are available, and returns whether they were.
    #[inline]
    pub(super) fn take(&self, n: u16) -> bool {
        // ORDERING: Acquire, to see what was done before the permits were returned or added.
        self.update(Acquire, |seen| seen.take(n))
    }

    /// Acquires all available permits and returns how many.
    pub(super) fn take_all(&self) -> u16 {
        let mut taken = 0;
        // ORDERING: Acquire, as in `take`.
        self.update(Acquire, |seen| {
            taken = seen.available();
            seen.take(taken)
        });
        taken
    }

    /// Acquires `n` permits, sleeping until they are available.
    #[inline]
    pub(super) fn wait(&self, n: u16) {
        if !self.take(n) {
            let _without_a_limit = self.sleep(n, Limit::None, None);
        }
    }

    /// Waits as [`wait`](Self::wait) does, for at most `timeout`. Returns whether it has the permits.
    #[inline]
    pub(super) fn wait_for(&self, n: u16, timeout: Duration) -> bool {
        self.take(n) || (!timeout.is_zero() && self.sleep(n, timeout.into(), None).is_ok())
    }

    /// Waits as [`wait`](Self::wait) does, until `deadline` at the latest. Returns whether it has the
    /// permits.
    #[inline]
    pub(super) fn wait_until(&self, n: u16, deadline: Instant) -> bool {
        let sleep = || self.sleep(n, Limit::Until(deadline), None).is_ok();
        self.take(n) || (Instant::now() < deadline && sleep())
    }

    /// Waits as [`wait`](Self::wait) does, for at most `limit`, unless `stop` is set.
    ///
    /// It checks `stop` first and then the permits, not both at one instant. The order matters: no permit is
    /// acquired if `stop` was set before the check. (Rejected: taking the permits first and putting them back
    /// after a stop. Other threads would see them gone.)
    pub(super) fn wait_unless(
        &self,
        n: u16,
        stop: &dyn Event,
        limit: Limit,
    ) -> Result<(), UnlessError> {
        if is_stopped(stop) {
            return Err(UnlessError::Stopped);
        }
        if self.take(n) {
            return Ok(());
        }
        match limit {
            Limit::Zero => Err(UnlessError::TimedOut),
            Limit::Until(deadline) if deadline <= Instant::now() => Err(UnlessError::TimedOut),
            Limit::Until(_) | Limit::None => self.sleep(n, limit, Some(stop)),
        }
    }

    /// Puts the gift in, or changes nothing and returns `false` if more than `max` permits would exist.
    #[inline]
    pub(super) fn give(&self, gift: Gift) -> bool {
        self.give_and(Wakes::wake, gift)
    }

    /// Does the same as [`give`](Self::give), using `wake` to wake sleepers.
    #[inline]
    fn give_and(&self, wake: fn(Wakes), gift: Gift) -> bool {
        loop {
            let mut wanted = false;
            // ORDERING: Release, to publish what was done before to the thread that takes the permits. A
            // successful exchange is the last access, because that thread may free the semaphore.
            let given = self.update(Release, |seen| {
                if seen.quiet() {
                    return gift.added_to(seen, self.max());
                }
                wanted = gift.is_wanted(seen);
                if wanted { None } else { gift.added_to(seen.passing(), self.max()) }
            });
            if !wanted {
                return given;
            }
            if let Some(given) = self.give_to_sleepers(wake, gift) {
                return given;
            }
        }
    }

    /// Deals the gift out, and returns whether it fitted, or `None` if the sleepers have left.
    #[cold]
    fn give_to_sleepers(&self, wake: fn(Wakes), gift: Gift) -> Option<bool> {
        let mut queue = self.queue.lock();
        if queue.is_empty() {
            return None;
        }
        let due = queue.due();
        let hand_over = self.is_reserved() || due.is_now();
        // This call checks whether a hand-over is due, so the count of passes starts again.
        let wakes = self
            .deal(&mut queue, hand_over, |seen| gift.added_to(seen.with_woken(false), self.max()));
        if wakes.is_some() {
            queue.met(due, INTERVAL);
        }
        // Other threads may have taken the permits from the word by now. But none can free the semaphore
        // before this unlock: a sleeper was queued, and its wait ends only after it has had the lock, or the
        // wake-up below.
        drop(queue);
        Some(wake_all(wakes, wake))
    }

    /// Makes `change`, deals the idle permits out to the sleepers, and updates the flags. Returns the
    /// sleepers to wake. If `change` returns `None`, changes nothing and returns `None`.
    fn deal(
        &self,
        queue: &mut Queue,
        hand_over: bool,
        mut change: impl FnMut(Permits) -> Option<Permits>,
    ) -> Option<Wakes> {
        let mut plan = Plan::default();
        // ORDERING: Acquire, because a hand-over passes on what was published with the idle permits. Release,
        // because a running thread may take the offered permits from the word.
        let changed = self.update(AcqRel, |seen| {
            let changed = change(seen)?;
            plan = queue.plan(changed.idle(), changed.total(), hand_over);
            let reserved = plan.next == Next::Blocked && hand_over && plan.served == 0;
            let asleep = plan.remaining && !plan.on_its_way;
            let word = changed.with_idle(plan.left).with_reserved(reserved);
            Some(word.with_asleep(asleep).with_woken(plan.on_its_way))
        });
        changed.then(|| queue.carry_out(plan))
    }

    /// Deals the idle permits out after the queue has changed, and returns the sleepers to wake.
    fn settle(&self, queue: &mut Queue, hand_over: bool) -> Wakes {
        self.deal(queue, hand_over, Some).unwrap_or(Wakes::NONE)
    }

    /// Returns whether the idle permits are reserved. The answer is stable only under the lock.
    fn is_reserved(&self) -> bool {
        self.load(Relaxed).reserved()
    }

    /// Sleeps until it has `n` permits, `limit` passes, or `stop` is set.
    #[cold]
    fn sleep(&self, n: u16, limit: Limit, stop: Option<&dyn Event>) -> Result<(), UnlessError> {
        let (ended, others) = self.sleep_in_queue(n, limit, stop);
        self.finish(ended, others, n)
    }

    /// Wakes `others`, and returns the result of a wait for `n` permits that has ended.
    pub(super) fn finish(&self, ended: Ended, others: Wakes, n: u16) -> Result<(), UnlessError> {
        others.wake_quietly();
        match ended {
            Ended::Served => Ok(()),
            Ended::TimedOut => Err(UnlessError::TimedOut),
            Ended::Stopped => Err(UnlessError::Stopped),
            Ended::ServedAndStopped => {
                // The stop's signal has been taken, so the wait is stopped. Others may have seen the permits
                // as held.
                self.give_back(n);
                Err(UnlessError::Stopped)
            }
        }
    }

    /// Returns permits that a wait was given although it was stopped or dropped.
    fn give_back(&self, n: u16) {
        self.give_and(Wakes::wake_quietly, Gift { permits: n, new: false });
    }

    fn sleep_in_queue(&self, n: u16, limit: Limit, stop: Option<&dyn Event>) -> (Ended, Wakes) {
        with_sleeper(n, |me| {
            // SAFETY: `me` is new, and it has left the queue when this function returns.
            let (first, mut wakes) = unsafe { self.enqueue(me) };
            loop {
                wakes.wake_quietly();
                // A sleeper behind others sleeps too long for spinning to pay.
                let woken = me.sleep(limit, stop, first);
                match self.after_wake(me, woken, limit) {
                    Step::Leave(ended, others) => return (ended, others),
                    Step::Stay(others) => wakes = others,
                }
            }
        })
    }

    /// Puts a sleeper into the queue. Returns whether the queue was empty, and the sleepers to wake.
    ///
    /// # Safety
    ///
    /// The sleeper must be new, and must stay valid until it has left the queue.
    pub(super) unsafe fn enqueue(&self, me: &Arc<Sleeper>) -> (bool, Wakes) {
        let mut queue = self.queue.lock();
        let first = queue.is_empty();
        // SAFETY: the same as our caller promises.
        unsafe { queue.push(me) };
        (first, self.settle(&mut queue, self.is_reserved()))
    }

    /// Decides what a sleeper does next after it was woken, stopped, or reached its deadline.
    pub(super) fn after_wake(
        &self,
        me: &Arc<Sleeper>,
        woken: Result<(), UnlessError>,
        limit: Limit,
    ) -> Step {
        let is_over = || matches!(limit, Limit::Until(deadline) if deadline <= Instant::now());
        let stopped = woken == Err(UnlessError::Stopped);
        let served = if stopped { Ended::ServedAndStopped } else { Ended::Served };
        if me.was_served() {
            return Step::Leave(served, Wakes::NONE);
        }
        let exit = woken.is_err().then(|| self.exit.lock());
        let mut queue = self.queue.lock();
        if !me.is_queued() {
            // The sleeper was served, but the serving thread has not set `served` yet. This wait ends without the wake-up that will follow.
            return Step::Leave(served, Wakes::NONE);
        }
        // By invariant 2, the first sleeper finds too few unless it was woken. Others must not overtake it.
        let taken = !stopped && queue.is_woken(me) && self.take(me.wants);
        if !taken && woken.is_ok() && !is_over() {
            return Step::Stay(self.stay(&mut queue, me));
        }
        let others = self.leave(&mut queue, me);
        let ended = match (taken, stopped) {
            (true, _) => Ended::Served,
            (false, true) => Ended::Stopped,
            (false, false) => Ended::TimedOut,
        };
        // Unlock the queue first, because threads that return permits need it.
        drop(queue);
        drop(exit);
        Step::Leave(ended, others)
    }

    /// Ends a wait that is given up: takes its sleeper out of the queue or, if it was served, returns its
    /// permits.
    pub(super) fn give_up(&self, me: &Arc<Sleeper>) {
        let mut queue = self.queue.lock();
        if me.is_queued() {
            let others = self.leave(&mut queue, me);
            drop(queue);
            others.wake_quietly();
        } else {
            drop(queue);
            self.give_back(me.wants);
        }
    }

    /// Keeps a sleeper in the queue that was woken to try, but found that a running thread was faster.
    fn stay(&self, queue: &mut Queue, me: &Sleeper) -> Wakes {
        if !queue.is_woken(me) {
            return Wakes::NONE;
        }
        queue.sleeps_again();
        let due = queue.due();
        let hand_over = self.is_reserved() || due.is_now();
        let wakes = self.deal(queue, hand_over, |seen| Some(seen.with_woken(false)));
        queue.met(due, INTERVAL);
        wakes.unwrap_or(Wakes::NONE)
    }

    fn leave(&self, queue: &mut Queue, me: &Sleeper) -> Wakes {
        let seen = self.load(Relaxed);
        // Permits are reserved for the first sleeper. If it leaves, the reservation ends.
        let keep_reserved = seen.reserved() && !queue.is_next(me, seen.total());
        queue.remove(me);
        self.settle(queue, keep_reserved)
    }
}

/// Returns whether the stop event is set, and takes its signal if so.
pub(super) fn is_stopped(stop: &dyn Event) -> bool {
    WaitAny::new(&[stop]).try_wait0().is_ok()
}

/// What a sleeper does next. Each variant carries the other sleepers to wake.
pub(super) enum Step {
    Leave(Ended, Wakes),
    Stay(Wakes),
}

/// How a sleep at the semaphore ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Served,
    TimedOut,
    Stopped,
    /// The sleeper was stopped, but permits had already been handed to it.
    ServedAndStopped,
}

/// Wakes the sleepers that a change releases, after the unlock. Returns whether the change was made.
fn wake_all(wakes: Option<Wakes>, wake: fn(Wakes)) -> bool {
    wakes.map(wake).is_some()
}

#[cfg(test)]
mod tests;
