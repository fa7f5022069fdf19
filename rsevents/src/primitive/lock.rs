//! The lock of a shard: one byte that is held for some tens of nanoseconds. Who finds it taken spins for about as
//! long as that, and then parks at its address.
//!
//! To free it and to wake who sleeps are two steps, because it is freed in places where nobody may be woken:
//! under other locks, and inside the parking lot's closures.
//!
//! `std`'s mutex has no such two steps, and is made for locks that are held for longer. A ticket lock would be
//! fair, but a thread that is preempted would stop those behind it.

use super::{AtomicU8, const_unless_loom, park, relax, unpark_one};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

const FREE: u8 = 0;
const TAKEN: u8 = 1;
/// Taken, and threads sleep, or are about to.
const WANTED: u8 = 2;

/// Each round pauses twice as often as the one before: 63 times altogether, which is about a microsecond.
const fn rounds() -> u32 {
    if cfg!(rsevents_loom) { 0 } else { 6 }
}

/// See the [module](self).
#[derive(Debug)]
pub struct SpinLock(AtomicU8);

impl SpinLock {
    const_unless_loom! {
        /// A free one.
        #[cfg_attr(rsevents_loom, expect(clippy::new_without_default, reason = "it is const where it ships"))]
        #[must_use]
        pub fn new() -> Self {
            Self(AtomicU8::new(FREE))
        }
    }

    /// Takes the lock if it is free.
    #[must_use]
    pub fn try_lock(&self) -> bool {
        // ORDERING: Acquire, with the Release of `unlock`; as in `lock`.
        self.0.compare_exchange(FREE, TAKEN, Acquire, Relaxed).is_ok()
    }

    /// Takes the lock.
    pub fn lock(&self) {
        if !self.try_lock() {
            self.lock_slow();
        }
    }

    #[cold]
    fn lock_slow(&self) {
        for round in 0..rounds() {
            (0..1 << round).for_each(|_| relax());
            if self.0.load(Relaxed) == FREE && self.try_lock() {
                return;
            }
        }
        // Whoever has slept does not know whether others sleep, so it takes the lock as wanted.
        while self.0.swap(WANTED, Acquire) != FREE {
            // ORDERING: Relaxed. The thread that frees the lock swaps first and then looks into the queue, under
            // whose lock this runs: it finds this thread there, or this finds the lock free.
            let is_wanted = || self.0.load(Relaxed) == WANTED;
            // SAFETY: the key is the address of this lock, which its user keeps until nobody has it; the closures
            // touch nothing else.
            unsafe { park(self.key(), is_wanted, |_| (), None) };
        }
    }

    /// Gives the lock back: whether the caller has to [`wake`](Self::wake) somebody, as soon as it may.
    #[must_use = "a thread may sleep"]
    pub fn unlock(&self) -> bool {
        self.0.swap(FREE, Release) == WANTED
    }

    /// Wakes a thread that sleeps.
    pub fn wake(&self) {
        // SAFETY: as for `park`; the closure does nothing.
        unsafe { unpark_one(self.key(), |_| ()) };
    }

    fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

#[cfg(test)]
mod tests {
    use super::SpinLock;
    use std::cell::UnsafeCell;
    use std::thread;

    struct Counted(SpinLock, UnsafeCell<u64>);

    // SAFETY: the test changes the value under the lock only.
    unsafe impl Sync for Counted {}

    #[test]
    fn one_thread_at_a_time_has_it() {
        const ROUNDS: u64 = 20_000;
        let counted = Counted(SpinLock::new(), UnsafeCell::new(0));
        thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    let counted = &counted;
                    for round in 0..ROUNDS {
                        counted.0.lock();
                        assert!(!counted.0.try_lock());
                        // SAFETY: this thread has the lock.
                        unsafe { *counted.1.get() += 1 };
                        if round % 1000 == 0 {
                            thread::yield_now();
                        }
                        if counted.0.unlock() {
                            counted.0.wake();
                        }
                    }
                });
            }
        });
        assert_eq!(counted.1.into_inner(), 4 * ROUNDS);
        assert!(counted.0.try_lock() && !counted.0.unlock());
    }
}
