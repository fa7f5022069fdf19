//! What tests know of the inside of an event: the queue of `parking_lot_core` at its address, and
//! the bits of its byte. The number of parked threads can be [read](parked), and the queue can be
//! [locked](with_queue_locked).

use crate::limit::until;
use parking_lot_core::{DEFAULT_UNPARK_TOKEN, FilterOp, unpark_filter};
use std::hint::spin_loop;
use std::ptr;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

/// The byte of an event that is set and has no waiters.
pub(crate) const SET: u8 = 1;
/// The bit of an event with parked threads.
pub(crate) const PARKED: u8 = 2;
/// The bit of an event on which a group waits.
pub(crate) const LISTENED: u8 = 4;

/// Returns the address of an event, and not of an `Arc` or a reference to it.
fn key<E>(event: &E) -> usize {
    const { assert!(size_of::<E>() == 1) };
    ptr::from_ref(event).addr()
}

/// Returns the byte of an event.
pub(crate) fn byte<E>(event: &E) -> u8 {
    const { assert!(size_of::<E>() == 1) };
    let byte = ptr::from_ref(event).cast::<AtomicU8>();
    // SAFETY: an event is one atomic byte, borrowed for longer than this read.
    unsafe { &*byte }.load(Relaxed)
}

/// Returns how many threads are parked on an event. (Threads that queue behind a group are not.)
pub(crate) fn parked<E>(event: &E) -> usize {
    let mut threads = 0;
    let count = |_| {
        threads += 1;
        FilterOp::Skip
    };
    // SAFETY: the key is an address that only this event uses. Both closures neither panic nor call
    // into the parking lot.
    unsafe { unpark_filter(key(event), count, |_| DEFAULT_UNPARK_TOKEN) };
    threads
}

/// Waits until `threads` threads are parked on an event.
pub(crate) fn until_parked<E>(event: &E, threads: usize) {
    until(|| parked(event) == threads);
}

/// Waits until a group waits on an event. Groups queue at their events in order, so with the bit on
/// at the last event, the group is queued at all others.
pub(crate) fn until_listened<E>(event: &E) {
    until(|| byte(event) & LISTENED != 0);
}

/// Runs `body` while the queue of an event is locked. Threads that want to park there, time out
/// there or unpark others stop until then.
///
/// Other events and tests may share the lock, so `body` must not wait for any thread to make
/// progress.
pub(crate) fn with_queue_locked<E, R>(event: &E, body: impl FnOnce() -> R) -> R {
    struct Unlock<'a>(&'a AtomicBool);
    impl Drop for Unlock<'_> {
        fn drop(&mut self) {
            self.0.store(false, Relaxed);
        }
    }

    let (locked, hold) = (AtomicBool::new(false), AtomicBool::new(true));
    let key = key(event);
    thread::scope(|s| {
        let _unlock = Unlock(&hold);
        s.spawn(|| {
            let callback = |_| {
                locked.store(true, Relaxed);
                while hold.load(Relaxed) {
                    spin_loop();
                }
                DEFAULT_UNPARK_TOKEN
            };
            // SAFETY: as in `parked`.
            unsafe { unpark_filter(key, |_| FilterOp::Stop, callback) };
        });
        until(|| locked.load(Relaxed));
        body()
    })
}
