//! The back end for model checkers: atomics, a lock and a parking lot built from the types of loom or, with
//! the feature `shuttle`, of shuttle.
//!
//! A deadline is an event of the model, whatever its instant: a thread with a deadline may time out at any
//! time after others could have released it.
//!
//! The checkers repeat an execution from its choices, so nothing that they see may depend on an address.
//! Tables are only looked up in, never iterated over.
//!
//! [`parking_lot`]: the queues of sleeping threads · [`control`]: what a driver of generated programs sets
//! and sees.

pub mod control;
pub(crate) mod parking_lot;

#[cfg(not(feature = "shuttle"))]
use loom as checker;
#[cfg(feature = "shuttle")]
use shuttle as checker;

pub use checker::lazy_static;
pub use checker::sync::Arc;

use control::Step;
use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::Ordering::{self, Relaxed};

/// The lock of a shard, with fewer steps than the [lock that ships](super::SpinLock), which has its own
/// models. (Rejected: the checkers' locks, whose `try_lock` blocks.)
#[derive(Debug)]
pub(crate) struct Lock {
    taken: checker::sync::atomic::AtomicBool,
    /// Threads that wait for the lock. The mutex is `std`'s, because no thread runs between a failed swap and
    /// the push.
    waiting: std::sync::Mutex<Vec<checker::thread::Thread>>,
}

impl Lock {
    pub(crate) fn new() -> Self {
        let taken = checker::sync::atomic::AtomicBool::new(false);
        Self { taken, waiting: std::sync::Mutex::default() }
    }

    /// Always succeeds in the endgame, where one thread runs at a time and none is interrupted while it holds
    /// a lock.
    pub(crate) fn try_lock(&self) -> bool {
        control::is_endgame() || !self.taken.swap(true, Ordering::Acquire)
    }

    pub(crate) fn lock(&self) {
        while !self.try_lock() {
            self.waiting.lock().expect("no panic").push(checker::thread::current());
            checker::thread::park();
        }
    }

    pub(crate) fn unlock(&self) -> bool {
        if !control::is_endgame() {
            self.taken.swap(false, Ordering::Release);
            let waiting = std::mem::take(&mut *self.waiting.lock().expect("no panic"));
            waiting.iter().for_each(checker::thread::Thread::unpark);
        }
        false
    }

    #[expect(clippy::unused_self, reason = "the signature is that of the lock that ships")]
    pub(crate) fn wake(&self) {}
}

/// A lock for the parts of the model itself.
#[derive(Debug)]
pub(crate) struct Mutex<T> {
    lock: checker::sync::Mutex<()>,
    value: UnsafeCell<T>,
}

// SAFETY: the lock lets one thread at a time have the value. In the endgame, one thread runs at a time and
// none is interrupted while it has the value.
unsafe impl<T: Send> Sync for Mutex<T> {}

pub(crate) struct MutexGuard<'a, T> {
    value: &'a UnsafeCell<T>,
    _held: Option<checker::sync::MutexGuard<'a, ()>>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { lock: checker::sync::Mutex::new(()), value: UnsafeCell::new(value) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let held =
            (!control::is_endgame()).then(|| self.lock.lock().expect("no panic under a lock"));
        MutexGuard { value: &self.value, _held: held }
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: as for `Sync` of the mutex.
        unsafe { &*self.value.get() }
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as for `Sync` of the mutex.
        unsafe { &mut *self.value.get() }
    }
}

