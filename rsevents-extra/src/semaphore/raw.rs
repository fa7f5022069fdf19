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
//!   its way, and the others give back in one instruction. They count in the word how often they do,
//!   and every 63rd time somebody looks whether a hand-over is due.
//! * Once per [`INTERVAL`], and for those who can be satisfied in addition to the one that is offered
//!   something, it *hands over*: the permits do not go into the word but to the first sleeper.
//! * If that one wants more than there is, `RESERVED` puts aside what comes until there is enough:
//!   newcomers find nothing available.
//!
//! The flags change only under the lock. `ASLEEP` is on exactly while the queue has sleepers, the first
//! wants more than is available, and none is on its way after an offer; `RESERVED` only with it. (Where the
//! word has no room to count who passes a sleeper on its way, `ASLEEP` stays on meanwhile.)

use super::permits::Permits;
use super::queue::{Queue, Sleeper, Wakes};
use crate::lock::Lock;
use crate::primitive::{AtomicWord, Word, const_unless_loom};
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
    const NOTHING: Self = Self { permits: 0, new: false };

    /// `None`: there would be too many.
    #[inline]
    fn added_to(self, seen: Permits, max: u16) -> Option<Permits> {
        let fits = !self.new || max - seen.limit() >= self.permits;
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
}

/// A number that never changes, in a cell as large as the word.
struct Fixed(UnsafeCell<[u16; size_of::<Word>() / 2]>);

// SAFETY: nobody writes to it.
unsafe impl Sync for Fixed {}
impl RefUnwindSafe for Fixed {}

