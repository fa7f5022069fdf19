//! What tests know of the inside of an event: `parking_lot_core`'s queue of its address, which
//! [tells](parked) how many threads are parked and can be [held](with_queue_locked), and the bits of
//! its byte.

use crate::limit::until;
use parking_lot_core::{DEFAULT_UNPARK_TOKEN, FilterOp, unpark_filter};
use std::hint::spin_loop;
use std::ptr;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

/// The byte of an event at rest that is set.
pub(crate) const SET: u8 = 1;
/// The bit of an event with parked threads.
pub(crate) const PARKED: u8 = 2;
/// The bit of an event that a group waits on.
pub(crate) const LISTENED: u8 = 4;

/// The address of an event, not of an `Arc` or a reference of it.
fn key<E>(event: &E) -> usize {
    const { assert!(size_of::<E>() == 1) };
    ptr::from_ref(event).addr()
}

/// The byte of an event.
pub(crate) fn byte<E>(event: &E) -> u8 {
    const { assert!(size_of::<E>() == 1) };
    let byte = ptr::from_ref(event).cast::<AtomicU8>();
    // SAFETY: an event is one atomic byte, and is borrowed for longer than this.
    unsafe { &*byte }.load(Relaxed)
}

/// How many threads are parked on an event. (Those that wait behind a group are not.)
pub(crate) fn parked<E>(event: &E) -> usize {
    let mut threads = 0;
    let count = |_| {
        threads += 1;
        FilterOp::Skip
    };
    // SAFETY: the key is an address that we control, and both closures neither panic nor call into
    // the parking lot.
    unsafe { unpark_filter(key(event), count, |_| DEFAULT_UNPARK_TOKEN) };
    threads
}

/// Waits until so many threads are parked on an event.
pub(crate) fn until_parked<E>(event: &E, threads: usize) {
    until(|| parked(event) == threads);
}

/// Waits until a group waits on an event. Groups take their places in the order of their events, and
/// whoever sees the bit on the last cannot get in between any more.
pub(crate) fn until_listened<E>(event: &E) {
    until(|| byte(event) & LISTENED != 0);
}

/// Runs `body` while the queue of an event is locked: threads that want to park or to time out there,
/// or to unpark others, come to a halt.
///
/// Other events and tests may share the lock: `body` must not wait for anybody's progress.
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
