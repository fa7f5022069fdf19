//! Loom's atomics, and a clock that takes part in the model.

use rsevents::model::lazy_static;
pub(crate) use rsevents::model::{Arc, AtomicU64 as AtomicWord, AtomicUsize};
use std::time::{Duration, Instant};

/// Returns a time that advances by itself at each reading, so that nothing depends on how long the model
/// takes.
pub(crate) fn now() -> Instant {
    lazy_static! {
        static ref CLOCK: std::sync::Mutex<Instant> = std::sync::Mutex::new(Instant::now());
    }
    let mut clock = CLOCK.lock().expect("loom ends a model at the first panic");
    *clock += Duration::from_micros(600);
    *clock
}
