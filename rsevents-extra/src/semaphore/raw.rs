//! The algorithm of the semaphore.
//!
//! # How permits move
//!
//! While nobody sleeps, taking and giving back is one compare-exchange of the word. A thread that
//! finds too few permits puts itself into the queue, under a lock, and turns on the word's `ASLEEP`
//! flag; while that is on, whoever gives permits back does so under the lock and deals with the
//! sleepers:
//!
//! * Usually it *offers*: the permits go into the word, where running threads may take them, and the
//!   first sleeper is woken to try. `ASLEEP` is off until it has tried, so one thread at most is on
//!   its way. Meanwhile others give back one permit in one instruction, as long as none is available: it is
//!   for the one on its way, or for a running thread. They count in the word how often they do, and
//!   every 63rd time somebody looks whether a hand-over is due.
//! * Once per [`INTERVAL`], and for those who can be satisfied in addition to the one that is offered
//!   something, it *hands over*: the permits do not go into the word but to the first sleeper.
//! * If that one wants more than there is, `RESERVED` puts aside what comes until there is enough:
//!   newcomers find nothing available.
//!
//! "The first" is the first that wants no more permits than exist. Others are stepped over.
//!
//! # Invariants, while the lock is free
//!
//! 1. `ASLEEP` is on exactly while the queue has sleepers and none is on its way after an offer. `RESERVED`
//!    is on only while the first wants more than there is. (Where the word has no room to count who
//!    passes a sleeper on its way, `ASLEEP` stays on meanwhile.)
//! 2. The idle permits do not suffice for the first sleeper, or it is on its way to them. They do not
//!    suffice for that one and the next. So whoever has not been woken need not try.
//! 3. The flags change only under the lock.
//!
//! Rejected: to give back in one instruction whenever a sleeper is on its way. If that sleeper does not run,
//! those behind it sleep next to available permits.

use super::permits::Permits;
use super::queue::{Next, Plan, Queue, Sleeper, Wakes, with_sleeper};
use crate::lock::Lock;
use crate::primitive::{Arc, AtomicWord, Word, const_unless_loom};
use rsevents::{Awaitable, Event, Limit, UnlessError, WaitAny};
use std::cell::UnsafeCell;
use std::panic::RefUnwindSafe;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release};
use std::time::{Duration, Instant};

/// How often permits are handed over in order, which costs a context switch during which they are
/// idle. At a millisecond this is a few percent.
const INTERVAL: Duration = Duration::from_millis(1);

/// Permits that come into the word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gift {
    pub(super) permits: u16,
    /// They did not exist before.
    pub(super) new: bool,
}

impl Gift {
    /// Whether it has to be dealt out, while there are sleepers: none is on its way, or one is, and there
    /// is more than it may want.
    #[inline]
    const fn is_wanted(self, seen: Permits) -> bool {
        seen.wanted() || seen.idle() > 0 || self.permits > 1
    }

    /// `None`: there would be too many.
    #[inline]
    fn added_to(self, seen: Permits, max: u16) -> Option<Permits> {
        let fits = !self.new || max - seen.total() >= self.permits;
        fits.then(|| seen.give(self.permits, self.new))
    }
}

/// The word, the sleepers, and nothing of the public type's manners.
///
/// Nothing but cells, not even padding, for it may be freed by others before a call that uses it
/// returns: see the countdown's tail.
pub(super) struct RawSemaphore {
    word: AtomicWord,
    max: Fixed,
    queue: Lock<Queue>,
    /// Taken before the lock of the queue by those that leave at their limits. Many do so together, and
    /// a thread that gives permits back does not wait behind all of them.
    exit: Lock<()>,
}

/// A number that never changes, in a cell as large as the word.
struct Fixed(UnsafeCell<[u16; Self::LEN]>);

// SAFETY: nobody writes to it.
unsafe impl Sync for Fixed {}
impl RefUnwindSafe for Fixed {}

impl Fixed {
    const LEN: usize = size_of::<Word>() / 2;

    const fn new(number: u16) -> Self {
        Self(UnsafeCell::new([number; Self::LEN]))
    }

    const fn get(&self) -> u16 {
        // SAFETY: nobody writes to it.
        let [number, ..] = unsafe { *self.0.get() };
        number
    }
}

