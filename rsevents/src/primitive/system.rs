//! The back end that ships: `std`'s atomics, `parking_lot_core`'s queues, and a lock made of them.

pub(crate) use super::lock::SpinLock as Lock;
pub(crate) use parking_lot_core as parking_lot;
pub(crate) use std::sync::Arc;
pub(crate) use std::sync::atomic::{AtomicU8, AtomicUsize};

/// One step of a spin loop.
pub(crate) fn relax() {
    std::hint::spin_loop();
}

/// Returns `None`: a spin ends after a time, see [`crate::spin`].
pub(crate) const fn fixed_looks() -> Option<u32> {
    None
}

/// False where `std` panics if it is asked for the time.
const HAS_CLOCK: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// Returns whether spinning can help: not if it cannot be timed, or if no other thread can run.
pub(crate) const fn can_spin() -> bool {
    HAS_CLOCK && !cfg!(all(target_family = "wasm", not(target_feature = "atomics")))
}
