//! The threads that sleep at a semaphore, first come, first served.
//!
//! Each has a [`Sleeper`] on its stack, with an event to sleep on and a place in a doubly linked list.
//! Everything here belongs to the semaphore's lock, which the `&mut Queue` stands for.

use crate::primitive::now;
use rsevents::{AutoResetEvent, Awaitable, EventState};
use std::cell::Cell;
use std::ptr::{self, null};
use std::time::{Duration, Instant};

/// A thread that sleeps, or is about to.
///
/// Whoever takes it out of the queue as served, or marks it as woken, under the lock, owes it one
/// [`wake`](Self::wake) after the lock is free; and the thread does not leave before it has had it. So
/// the sleeper is valid when it is woken.
pub(super) struct Sleeper {
    /// How many permits it wants.
    pub(super) wants: u16,
    /// It was given its permits while it slept. Written before the wake, read after it or under the
    /// lock.
    pub(super) served: Cell<bool>,
    /// It was given its permits after it had been woken to try for them. Only under the lock.
    served_awake: Cell<bool>,
    event: AutoResetEvent,
    next: Cell<*const Sleeper>,
    prev: Cell<*const Sleeper>,
}

impl Sleeper {
    pub(super) fn new(wants: u16) -> Self {
        Self {
            wants,
            served: Cell::new(false),
            served_awake: Cell::new(false),
            event: AutoResetEvent::new(EventState::Unset),
            next: Cell::new(null()),
            prev: Cell::new(null()),
        }
    }

    /// Whether it was given its permits. Only under the lock.
    pub(super) fn was_served(&self) -> bool {
        self.served.get() || self.served_awake.get()
    }

    /// False if the deadline has passed first.
    pub(super) fn sleep(&self, deadline: Option<Instant>) -> bool {
        if let Some(deadline) = deadline {
            return self.event.wait_until(deadline);
        }
        self.event.wait();
        true
    }
}

/// Sleepers to be woken when the lock is free.
#[derive(Debug)]
#[must_use = "the sleepers in it wait to be woken"]
pub(super) struct Wakes {
    /// Those that were served: a list through their `next` links.
    first: *const Sleeper,
    last: *const Sleeper,
    /// The one that is to try, which is still in the queue.
    woken: *const Sleeper,
}

impl Wakes {
    pub(super) const NONE: Self = Self { first: null(), last: null(), woken: null() };

    fn push(&mut self, served: &Sleeper) {
        served.next.set(null());
        // SAFETY: a sleeper that is owed a wake is valid.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.next.set(served),
            None => self.first = served,
        }
        self.last = served;
    }

    /// Wakes them, in order.
    pub(super) fn wake(self) {
        let mut at = self.first;
        // SAFETY: a sleeper that is owed a wake is valid; its link is read before the wake, after
        // which it may be gone.
        while let Some(sleeper) = unsafe { at.as_ref() } {
            at = sleeper.next.get();
            sleeper.event.set();
        }
        // SAFETY: as above.
        if let Some(sleeper) = unsafe { self.woken.as_ref() } {
            sleeper.event.set();
        }
    }
}

/// How `total` idle permits are dealt out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// So many sleepers are given their permits.
    pub(super) served: usize,
    /// Permits that are left after that.
    pub(super) left: u16,
    /// The next sleeper is woken to try for them: there are enough.
    pub(super) offered: bool,
    /// Sleepers remain after those that were served.
    pub(super) remaining: bool,
}

#[derive(Debug)]
pub(super) struct Queue {
    first: *const Sleeper,
    last: *const Sleeper,
    /// The sleeper that was woken to try for permits and has not tried yet; always the first.
    woken: *const Sleeper,
    /// When permits are handed over next instead of being offered.
    due: Option<Instant>,
}

// SAFETY: the pointers lead to sleepers that are valid while they are queued, and whose cells are
// accessed under the semaphore's lock only (`served` also by its owner once it was woken).
unsafe impl Send for Queue {}

impl Queue {
    pub(super) const fn new() -> Self {
        Self { first: null(), last: null(), woken: null(), due: None }
    }

    /// The sleeper that has waited for longest.
    pub(super) fn first(&self) -> Option<&Sleeper> {
        // SAFETY: queued sleepers are valid.
        unsafe { self.first.as_ref() }
    }

    /// Deals out `total` permits, in order: all sleepers that can have theirs are served, but the last
    /// of them is only offered what it wants, because it is quicker to let running threads compete
    /// for it. With `hand_over` the first is served whatever comes after it.
    pub(super) fn plan(&self, total: u16, hand_over: bool) -> Plan {
        let mut plan = Plan { served: 0, left: total, offered: false, remaining: false };
        let mut at = self.first();
        while let Some(sleeper) = at {
            // SAFETY: queued sleepers are valid.
            at = unsafe { sleeper.next.get().as_ref() };
            let Some(left) = plan.left.checked_sub(sleeper.wants) else {
                plan.remaining = true;
                break;
            };
            let by_order = hand_over && plan.served == 0;
            if !by_order && at.is_none_or(|next| next.wants > left) {
                plan.remaining = true;
                plan.offered = true;
                break;
            }
            plan.served += 1;
            plan.left = left;
        }
        plan
    }

