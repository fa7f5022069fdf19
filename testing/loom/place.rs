//! What is freed while others may still be using it.

use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::ops::Deref;

/// A place that outlives the object in it: a late access is found and not undefined.
///
/// The end of an event's life is an access to it in the model, so loom sees both what happens after it
/// and what merely is not ordered before.
pub(crate) struct Place<T>(UnsafeCell<ManuallyDrop<T>>);

impl<T> Place<T> {
    pub(crate) fn new(object: T) -> Self {
        Self(UnsafeCell::new(ManuallyDrop::new(object)))
    }

    pub(crate) fn free(&self) {
        // SAFETY: nobody uses the object any more; that is what the models check.
        let object = unsafe { &mut *self.0.get() };
        // SAFETY: each model frees an object once.
        unsafe { ManuallyDrop::drop(object) };
    }

    /// Puts a new object at the same address.
    pub(crate) fn renew(&self, object: T) {
        self.free();
        // SAFETY: as in `free`.
        unsafe { *self.0.get() = ManuallyDrop::new(object) };
    }
}

impl<T> Deref for Place<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: it is borrowed mutably only when nobody uses it.
        unsafe { &*self.0.get() }
    }
}
