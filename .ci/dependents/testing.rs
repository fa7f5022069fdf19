//! Replaces the crate `testing`, which the tests of region_cached and region_local use and their authors do
//! not publish.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// The original sets an allocator that finds leaks. This one does nothing.
#[macro_export]
macro_rules! set_allocator {
    () => {};
}

#[track_caller]
pub fn assert_panics<R>(f: impl FnOnce() -> R) {
    assert!(catch_unwind(AssertUnwindSafe(f)).is_err(), "it did not panic");
}

/// Runs `f`, and panics if it takes longer than a minute.
#[track_caller]
pub fn with_watchdog<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> R {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(f()));
    receiver.recv_timeout(Duration::from_secs(60)).expect("it hangs, or has panicked")
}
