//! Fairness of the semaphore: sleepers are served in FIFO order, and running threads cannot starve
//! them.

use crate::alone::alone;
use crate::limit::{LONG, until};
use crate::task::asleep;
use rsevents_extra::{Awaitable, Semaphore, SemaphoreGuard};
use rsevents_testing::tasks::poll_once;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::task::Poll;
use std::thread::{self, Scope};
use std::time::{Duration, Instant};

/// Long enough for a thread to fall asleep, and for others to fall asleep behind it.
const SHORT: Duration = Duration::from_millis(100);

/// Starts a thread that sleeps for `permits` permits, removes them, and reports how many there
/// were.
fn sleeps_for<'s>(
    s: &'s Scope<'s, '_>,
    semaphore: &'s Semaphore,
    permits: u16,
    report: &Sender<u16>,
) {
    let report = report.clone();
    asleep(s, move || {
        semaphore.many(permits).try_wait_for(LONG).expect("its turn comes").forget();
        report.send(permits).expect("the test waits for it");
    });
}

/// Expects that exactly these requests are served next, in any order.
#[track_caller]
fn next_are(reports: &Receiver<u16>, expected: &[u16]) {
    let mut expected = expected.to_vec();
    while !expected.is_empty() {
        let report = reports.recv_timeout(LONG).expect("somebody can proceed");
        let found = expected.iter().position(|permits| *permits == report);
        expected.remove(found.expect("it is not its turn"));
    }
}

#[test]
fn sleepers_are_served_in_the_order_in_which_they_came() {
    alone(|| {
        let semaphore = Semaphore::new(0, 100);
        let (report, reports) = channel();
        thread::scope(|s| {
            for permits in 1..=10 {
                sleeps_for(s, &semaphore, permits, &report);
            }
            for permits in 1..=10 {
                for _ in 1..permits {
                    semaphore.release(1);
                }
                assert!(reports.try_recv().is_err());
                semaphore.release(1);
                next_are(&reports, &[permits]);
            }
        });
        assert_eq!(semaphore.total(), 0);
    });
}

/// this holds although the smaller request could be served with what is available.
#[test]
fn a_sleeper_is_not_passed_by_a_later_one_that_wants_less() {
    alone(|| {
        let semaphore = Semaphore::with_permits(10);
        let mut held = semaphore.many(10).wait();
        let (report, reports) = channel();
        thread::scope(|s| {
            sleeps_for(s, &semaphore, 5, &report);
            let small = asleep(s, || semaphore.wait_for(LONG).is_ok());
            let sleeps = small.task.until_asleep();
            drop(held.split(4));
            assert_eq!(small.task.until_asleep(), sleeps);
            drop(held.split(1));
            next_are(&reports, &[5]);
            assert_eq!(small.task.until_asleep(), sleeps);
            drop(held.split(1));
            assert!(small.join());
            drop(held);
        });
        assert_eq!((semaphore.count(), semaphore.total()), (5, 5));
    });
}

#[test]
fn returned_permits_serve_all_sleepers_that_they_suffice_for() {
    alone(|| {
        let semaphore = Semaphore::with_permits(200);
        let mut held = semaphore.many(200).wait();
        let (report, reports) = channel();
        thread::scope(|s| {
            for permits in [2, 1, 3, 7, 1] {
                sleeps_for(s, &semaphore, permits, &report);
            }
            drop(held.split(7));
            next_are(&reports, &[2, 1, 3]);
            drop(held.split(7));
            next_are(&reports, &[7, 1]);
            for _ in 0..64 {
                sleeps_for(s, &semaphore, 1, &report);
            }
            drop(held.split(64));
            next_are(&reports, &[1; 64]);
        });
        assert_eq!((semaphore.total(), held.permits()), (122, 122));
    });
}

///
#[test]
fn a_release_wakes_no_sleeper_that_cannot_proceed() {
    alone(|| {
        let semaphore = Semaphore::new(1, 3);
        thread::scope(|s| {
            let held = semaphore.wait();
            let sleeper = asleep(s, || semaphore.many(3).try_wait_for(LONG).is_ok());
            let sleeps = sleeper.task.until_asleep();
            semaphore.release(0);
            semaphore.release(1);
            assert!(!semaphore.try_release(2));
            drop(held);
            assert_eq!(sleeper.task.until_asleep(), sleeps);
            semaphore.release(1);
            assert!(sleeper.join());
        });
        assert_eq!((semaphore.count(), semaphore.total()), (3, 3));
    });
}

/// After a short time, permits that are returned are reserved for the large request.
#[test]
fn a_large_request_is_not_starved_by_running_threads() {
    alone(|| {
        let semaphore = Semaphore::with_permits(3);
        thread::scope(|s| {
            let held = semaphore.many(2).wait();
            let large = asleep(s, || semaphore.many(3).try_wait_for(LONG).is_ok());
            until(|| semaphore.wait0().is_err());
            assert_eq!((semaphore.count(), semaphore.total()), (0, 3));
            assert_eq!(semaphore.shrink(1), 0);
            assert!(!semaphore.try_shrink(1));
            drop(held);
            assert!(large.join());
        });
        assert_eq!((semaphore.count(), semaphore.total()), (3, 3));
    });
}

