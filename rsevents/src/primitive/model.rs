//! The back end for loom: the [contract](super) built from loom's types.
//!
//! A time limit is an event of the model, whatever its length: a thread with one may time out at any
//! moment after others have had a chance to release it.
//!
//! Loom repeats an execution from its choices, so nothing that loom sees may depend on an address:
//! tables are only looked up in, never iterated over.

use super::{Parked, Unparked};
use loom::sync::Condvar;
use loom::thread::{self, Thread};
use std::collections::{HashMap, VecDeque};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{self, Relaxed};
use std::time::Instant;

pub(crate) use loom::sync::MutexGuard;

/// A sleeping thread.
struct Slot {
    thread: Thread,
    /// Whether the thread sleeps until it is released, rather than for a limited time.
    sleeps: bool,
    /// Only accessed under the lock of the slot's queue, or by the thread itself after it woke.
    released: AtomicBool,
}

impl Slot {
    fn release(&self) {
        self.released.store(true, Relaxed);
        if self.sleeps {
            self.thread.unpark();
        }
    }
}

type Queue = Arc<Mutex<VecDeque<Arc<Slot>>>>;

loom::lazy_static! {
    // The lock and the `Arc`s are std's, not loom's: finding a queue must neither order the users of
    // two events nor be a step that loom interleaves.
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
    let slot = Arc::new(Slot {
        thread: thread::current(),
        sleeps: deadline.is_none(),
        released: AtomicBool::new(false),
    });
    sleepers.push_back(slot.clone());
    drop(sleepers);
    if slot.sleeps {
        // Nothing comes between the look and the sleep, for loom switches threads only where an
        // object of its own is used.
        while !slot.released.load(Relaxed) {
            thread::park();
        }
        return Parked::Released(None);
    }
    thread::yield_now();
    let mut sleepers = queue.lock();
    if slot.released.load(Relaxed) {
        return Parked::Released(None);
    }
    sleepers.retain(|other| !Arc::ptr_eq(other, &slot));
    timed_out(sleepers.is_empty());
    Parked::TimedOut
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
        slot.release();
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
        sleepers.drain(..).for_each(|slot| slot.release());
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

/// Loom's atomics, but for two things.
///
/// * The end of life is an access too: loom complains if another access does not happen before it,
///   and of every access after it.
/// * Loads depend on one another. Loom tries a write before a load only if that was the latest load,
///   which a thread that looks before it writes always makes its own. The condition variable, which
///   nobody waits for, is an object whose uses loom tries in every order and that orders nothing.
macro_rules! atomics {
    ($($atomic:ident($value:ty)),*) => {$(
        /// An atomic of models.
        #[derive(Debug)]
        pub struct $atomic {
            value: loom::sync::atomic::$atomic,
            loads: Condvar,
        }

        impl $atomic {
            /// As `std`'s.
            #[must_use]
            pub fn new(value: $value) -> Self {
                // The first use of a static happens before all others. Made here, before a model
                // has threads, that hides no missing order between them.
                let _ = &*QUEUES;
                Self { value: loom::sync::atomic::$atomic::new(value), loads: Condvar::new() }
            }

            /// As `std`'s.
            pub fn load(&self, ordering: Ordering) -> $value {
                self.loads.notify_one();
                self.value.load(ordering)
            }
        }

        impl Deref for $atomic {
            type Target = loom::sync::atomic::$atomic;

            fn deref(&self) -> &Self::Target {
                &self.value
            }
        }

        impl Drop for $atomic {
            fn drop(&mut self) {
                if !std::thread::panicking() {
                    self.value.with_mut(|_| ());
                }
            }
        }
    )*};
}
atomics!(AtomicU8(u8), AtomicU64(u64), AtomicUsize(usize));

/// One step of a spin loop.
pub(crate) fn relax() {
    loom::hint::spin_loop();
}

/// Loom finds every interleaving without spinning.
pub(crate) fn can_spin() -> bool {
    false
}

/// As [`can_spin`].
pub(crate) fn processors() -> usize {
    1
}
