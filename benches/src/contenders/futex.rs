//! A futex without spinning: the least that the system costs for putting a thread to sleep and waking it.

use super::{Permits, Poll, Reset, Signal, Timed};
use crate::question::Named;
use std::ptr::{null, null_mut};
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::time::{Duration, Instant};

const UNSET: u32 = 0;
const SET: u32 = 1;
/// Unset, and a thread may be asleep.
const AWAITED: u32 = 2;

pub(crate) type Auto = Event<true>;
pub(crate) type Manual = Event<false>;

#[derive(Default)]
pub(crate) struct Event<const AUTO: bool>(AtomicU32);

impl<const AUTO: bool> Event<AUTO> {
    /// Waits by sleeping. A thread that has slept takes the signal and leaves `AWAITED`, because other
    /// threads may still be asleep.
    fn wait_slow(&self, deadline: Option<Instant>) -> bool {
        loop {
            if AUTO {
                if self.0.swap(AWAITED, AcqRel) == SET {
                    return true;
                }
            } else if self.0.compare_exchange(UNSET, AWAITED, Acquire, Acquire) == Err(SET) {
                return true;
            }
            let limit = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if limit == Some(Duration::ZERO) {
                return self.wait0();
            }
            sleep(&self.0, AWAITED, limit);
        }
    }
}

impl<const AUTO: bool> Named for Event<AUTO> {
    const NAME: &'static str = "futex";
}

impl<const AUTO: bool> Signal for Event<AUTO> {
    fn unset() -> Self {
        Self::default()
    }

    fn set(&self) {
        if self.0.swap(SET, Release) == AWAITED {
            wake(&self.0, if AUTO { 1 } else { i32::MAX });
        }
    }

    fn wait(&self) {
        if !self.wait0() {
            self.wait_slow(None);
        }
    }
}

impl<const AUTO: bool> Poll for Event<AUTO> {
    fn wait0(&self) -> bool {
        if AUTO {
            self.0.load(Relaxed) == SET
                && self.0.compare_exchange(SET, UNSET, Acquire, Relaxed).is_ok()
        } else {
            self.0.load(Acquire) == SET
        }
    }
}

impl<const AUTO: bool> Timed for Event<AUTO> {
    fn wait_for(&self, limit: Duration) -> bool {
        self.wait0() || self.wait_slow(Some(Instant::now() + limit))
    }
}

impl Reset for Manual {
    fn reset(&self) {
        let _ = self.0.compare_exchange(SET, UNSET, Acquire, Relaxed);
    }
}

/// A semaphore whose sleepers are woken one by one and compete with running threads.
pub(crate) struct Semaphore {
    permits: AtomicU32,
    sleepers: AtomicU32,
}

impl Semaphore {
    fn take(&self) -> bool {
        let less = |permits: u32| permits.checked_sub(1);
        self.permits.fetch_update(SeqCst, Relaxed, less).is_ok()
    }
}

impl Named for Semaphore {
    const NAME: &'static str = Auto::NAME;
}

impl Permits for Semaphore {
    fn new(permits: u16) -> Self {
        Self { permits: AtomicU32::new(permits.into()), sleepers: AtomicU32::new(0) }
    }

    fn with<R>(&self, section: impl FnOnce() -> R) -> R {
        while !self.take() {
            self.sleepers.fetch_add(1, SeqCst);
            sleep(&self.permits, 0, None);
            self.sleepers.fetch_sub(1, SeqCst);
        }
        let result = section();
        self.permits.fetch_add(1, SeqCst);
        if self.sleepers.load(SeqCst) > 0 {
            wake(&self.permits, 1);
        }
        result
    }
}

/// Sleeps while the word is `expected`, at most for `limit`. It may return at once.
fn sleep(word: &AtomicU32, expected: u32, limit: Option<Duration>) {
    let limit = limit.map(|limit| libc::timespec {
        tv_sec: libc::time_t::try_from(limit.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: libc::c_long::from(limit.subsec_nanos().cast_signed()),
    });
    // SAFETY: the word and the limit outlive the call; the system only reads them.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG,
            expected,
            limit.as_ref().map_or(null(), std::ptr::from_ref),
            null_mut::<u32>(),
            0,
        )
    };
}

/// Wakes at most `threads` of the threads that sleep.
fn wake(word: &AtomicU32, threads: i32) {
    // SAFETY: the address is only a key.
    unsafe {
        libc::syscall(
            libc::SYS_futex,
            word.as_ptr(),
            libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
            threads,
        )
    };
}
