//! The atomics, which loom replaces under `--cfg rsevents_loom`, as it does those of `rsevents`.

#[cfg(rsevents_loom)]
mod model;
#[cfg(rsevents_loom)]
pub(crate) use model::{Arc, AtomicUsize, AtomicWord, now};
#[cfg(not(any(rsevents_loom, target_has_atomic = "64")))]
pub(crate) use std::sync::atomic::AtomicU32 as AtomicWord;
#[cfg(all(not(rsevents_loom), target_has_atomic = "64"))]
pub(crate) use std::sync::atomic::AtomicU64 as AtomicWord;
#[cfg(not(rsevents_loom))]
pub(crate) use std::sync::{Arc, atomic::AtomicUsize};

/// The widest integer with atomic operations, up to 64 bits.
#[cfg(target_has_atomic = "64")]
pub(crate) type Word = u64;
#[cfg(not(target_has_atomic = "64"))]
pub(crate) type Word = u32;

/// The clock by which a semaphore hands over.
#[cfg(not(rsevents_loom))]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// A function that is `const` where atomics can be made at compile time, which loom's cannot.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis fn $($rest:tt)*) => {
        #[cfg(not(rsevents_loom))]
        $(#[$meta])* $vis const fn $($rest)*
        #[cfg(rsevents_loom)]
        $(#[$meta])* $vis fn $($rest)*
    };
}
pub(crate) use const_unless_loom;
