//! An object that is freed while other threads may still be using it.

use std::cell::UnsafeCell;
use std::mem::ManuallyDrop;
use std::ops::Deref;

/// Memory that outlives the object in it, so a late access is found instead of being undefined
/// behaviour.
///
/// In the model, freeing the object is an access to it. Loom therefore reports later accesses, and
/// accesses that are not ordered before the free.
pub(crate) struct Place<T>(UnsafeCell<ManuallyDrop<T>>);

impl<T> Place<T> {
    pub(crate) fn new(object: T) -> Self {
        Self(UnsafeCell::new(ManuallyDrop::new(object)))
    }

    pub(crate) fn free(&self) {
        // SAFETY: no thread uses the object any more. The models check that.
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
        // SAFETY: the object is borrowed mutably only while no thread uses it.
        unsafe { &*self.0.get() }
    }
}
