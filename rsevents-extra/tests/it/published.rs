//! A program for the published 0.2.2. It counts permits in variables of type `u16`, and their
//! changes in `i16`. It expects what the documentation of that version says.

use crate::limit::{LONG, limited};
use crate::panics::panics;
use rsevents_extra::{Awaitable, CountdownEvent, Semaphore, SemaphoreGuard, TimeoutError};
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

const MOMENT: Duration = Duration::from_millis(2);

/// Adjusts the limit of a semaphore in use, as the documentation of `modify` shows.
fn adjust(semaphore: &Semaphore, change: i16) {
    if change >= 0 {
        semaphore.release(change.unsigned_abs());
    } else {
        for _ in 0..-change {
            let guard = semaphore.wait();
            guard.forget();
        }
    }
}

#[test]
fn a_limit_is_raised_and_lowered_while_workers_run() {
    const MAX_REQUESTS: u16 = 4;
    const START_REQUESTS: u16 = 1;
    static REQUESTS: Semaphore = Semaphore::new(START_REQUESTS, MAX_REQUESTS);
    static INSIDE: AtomicU16 = AtomicU16::new(0);
    limited(|| {
        thread::scope(|s| {
            for _ in 0..8 {
                s.spawn(|| {
                    for _ in 0..50 {
                        let _guard = REQUESTS.wait();
                        assert!(INSIDE.fetch_add(1, Relaxed) < MAX_REQUESTS);
                        INSIDE.fetch_sub(1, Relaxed);
                    }
                });
            }
            for change in [3, -2, 1, -1] {
                adjust(&REQUESTS, change);
            }
        });
        let count: u16 = REQUESTS.count();
        assert_eq!(count, 2);
    });
}

#[test]
fn permits_are_counted_in_u16() {
    let (initial, max): (u16, u16) = (1, 3);
    let semaphore = Semaphore::new(initial, max);
    let taken: SemaphoreGuard<'_> = semaphore.wait();
    let result: Result<SemaphoreGuard<'_>, TimeoutError> = semaphore.wait_for(MOMENT);
    assert!(result.is_err());
    assert!(semaphore.wait_for(Duration::ZERO).is_err());
    assert!(semaphore.try_wait0().is_err());
    let more: u16 = max - initial;
    semaphore.release(more);
    assert_eq!(semaphore.count(), more);
    assert!(!semaphore.try_release(1));
    taken.forget();
    assert!(semaphore.try_release(1));
    assert_eq!(semaphore.count(), max);
}

#[test]
fn a_change_of_an_owned_semaphore_is_an_i16() {
    let mut semaphore = Semaphore::new(2, 10);
    let (up, down): (i16, i16) = (8, -3);
    semaphore.modify(up);
    semaphore.modify(down);
    assert!(!semaphore.try_modify(4));
    assert!(semaphore.try_modify(3));
    assert_eq!(semaphore.count(), 10);
}

#[test]
fn bad_arguments_panic() {
    assert!(panics(|| Semaphore::new(3, 2)));
    assert!(panics(|| Semaphore::new(1, 2).release(2)));
    assert!(panics(|| Semaphore::new(1, 2).modify(2)));
    assert!(panics(|| Semaphore::new(1, 2).modify(-2)));
    assert!(panics(|| CountdownEvent::new(usize::MAX)));
    assert!(panics(|| CountdownEvent::new(0).reset(usize::MAX)));
}

/// No wait can ever succeed. That is no reason to panic.
#[test]
fn a_semaphore_without_permits_lets_nobody_in() {
    let semaphore = Semaphore::new(0, 0);
    assert!(semaphore.try_wait0().is_err());
    assert!(semaphore.wait_for(MOMENT).is_err());
    assert!(semaphore.try_wait_for(Duration::ZERO).is_err());
    assert!(!semaphore.try_release(1));
    assert_eq!(semaphore.count(), 0);
}

#[test]
fn released_permits_reach_waiting_threads() {
    limited(|| {
        let semaphore = Semaphore::new(0, 2);
        thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| semaphore.wait_for(LONG).unwrap().forget());
            }
            semaphore.release(1);
            semaphore.release(1);
        });
        assert!(semaphore.try_wait0().is_err());
    });
}

#[test]
fn a_countdown_reports_progress() {
    limited(|| {
        static COUNTDOWN: CountdownEvent = CountdownEvent::new(0);
        COUNTDOWN.reset(750);
        thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    for _ in 0..250 {
                        COUNTDOWN.tick(); // also after it has fired
                    }
                });
            }
            while !COUNTDOWN.wait_for(Duration::from_secs(1)) {
                let left: usize = COUNTDOWN.count();
                assert!(left <= 750);
            }
        });
        assert!(COUNTDOWN.wait0());
        COUNTDOWN.increment();
        COUNTDOWN.decrement();
        assert_eq!(COUNTDOWN.count(), 0);
    });
}

/// What code can do that is generic over void awaitables.
fn passes<A>(awaitable: &A) -> [bool; 3]
where
    A: for<'a> Awaitable<'a, T = (), Error = TimeoutError>,
{
    [awaitable.wait0(), awaitable.wait_for(MOMENT), awaitable.try_wait0().is_ok()]
}

/// What code can do that is generic over any awaitable.
fn poll<'a, A: Awaitable<'a>>(awaitable: &'a A) -> Option<A::T> {
    awaitable.try_wait0().ok()
}

/// Code that wraps a type over which it is generic.
struct Logged<A>(A, AtomicU16);

impl<'a, A: Awaitable<'a>> Awaitable<'a> for Logged<A> {
    type T = A::T;
    type Error = A::Error;

    fn try_wait(&'a self) -> Result<A::T, <A::Error as rsevents::AwaitableError>::UnboundedError> {
        self.1.fetch_add(1, Relaxed);
        self.0.try_wait()
    }

    fn try_wait_for(&'a self, limit: Duration) -> Result<A::T, A::Error> {
        self.1.fetch_add(1, Relaxed);
        self.0.try_wait_for(limit)
    }
}

#[test]
fn both_are_awaitable_in_generic_code() {
    assert_eq!(passes(&CountdownEvent::new(0)), [true; 3]);
    assert_eq!(passes(&CountdownEvent::new(1)), [false; 3]);
    let semaphore = Logged(Semaphore::new(2, 2), AtomicU16::new(0));
    let (first, second) = (poll(&semaphore), poll(&semaphore.0));
    assert!(first.is_some() && second.is_some() && poll(&semaphore).is_none());
    drop(first);
    semaphore.wait().forget();
    assert_eq!(semaphore.1.into_inner(), 3);
}
