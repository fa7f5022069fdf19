//! The guards of a [`Semaphore`]: permits that are held.

use super::Semaphore;
use super::raw::Gift;
use std::fmt;
use std::mem;
use std::ops::Deref;
use std::sync::Arc;

/// Permits that are held through a reference to their semaphore. Dropping this returns them.
struct Held<S: Deref<Target = Semaphore>> {
    semaphore: S,
    permits: u16,
}

impl<S: Deref<Target = Semaphore>> Held<S> {
    fn forget(mut self) {
        self.semaphore.raw.forget(mem::take(&mut self.permits));
    }

    fn split(&mut self, n: u16) -> Option<Self>
    where
        S: Clone,
    {
        self.permits = self.permits.checked_sub(n)?;
        Some(Self { semaphore: self.semaphore.clone(), permits: n })
    }

    #[track_caller]
    fn merge(&mut self, mut other: Self) {
        let same =
            std::ptr::eq::<Semaphore>(&raw const *self.semaphore, &raw const *other.semaphore);
        assert!(same, "guards of two semaphores cannot be merged");
        self.permits += mem::take(&mut other.permits);
    }
}

impl<S: Deref<Target = Semaphore>> Drop for Held<S> {
    #[inline]
    fn drop(&mut self) {
        if self.permits > 0 {
            self.semaphore.raw.give(Gift { permits: self.permits, new: false });
        }
    }
}

/// A guard that holds permits, and returns them when it is dropped.
///
/// If it is leaked with [`std::mem::forget`], its permits stay held for ever. To remove them from the semaphore, use
/// [`forget`](Self::forget).
///
/// # Examples
///
/// ```
/// use rsevents_extra::{Awaitable, Semaphore};
///
/// let semaphore = Semaphore::with_permits(5);
/// let mut three = semaphore.many(3).wait();
/// let one = three.split(1).unwrap();
/// drop(three);
/// assert_eq!((one.permits(), semaphore.count()), (1, 4));
/// ```
#[must_use = "the permits are given back as soon as the guard is dropped"]
pub struct SemaphoreGuard<'a>(Held<&'a Semaphore>);

impl<'a> SemaphoreGuard<'a> {
    pub(super) const fn new(semaphore: &'a Semaphore, permits: u16) -> Self {
        Self(Held { semaphore, permits })
    }

    /// Returns how many permits the guard holds.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Awaitable;
    ///
    /// let semaphore = rsevents_extra::Semaphore::with_permits(5);
    /// assert_eq!(semaphore.many(2).wait().permits(), 2);
    /// ```
    #[must_use = "reading the number has no effect"]
    pub const fn permits(&self) -> u16 {
        self.0.permits
    }

    /// Returns the semaphore that the permits belong to.
    ///
    /// # Examples
    ///
    /// ```
    /// let semaphore = rsevents_extra::Semaphore::with_permits(5);
    /// let permit = semaphore.wait();
    /// assert_eq!(permit.semaphore().count(), 4);
    /// ```
    #[must_use = "this has no effect"]
    pub const fn semaphore(&self) -> &'a Semaphore {
        self.0.semaphore
    }

    /// Removes the permits from the semaphore: they are not returned, and its
    /// [`total`](Semaphore::total) is lower from now on.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Awaitable;
    ///
    /// let semaphore = rsevents_extra::Semaphore::with_permits(5);
    /// semaphore.many(2).wait().forget();
    /// assert_eq!((semaphore.count(), semaphore.total()), (3, 3));
    /// ```
    pub fn forget(self) {
        self.0.forget();
    }

    /// Moves `n` of the permits to a new guard. If this guard has fewer, changes nothing and returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Awaitable;
    ///
    /// let semaphore = rsevents_extra::Semaphore::with_permits(5);
    /// let mut all = semaphore.many(5).wait();
    /// let two = all.split(2).unwrap();
    /// assert_eq!((all.permits(), two.permits()), (3, 2));
    /// assert!(all.split(4).is_none());
    /// ```
    #[must_use = "the new guard gives its permits back as soon as it is dropped"]
    pub fn split(&mut self, n: u16) -> Option<Self> {
        self.0.split(n).map(Self)
    }

    /// Adds the permits of another guard to this one.
    ///
    /// # Panics
    ///
    /// Panics if `other` belongs to another semaphore. Its permits are returned to that semaphore when the panic
    /// drops it. Nothing else changes.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Awaitable;
    ///
    /// let semaphore = rsevents_extra::Semaphore::with_permits(5);
    /// let mut three = semaphore.many(3).wait();
    /// three.merge(semaphore.many(1).wait());
    /// assert_eq!((three.permits(), semaphore.count()), (4, 1));
    /// ```
    #[track_caller]
    pub fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
    }
}

