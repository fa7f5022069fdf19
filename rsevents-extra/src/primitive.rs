//! The atomics. Under `--cfg rsevents_loom`, loom's replace them, as in `rsevents`.

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

/// Returns the time by which a semaphore decides when to hand permits over.
#[cfg(not(rsevents_loom))]
pub(crate) fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// Defines a function that is `const`, except under loom, whose atomics cannot be made at compile time.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis fn $($rest:tt)*) => {
        #[cfg(not(rsevents_loom))]
        $(#[$meta])* $vis const fn $($rest)*
        #[cfg(rsevents_loom)]
        $(#[$meta])* $vis fn $($rest)*
    };
}
pub(crate) use const_unless_loom;
