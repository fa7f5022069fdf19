//! The three functions of the [contract](super), made from a parking lot: that of `parking_lot_core`, or the
//! model of it.

use super::back_end::parking_lot::{
    self, DEFAULT_PARK_TOKEN, DEFAULT_UNPARK_TOKEN, ParkResult, RequeueOp, UnparkResult,
    UnparkToken,
};
use super::{Parked, Unparked};
use std::sync::atomic::AtomicU8;
use std::time::Instant;

/// See the [contract](super).
///
/// # Safety
///
/// `key` is the address of an object of ours, and the closures keep to the contract.
pub(crate) unsafe fn park(
    key: usize,
    validate: impl FnOnce() -> bool,
    timed_out: impl FnOnce(bool),
    deadline: Option<Instant>,
) -> Parked {
    let mut released = false;
    // SAFETY: `park` requires an address that we control, and closures that neither panic nor call into the
    // parking lot. Our caller promises both; our `before_sleep` does nothing. (After a panic,
    // parking_lot_core 0.10 would abort the process, and 0.9 would leave the queue locked.)
    let result = unsafe {
        parking_lot::park(
            key,
            validate,
            || (),
            |at, last| {
                // Moved to the relay means already released: this is not a timeout.
                released = at != key;
                if !released {
                    timed_out(last);
                }
            },
            DEFAULT_PARK_TOKEN,
            deadline,
        )
    };
    match result {
        ParkResult::Unparked(RELAY) => {
            relay(key, HELPS);
            Parked::Released
        }
        ParkResult::Unparked(_) => Parked::Released,
        ParkResult::Invalid => Parked::Refused,
        ParkResult::TimedOut if released => Parked::Released,
        ParkResult::TimedOut => Parked::TimedOut,
    }
}

/// See the [contract](super).
///
/// # Safety
///
/// `key` is the address of an object of ours, and the closure keeps to the contract.
pub(crate) unsafe fn unpark_one(key: usize, callback: impl FnOnce(Unparked)) {
    let callback = |found: UnparkResult| {
        callback(match (found.unparked_threads, found.have_more_threads) {
            (0, _) => Unparked::None,
            (_, false) => Unparked::Last,
            (_, true) => Unparked::OneOfMany,
        });
        LAST
    };
    // SAFETY: as for `park`: the callback is our caller's and the match above.
    unsafe { parking_lot::unpark_one(key, callback) };
}

/// See the [contract](super).
///
/// # Safety
///
/// `key` is the address of an object of ours, and the closure keeps to the contract.
pub(crate) unsafe fn unpark_all(key: usize, decide: impl FnOnce() -> bool) -> Moved {
    let place = relay_of(key);
    let validate = || if decide() { RequeueOp::UnparkOneRequeueRest } else { RequeueOp::Abort };
    let token = |_, found: UnparkResult| if found.requeued_threads == 0 { LAST } else { RELAY };
    // SAFETY: as for `park`: both addresses are ours, because no other code can use the relay's, and the
    // closures only wrap our caller's.
    let done = unsafe { parking_lot::unpark_requeue(key, place, validate, token) };
    Moved { key, any: done.requeued_threads > 0 }
}

/// The threads that [`unpark_all`] has released and moved to the relay. The same operation must wake them.
#[must_use = "the threads wait to be woken"]
pub(crate) struct Moved {
    key: usize,
    any: bool,
}

impl Moved {
    pub(crate) const NOBODY: Self = Self { key: 0, any: false };

    pub(crate) fn wake(self) {
        if self.any {
            // Also wakes the threads that an earlier operation has moved: its thread may be preempted.
            relay(self.key, usize::MAX);
        }
    }
}

/// The token of a thread that has no other thread to wake.
const LAST: UnparkToken = DEFAULT_UNPARK_TOKEN;

/// The token of a thread that was released together with others, which it helps to wake.
const RELAY: UnparkToken = UnparkToken(DEFAULT_UNPARK_TOKEN.0 + 1);

/// Returns the address of the relay, where released threads sleep until [`relay`] wakes them.
///
/// A wake-up is a system call, and hundreds of them take long. So `unpark_all` wakes one thread and moves the
/// others here in the same critical section. Its caller wakes them one by one, and every thread that wakes up
/// helps by waking another [`HELPS`]. With more processors, all are awake sooner. The caller goes on until no
/// thread is left here, so no wake-up depends on a released thread that is preempted. (A short exception: a
/// thread may be preempted after it has taken another out of the queue, before it makes the system call.)
///
/// Rejected: the caller wakes a few threads, and these alone wake the others. It made `set` shorter, but a
/// waiter was late by as long as the threads before it did not run: up to a second.
///
/// No two events share a relay, so no thread has to wake the threads of another event. With 64 bits a relay
/// is the complement of an address: where programs have one half of the address space, no object is there.
fn relay_of(key: usize) -> usize {
    // Solaris and illumos place stacks in the upper half.
    let halved = cfg!(all(
        target_pointer_width = "64",
        not(any(target_arch = "sparc64", target_os = "solaris", target_os = "illumos"))
    ));
    if halved { !key } else { shared_relay_of(key) }
}

/// Returns a relay where the complement may be the address of an object. Events may share it, though few do.
fn shared_relay_of(key: usize) -> usize {
    const PLACES: usize = 1024;
    static RELAYS: [AtomicU8; PLACES] = [const { AtomicU8::new(0) }; PLACES];
    RELAYS[key % PLACES].as_ptr().addr()
}

/// How many others each released thread wakes.
const HELPS: usize = 2;

/// Wakes up to `threads` threads that have been released and still sleep.
fn relay(key: usize, threads: usize) {
    for _ in 0..threads {
        // SAFETY: the address is ours, and the callback does nothing.
        let found = unsafe { parking_lot::unpark_one(relay_of(key), |_| RELAY) };
        if !found.have_more_threads {
            break;
        }
    }
}

#[cfg(test)]
mod tests;
