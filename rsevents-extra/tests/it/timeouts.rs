//! Timeouts and deadlines: never early, never lost, never too large.

use crate::limit::{LONG, limited};
use rsevents_extra::{Awaitable, CountdownEvent, Semaphore};
use std::sync::Arc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// A wait that does not succeed before its timeout. Returns false when it has given up.
type InVain<'a> = &'a dyn Fn(Duration) -> bool;

/// Calls `check` with each of the waits that have a timeout.
fn on_each_wait(check: impl Fn(InVain<'_>)) {
    let countdown = CountdownEvent::new(1);
    let semaphore = Arc::new(Semaphore::new(1, 2));
    let held = semaphore.wait();
    check(&|limit| countdown.wait_for(limit));
    check(&|limit| countdown.wait_until(Instant::now() + limit));
    check(&|limit| semaphore.wait_for(limit).is_ok());
    check(&|limit| semaphore.wait_until(Instant::now() + limit).is_ok());
    check(&|limit| semaphore.try_wait_for(limit).is_ok());
    check(&|limit| semaphore.try_wait_until(Instant::now() + limit).is_ok());
    check(&|limit| semaphore.many(2).try_wait_for(limit).is_ok());
    check(&|limit| semaphore.owned().try_wait_for(limit).is_ok());
    check(&|limit| semaphore.owned().many(2).try_wait_for(limit).is_ok());
    assert_eq!((countdown.count(), semaphore.count(), semaphore.total()), (1, 0, 1));
    drop(held);
    assert!(semaphore.wait0().is_ok());
}

/// P-17
#[test]
fn a_wait_never_times_out_early() {
    on_each_wait(|wait| {
        for micros in [0, 1, 50, 1000, 5000] {
            let limit = Duration::from_micros(micros);
            let start = Instant::now();
            assert!(!wait(limit));
            assert!(start.elapsed() >= limit);
        }
    });
}

/// R-20, P-17
#[test]
fn a_limit_that_has_passed_polls() {
    on_each_wait(|wait| {
        let start = Instant::now();
        for _ in 0..1000 {
            assert!(!wait(Duration::ZERO));
        }
        assert!(start.elapsed() < LONG);
    });
}

#[test]
fn a_limit_that_has_passed_takes_what_is_there() {
    let past = Instant::now();
    let (countdown, semaphore) = (CountdownEvent::new(0), Semaphore::with_permits(1));
    assert!(countdown.wait_for(Duration::ZERO) && countdown.wait_until(past));
    assert!(semaphore.wait_for(Duration::ZERO).is_ok());
    assert!(semaphore.wait_until(past).is_ok());
    assert!(semaphore.try_wait_until(past).is_ok());
}

/// R-7, P-17: the published crate panics, but only if it has to wait. Other libraries return at
/// once.
#[test]
fn a_limit_beyond_the_clock_is_no_limit() {
    limited(|| {
        let limits = [
            Duration::MAX,
            Duration::from_secs(i64::MAX.unsigned_abs()),
            Duration::from_nanos(u64::MAX),
            Duration::from_nanos(i64::MAX.unsigned_abs()),
            Duration::from_millis(u32::MAX.into()),
        ];
        for limit in limits {
            let (countdown, semaphore) = (CountdownEvent::new(1), Semaphore::new(0, 3));
            thread::scope(|s| {
                let counted = s.spawn(|| countdown.wait_for(limit));
                let one = s.spawn(|| semaphore.wait_for(limit).is_ok());
                let many = s.spawn(|| semaphore.many(2).try_wait_for(limit).is_ok());
                countdown.tick();
                semaphore.release(3);
                assert!(counted.join().unwrap() && one.join().unwrap() && many.join().unwrap());
            });
            assert_eq!(semaphore.count(), 3);
        }
    });
}

/// the published crate starts the whole timeout again after every wake-up.
#[test]
fn a_limit_counts_once_from_the_call() {
    limited(|| {
        let (semaphore, stop) = (Semaphore::new(2, 3), AtomicBool::new(false));
        thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| {
                    while !stop.load(Relaxed) {
                        drop(semaphore.wait());
                    }
                });
            }
            for _ in 0..5 {
                let limit = Duration::from_millis(20);
                let start = Instant::now();
                assert!(semaphore.many(3).try_wait_for(limit).is_err());
                let elapsed = start.elapsed();
                assert!(elapsed >= limit && elapsed < 50 * limit, "{elapsed:?}");
            }
            stop.store(true, Relaxed);
        });
        assert_eq!((semaphore.count(), semaphore.total()), (2, 2));
    });
}

/// Runs `wait`, with a tiny timeout, and `give` at the same time, many times. Calls `check` after
/// each round.
fn race<T: Send>(
    rounds: usize,
    wait: impl Fn(Duration) -> T + Sync,
    give: impl Fn() + Sync,
    check: impl Fn(T),
) {
    let (start, wait) = (&Barrier::new(2), &wait);
    thread::scope(|s| {
        for round in 0..rounds {
            let limit = Duration::from_nanos(u64::try_from(round % 100 * 1000).expect("small"));
            let waiter = s.spawn(move || {
                start.wait();
                wait(limit)
            });
            start.wait();
            give();
            check(waiter.join().unwrap());
        }
    });
}

/// P-3, P-12: a permit goes to the waiter or stays available. It is not lost between the two.
#[test]
fn a_timeout_that_races_a_release_loses_no_permit() {
    limited(|| {
        let semaphore = Semaphore::new(0, 1);
        race(
            2000,
            |limit| {
                semaphore.wait_for(limit).map_or_else(
                    |_| semaphore.shrink(1),
                    |guard| {
                        guard.forget();
                        1
                    },
                )
            },
            || semaphore.release(1),
            |gone| {
                assert_eq!(gone + semaphore.shrink(1), 1);
                assert_eq!(semaphore.total(), 0);
            },
        );
    });
}

/// once the last tick has returned, the countdown is set, although a wait timed out at the
/// same time.
#[test]
fn a_timeout_that_races_the_last_tick_does_not_unset_it() {
    limited(|| {
        let countdown = CountdownEvent::new(0);
        race(
            2000,
            |limit| countdown.wait_for(limit),
            || {
                countdown.increment();
                countdown.tick();
            },
            |_| assert!(countdown.wait0() && countdown.count() == 0),
        );
    });
}

/// P-18
#[test]
fn nothing_but_zero_and_permits_ends_a_wait() {
    limited(|| {
        let (countdown, semaphore) = (CountdownEvent::new(1), Semaphore::new(1, 2));
        let over = AtomicBool::new(false);
        thread::scope(|s| {
            let counted = s.spawn(|| {
                assert!(countdown.wait_for(LONG));
                assert!(over.load(Relaxed), "it was not at zero yet");
            });
            let mut held = Some(semaphore.wait());
            let taken = s.spawn(|| {
                let guard = semaphore.many(2).try_wait_for(LONG).unwrap();
                assert!(over.load(Relaxed), "there were not enough yet");
                guard.permits()
            });
            for _ in 0..1000 {
                countdown.increment();
                countdown.reset(3);
                countdown.tick_by(2);
                assert!(!semaphore.try_release(2));
                drop(held);
                held = semaphore.wait0().ok();
            }
            over.store(true, Relaxed);
            countdown.tick();
            semaphore.release(1);
            drop(held);
            counted.join().unwrap();
            assert_eq!(taken.join().unwrap(), 2);
        });
    });
}
