//! Panics on purpose.

use std::panic::{UnwindSafe, catch_unwind, resume_unwind};

/// Whether `f` refuses, as it is documented, by a panic.
pub(crate) fn panics<R>(f: impl FnOnce() -> R + UnwindSafe) -> bool {
    catch_unwind(|| drop(f())).is_err()
}

/// The message with which `f` panics.
pub(crate) fn message<R>(f: impl FnOnce() -> R + UnwindSafe) -> String {
    let panic = catch_unwind(|| drop(f())).expect_err("it does not panic");
    *panic.downcast().expect("the message has numbers in it")
}

/// Runs `work`, and unwinds what it returns, without a message.
pub(crate) fn panics_with<T>(work: impl FnOnce() -> T + UnwindSafe) {
    let result = catch_unwind(|| {
        let _held = work();
        resume_unwind(Box::new("on purpose"));
    });
    assert!(result.is_err());
}
