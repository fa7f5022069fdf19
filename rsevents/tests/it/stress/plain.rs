//! A variable that only the events under test protect. The thread sanitizer reports any access that
//! is not synchronised.

use std::cell::UnsafeCell;

#[derive(Debug, Default)]
pub(super) struct Plain<T>(UnsafeCell<T>);

// SAFETY: all accesses are unsafe, and their callers ensure that no two take place at the same
// time.
unsafe impl<T: Send> Sync for Plain<T> {}

impl<T: Copy> Plain<T> {
    pub(super) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// # Safety
    ///
    /// Every `set` happens before or after this call.
    pub(super) unsafe fn get(&self) -> T {
        // SAFETY: see above.
        unsafe { *self.0.get() }
    }

    /// # Safety
    ///
    /// Every other access happens before or after this call.
    pub(super) unsafe fn set(&self, value: T) {
        // SAFETY: see above.
        unsafe { *self.0.get() = value };
    }
}
