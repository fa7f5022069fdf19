//! Helpers for panics on purpose.

use std::panic::{UnwindSafe, catch_unwind, resume_unwind};

/// Returns whether `f` panics.
pub(crate) fn panics<R>(f: impl FnOnce() -> R + UnwindSafe) -> bool {
    catch_unwind(|| drop(f())).is_err()
}

/// Returns the message with which `f` panics.
pub(crate) fn message<R>(f: impl FnOnce() -> R + UnwindSafe) -> String {
    let panic = catch_unwind(|| drop(f())).expect_err("it does not panic");
    *panic.downcast().expect("the message has numbers in it")
}

/// Runs `work`, and then unwinds with its result still alive. Prints no message.
pub(crate) fn panics_with<T>(work: impl FnOnce() -> T + UnwindSafe) {
    let result = catch_unwind(|| {
        let _held = work();
        resume_unwind(Box::new("on purpose"));
    });
    assert!(result.is_err());
}