/// Permits that were reserved for a request are available to others again once fewer permits exist
/// than the request wants.
#[test]
fn a_request_beyond_the_limit_puts_nothing_aside() {
    alone(|| {
        let semaphore = Semaphore::with_permits(3);
        thread::scope(|s| {
            let (held, gone) = (semaphore.wait(), semaphore.wait());
            let large = asleep(s, || semaphore.many(3).try_wait_for(LONG).is_ok());
            until(|| semaphore.wait0().is_err());
            assert_eq!((semaphore.count(), semaphore.total()), (0, 3));
            gone.forget();
            assert_eq!((semaphore.count(), semaphore.total()), (1, 2));
            assert!(semaphore.wait0().is_ok());
            drop(held);
            assert_eq!((semaphore.count(), semaphore.total()), (2, 2));
            semaphore.release(1);
            assert!(large.join());
        });
        assert_eq!((semaphore.count(), semaphore.total()), (3, 3));
    });
}

/// a running thread would take the permit again before a woken thread could.
#[test]
fn a_sleeper_is_not_starved_by_a_running_thread() {
    alone(|| {
        let semaphore = Semaphore::with_permits(1);
        for _ in 0..20 {
            let mut held = semaphore.wait0().ok();
            assert!(held.is_some());
            thread::scope(|s| {
                let sleeper = asleep(s, || semaphore.wait_for(LONG).is_ok());
                let start = Instant::now();
                while !sleeper.is_over() {
                    assert!(start.elapsed() < LONG / 10, "it is not handed over");
                    drop(held);
                    held = semaphore.wait0().ok();
                }
                drop(held);
                assert!(sleeper.join());
            });
        }
        assert!(semaphore.wait0().is_ok());
    });
}

#[test]
fn nobody_is_starved_by_threads_that_come_and_go() {
    alone(|| {
        let (semaphore, stop) = (Semaphore::with_permits(2), AtomicBool::new(false));
        thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| {
                    while !stop.load(Relaxed) {
                        drop(semaphore.wait());
                    }
                });
            }
            for permits in [2, 1].repeat(50) {
                assert!(semaphore.many(permits).try_wait_for(LONG).is_ok());
            }
            stop.store(true, Relaxed);
        });
        assert_eq!((semaphore.count(), semaphore.total()), (2, 2));
    });
}

/// P-12: in a peer, the sleepers behind it slept on.
#[test]
fn a_large_request_that_gives_up_lets_those_behind_it_go() {
    alone(|| {
        for put_aside in [false, true] {
            let semaphore = Semaphore::with_permits(3);
            thread::scope(|s| {
                let (first, others) = (semaphore.wait(), semaphore.many(2).wait());
                let large = asleep(s, || semaphore.many(3).try_wait_for(SHORT).is_err());
                let small = asleep(s, || semaphore.wait_for(LONG).is_ok());
                drop(first);
                while put_aside && !large.is_over() && semaphore.wait0().is_ok() {}
                assert!(large.join());
                assert!(small.join());
                drop(others);
            });
            assert_eq!((semaphore.count(), semaphore.total()), (3, 3));
        }
    });
}

#[test]
fn a_sleeper_that_gives_up_leaves_no_hole() {
    alone(|| {
        let semaphore = Semaphore::new(0, 3);
        let (report, reports) = channel();
        thread::scope(|s| {
            sleeps_for(s, &semaphore, 1, &report);
            let impatient = asleep(s, || semaphore.many(3).try_wait_for(SHORT).is_err());
            sleeps_for(s, &semaphore, 2, &report);
            assert!(impatient.join());
            semaphore.release(3);
            next_are(&reports, &[1, 2]);
        });
        assert_eq!(semaphore.total(), 0);
    });
}

/// T-14
#[test]
fn threads_and_tasks_share_one_queue() {
    alone(|| {
        let semaphore = Semaphore::new(0, 3);
        let mut first = pin!(semaphore.many(2).wait_async());
        assert!(poll_once(first.as_mut()).is_pending());
        thread::scope(|s| {
            let sleeper = asleep(s, || semaphore.wait_for(LONG).map(SemaphoreGuard::forget));
            let mut last = pin!(semaphore.wait_async());
            assert!(poll_once(last.as_mut()).is_pending());
            semaphore.release(2);
            let Poll::Ready(two) = poll_once(first) else { panic!("it is the first") };
            assert!(poll_once(last.as_mut()).is_pending());
            drop(two);
            assert!(sleeper.join().is_ok());
            let Poll::Ready(one) = poll_once(last) else { panic!("two were given back") };
            one.forget();
        });
        assert_eq!((semaphore.count(), semaphore.total()), (0, 0));
    });
}
