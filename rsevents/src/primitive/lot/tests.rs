//! What the contract of a back end leaves open: which thread wakes which.

use super::*;
use parking_lot_core::{FilterOp, unpark_filter};
use std::ptr;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(30);

fn parked_at(place: usize) -> usize {
    let mut threads = 0;
    let count = |_| {
        threads += 1;
        FilterOp::Skip
    };
    // SAFETY: the addresses in these tests are their own, and the closures only count.
    unsafe { unpark_filter(place, count, |_| LAST) };
    threads
}

fn until_parked_at(place: usize, threads: usize) {
    let start = Instant::now();
    while parked_at(place) < threads {
        assert!(start.elapsed() < LONG);
        thread::yield_now();
    }
}

/// Returns a lock that keeps these tests apart: with 32 bits two events may share a relay.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Starts threads that sleep at an address and report how they were woken, but wake no others.
fn sleepers<'s>(s: &'s Scope<'s, '_>, key: usize, threads: usize) -> Receiver<ParkResult> {
    let (results, woken) = channel();
    for _ in 0..threads {
        let results = results.clone();
        s.spawn(move || {
            let (none, deadline) = (|| (), Some(Instant::now() + LONG));
            // SAFETY: as above.
            let result = unsafe {
                parking_lot_core::park(key, || true, none, |_, _| (), DEFAULT_PARK_TOKEN, deadline)
            };
            results.send(result).unwrap();
        });
    }
    until_parked_at(key, threads);
    woken
}

/// Checks that exactly `threads` sleepers wake up, with this token.
fn expect(woken: &Receiver<ParkResult>, threads: usize, token: UnparkToken) {
    for _ in 0..threads {
        assert_eq!(woken.recv_timeout(LONG), Ok(ParkResult::Unparked(token)));
    }
    assert!(woken.recv_timeout(Duration::from_millis(10)).is_err());
}

#[test]
fn the_releasing_thread_wakes_all() {
    let _alone = alone();
    let event = 0_u8;
    let key = ptr::from_ref(&event).addr();
    thread::scope(|s| {
        let earlier = sleepers(s, relay_of(key), 2);
        let woken = sleepers(s, key, 10);
        // SAFETY: as above.
        unsafe { unpark_all(key, || false) }.wake();
        assert_eq!((parked_at(key), parked_at(relay_of(key))), (10, 2));
        // SAFETY: as above.
        unsafe { unpark_all(key, || true) }.wake();
        assert_eq!((parked_at(key), parked_at(relay_of(key))), (0, 0));
        expect(&woken, 10, RELAY);
        expect(&earlier, 2, RELAY);

        let woken = sleepers(s, key, 1);
        // SAFETY: as above.
        unsafe { unpark_all(key, || true) }.wake();
        expect(&woken, 1, LAST);
    });
}

#[test]
fn a_thread_that_was_released_with_others_wakes_two() {
    let _alone = alone();
    let event = 0_u8;
    let key = ptr::from_ref(&event).addr();
    thread::scope(|s| {
        let ours = s.spawn(move || {
            let deadline = Some(Instant::now() + LONG);
            // SAFETY: as above.
            unsafe { park(key, || true, |_| (), deadline) }
        });
        until_parked_at(key, 1);
        let woken = sleepers(s, relay_of(key), 3);
        // SAFETY: as above.
        unsafe { parking_lot_core::unpark_one(key, |_| RELAY) };
        assert_eq!(ours.join().unwrap(), Parked::Released);
        expect(&woken, 2, RELAY);
        relay(key, 1);
        expect(&woken, 1, RELAY);
    });
}

#[test]
fn events_do_not_share_a_relay() {
    let events = [0_u8; 8];
    let keys = events.each_ref().map(|event| ptr::from_ref(event).addr());
    for places in [keys.map(relay_of), keys.map(shared_relay_of)] {
        for (index, place) in places.iter().enumerate() {
            assert!(!places[..index].contains(place) && !keys.contains(place));
        }
    }
    // Where events share relays, there are few.
    assert_eq!(shared_relay_of(0), shared_relay_of(1 << 20));
}
