//! What a driver of generated programs sets, and what it sees. Both bypass the checker. Models written by
//! hand do without.
//!
//! All threads of an execution are coroutines of one system thread, so the state is thread-local.
//!
//! A driver runs an execution as follows. It calls [`begin`] and spawns threads, each of which first calls
//! [`enter`] and last [`leave`]. Then it calls [`until_all_rest`]. If threads still sleep, it calls
//! [`endgame`] and releases them. From then on no step is interleaved and no operation is the checker's: one
//! thread runs until it sleeps or ends.

use super::checker::thread::{self, Thread, ThreadId};
use crate::byte::{CHANGING, LISTENED, PARKED, SET};
use std::cell::{Cell, RefCell};

/// How an execution is modelled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    /// Loads see the latest value. Then a call that returned before another call began has taken effect, for
    /// every thread. The memory model promises less if the threads are not otherwise ordered.
    pub strict: bool,
    /// How often waiters look before they park.
    pub looks: u32,
    /// How many shards there are; zero for the largest number.
    pub shards: usize,
    /// Whether steps are recorded.
    pub trace: bool,
}

/// What a thread has done to an event, or to a waiter. The bits are those of the event's byte; see `byte.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// An event's byte changed, from the first to the second.
    Byte(u8, u8),
    /// An exchange of an event's byte found another value than it expected.
    Stale,
    /// A waiter was claimed.
    Claim,
    /// A waiter had been claimed already.
    ClaimLost,
    /// A waiter withdrew.
    Withdraw,
    /// A waiter tried to withdraw and had been claimed.
    WithdrawLost,
    /// A thread joined the queue of parked threads.
    Parked,
    /// A thread was not parked because the byte had changed.
    Refused,
    /// A parked thread left the queue at its deadline.
    TimedOut,
    /// Threads were removed from the queue to be released.
    Unparked,
    /// The queue was found empty.
    FoundNobody,
    /// Another word changed.
    Word,
}

const WITHDRAWN: u64 = (usize::MAX - 1) as u64;

impl Step {
    pub(super) fn changed(size: usize, old: u64, new: u64) -> Self {
        match size {
            1 => Self::Byte(old.to_le_bytes()[0], new.to_le_bytes()[0]),
            _ if old == usize::MAX as u64 && new == WITHDRAWN => Self::Withdraw,
            _ if old == usize::MAX as u64 => Self::Claim,
            _ => Self::Word,
        }
    }

    pub(super) fn refused(size: usize, old: u64, new: u64) -> Self {
        match size {
            1 => Self::Stale,
            _ if old == usize::MAX as u64 && new == WITHDRAWN => Self::WithdrawLost,
            _ if old == usize::MAX as u64 => Self::ClaimLost,
            _ => Self::Word,
        }
    }

    /// Returns whether the step breaks invariant 1 or 3 of `byte.rs`. The byte of a lock, which is no event, never
    /// does.
    pub(super) const fn breaks_invariant(self) -> bool {
        let Self::Byte(old, new) = self else { return false };
        let parks = new & PARKED != 0 && old & PARKED == 0;
        (new & SET != 0 && new & (PARKED | CHANGING) != 0) || (parks && old & LISTENED != 0)
    }
}

/// A step: which of the driver's threads made it, and on which object.
#[derive(Clone, Copy, Debug)]
pub struct Traced {
    /// The thread's number.
    pub thread: usize,
    /// The object's address.
    pub object: usize,
    /// What was done.
    pub step: Step,
}

#[derive(Default)]
struct Execution {
    driver: Option<Thread>,
    /// The driver's threads that have entered, by number.
    threads: Vec<(ThreadId, usize)>,
    expected: usize,
    /// How many of them sleep without a deadline, or have left.
    resting: usize,
    left: usize,
    trace: Vec<Traced>,
}

thread_local! {
    static SETTINGS: Cell<Settings> = const { Cell::new(Settings { strict: false, looks: 0, shards: 0, trace: false }) };
    static ENDGAME: Cell<bool> = const { Cell::new(false) };
    static EXECUTION: RefCell<Execution> = RefCell::default();
}

/// Begins an execution, which will have this many threads. Called before it has any.
pub fn begin(threads: usize, settings: Settings) {
    SETTINGS.set(settings);
    ENDGAME.set(false);
    EXECUTION.set(Execution {
        driver: Some(thread::current()),
        expected: threads,
        ..Execution::default()
    });
}

/// Registers the calling thread as the driver's thread with this number.
pub fn enter(number: usize) {
    let id = thread::current().id();
    EXECUTION.with_borrow_mut(|execution| execution.threads.push((id, number)));
}

/// Records that the calling thread has done its part.
pub fn leave() {
    EXECUTION.with_borrow_mut(|execution| execution.left += 1);
    sleeps();
}

/// Records that a thread is about to sleep until it is released.
pub(super) fn sleeps() {
    let all_rest = EXECUTION.with_borrow_mut(|execution| {
        execution.resting += 1;
        let all_rest = execution.resting == execution.expected;
        execution.driver.clone().filter(|_| all_rest)
    });
    // Another thread may run before this returns.
    if let Some(driver) = all_rest {
        driver.unpark();
    }
}

/// Records that a sleeping thread is being released.
pub(super) fn wakes() {
    EXECUTION.with_borrow_mut(|execution| execution.resting = execution.resting.wrapping_sub(1));
}

/// Blocks until every thread has ended, or sleeps until another thread releases it. Returns whether all have
/// ended.
#[must_use]
pub fn until_all_rest() -> bool {
    loop {
        let (rest, all_left) = EXECUTION.with_borrow(|execution| {
            let Execution { expected, resting, left, .. } = *execution;
            (resting == expected, left == expected)
        });
        if rest {
            return all_left;
        }
        thread::park();
    }
}

/// Ends the exploration of this execution.
pub fn endgame() {
    ENDGAME.set(true);
}

/// Returns whether [`endgame`] was called.
#[must_use]
pub fn is_endgame() -> bool {
    ENDGAME.get()
}

#[cfg(not(feature = "shuttle"))]
pub(super) fn is_strict() -> bool {
    SETTINGS.get().strict
}

pub(super) fn looks() -> u32 {
    SETTINGS.get().looks
}

/// Returns the number of shards: at most `most`.
pub(crate) fn shards(most: usize) -> usize {
    match SETTINGS.get().shards {
        0 => most,
        shards => shards.min(most),
    }
}

pub(super) fn step(object: usize, step: impl FnOnce() -> Step) {
    if !SETTINGS.get().trace || is_endgame() {
        return;
    }
    let id = thread::current().id();
    EXECUTION.with_borrow_mut(|execution| {
        let number = execution.threads.iter().find(|(known, _)| *known == id);
        if let Some(&(_, thread)) = number {
            execution.trace.push(Traced { thread, object, step: step() });
        }
    });
}

/// Returns what has been traced so far, and forgets it.
#[must_use]
pub fn trace() -> Vec<Traced> {
    EXECUTION.with_borrow_mut(|execution| std::mem::take(&mut execution.trace))
}

/// Returns how many threads are in queues of parked threads. For the endgame.
#[must_use]
pub fn sleepers() -> usize {
    super::parking_lot::sleepers()
}

/// Records that the calling thread has returned from a call.
pub fn returned() {
    step(0, || Step::Word);
}
