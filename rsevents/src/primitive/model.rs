//! The back end for loom: the [contract](super) built from loom's types.
//!
//! A deadline is an event of the model: a thread with one may time out at any moment, and loom
//! explores both outcomes of its race with an unpark.

use super::{Parked, Unparked};
use loom::sync::{Arc, Condvar};
use std::collections::{HashMap, VecDeque};
use std::time::Instant;

pub(crate) use loom::sync::MutexGuard;
pub(crate) use loom::sync::atomic::{AtomicU8, AtomicUsize};

/// A sleeping thread.
struct Slot {
    released: std::cell::Cell<bool>,
    wake: Condvar,
}

// SAFETY: `released` is only accessed under the lock of the slot's queue.
unsafe impl Send for Slot {}
// SAFETY: as above.
unsafe impl Sync for Slot {}

type Queue = Arc<Mutex<VecDeque<Arc<Slot>>>>;

loom::lazy_static! {
    // A lock of std's, not of loom's: finding a queue must not order the users of two events.
    static ref QUEUES: std::sync::Mutex<HashMap<usize, Queue>> = std::sync::Mutex::default();
}

fn queue(key: usize) -> Queue {
    let mut queues = QUEUES.lock().unwrap();
    queues.entry(key).or_insert_with(|| Arc::new(Mutex::new(VecDeque::new()))).clone()
}

/// See the [contract](super).
///
/// # Safety
///
/// None is needed here; the signature is that of the back end that ships.
pub(crate) unsafe fn park(
    key: usize,
    validate: impl FnOnce() -> bool,
    timed_out: impl FnOnce(bool),
    deadline: Option<Instant>,
) -> Parked {
    let queue = queue(key);
    let mut sleepers = queue.lock();
    if !validate() {
        return Parked::Invalid;
    }
    let slot = Arc::new(Slot { released: false.into(), wake: Condvar::new() });
    sleepers.push_back(slot.clone());
    if deadline.is_some() {
        drop(sleepers);
        loom::thread::yield_now();
        sleepers = queue.lock();
        if slot.released.get() {
            return Parked::Released;
        }
        sleepers.retain(|other| !Arc::ptr_eq(other, &slot));
        timed_out(sleepers.is_empty());
        return Parked::TimedOut;
    }
    while !slot.released.get() {
        sleepers = slot.wake.wait(sleepers).unwrap();
    }
    Parked::Released
}

fn release(slot: &Slot) {
    slot.released.set(true);
    slot.wake.notify_one();
}

/// See the [contract](super).
///
/// # Safety
///
/// As [`park`].
pub(crate) unsafe fn unpark_one(key: usize, callback: impl FnOnce(Unparked)) {
    let queue = queue(key);
    let mut sleepers = queue.lock();
    let found = sleepers.pop_front();
    callback(match (&found, sleepers.is_empty()) {
        (None, _) => Unparked::None,
        (Some(_), true) => Unparked::Last,
        (Some(_), false) => Unparked::OneOfMany,
    });
    if let Some(slot) = found {
        release(&slot);
    }
}

/// See the [contract](super).
///
/// # Safety
///
/// As [`park`].
pub(crate) unsafe fn unpark_all(key: usize, decide: impl FnOnce() -> bool) {
    let queue = queue(key);
    let mut sleepers = queue.lock();
    if decide() {
        sleepers.drain(..).for_each(|slot| release(&slot));
    }
}

/// A lock for the registry, which has no code that panics while it is held.
#[derive(Debug)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap()
    }
}

/// One step of a spin loop.
pub(crate) fn relax() {
    loom::hint::spin_loop();
}

/// Loom finds every interleaving without spinning.
pub(crate) fn can_spin() -> bool {
    false
}
