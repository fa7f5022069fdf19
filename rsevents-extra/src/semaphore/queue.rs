//! The queue of sleepers: the threads and tasks that wait for permits, in FIFO order.
//!
//! Each has a [`Sleeper`], with an event to sleep on and a place in a doubly linked list. The semaphore's
//! lock protects the list: a `&mut Queue` means that the lock is held.

use crate::primitive::{Arc, AtomicUsize, now};
use rsevents::{
    AutoResetEvent, Awaitable, AwaitableUnless, Event, EventState, Limit, UnlessError,
    without_spinning,
};
use std::any::Any;
use std::cell::Cell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::{self, null};
use std::sync::atomic::Ordering::{Acquire, Release};
use std::time::{Duration, Instant};

/// A thread or task that sleeps, or is about to.
///
/// Shared by the wait and the threads that are about to wake it: one may have offered it permits, and another
/// have served it since. So the wait can end when it has its permits, or at its deadline, even if those
/// threads do not run.
pub(super) struct Sleeper {
    /// The number of permits that the sleeper wants.
    pub(super) wants: u16,
    of_task: bool,
    /// Not zero: the sleeper has its permits, and the thread that served it has unlocked the queue.
    served: AtomicUsize,
    event: AutoResetEvent,
    /// Accessed only under the lock, as are the links. (Those of a served sleeper belong to the thread that wakes it.)
    queued: Cell<bool>,
    next: Cell<*const Sleeper>,
    prev: Cell<*const Sleeper>,
}

#[cfg(not(rsevents_loom))]
thread_local! {
    /// A sleeper to reuse. Otherwise a waking thread would often free it, and freeing another thread's
    /// allocation takes longer.
    static SPARE: Cell<Option<Arc<Sleeper>>> = const { Cell::new(None) };
}

/// Calls `run` with a sleeper that wants `wants` permits.
pub(super) fn with_sleeper<R>(wants: u16, run: impl FnOnce(&Arc<Sleeper>) -> R) -> R {
    let sleeper = Sleeper::spare(wants, false);
    let result = run(&sleeper);
    Sleeper::keep(sleeper);
    result
}

impl Sleeper {
    /// Returns a new sleeper, in an allocation that was [kept](Self::keep) if there is one.
    pub(super) fn spare(wants: u16, of_task: bool) -> Arc<Self> {
        #[cfg(not(rsevents_loom))]
        let mut sleeper = SPARE.try_with(Cell::take).ok().flatten();
        // The threads of a model share their thread-locals, so a model reuses nothing.
        #[cfg(rsevents_loom)]
        let mut sleeper: Option<Arc<Self>> = None;
        match sleeper.as_mut().and_then(Arc::get_mut) {
            Some(unshared) => {
                *unshared = Self::new(wants, of_task);
                sleeper.expect("it is there")
            }
            None => Self::shared(wants, of_task),
        }
    }

    /// Keeps the allocation of a sleeper whose wait is over for the next wait on this thread.
    pub(super) fn keep(sleeper: Arc<Self>) {
        #[cfg(not(rsevents_loom))]
        let _ = SPARE.try_with(|spare| spare.set(Some(sleeper)));
        #[cfg(rsevents_loom)]
        drop(sleeper);
    }

    fn new(wants: u16, of_task: bool) -> Self {
        Self {
            wants,
            of_task,
            served: AtomicUsize::new(0),
            event: AutoResetEvent::new(EventState::Unset),
            queued: Cell::new(false),
            next: Cell::new(null()),
            prev: Cell::new(null()),
        }
    }