#[cfg(not(rsevents_loom))]
const _: () = assert!(
    size_of::<Fixed>() == size_of::<AtomicWord>()
        && size_of::<RawSemaphore>()
            == 2 * size_of::<AtomicWord>() + size_of::<Lock<Queue>>() + size_of::<Lock<()>>()
);

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
        // ORDERING: Acquire, so that numbers show what was done before the permits were given.
        self.load(Acquire)
    }

    /// Unmakes the permits that `gone` picks of those available; false if it says `None`.
    pub(super) fn shrink(&self, mut gone: impl FnMut(u16) -> Option<u16>) -> bool {
        self.lower(|seen| {
            let gone = gone(seen.available())?;
            Some(seen.take(gone)?.with_total(seen.total() - gone))
        })
    }

    /// Unmakes `n` permits that the caller holds.
    pub(super) fn forget(&self, n: u16) {
        self.lower(|seen| Some(seen.with_total(seen.total() - n)));
    }

    /// Makes the change, after which fewer permits exist; false if it says `None`.
    fn lower(&self, mut change: impl FnMut(Permits) -> Option<Permits>) -> bool {
        loop {
            let mut quiet = true;
            // ORDERING: Acquire, as one who takes permits; Release, so that numbers show what was done
            // before.
            let done = self.update(AcqRel, |seen| {
                quiet = seen.quiet();
                if quiet { change(seen) } else { None }
            });
            if quiet {
                return done;
            }
            // A sleeper may now want more than there can be, and those behind it go first.
            let mut queue = self.queue.lock();
            if !queue.is_empty() {
                let wakes = self.deal(&mut queue, self.is_reserved(), &mut change);
                drop(queue);
                return wake_all(wakes, Wakes::wake);
            }
        }
    }

    /// Whether nobody sleeps, and no flag is left.
    #[cfg(rsevents_loom)]
    pub(super) fn is_at_rest(&self) -> bool {
        self.queue.lock().is_empty() && self.load(Relaxed).quiet()
    }

    #[inline]
    fn load(&self, ordering: Ordering) -> Permits {
        Permits(self.word.load(ordering))
    }

    /// Changes the word by `f`, unless that says `None`.
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

    /// Takes `n` available permits.
    #[inline]
    pub(super) fn take(&self, n: u16) -> bool {
        // ORDERING: Acquire, to see what was done before the permits were given.
        self.update(Acquire, |seen| seen.take(n))
    }

    /// Takes all available permits; returns how many.
    pub(super) fn take_all(&self) -> u16 {
        let mut taken = 0;
        // ORDERING: Acquire, as `take`.
        self.update(Acquire, |seen| {
            taken = seen.available();
            seen.take(taken)
        });
        taken
    }

    /// Takes `n` permits, and sleeps for them if need be.
    #[inline]
    pub(super) fn wait(&self, n: u16) {
        if !self.take(n) {
            let _without_a_limit = self.sleep(n, Limit::None, None);
        }
    }

    /// As [`wait`](Self::wait), for at most `limit`.
    #[inline]
    pub(super) fn wait_for(&self, n: u16, limit: Duration) -> bool {
        self.take(n) || (!limit.is_zero() && self.sleep(n, limit.into(), None).is_ok())
    }

    /// As [`wait`](Self::wait), until `deadline` at the latest.
    #[inline]
    pub(super) fn wait_until(&self, n: u16, deadline: Instant) -> bool {
        let sleep = || self.sleep(n, Limit::Until(deadline), None).is_ok();
        self.take(n) || (Instant::now() < deadline && sleep())
    }

    /// As [`wait`](Self::wait), for at most `limit`, unless `stop` is set.
    ///
    /// The looks at the two are two instants. What matters is that the stop comes first: no permit is taken if
    /// `stop` was set before the look. (Rejected: to take the permits first and put them back. Others would see
    /// them gone.)
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

    /// Puts permits in; false, with nothing changed, if there would be too many.
    #[inline]
    pub(super) fn give(&self, gift: Gift) -> bool {
        self.give_and(Wakes::wake, gift)
    }

    /// Same as [`give`](Self::give); `wake` wakes whom it releases.
    #[inline]
    fn give_and(&self, wake: fn(Wakes), gift: Gift) -> bool {
        loop {
            let mut wanted = false;
            // ORDERING: Release, to publish what was done before to whoever takes the permits. This
            // is the last access: whoever takes them may free the semaphore.
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

    /// `None`: the sleepers have left.
    #[cold]
    fn give_to_sleepers(&self, wake: fn(Wakes), gift: Gift) -> Option<bool> {
        let mut queue = self.queue.lock();
        if queue.is_empty() {
            return None;
        }
        let due = queue.due();
        let hand_over = self.is_reserved() || due.is_now();
        // Somebody has looked whether a hand-over is due, so the count of passes begins again.
        let wakes = self
            .deal(&mut queue, hand_over, |seen| gift.added_to(seen.with_woken(false), self.max()));
        if wakes.is_some() {
            queue.met(due, INTERVAL);
        }
        // The permits may be in the word by now, and taken; but a sleeper that was there does not return
        // before it has had the lock, or the wake-up. So the semaphore is there until the lock is free.
        drop(queue);
        Some(wake_all(wakes, wake))
    }

    /// Makes the change, deals the idle permits out to the sleepers, and sets the flags right. `None`, with
    /// nothing changed, if the change is.
    fn deal(
        &self,
        queue: &mut Queue,
        hand_over: bool,
        mut change: impl FnMut(Permits) -> Option<Permits>,
    ) -> Option<Wakes> {
        let mut plan = Plan::default();
        // ORDERING: AcqRel: a thread that hands permits over passes on what was published with those
        // that were put aside.
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

    /// After the queue has changed: whom to wake.
    fn settle(&self, queue: &mut Queue, hand_over: bool) -> Wakes {
        self.deal(queue, hand_over, Some).unwrap_or(Wakes::NONE)
    }

    /// Whether permits are put aside. Only under the lock.
    fn is_reserved(&self) -> bool {
        self.load(Relaxed).reserved()
    }

    /// Sleeps until it has `n` permits, the deadline passes, or `stop` is set.
    #[cold]
    fn sleep(&self, n: u16, limit: Limit, stop: Option<&dyn Event>) -> Result<(), UnlessError> {
        let (ended, others) = self.sleep_in_queue(n, limit, stop);
        self.finish(ended, others, n)
    }

    /// Wakes others, and returns the result of a wait for `n` permits that has ended.
    pub(super) fn finish(&self, ended: Ended, others: Wakes, n: u16) -> Result<(), UnlessError> {
        others.wake_quietly();
        match ended {
            Ended::Served => Ok(()),
            Ended::TimedOut => Err(UnlessError::TimedOut),
            Ended::Stopped => Err(UnlessError::Stopped),
            Ended::ServedAndStopped => {
                // The stop has been taken, so the wait is stopped. Others may have seen the permits held.
                self.give_back(n);
                Err(UnlessError::Stopped)
            }
        }
    }

    /// Gives permits back that a wait got and does not want.
    fn give_back(&self, n: u16) {
        self.give_and(Wakes::wake_quietly, Gift { permits: n, new: false });
    }

    fn sleep_in_queue(&self, n: u16, limit: Limit, stop: Option<&dyn Event>) -> (Ended, Wakes) {
        with_sleeper(n, |me| {
            // SAFETY: `me` is new, and it is out of the queue when this function returns.
            let (first, mut wakes) = unsafe { self.enqueue(me) };
            loop {
                wakes.wake_quietly();
                // Those behind others have to wait for more than a moment.
                let woken = me.sleep(limit, stop, first);
                match self.after_wake(me, woken, limit) {
                    Step::Leave(ended, others) => return (ended, others),
                    Step::Stay(others) => wakes = others,
                }
            }
        })
    }

    /// Puts a sleeper into the queue. Returns whether it is the first, and whom to wake.
    ///
    /// # Safety
    ///
    /// The sleeper is new, and it is valid until it has left the queue.
    pub(super) unsafe fn enqueue(&self, me: &Arc<Sleeper>) -> (bool, Wakes) {
        let mut queue = self.queue.lock();
        let first = queue.is_empty();
        // SAFETY: as our caller promises.
        unsafe { queue.push(me) };
        (first, self.settle(&mut queue, self.is_reserved()))
    }

    /// What a sleeper does that was woken, or whose wait is over.
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
            // Served just now. It does not wait for the wake.
            return Step::Leave(served, Wakes::NONE);
        }
        // By invariant 2, only one that was woken can find enough.
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
        // The queue's lock first.
        drop(queue);
        drop(exit);
        Step::Leave(ended, others)
    }

    /// Takes a sleeper out of the queue whose wait is given up. What it got, it gives back.
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

    /// The sleeper was woken and has tried, but a running thread was quicker.
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
        // What was put aside was so for the next.
        let keep_reserved = seen.reserved() && !queue.is_next(me, seen.total());
        queue.remove(me);
        self.settle(queue, keep_reserved)
    }
}

/// Returns whether the stop event is set, and takes its signal.
pub(super) fn is_stopped(stop: &dyn Event) -> bool {
    WaitAny::new(&[stop]).try_wait0().is_ok()
}

/// What a sleeper does next. In both cases others are to be woken.
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
    /// Somebody has handed permits to the sleeper while it was stopped.
    ServedAndStopped,
}

/// Wakes whom a change wakes, when the lock is free; whether the change was made.
fn wake_all(wakes: Option<Wakes>, wake: fn(Wakes)) -> bool {
    wakes.map(wake).is_some()
}

#[cfg(test)]
mod tests;
