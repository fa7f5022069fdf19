//! One test at a time.

use crate::limit::limited;
use std::sync::{Mutex, PoisonError};

/// Runs a test under a limit of time, and no other meanwhile.
pub fn alone(test: impl FnOnce() + Send + 'static) {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    limited(test);
}
