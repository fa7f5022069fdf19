//! The back end that ships: `std`'s atomics and mutex, `parking_lot_core`'s queues.

use std::sync::PoisonError;

pub(crate) use parking_lot_core as parking_lot;
pub(crate) use std::sync::atomic::{AtomicU8, AtomicUsize};

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

/// A spin ends after a time: see [`crate::spin`].
pub(crate) const fn fixed_looks() -> Option<u32> {
    None
}

/// How many processors this thread can run on. Takes microseconds: it asks the system.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Not where asking `std` for the time panics.
pub(super) const HAS_CLOCK: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// Whether spinning is of any use: not where it cannot be timed, or nobody else can run.
pub(crate) const fn can_spin() -> bool {
    HAS_CLOCK && !cfg!(all(target_family = "wasm", not(target_feature = "atomics")))
}
