//! A count that other threads add to, and that one thread waits for.

use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};
use std::thread::Thread;

/// Counts up to a goal. The thread that created the tally may park until the goal is reached.
#[derive(Debug)]
pub(crate) struct Tally {
    missing: AtomicI64,
    sleeper: Thread,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self { missing: AtomicI64::new(0), sleeper: std::thread::current() }
    }

    /// Starts a new count.
    pub(crate) fn begin(&self, goal: u64) {
        self.missing.store(goal.cast_signed(), Release);
    }

    pub(crate) fn add(&self) {
        if self.missing.fetch_sub(1, AcqRel) == 1 {
            self.sleeper.unpark();
        }
    }

    /// Returns how many are missing from the goal, or zero if it was exceeded.
    pub(crate) fn missing(&self) -> u64 {
        self.missing.load(Acquire).max(0).cast_unsigned()
    }

    pub(crate) fn sleep(&self) {
        while self.missing() != 0 {
            std::thread::park();
        }
    }
}
