//! Runs one test at a time.

use crate::limit::limited;
use std::sync::{Mutex, PoisonError};

/// Runs a test under a time limit, while no other test runs.
pub fn alone(test: impl FnOnce() + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    limited(test);
}
