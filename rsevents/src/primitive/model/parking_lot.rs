//! The part of `parking_lot_core` that this crate uses, under the same names, built from the checker's types.

use super::Mutex;
use super::checker::thread::{self, Thread};
use super::control::{self, Step};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(crate) struct ParkToken;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnparkToken(pub(crate) usize);

pub(crate) const DEFAULT_PARK_TOKEN: ParkToken = ParkToken;
pub(crate) const DEFAULT_UNPARK_TOKEN: UnparkToken = UnparkToken(0);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ParkResult {
    Unparked(UnparkToken),
    Invalid,
    TimedOut,
}

#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_field_names, reason = "the names are parking_lot_core's")]
pub(crate) struct UnparkResult {
    pub(crate) unparked_threads: usize,
    pub(crate) requeued_threads: usize,
    pub(crate) have_more_threads: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequeueOp {
    Abort,
    UnparkOneRequeueRest,
}

/// A sleeping thread. Its fields change under the lock of the queue that contains it.
struct Slot {
    thread: Thread,
    /// The key of the queue that contains the thread.
    key: AtomicUsize,
    /// The token that the thread was released with, or [`QUEUED`]. Also read by the thread itself, after it
    /// has woken up.
    token: AtomicUsize,
    /// Whether the thread has been counted as asleep.
    asleep: AtomicBool,
}

const QUEUED: usize = usize::MAX;

impl Slot {
    fn released(&self) -> Option<UnparkToken> {
        let token = self.token.load(Relaxed);
        (token != QUEUED).then_some(UnparkToken(token))
    }

    fn release(&self, token: UnparkToken) {
        self.token.store(token.0, Relaxed);
        if self.asleep.load(Relaxed) {
            control::wakes();
            self.thread.unpark();
        }
    }
}

type Queue = Arc<Mutex<VecDeque<Arc<Slot>>>>;

super::lazy_static! {
    // The lock and the `Arc`s are std's, not the checker's: finding a queue must neither order the users of
    // two events, nor be a step that is interleaved.
    static ref QUEUES: std::sync::Mutex<HashMap<usize, Queue>> = std::sync::Mutex::default();
    // Addresses differ from one execution to the next; the order of first use does not.
    static ref NUMBERS: std::sync::Mutex<Numbers> = std::sync::Mutex::default();
}

#[derive(Default)]
struct Numbers {
    of_keys: HashMap<usize, usize>,
    next: usize,
}

/// Returns the number of a key, in the order of first use.
pub(crate) fn number_of(key: usize) -> usize {
    let mut numbers = NUMBERS.lock().unwrap();
    let next = numbers.next;
    let number = *numbers.of_keys.entry(key).or_insert(next);
    numbers.next += usize::from(number == next);
    number
}

/// Makes the tables. Called before a model has threads.
pub(super) fn initialise() {
    let _ = (&*QUEUES, &*NUMBERS);
}

fn queue(key: usize) -> Queue {
    let mut queues = QUEUES.lock().unwrap();
    queues.entry(key).or_insert_with(|| Arc::new(Mutex::new(VecDeque::new()))).clone()
}

/// Forgets a key whose object is gone. A later object at the same address must be a new one, or the results
/// would depend on which addresses the allocator returns.
pub(super) fn forget(key: usize) {
    QUEUES.lock().unwrap().remove(&key);
    NUMBERS.lock().unwrap().of_keys.remove(&key);
}

/// Returns how many threads are queued anywhere. For the endgame.
pub(super) fn sleepers() -> usize {
    QUEUES.lock().unwrap().values().map(|queue| queue.lock().len()).sum()
}

/// As `parking_lot_core`'s.
///
/// # Safety
///
/// None is needed here; the signature is that of the back end that ships.
pub(crate) unsafe fn park(
    key: usize,
    validate: impl FnOnce() -> bool,
    before_sleep: impl FnOnce(),
    timed_out: impl FnOnce(usize, bool),
    _token: ParkToken,
    deadline: Option<Instant>,
) -> ParkResult {
    let queued_at = queue(key);
    let mut sleepers = queued_at.lock();
    if !validate() {
        control::step(key, || Step::Refused);
        return ParkResult::Invalid;
    }
    let slot = Arc::new(Slot {
        thread: thread::current(),
        key: AtomicUsize::new(key),
        token: AtomicUsize::new(QUEUED),
        asleep: AtomicBool::new(false),
    });
    sleepers.push_back(slot.clone());
    control::step(key, || Step::Parked);
    drop(sleepers);
    before_sleep();
    if deadline.is_none() {
        // No other thread runs between the look and the sleep, because threads are switched only where an
        // object of the checker is used.
        loop {
            if let Some(token) = slot.released() {
                return ParkResult::Unparked(token);
            }
            if !slot.asleep.swap(true, Relaxed) {
                control::sleeps();
            }
            thread::park();
        }
    }
    thread::yield_now();
    loop {
        let key = slot.key.load(Relaxed);
        let queued_at = queue(key);
        let mut sleepers = queued_at.lock();
        if let Some(token) = slot.released() {
            return ParkResult::Unparked(token);
        }
        if slot.key.load(Relaxed) == key {
            sleepers.retain(|other| !Arc::ptr_eq(other, &slot));
            control::step(key, || Step::TimedOut);
            timed_out(key, sleepers.is_empty());
            return ParkResult::TimedOut;
        }
    }
}

/// As `parking_lot_core`'s.
///
/// # Safety
///
/// As [`park`].
pub(crate) unsafe fn unpark_one(
    key: usize,
    callback: impl FnOnce(UnparkResult) -> UnparkToken,
) -> UnparkResult {
    let queue = queue(key);
    let mut sleepers = queue.lock();
    let found = sleepers.pop_front();
    let result = UnparkResult {
        unparked_threads: found.iter().len(),
        requeued_threads: 0,
        have_more_threads: !sleepers.is_empty(),
    };
    control::step(key, || if found.is_some() { Step::Unparked } else { Step::FoundNobody });
    let token = callback(result);
    if let Some(slot) = found {
        slot.release(token);
    }
    result
}

/// As `parking_lot_core`'s, except that the thread is woken before the locks are free.
///
/// # Safety
///
/// As [`park`].
pub(crate) unsafe fn unpark_requeue(
    from: usize,
    to: usize,
    validate: impl FnOnce() -> RequeueOp,
    callback: impl FnOnce(RequeueOp, UnparkResult) -> UnparkToken,
) -> UnparkResult {
    let (from_queue, to_queue) = (queue(from), queue(to));
    let mut sleepers = from_queue.lock();
    let op = validate();
    if op == RequeueOp::Abort {
        return UnparkResult::default();
    }
    let found = sleepers.pop_front();
    let mut others = to_queue.lock();
    let requeued_threads = sleepers.len();
    for slot in sleepers.drain(..) {
        slot.key.store(to, Relaxed);
        others.push_back(slot);
    }
    let unparked_threads = found.iter().len();
    let result = UnparkResult { unparked_threads, requeued_threads, have_more_threads: false };
    control::step(from, || if found.is_some() { Step::Unparked } else { Step::FoundNobody });
    let token = callback(op, result);
    if let Some(slot) = found {
        slot.release(token);
    }
    result
}