    /// # Safety
    ///
    /// The sleeper is not queued, and stays where it is until it is no longer.
    pub(super) unsafe fn push(&mut self, sleeper: &Sleeper) {
        sleeper.prev.set(self.last);
        // SAFETY: queued sleepers are valid.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.next.set(sleeper),
            None => self.first = sleeper,
        }
        self.last = sleeper;
    }

    /// Takes a queued sleeper out.
    pub(super) fn remove(&mut self, sleeper: &Sleeper) {
        let (prev, next) = (sleeper.prev.get(), sleeper.next.get());
        // SAFETY: queued sleepers are valid.
        match unsafe { prev.as_ref() } {
            Some(prev) => prev.next.set(next),
            None => self.first = next,
        }
        // SAFETY: queued sleepers are valid.
        match unsafe { next.as_ref() } {
            Some(next) => next.prev.set(prev),
            None => self.last = prev,
        }
        if self.is_woken(sleeper) {
            self.woken = null();
        }
    }

    /// Takes the first sleeper out, as one that has been given its permits.
    pub(super) fn serve_first(&mut self, wakes: &mut Wakes) {
        let first = self.first;
        // SAFETY: queued sleepers are valid, and stay so until they are woken and have had the lock.
        if let Some(first) = unsafe { first.as_ref() } {
            let woken = self.is_woken(first);
            self.remove(first);
            if woken {
                first.served_awake.set(true);
            } else {
                first.served.set(true);
                wakes.push(first);
            }
        }
    }

    /// Has the first sleeper woken, to try for its permits.
    pub(super) fn wake_first(&mut self, wakes: &mut Wakes) {
        self.woken = self.first;
        wakes.woken = self.first;
    }

    pub(super) fn anyone_woken(&self) -> bool {
        !self.woken.is_null()
    }

    pub(super) fn is_first(&self, sleeper: &Sleeper) -> bool {
        ptr::eq(self.first, sleeper)
    }

    pub(super) fn is_woken(&self, sleeper: &Sleeper) -> bool {
        ptr::eq(self.woken, sleeper)
    }

    /// The woken sleeper has tried, in vain, and stays.
    pub(super) fn sleeps_again(&mut self) {
        self.woken = null();
    }

    /// How many permits those want, together, who came before `sleeper`.
    pub(super) fn wanted_before(&self, sleeper: &Sleeper) -> u16 {
        let (mut wanted, mut at) = (0_u16, self.first());
        while let Some(other) = at
            && !ptr::eq(other, sleeper)
        {
            wanted = wanted.saturating_add(other.wants);
            // SAFETY: queued sleepers are valid.
            at = unsafe { other.next.get().as_ref() };
        }
        wanted
    }

    /// Whether permits are to be handed over now instead of being offered.
    pub(super) fn due(&self) -> Due {
        let now = now();
        match self.due {
            Some(due) if now < due => Due::Later,
            Some(_) => Due::Since(now),
            None => Due::Unknown(now),
        }
    }

    /// Permits have been dealt out with regard to `due`: the next hand-over comes an interval later.
    pub(super) fn met(&mut self, due: Due, interval: Duration) {
        if let Due::Since(now) | Due::Unknown(now) = due {
            self.due = now.checked_add(interval);
        }
    }
}

/// When permits are to be handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Later,
    Since(Instant),
    /// Nobody has dealt permits out to sleepers before.
    Unknown(Instant),
}

