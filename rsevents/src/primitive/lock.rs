//! The lock of a shard: one byte. It is held for tens of nanoseconds, or longer if a signal releases many
//! waiters at one instant. A thread that finds it taken spins for about a microsecond, then parks at the
//! lock's address.
//!
//! Unlocking and waking are two steps, because shards are unlocked where no thread may be woken: under other
//! locks, and inside closures that the parking lot calls.
//!
//! Rejected: `std`'s mutex, which does not separate these steps. A ticket lock would be fair, but a preempted
//! ticket holder would stop every thread behind it.

use super::{AtomicU8, const_unless_loom, park, relax, unpark_one};
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};

const FREE: u8 = 0;
const TAKEN: u8 = 1;
/// Taken, and threads are parked or about to park.
const WANTED: u8 = 2;

/// Returns the number of rounds of spinning. Each round pauses twice as often as the round before: 63 pauses,
/// about a microsecond.
const fn rounds() -> u32 {
    if cfg!(rsevents_loom) { 0 } else { 6 }
}

/// See the [module](self).
#[derive(Debug)]
pub struct SpinLock(AtomicU8);

impl SpinLock {
    const_unless_loom! {
        /// Creates an unlocked lock.
        #[cfg_attr(rsevents_loom, expect(clippy::new_without_default, reason = "it is const where it ships"))]
        #[must_use]
        pub fn new() -> Self {
            Self(AtomicU8::new(FREE))
        }
    }

    /// Locks if the lock is free; returns whether it did. Never blocks.
    #[must_use]
    pub fn try_lock(&self) -> bool {
        // ORDERING: Acquire, with the Release of `unlock`, here and in `lock_slow`.
        self.0.compare_exchange(FREE, TAKEN, Acquire, Relaxed).is_ok()
    }

    /// Locks, blocking until the lock is free.
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
        // A thread that was woken cannot tell whether others are parked, so it assumes that some are.
        while self.0.swap(WANTED, Acquire) != FREE {
            // SAFETY: the key is the address of this lock, which outlives the call. The closures touch
            // nothing else.
            unsafe { park(self.key(), || self.is_wanted(), |_| (), None) };
        }
    }

    /// Returns whether a thread that has asked for the lock may park.
    fn is_wanted(&self) -> bool {
        // ORDERING: Relaxed, because the queue's lock orders this load. The unlocking thread swaps first and
        // then looks into the queue. Either it finds the parking thread queued, or this load sees the swap.
        self.0.load(Relaxed) == WANTED
    }

    /// Unlocks. Returns whether the caller must [`wake`](Self::wake) a thread, as soon as it may.
    #[must_use = "a parked thread may have to be woken"]
    pub fn unlock(&self) -> bool {
        self.0.swap(FREE, Release) == WANTED
    }

    /// Wakes one parked thread.
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
    use super::{Relaxed, SpinLock, WANTED};
    use std::cell::UnsafeCell;
    use std::sync::mpsc::channel;
    use std::thread;
    use std::time::{Duration, Instant};

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
                        // SAFETY: this thread holds the lock.
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

    /// A thread at another lock has parked first.
    #[test]
    fn a_wake_is_for_a_thread_at_the_same_lock() {
        let [first, second] = [(); 2].map(|()| SpinLock::new());
        let release = |lock: &SpinLock| {
            if lock.unlock() {
                lock.wake();
            }
        };
        let limit = Duration::from_secs(10);
        for _ in 0..20 {
            assert!(first.try_lock() && second.try_lock());
            let in_time = thread::scope(|s| {
                let (done, over) = channel();
                for lock in [&first, &second] {
                    let done = done.clone();
                    s.spawn(move || {
                        lock.lock();
                        let _sent = done.send(());
                        release(lock);
                    });
                    let start = Instant::now();
                    while lock.0.load(Relaxed) != WANTED && start.elapsed() < limit {
                        thread::yield_now();
                    }
                }
                release(&second);
                let in_time = over.recv_timeout(limit).is_ok();
                release(&first);
                // In case its wake-up went to a thread at the first lock.
                second.wake();
                in_time
            });
            assert!(in_time);
        }
    }
}