    #[cfg_attr(
        not(rsevents_loom),
        expect(clippy::arc_with_non_send_sync, reason = "the lock makes it so: see `Queue`")
    )]
    fn shared(wants: u16, of_task: bool) -> Arc<Self> {
        Arc::new(Self::new(wants, of_task))
    }

    #[cfg(test)]
    pub(super) fn of_thread(wants: u16) -> Arc<Self> {
        Self::shared(wants, false)
    }

    /// Returns whether as many permits exist as the sleeper wants, idle or not.
    const fn is_possible(&self, total: u16) -> bool {
        self.wants <= total
    }

    /// Returns whether the sleeper has its permits and the thread that served it no longer uses the
    /// semaphore.
    pub(super) fn was_served(&self) -> bool {
        // ORDERING: Acquire, to see what was published with the permits.
        self.served.load(Acquire) != 0
    }

    /// Returns whether the sleeper is in the queue. During its wait, `false` means that it was served. Call
    /// it under the lock.
    pub(super) fn is_queued(&self) -> bool {
        self.queued.get()
    }

    /// Returns the event that wakes the sleeper, for a task to wait on.
    pub(super) const fn event(&self) -> &AutoResetEvent {
        &self.event
    }

    /// Sleeps until the sleeper is woken, `limit` passes, or `stop` is set.
    pub(super) fn sleep(
        &self,
        limit: Limit,
        stop: Option<&dyn Event>,
        may_spin: bool,
    ) -> Result<(), UnlessError> {
        let sleep = || match (stop, limit) {
            (Some(stop), _) => self.event.try_wait_unless(stop, limit),
            (None, Limit::Until(deadline)) => Ok(self.event.try_wait_until(deadline)?),
            (None, Limit::Zero) => Ok(self.event.try_wait0()?),
            (None, Limit::None) => {
                self.event.wait();
                Ok(())
            }
        };
        if may_spin { sleep() } else { without_spinning(sleep) }
    }
}

/// The payload of a panic in a task's waker, if there was one.
type Panic = Option<Box<dyn Any + Send>>;

/// Runs code that may panic, such as a task's waker, and keeps the first panic. Never unwinds.
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

/// Sleepers to wake after the unlock.
#[must_use = "the sleepers in it wait to be woken"]
pub(super) struct Wakes {
    threads: Served,
    tasks: Served,
    /// The woken sleeper, which was in the queue at the unlock and will try for its permits.
    offered: Option<Arc<Sleeper>>,
}

impl Wakes {
    pub(super) const NONE: Self =
        Self { threads: Served::NONE, tasks: Served::NONE, offered: None };

    fn push(&mut self, served: Arc<Sleeper>) {
        let list = if served.of_task { &mut self.tasks } else { &mut self.threads };
        list.push(served);
    }

    /// Wakes the sleepers. The semaphore may have been freed by now. If wakers of tasks panic, all other
    /// sleepers are woken, and then the first panic resumes. (If this thread is already panicking, no panic
    /// gets here: `set` has discarded it.)
    pub(super) fn wake(self) {
        if let Some(panic) = self.try_wake() {
            resume_unwind(panic);
        }
    }

    /// Wakes the sleepers for a wait, discarding panics: another task's panic must not replace the wait's
    /// result.
    pub(super) fn wake_quietly(self) {
        discard(self.try_wake());
    }

    /// Threads come first, because the waker of a task may run for long: some executors poll in it.
    fn try_wake(self) -> Panic {
        let mut panic = None;
        let offered = |of_task| self.offered.as_ref().filter(|sleeper| sleeper.of_task == of_task);
        for (served, of_task) in [(self.threads, false), (self.tasks, true)] {
            served.wake(&mut panic);
            if let Some(sleeper) = offered(of_task) {
                caught(|| sleeper.event.set(), &mut panic);
            }
        }
        panic
    }
}

/// Served sleepers, in order: a list through their `next` links, which owns a share of each.
struct Served {
    first: *const Sleeper,
    last: *const Sleeper,
}

impl Served {
    const NONE: Self = Self { first: null(), last: null() };

    fn push(&mut self, sleeper: Arc<Sleeper>) {
        sleeper.next.set(null());
        let sleeper = Arc::into_raw(sleeper);
        // SAFETY: the list owns a share of its last sleeper.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.next.set(sleeper),
            None => self.first = sleeper,
        }
        self.last = sleeper;
    }

    fn wake(self, panic: &mut Panic) {
        let mut at = self.first;
        while !at.is_null() {
            // SAFETY: `push` made the pointer from the share that is taken back here.
            let sleeper = unsafe { Arc::from_raw(at) };
            at = sleeper.next.get();
            // ORDERING: Release, to pass on what was published with the permits.
            sleeper.served.fetch_add(1, Release);
            caught(|| sleeper.event.set(), panic);
        }
    }
}

