//! Time limits of tests. Every test that blocks runs on its own thread, under a limit.

use std::panic::resume_unwind;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than any single wait in the tests takes. A wait that reaches this limit has failed.
pub const LONG: Duration = Duration::from_secs(30);

/// Runs a test. Fails it after a time limit, even if its threads are stuck.
pub fn limited(test: impl FnOnce() + Send + 'static) {
    within(2 * LONG, test);
}

/// Same as [`limited`], with its own limit.
pub fn within(limit: Duration, test: impl FnOnce() + Send + 'static) {
    let (running, over) = channel::<()>();
    let test = thread::spawn(move || {
        let _dropped_at_the_end = running;
        test();
    });
    let outcome = over.recv_timeout(limit);
    assert_ne!(outcome, Err(RecvTimeoutError::Timeout), "the test is not over after {limit:?}");
    if let Err(panic) = test.join() {
        resume_unwind(panic);
    }
}

/// Polls until `condition` holds.
pub fn until(mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LONG, "what the test waited for did not come");
        thread::yield_now();
    }
}