impl Due {
    pub(super) const fn is_now(self) -> bool {
        matches!(self, Self::Since(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What each queued sleeper wants, forwards; and the same backwards.
    fn wants(queue: &Queue) -> Vec<u16> {
        let list = |from: *const Sleeper, next: fn(&Sleeper) -> &Cell<*const Sleeper>| {
            let mut wants = Vec::new();
            let mut at = from;
            // SAFETY: the sleepers of these tests live longer than their queues.
            while let Some(sleeper) = unsafe { at.as_ref() } {
                wants.push(sleeper.wants);
                at = next(sleeper).get();
            }
            wants
        };
        let mut backwards = list(queue.last, |sleeper| &sleeper.prev);
        backwards.reverse();
        let forwards = list(queue.first, |sleeper| &sleeper.next);
        assert_eq!(forwards, backwards);
        forwards
    }

    fn queue_of(sleepers: &[Sleeper]) -> Queue {
        let mut queue = Queue::new();
        for sleeper in sleepers {
            // SAFETY: it is new, and stays where it is.
            unsafe { queue.push(sleeper) };
        }
        queue
    }

    #[test]
    fn sleepers_leave_from_anywhere() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let sleepers = [5, 6, 7].map(Sleeper::new);
            let mut queue = queue_of(&sleepers);
            let mut left = vec![5, 6, 7];
            for index in order {
                assert_eq!(wants(&queue), left);
                assert_eq!(queue.first().map(|first| first.wants), left.first().copied());
                assert_eq!(queue.is_first(&sleepers[index]), left[0] == sleepers[index].wants);
                let before = left.iter().take_while(|wants| **wants != sleepers[index].wants);
                assert_eq!(queue.wanted_before(&sleepers[index]), before.sum());
                queue.remove(&sleepers[index]);
                left.retain(|wants| *wants != sleepers[index].wants);
            }
            assert!(queue.first().is_none() && wants(&queue).is_empty());
        }
    }

    #[test]
    fn permits_are_dealt_out_in_order() {
        let sleepers = [2, 1, 1, 3].map(Sleeper::new);
        let queue = queue_of(&sleepers);
        for (total, hand_over, served, left, offered) in [
            (0, false, 0, 0, false),
            (1, true, 0, 1, false),
            (2, false, 0, 2, true),
            (2, true, 1, 0, false),
            (3, false, 1, 1, true),
            (3, true, 1, 1, true),
            (4, false, 2, 1, true),
            (6, true, 2, 3, true),
            (6, false, 2, 3, true),
            (7, false, 3, 3, true),
            (7, true, 3, 3, true),
            (9, false, 3, 5, true),
        ] {
            let plan = queue.plan(total, hand_over);
            assert_eq!(
                plan,
                Plan { served, left, offered, remaining: true },
                "{total}, {hand_over}"
            );
        }
        let one = [Sleeper::new(2)];
        let plan = queue_of(&one).plan(5, true);
        assert_eq!(plan, Plan { served: 1, left: 3, offered: false, remaining: false });
        let plan = Queue::new().plan(5, false);
        assert_eq!(plan, Plan { served: 0, left: 5, offered: false, remaining: false });
    }

    #[test]
    fn those_that_are_served_wake_up_once() {
        let sleepers = [1, 2, 3, 4].map(Sleeper::new);
        let mut queue = queue_of(&sleepers);
        let mut wakes = Wakes::NONE;
        queue.wake_first(&mut wakes);
        assert!(queue.anyone_woken() && queue.is_woken(&sleepers[0]));
        assert!(!queue.is_woken(&sleepers[1]));
        wakes.wake();
        assert!(sleepers[0].event.wait0());

        // The first is awake, and learns under the lock that it was served.
        let mut wakes = Wakes::NONE;
        (0..3).for_each(|_| queue.serve_first(&mut wakes));
        assert_eq!(wants(&queue), [4]);
        assert!(!queue.anyone_woken());
        assert!(sleepers[..3].iter().all(Sleeper::was_served) && !sleepers[3].was_served());
        assert_eq!(
            sleepers.each_ref().map(|sleeper| sleeper.served.get()),
            [false, true, true, false]
        );
        wakes.wake();
        assert_eq!(
            sleepers.each_ref().map(|sleeper| sleeper.event.wait0()),
            [false, true, true, false]
        );

        let mut wakes = Wakes::NONE;
        queue.wake_first(&mut wakes);
        queue.sleeps_again();
        assert!(!queue.anyone_woken());
        queue.wake_first(&mut wakes);
        queue.remove(&sleepers[3]);
        assert!(!queue.anyone_woken());
        queue.serve_first(&mut wakes);
        wakes.wake();
        assert!(sleepers[3].event.wait0());
    }

    #[test]
    fn a_sleep_ends_with_a_wake_or_with_its_limit() {
        let sleeper = Sleeper::new(1);
        assert!(!sleeper.sleep(Some(Instant::now())));
        sleeper.event.set();
        assert!(sleeper.sleep(Some(Instant::now() + Duration::from_secs(30))));
    }

    /// What is refused looks, too, and must not put the hand-over off.
    #[test]
    fn a_hand_over_stays_due_until_it_is_met() {
        let mut queue = Queue::new();
        let first = queue.due();
        assert!(matches!(first, Due::Unknown(_)) && !first.is_now());
        queue.met(first, Duration::ZERO);
        assert!(queue.due().is_now() && queue.due().is_now());
        queue.met(queue.due(), Duration::from_hours(1));
        assert!(queue.due() == Due::Later && !Due::Later.is_now());
        queue.met(Due::Later, Duration::ZERO);
        assert_eq!(queue.due(), Due::Later);
    }
}