/// Returns a share of a sleeper.
///
/// # Safety
///
/// The sleeper must be in the queue.
unsafe fn share(queued: *const Sleeper) -> Arc<Sleeper> {
    // SAFETY: `Queue::push` got the pointer from an `Arc`, which its owner keeps while the sleeper is queued.
    unsafe { Arc::increment_strong_count(queued) };
    // SAFETY: as above. This takes the share that was just added.
    unsafe { Arc::from_raw(queued) }
}

/// How to deal the idle permits out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// The number of permits that exist. Sleepers that want more are stepped over.
    total: u16,
    /// How many sleepers are served.
    pub(super) served: usize,
    /// How many permits are left after that.
    pub(super) left: u16,
    /// What happens to the sleeper behind the served ones.
    pub(super) next: Next,
    /// Whether a sleeper is woken: that sleeper, or one that was woken before and has not tried yet.
    pub(super) on_its_way: bool,
    /// Whether sleepers remain in the queue.
    pub(super) remaining: bool,
}

/// What happens to the first sleeper that is not served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Next {
    #[default]
    Nobody,
    /// The sleeper is woken to try for the permits that are left, which suffice.
    Offered,
    /// The sleeper wants more permits than are left.
    Blocked,
}

#[derive(Debug)]
pub(super) struct Queue {
    first: *const Sleeper,
    last: *const Sleeper,
    len: usize,
    /// The woken sleeper: it was woken to try for permits, and has not tried yet.
    woken: *const Sleeper,
    /// When permits are next handed over instead of offered. `None` until this is first asked.
    due: Option<Instant>,
}

// SAFETY: queued sleepers are valid. Their cells are accessed only under the semaphore's lock, or by the
// thread that took the sleepers out.
unsafe impl Send for Queue {}

impl Queue {
    pub(super) const fn new() -> Self {
        Self { first: null(), last: null(), len: 0, woken: null(), due: None }
    }

    /// Returns the sleepers that want no more than `total` permits, stepping over the others.
    fn possible(&self, total: u16) -> impl Iterator<Item = &Sleeper> {
        // SAFETY: queued sleepers are valid.
        let next = |at: *const Sleeper| unsafe { at.as_ref() };
        std::iter::successors(next(self.first), move |sleeper| next(sleeper.next.get()))
            .filter(move |sleeper| sleeper.is_possible(total))
    }

    /// Plans how to deal out `idle` of `total` permits, in FIFO order. Every sleeper that can have its
    /// permits is served, except the last of these: it is only offered them, because letting running threads
    /// compete is faster. With `hand_over` the first sleeper is served in any case if it can have its
    /// permits.
    ///
    /// A sleeper that was woken earlier may not run for a while. So a sleeper in front of it is served, never
    /// only offered permits: at most one sleeper is woken at a time.
    pub(super) fn plan(&self, idle: u16, total: u16, hand_over: bool) -> Plan {
        // A sleeper that wants more permits than exist cannot be served, so it no longer counts as woken.
        let mut woken = self.woken;
        // SAFETY: queued sleepers are valid.
        if unsafe { woken.as_ref() }.is_some_and(|woken| !woken.is_possible(total)) {
            woken = null();
        }
        let (mut served, mut left, mut next) = (0, idle, Next::Nobody);
        let mut sleepers = self.possible(total).peekable();
        while let Some(sleeper) = sleepers.next() {
            let Some(rest) = left.checked_sub(sleeper.wants) else {
                next = Next::Blocked;
                break;
            };
            let is_woken = ptr::eq(woken, sleeper);
            let by_order = hand_over && served == 0;
            let is_last = sleepers.peek().is_none_or(|after| after.wants > rest);
            if is_last && !by_order && (woken.is_null() || is_woken) {
                next = Next::Offered;
                break;
            }
            if is_woken {
                woken = null();
            }
            served += 1;
            left = rest;
        }
        let on_its_way = next == Next::Offered || !woken.is_null();
        let remaining = served < self.len;
        Plan { total, served, left, next, on_its_way, remaining }
    }