/// The checker's atomics, with some differences.
///
/// * The value that the checker knows may differ from thread to thread. Beside it, each atomic has the latest
///   value, for the endgame and for looks that the checker does not notice.
/// * With loom, the end of an atomic's life is an access, too. So loom complains if another access does not
///   happen before it, and about every later access.
/// * With loom, loads depend on one another. Loom tries a write before a load only if that load was the
///   latest, which a thread that looks before it writes always prevents. So each plain load also notifies
///   a condition variable for which no thread waits: loom tries its uses in every order, and they order
///   nothing.
/// * Sequentially consistent loads, and all loads while [`control::is_strict`], are read-modify-writes, which
///   see the latest value. Loom treats `SeqCst` as `AcqRel`. Where all accesses are sequentially consistent,
///   a load reads the latest value in their one order. These loads publish nothing, as
///   real loads do.
macro_rules! atomics {
    ($($atomic:ident($value:ty)),*) => {$(
        /// An atomic of models.
        #[derive(Debug)]
        pub struct $atomic {
            value: checker::sync::atomic::$atomic,
            latest: std::sync::atomic::$atomic,
            #[cfg(not(feature = "shuttle"))]
            loads: checker::sync::Condvar,
        }

        impl $atomic {
            /// As `std`'s.
            #[must_use]
            pub fn new(value: $value) -> Self {
                // The first use of a static happens before all other uses. Here, before a model has threads,
                // the first use hides no missing order between them.
                parking_lot::initialise();
                Self {
                    value: checker::sync::atomic::$atomic::new(value),
                    latest: std::sync::atomic::$atomic::new(value),
                    #[cfg(not(feature = "shuttle"))]
                    loads: checker::sync::Condvar::new(),
                }
            }

            /// Returns the latest value. The checker does not notice.
            #[must_use]
            pub fn latest(&self) -> $value {
                self.latest.load(Relaxed)
            }

            /// As `std`'s.
            pub fn load(&self, ordering: Ordering) -> $value {
                if control::is_endgame() {
                    return self.latest();
                }
                #[cfg(not(feature = "shuttle"))]
                {
                    if ordering == Ordering::SeqCst || control::is_strict() {
                        let publishes_nothing = match ordering {
                            Ordering::SeqCst => Ordering::Acquire,
                            ordering => ordering,
                        };
                        return self.value.fetch_or(0, publishes_nothing);
                    }
                    self.loads.notify_one();
                }
                self.value.load(ordering)
            }

            /// As `std`'s.
            pub fn store(&self, value: $value, ordering: Ordering) {
                self.swap(value, ordering);
            }

            /// As `std`'s.
            ///
            /// # Errors
            ///
            /// Returns what was found instead of `old`.
            pub fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                if control::is_endgame() {
                    return self.latest.compare_exchange(old, new, Relaxed, Relaxed);
                }
                let result = self.value.compare_exchange(old, new, success, failure);
                match result {
                    Ok(_) => self.changed(old, new),
                    Err(_) => self.refused(old, new),
                }
                result
            }

            /// As `std`'s, but never fails spuriously.
            ///
            /// # Errors
            ///
            /// Returns what was found instead of `old`.
            pub fn compare_exchange_weak(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(old, new, success, failure)
            }

            atomics!(@rmw $value:
                fetch_or |old, by| old | by,
                fetch_and |old, by| old & by,
                fetch_xor |old, by| old ^ by,
                fetch_add <$value>::wrapping_add,
                fetch_sub <$value>::wrapping_sub,
                swap |_, by| by
            );

            /// Records a change. No other thread has run since the checker changed the value.
            fn changed(&self, old: $value, new: $value) {
                self.latest.swap(new, Relaxed);
                let step = Step::changed(size_of::<$value>(), wide(old), wide(new));
                assert!(!step.breaks_invariant(), "an invariant of the bits is broken: {step:?}");
                control::step(self.address(), || step);
            }

            fn refused(&self, old: $value, new: $value) {
                control::step(self.address(), || {
                    Step::refused(size_of::<$value>(), wide(old), wide(new))
                });
            }

            fn address(&self) -> usize {
                std::ptr::from_ref(self).addr()
            }
        }

        impl Drop for $atomic {
            fn drop(&mut self) {
                if std::thread::panicking() {
                    return;
                }
                #[cfg(not(feature = "shuttle"))]
                if !control::is_endgame() {
                    self.value.with_mut(|_| ());
                }
                parking_lot::forget(self.address());
            }
        }
    )*};
    (@rmw $value:ty: $($name:ident $op:expr),*) => {$(
        /// As `std`'s.
        pub fn $name(&self, by: $value, ordering: Ordering) -> $value {
            if control::is_endgame() {
                return self.latest.$name(by, Relaxed);
            }
            let old = self.value.$name(by, ordering);
            let apply: fn($value, $value) -> $value = $op;
            self.changed(old, apply(old, by));
            old
        }
    )*};
}
atomics!(AtomicU8(u8), AtomicU64(u64), AtomicUsize(usize));

fn wide(value: impl TryInto<u64>) -> u64 {
    value.try_into().unwrap_or(u64::MAX)
}

/// One step of a spin loop.
pub(crate) fn relax() {
    checker::hint::spin_loop();
}

/// Returns whether waiters look at the event before they park: see [`control::Settings::looks`].
pub(crate) fn can_spin() -> bool {
    control::looks() > 0
}

/// Returns after how many looks a spin ends, whatever the time.
#[expect(clippy::unnecessary_wraps, reason = "the signature is that of both back ends")]
pub(crate) fn fixed_looks() -> Option<u32> {
    Some(control::looks())
}
