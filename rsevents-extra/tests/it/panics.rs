//! Panics on purpose.

use std::panic::{UnwindSafe, catch_unwind, resume_unwind};

/// Whether `f` refuses, as it is documented, by a panic.
pub(crate) fn panics<R>(f: impl FnOnce() -> R + UnwindSafe) -> bool {
    catch_unwind(|| drop(f())).is_err()
}

/// Runs `work`, and unwinds what it returns, without a message.
pub(crate) fn panics_with<T>(work: impl FnOnce() -> T + UnwindSafe) {
    let result = catch_unwind(|| {
        let _held = work();
        resume_unwind(Box::new("on purpose"));
    });
    assert!(result.is_err());
}