/// Shows the number of permits.
impl fmt::Debug for SemaphoreGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = "SemaphoreGuard";
        f.debug_struct(name).field("permits", &self.permits()).finish()
    }
}

/// A guard that holds permits and owns a share of the semaphore. It returns the permits when it is dropped, and has the
/// methods of [`SemaphoreGuard`].
///
/// # Examples
///
/// ```
/// use rsevents_extra::{Awaitable, Semaphore};
/// use std::sync::Arc;
///
/// let semaphore = Arc::new(Semaphore::with_permits(1));
/// let permit = semaphore.owned().wait();
/// drop(semaphore); // the guard keeps it alive
/// drop(permit);
/// ```
#[must_use = "the permits are given back as soon as the guard is dropped"]
pub struct OwnedSemaphoreGuard(Held<Arc<Semaphore>>);

impl OwnedSemaphoreGuard {
    pub(super) const fn new(semaphore: Arc<Semaphore>, permits: u16) -> Self {
        Self(Held { semaphore, permits })
    }

    /// Returns how many permits the guard holds.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Awaitable;
    ///
    /// let semaphore = std::sync::Arc::new(rsevents_extra::Semaphore::with_permits(5));
    /// assert_eq!(semaphore.owned().many(2).wait().permits(), 2);
    /// ```
    #[must_use = "reading the number has no effect"]
    pub const fn permits(&self) -> u16 {
        self.0.permits
    }

    /// Returns the semaphore that the permits belong to.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Awaitable;
    ///
    /// let semaphore = std::sync::Arc::new(rsevents_extra::Semaphore::with_permits(5));
    /// let permit = semaphore.owned().wait();
    /// assert_eq!(permit.semaphore().count(), 4);
    /// ```
    #[must_use = "this has no effect"]
    pub const fn semaphore(&self) -> &Arc<Semaphore> {
        &self.0.semaphore
    }

    /// Removes the permits from the semaphore: they are not returned, and its
    /// [`total`](Semaphore::total) is lower from now on.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Awaitable;
    ///
    /// let semaphore = std::sync::Arc::new(rsevents_extra::Semaphore::with_permits(5));
    /// semaphore.owned().many(2).wait().forget();
    /// assert_eq!((semaphore.count(), semaphore.total()), (3, 3));
    /// ```
    pub fn forget(self) {
        self.0.forget();
    }

    /// Moves `n` of the permits to a new guard. If this guard has fewer, changes nothing and returns `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Awaitable;
    ///
    /// let semaphore = std::sync::Arc::new(rsevents_extra::Semaphore::with_permits(5));
    /// let mut all = semaphore.owned().many(5).wait();
    /// let two = all.split(2).unwrap();
    /// assert_eq!((all.permits(), two.permits()), (3, 2));
    /// assert!(all.split(4).is_none());
    /// ```
    #[must_use = "the new guard gives its permits back as soon as it is dropped"]
    pub fn split(&mut self, n: u16) -> Option<Self> {
        self.0.split(n).map(Self)
    }

    /// Adds the permits of another guard to this one.
    ///
    /// # Panics
    ///
    /// Panics if `other` belongs to another semaphore. Its permits are returned to that semaphore when the panic
    /// drops it. Nothing else changes.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Awaitable;
    ///
    /// let semaphore = std::sync::Arc::new(rsevents_extra::Semaphore::with_permits(5));
    /// let mut three = semaphore.owned().many(3).wait();
    /// three.merge(semaphore.owned().many(1).wait());
    /// assert_eq!((three.permits(), semaphore.count()), (4, 1));
    /// ```
    #[track_caller]
    pub fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
    }
}

/// Shows the number of permits.
impl fmt::Debug for OwnedSemaphoreGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = "OwnedSemaphoreGuard";
        f.debug_struct(name).field("permits", &self.permits()).finish()
    }
}
