//! The back end that ships: `std`'s atomics and mutex, `parking_lot_core`'s queues.

use super::{Parked, Unparked};
use parking_lot_core::{DEFAULT_PARK_TOKEN, DEFAULT_UNPARK_TOKEN, FilterOp, ParkResult};
use std::cell::Cell;
use std::sync::{OnceLock, PoisonError};
use std::time::Instant;

pub(crate) use std::sync::atomic::{AtomicU8, AtomicUsize};

/// See the [contract](super).
///
/// # Safety
///
/// `key` is the address of an object of ours, and the closures keep to the contract.
pub(crate) unsafe fn park(
    key: usize,
    validate: impl FnOnce() -> bool,
    timed_out: impl FnOnce(bool),
    deadline: Option<Instant>,
) -> Parked {
    // SAFETY: `park` asks for an address that we control, for closures that neither unwind nor call
    // into the parking lot (both promised by our caller), and for a `before_sleep` that does
    // neither; ours does nothing.
    let result = unsafe {
        parking_lot_core::park(
            key,
            validate,
            || (),
            |_key, last| timed_out(last),
            DEFAULT_PARK_TOKEN,
            deadline,
        )
    };
    match result {
        ParkResult::Unparked(_) => Parked::Released,
        ParkResult::Invalid => Parked::Invalid,
        ParkResult::TimedOut => Parked::TimedOut,
    }
}

/// See the [contract](super).
///
/// # Safety
///
/// `key` is the address of an object of ours, and the closure keeps to the contract.
pub(crate) unsafe fn unpark_one(key: usize, callback: impl FnOnce(Unparked)) {
    let callback = |found: parking_lot_core::UnparkResult| {
        callback(match (found.unparked_threads, found.have_more_threads) {
            (0, _) => Unparked::None,
            (_, false) => Unparked::Last,
            (_, true) => Unparked::OneOfMany,
        });
        DEFAULT_UNPARK_TOKEN
    };
    // SAFETY: as for `park`, and the callback is our caller's plus the match above.
    unsafe { parking_lot_core::unpark_one(key, callback) };
}

/// See the [contract](super).
///
/// # Safety
///
/// `key` is the address of an object of ours, and the closure keeps to the contract.
pub(crate) unsafe fn unpark_all(key: usize, decide: impl FnOnce() -> bool) {
    // `unpark_filter` calls `filter` once for each queued thread, before it has taken any out, and
    // then `callback`: whichever comes first decides. A thread that is already out of the queue
    // would be too late, because the decision may be "no".
    let decide = Cell::new(Some(decide));
    let decision = Cell::new(false);
    let decided = || {
        if let Some(decide) = decide.take() {
            decision.set(decide());
        }
        decision.get()
    };
    let filter = |_| if decided() { FilterOp::Unpark } else { FilterOp::Stop };
    let callback = |_| {
        decided();
        DEFAULT_UNPARK_TOKEN
    };
    // SAFETY: as for `park`; filter and callback only wrap our caller's closure.
    unsafe { parking_lot_core::unpark_filter(key, filter, callback) };
}

/// A lock for the registry, which has no code that panics while it is held.
#[derive(Debug)]
pub(crate) struct Mutex<T>(std::sync::Mutex<T>);

pub(crate) type MutexGuard<'a, T> = std::sync::MutexGuard<'a, T>;

impl<T> Mutex<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One step of a spin loop.
pub(crate) fn relax() {
    std::hint::spin_loop();
}

/// How many processors this thread can run on. Takes microseconds: it asks the system.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Whether another thread can run while one spins.
pub(crate) fn can_spin() -> bool {
    static SEVERAL: OnceLock<bool> = OnceLock::new();
    *SEVERAL.get_or_init(|| processors() > 1)
}
