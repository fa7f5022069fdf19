//! A lock made of an auto-reset event: locking is a wait, and unlocking is a `set`.

use crate::primitive::const_unless_loom;
use rsevents::{AutoResetEvent, Awaitable, EventState};
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

/// Protects a value. The types of this crate hold the lock for a few instructions, in rare steps.
///
/// Unlocking hands the lock directly to the thread that has been parked longest, whether that thread runs or
/// not. So with mixed priorities, a thread of low priority can delay the others until it runs. Rejected: a
/// lock that running threads may take before parked ones. Its unlock would end by waking a thread, after other
/// threads could lock it and free the value. The types of this crate allow that.
#[repr(C)]
pub(crate) struct Lock<T> {
    free: AutoResetEvent,
    /// Bytes that would otherwise be padding: see `Tail` in `countdown.rs`.
    _between: UnsafeCell<[u8; 7]>,
    value: UnsafeCell<T>,
}

// SAFETY: the event lets one thread through at a time, and each `set` happens before the wait that takes its
// signal.
unsafe impl<T: Send> Sync for Lock<T> {}

// No code that could panic runs under the lock, so the value is never left half changed.
impl<T> UnwindSafe for Lock<T> {}
impl<T> RefUnwindSafe for Lock<T> {}

impl<T> Lock<T> {
    const_unless_loom! {
        pub(crate) fn new(value: T) -> Self {
            Self {
                free: AutoResetEvent::new(EventState::Set),
                _between: UnsafeCell::new([0; 7]),
                value: UnsafeCell::new(value),
            }
        }
    }

    pub(crate) fn lock(&self) -> Held<'_, T> {
        self.free.wait();
        Held { lock: self }
    }
}

/// Holds the lock until it is dropped.
pub(crate) struct Held<'a, T> {
    lock: &'a Lock<T>,
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock.
        unsafe { &*self.lock.value.get() }
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this thread holds the lock, and `self` is borrowed mutably.
        unsafe { &mut *self.lock.value.get() }
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        self.lock.free.set();
    }
}
