//! A lock made of an auto-reset event: taking it is a wait, giving it back a `set`.

use crate::primitive::const_unless_loom;
use rsevents::{AutoResetEvent, Awaitable, EventState};
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::panic::{RefUnwindSafe, UnwindSafe};

/// Protects a value; held for a few instructions, around the rare steps of the types of this crate.
///
/// It is handed to the thread that waits for it longest, whether that runs or not. So where priorities are
/// mixed, a thread of low priority can hold up others until it runs. Rejected: a lock that running
/// threads may take before those. Its last step would be to wake one, after others can take the lock and
/// free the value, which the types of this crate allow.
#[repr(C)]
pub(crate) struct Lock<T> {
    free: AutoResetEvent,
    /// What would be padding, which is not to be: see the countdown's tail.
    _between: UnsafeCell<[u8; 7]>,
    value: UnsafeCell<T>,
}

// SAFETY: the event lets one thread through at a time, and each `set` happens before the wait it
// lets through.
unsafe impl<T: Send> Sync for Lock<T> {}

// What is locked is never left half done: no code that could panic runs under the lock.
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

/// The lock is held for as long as this lives.
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