impl Fixed {
    const fn new(number: u16) -> Self {
        Self(UnsafeCell::new([number; _]))
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
        && size_of::<RawSemaphore>() == 2 * size_of::<AtomicWord>() + size_of::<Lock<Queue>>()
);

impl RawSemaphore {
    const_unless_loom! {
        pub(super) fn new(initial: u16, max: u16) -> Self {
            Self {
                word: AtomicWord::new(Permits::new(initial, initial).0),
                max: Fixed::new(max),
                queue: Lock::new(Queue::new()),
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
        // ORDERING: Acquire, as one who takes permits; Release, so that numbers show what was done before.
        self.update(AcqRel, |seen| {
            let gone = gone(seen.available())?;
            Some(seen.take(gone)?.with_limit(seen.limit() - gone))
        })
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
        self.take_leaving(n, 0)
    }

    /// Takes `n` available permits if `others` are available besides.
    #[inline]
    fn take_leaving(&self, n: u16, others: u16) -> bool {
        // ORDERING: Acquire, to see what was done before the permits were given.
        self.update(Acquire, |seen| {
            seen.take(n).filter(|left| others == 0 || left.available() >= others)
        })
    }

    /// Takes `n` permits, and sleeps for them if need be.
    #[inline]
    pub(super) fn wait(&self, n: u16) {
        if !self.take(n) {
            self.sleep(n, None);
        }
    }

    /// As [`wait`](Self::wait), for at most `limit`.
    #[inline]
    pub(super) fn wait_for(&self, n: u16, limit: Duration) -> bool {
        let deadline = || Instant::now().checked_add(limit);
        self.take(n) || (!limit.is_zero() && self.sleep(n, deadline()))
    }

    /// As [`wait`](Self::wait), until `deadline` at the latest.
    #[inline]
    pub(super) fn wait_until(&self, n: u16, deadline: Instant) -> bool {
        self.take(n) || (Instant::now() < deadline && self.sleep(n, Some(deadline)))
    }

    /// Unmakes `n` permits that the caller holds.
    pub(super) fn forget(&self, n: u16) {
        let less = |seen: Permits| seen.with_limit(seen.limit() - n);
        // ORDERING: Release, so that numbers show what was done before.
        if self.update(Release, |seen| (!seen.reserved()).then(|| less(seen))) {
            return;
        }
        // Permits are put aside for a sleeper, which may now want more than there can be. The word
        // changes under the lock, or the sleeper might leave and the semaphore go before the rest is done.
        let mut queue = self.queue.lock();
        self.update(Release, |seen| Some(less(seen)));
        let wakes = self.settle(&mut queue, self.is_reserved());
        drop(queue);
        wakes.wake();
    }

    /// Puts permits in; false, with nothing changed, if there would be too many.
    #[inline]
    pub(super) fn give(&self, gift: Gift) -> bool {
        loop {
            let mut wanted = false;
            // ORDERING: Release, to publish what was done before to whoever takes the permits. This
            // is the last access: whoever takes them may free the semaphore.
            let given = self.update(Release, |seen| {
                if seen.quiet() {
                    return gift.added_to(seen, self.max());
                }
                wanted = seen.wanted();
                if wanted { None } else { gift.added_to(seen.passing(), self.max()) }
            });
            if !wanted {
                return given;
            }
            if let Some(given) = self.give_to_sleepers(gift) {
                return given;
            }
        }
    }

    /// `None`: the sleepers have left.
    #[cold]
    fn give_to_sleepers(&self, gift: Gift) -> Option<bool> {
        let mut queue = self.queue.lock();
        let seen = self.load(Relaxed);
        if !seen.wanted() {
            return None;
        }
        let due = queue.due();
        let hand_over = seen.reserved() || due.is_now();
        let wakes = if queue.anyone_woken() && !hand_over {
            self.pass(gift)
        } else {
            self.deal(&mut queue, gift, hand_over)
        };
        if wakes.is_some() {
            queue.met(due, INTERVAL);
        }
        // The permits may be in the word by now, and taken; but the sleepers are still in `wait`,
        // so the semaphore cannot go before they are woken.
        drop(queue);
        let given = wakes.is_some();
        wakes.unwrap_or(Wakes::NONE).wake();
        Some(given)
    }

    /// Puts the gift into the word, past the sleeper that is on its way.
    fn pass(&self, gift: Gift) -> Option<Wakes> {
        // ORDERING: Release, as `give`.
        self.update(Release, |seen| Some(gift.added_to(seen, self.max())?.with_woken(true)))
            .then_some(Wakes::NONE)
    }

    /// Deals the idle permits and the gift out to the sleepers, and sets the flags right. `None`, with
    /// nothing changed, if there would be too many permits. If a sleeper is on its
    /// way, `hand_over` is on.
    fn deal(&self, queue: &mut Queue, gift: Gift, hand_over: bool) -> Option<Wakes> {
        let mut plan = queue.plan(0, false);
        // ORDERING: AcqRel: a thread that hands permits over passes on what was published with those
        // that were put aside.
        let dealt = self.update(AcqRel, |seen| {
            let total = gift.added_to(seen, self.max())?;
            plan = queue.plan(total.idle(), hand_over);
            let waits = plan.remaining && !plan.offered;
            let possible = queue.first().is_some_and(|first| first.wants <= total.limit());
            let reserved = waits && hand_over && plan.served == 0 && possible;
            let total = total.with_idle(plan.left).with_asleep(waits).with_reserved(reserved);
            Some(total.with_woken(plan.offered))
        });
        let mut wakes = Wakes::NONE;
        if !dealt {
            return None;
        }
        for _ in 0..plan.served {
            queue.serve_first(&mut wakes);
        }
        if plan.offered {
            queue.wake_first(&mut wakes);
        }
        Some(wakes)
    }

    /// After the queue has changed: whom to wake.
    fn settle(&self, queue: &mut Queue, hand_over: bool) -> Wakes {
        if queue.anyone_woken() {
            return Wakes::NONE;
        }
        self.deal(queue, Gift::NOTHING, hand_over).unwrap_or(Wakes::NONE)
    }

    /// Whether permits are put aside. Only under the lock.
    fn is_reserved(&self) -> bool {
        self.load(Relaxed).reserved()
    }

    /// Sleeps until it has `n` permits, or the deadline passes.
    #[cold]
    fn sleep(&self, n: u16, deadline: Option<Instant>) -> bool {
        let me = Sleeper::new(n);
        let mut queue = self.queue.lock();
        // SAFETY: `me` is new, and it is out of the queue when this function returns: served, or
        // removed below.
        unsafe { queue.push(&me) };
        let mut wakes = self.settle(&mut queue, self.is_reserved());
        drop(queue);
        loop {
            wakes.wake();
            let in_time = me.sleep(deadline);
            if in_time && me.served.get() {
                return true;
            }
            let mut queue = self.queue.lock();
            let served = me.was_served();
            let woken = queue.is_woken(&me);
            // One that was not woken tries, too, before it leaves: there may be enough behind a sleeper
            // that is on its way and has not woken the next. Whoever is before it keeps what it wants.
            let taken = served || self.take_leaving(n, queue.wanted_before(&me));
            if !taken && in_time && deadline.is_none_or(|deadline| Instant::now() < deadline) {
                wakes = self.stay(&mut queue);
                continue;
            }
            let others = if served { Wakes::NONE } else { self.leave(&mut queue, &me) };
            drop(queue);
            others.wake();
            if !in_time && (served || woken) {
                // The deadline came between the decision to wake this thread and the wake, which
                // needs `me`.
                me.sleep(None);
            }
            return taken;
        }
    }

    /// The first sleeper was woken and has tried, but a running thread was quicker.
    fn stay(&self, queue: &mut Queue) -> Wakes {
        queue.sleeps_again();
        let due = queue.due();
        let wakes = self.settle(queue, self.is_reserved() || due.is_now());
        queue.met(due, INTERVAL);
        wakes
    }

    fn leave(&self, queue: &mut Queue, me: &Sleeper) -> Wakes {
        // What was put aside was so for the first.
        let keep_reserved = !queue.is_first(me) && self.is_reserved();
        queue.remove(me);
        self.settle(queue, keep_reserved)
    }
}

#[cfg(test)]
mod tests;