    /// Takes the served sleepers out of the queue, and returns the sleepers to wake.
    pub(super) fn carry_out(&mut self, plan: Plan) -> Wakes {
        let mut wakes = Wakes::NONE;
        let mut at = self.first;
        for turn in 0..plan.served + usize::from(plan.next == Next::Offered) {
            // SAFETY: queued sleepers are valid, and the plan counts no more sleepers than are queued.
            let mut sleeper = unsafe { &*at };
            while !sleeper.is_possible(plan.total) {
                at = sleeper.next.get();
                // SAFETY: as above.
                sleeper = unsafe { &*at };
            }
            let next = sleeper.next.get();
            if turn < plan.served {
                // SAFETY: the sleeper is queued.
                let share = unsafe { share(at) };
                self.remove(sleeper);
                // Also a sleeper that was offered permits before: the thread that was to wake it then may not
                // run.
                wakes.push(share);
            } else if !self.is_woken(sleeper) {
                self.woken = at;
                // SAFETY: the sleeper is queued.
                wakes.offered = Some(unsafe { share(at) });
            }
            at = next;
        }
        if !plan.on_its_way {
            self.woken = null();
        }
        wakes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_null()
    }

    /// # Safety
    ///
    /// The sleeper must not be queued, and the caller must keep its share until the sleeper has left the
    /// queue.
    pub(super) unsafe fn push(&mut self, sleeper: &Arc<Sleeper>) {
        sleeper.prev.set(self.last);
        sleeper.queued.set(true);
        let sleeper = Arc::as_ptr(sleeper);
        // SAFETY: queued sleepers are valid.
        match unsafe { self.last.as_ref() } {
            Some(last) => last.next.set(sleeper),
            None => self.first = sleeper,
        }
        self.last = sleeper;
        self.len += 1;
    }

    /// Takes a queued sleeper out of the queue.
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
        self.len -= 1;
        sleeper.queued.set(false);
    }

    /// Returns whether the sleeper is the first that `total` permits could satisfy.
    pub(super) fn is_next(&self, sleeper: &Sleeper, total: u16) -> bool {
        self.possible(total).next().is_some_and(|next| ptr::eq(next, sleeper))
    }

    pub(super) fn is_woken(&self, sleeper: &Sleeper) -> bool {
        ptr::eq(self.woken, sleeper)
    }

    /// Records that the woken sleeper has tried, found too few permits, and stays.
    pub(super) fn sleeps_again(&mut self) {
        self.woken = null();
    }

    /// Returns whether permits must be handed over now instead of offered.
    pub(super) fn due(&self) -> Due {
        let now = now();
        match self.due {
            Some(due) if now < due => Due::Later,
            Some(_) => Due::Since(now),
            None => Due::Unknown(now),
        }
    }

    /// Puts the next hand-over off by `interval`, unless `due` was `Later`.
    pub(super) fn met(&mut self, due: Due, interval: Duration) {
        if let Due::Since(now) | Due::Unknown(now) = due {
            self.due = now.checked_add(interval);
        }
    }
}

/// Whether permits must be handed over now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Later,
    Since(Instant),
    /// No permits were dealt out to sleepers before, so nothing was due.
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

    /// Returns what each queued sleeper wants, and checks that the links agree in both directions.
    fn wants(queue: &Queue) -> Vec<u16> {
        let list = |from: *const Sleeper, next: fn(&Sleeper) -> &Cell<*const Sleeper>| {
            let mut wants = Vec::new();
            let mut at = from;
            // SAFETY: queued sleepers are valid.
            while let Some(sleeper) = unsafe { at.as_ref() } {
                wants.push(sleeper.wants);
                at = next(sleeper).get();
            }
            wants
        };
        let mut backwards = list(queue.last, |sleeper| &sleeper.prev);
        backwards.reverse();
        let forwards = list(queue.first, |sleeper| &sleeper.next);
        assert_eq!((forwards.clone(), forwards.len()), (backwards, queue.len));
        forwards
    }

    fn queue_of(sleepers: &[Arc<Sleeper>]) -> Queue {
        let mut queue = Queue::new();
        for sleeper in sleepers {
            // SAFETY: the sleeper is new, and the test keeps it.
            unsafe { queue.push(sleeper) };
        }
        queue
    }

    /// Deals permits out, wakes the sleepers to wake, and returns the plan.
    fn deal(queue: &mut Queue, idle: u16, total: u16, hand_over: bool) -> Plan {
        let plan = queue.plan(idle, total, hand_over);
        queue.carry_out(plan).wake();
        plan
    }

    fn was_woken(sleeper: &Sleeper) -> bool {
        sleeper.event.wait0()
    }

    #[test]
    fn sleepers_leave_from_anywhere() {
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let sleepers = [5, 6, 7].map(Sleeper::of_thread);
            let mut queue = queue_of(&sleepers);
            let mut left = vec![5, 6, 7];
            for index in order {
                assert_eq!(wants(&queue), left);
                assert_eq!(queue.is_next(&sleepers[index], 9), left[0] == sleepers[index].wants);
                assert!(sleepers[index].is_queued() && !queue.is_empty());
                queue.remove(&sleepers[index]);
                assert!(!sleepers[index].is_queued());
                left.retain(|wants| *wants != sleepers[index].wants);
            }
            assert!(queue.is_empty() && wants(&queue).is_empty());
        }
    }

    #[test]
    fn permits_are_dealt_out_in_order() {
        let sleepers = [2, 1, 1, 3].map(Sleeper::of_thread);
        let queue = queue_of(&sleepers);
        for (idle, hand_over, served, left, offered) in [
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
            let expected = Plan {
                total: 9,
                served,
                left,
                next: if offered { Next::Offered } else { Next::Blocked },
                on_its_way: offered,
                remaining: true,
            };
            assert_eq!(queue.plan(idle, 9, hand_over), expected, "{idle}, {hand_over}");
        }
        let one = [Sleeper::of_thread(2)];
        let plan = queue_of(&one).plan(5, 9, true);
        assert_eq!(plan, Plan { total: 9, served: 1, left: 3, ..Plan::default() });
        let plan = Queue::new().plan(5, 9, false);
        assert_eq!(plan, Plan { total: 9, left: 5, ..Plan::default() });
    }

    #[test]
    fn requests_that_cannot_be_met_are_stepped_over() {
        let sleepers = [4, 1, 5, 2, 4].map(Sleeper::of_thread);
        let mut queue = queue_of(&sleepers);
        assert!(queue.is_next(&sleepers[1], 3) && !queue.is_next(&sleepers[0], 3));
        assert!(queue.is_next(&sleepers[0], 4));
        let plan = deal(&mut queue, 2, 3, false);
        let offered = Plan {
            total: 3,
            served: 0,
            left: 2,
            next: Next::Offered,
            on_its_way: true,
            remaining: true,
        };
        assert_eq!(plan, offered);
        assert_eq!(wants(&queue), [4, 1, 5, 2, 4]);
        let plan = deal(&mut queue, 3, 3, false);
        assert_eq!((plan.served, plan.left, plan.next), (1, 2, Next::Offered));
        assert_eq!(wants(&queue), [4, 5, 2, 4]);
        assert_eq!(
            [0, 1, 2, 3, 4].map(|index| was_woken(&sleepers[index])),
            [false, true, false, true, false]
        );
        assert!(sleepers[1].was_served() && queue.is_woken(&sleepers[3]));

        // No sleeper is woken for permits that do not exist.
        let plan = deal(&mut queue, 1, 1, false);
        assert_eq!(plan, Plan { total: 1, left: 1, remaining: true, ..Plan::default() });
        assert!(!queue.is_woken(&sleepers[3]));
    }

    /// The woken sleeper keeps a claim to its permits, and no second sleeper is woken meanwhile.
    #[test]
    fn sleepers_behind_a_woken_sleeper_are_served() {
        let sleepers = [1, 2, 1].map(Sleeper::of_thread);
        let mut queue = queue_of(&sleepers);
        let first = deal(&mut queue, 1, 9, false);
        assert!(first.next == Next::Offered && was_woken(&sleepers[0]));
        let again = deal(&mut queue, 2, 9, false);
        assert_eq!(again, Plan { left: 2, ..first });
        assert!(!was_woken(&sleepers[0]), "it is on its way");
        let plan = deal(&mut queue, 3, 9, false);
        assert_eq!((plan.served, plan.left, plan.next), (1, 2, Next::Offered));
        assert!(sleepers[0].was_served() && was_woken(&sleepers[0]));
        assert!(queue.is_woken(&sleepers[1]));
        assert_eq!(wants(&queue), [2, 1]);
    }

    #[test]
    fn nothing_is_offered_in_front_of_a_woken_sleeper() {
        let sleepers = [3, 1].map(Sleeper::of_thread);
        let mut queue = queue_of(&sleepers);
        assert!(deal(&mut queue, 1, 2, false).on_its_way && queue.is_woken(&sleepers[1]));
        let plan = deal(&mut queue, 3, 4, false);
        assert_eq!((plan.served, plan.left, plan.next), (1, 0, Next::Blocked));
        assert!(plan.on_its_way && queue.is_woken(&sleepers[1]));
        assert!(sleepers[0].was_served());
    }

    #[test]
    fn a_sleeper_is_woken_once_for_each_offer() {
        let sleepers = [1, 2, 3, 4].map(Sleeper::of_thread);
        let mut queue = queue_of(&sleepers);
        deal(&mut queue, 1, 9, false);
        assert!(queue.is_woken(&sleepers[0]) && !queue.is_woken(&sleepers[1]));
        assert!(was_woken(&sleepers[0]) && !sleepers[0].was_served());
        queue.sleeps_again();
        assert!(!queue.is_woken(&sleepers[0]));

        let wakes = {
            let plan = queue.plan(6, 9, false);
            queue.carry_out(plan)
        };
        assert_eq!(wants(&queue), [3, 4]);
        assert!(!sleepers.iter().any(|sleeper| sleeper.was_served()), "the lock is held");
        wakes.wake();
        assert!(sleepers[..2].iter().all(|sleeper| sleeper.was_served() && was_woken(sleeper)));
        assert!(queue.is_woken(&sleepers[2]) && was_woken(&sleepers[2]));
        queue.remove(&sleepers[2]);
        assert!(!queue.is_woken(&sleepers[2]));
    }

    #[test]
    fn a_sleeper_is_reused() {
        let sleeper = Sleeper::spare(1, false);
        let at = Arc::as_ptr(&sleeper);
        Sleeper::keep(sleeper);
        assert_eq!(Arc::as_ptr(&Sleeper::spare(2, false)), at);
    }

    #[test]
    fn a_sleep_ends_with_a_wake_or_with_its_limit() {
        let sleeper = Sleeper::of_thread(1);
        assert!(sleeper.sleep(Limit::Until(Instant::now()), None, true).is_err());
        sleeper.event.set();
        assert!(sleeper.sleep(Duration::from_secs(30).into(), None, false).is_ok());
    }

    /// A refused gift checks `due`, too, and must not put the hand-over off.
    #[test]
    fn a_hand_over_stays_due_until_it_is_met() {
        let mut queue = Queue::new();
        let first = queue.due();
        assert!(matches!(first, Due::Unknown(_)) && !first.is_now());
        queue.met(first, Duration::ZERO);
        assert!(queue.due().is_now() && queue.due().is_now());
        queue.met(queue.due(), Duration::from_secs(3600));
        assert!(queue.due() == Due::Later && !Due::Later.is_now());
        queue.met(Due::Later, Duration::ZERO);
        assert_eq!(queue.due(), Due::Later);
    }
}
