//! A released waiter is always woken, and no waiter depends on another that has been released.

use crate::alone::alone;
use crate::gate::Gate;
use crate::limit::{LONG, until};
use crate::task::{Sleeper, Task, asleep};
use rsevents_extra::{Awaitable, CountdownEvent, Semaphore, SemaphoreGuard};
use rsevents_testing::tasks::{poll, poll_once};
use std::env;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Wake;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

/// Longer than [`until`] waits.
const LONGER: Duration = Duration::from_secs(LONG.as_secs() + 10);

/// G-3
#[test]
fn the_last_tick_wakes_all() {
    const STOPPED: usize = 6;
    alone(|| {
        let countdown = CountdownEvent::new(1);
        thread::scope(|s| {
            let sleepers: Vec<_> =
                (0..2 * STOPPED).map(|_| asleep(s, || countdown.wait_for(LONGER))).collect();
            let gate = Gate::closed();
            sleepers[..STOPPED].iter().for_each(|sleeper| gate.stop(&sleeper.task));
            countdown.tick();
            until(|| sleepers[STOPPED..].iter().all(Sleeper::is_over));
            assert!(!sleepers[..STOPPED].iter().any(Sleeper::is_over));
            drop(gate);
            assert!(sleepers.into_iter().all(Sleeper::join));
        });
    });
}

/// Lets three threads sleep at a semaphore of 9 permits, all of them held, and stops the first.
/// Expects that `give` serves the second thread, and `more` the third.
fn sleepers_behind_come_out(give: impl FnOnce(&Semaphore), more: impl FnOnce(&Semaphore)) {
    let semaphore = Semaphore::new(9, 20);
    let take =
        |permits| semaphore.many(permits).try_wait_for(LONGER).map(SemaphoreGuard::forget).is_ok();
    semaphore.many(9).wait().forget();
    thread::scope(|s| {
        let [first, second, third] = [1, 1, 2].map(|permits| asleep(s, move || take(permits)));
        let gate = Gate::closed();
        gate.stop(&first.task);
        give(&semaphore);
        until(|| second.is_over());
        assert!(!first.is_over() && !third.is_over());
        more(&semaphore);
        until(|| third.is_over());
        assert!(!first.is_over());
        drop(gate);
        assert!([first, second, third].into_iter().all(Sleeper::join));
    });
}

/// G-3: the stopped sleeper keeps its own permits, and nothing else.
#[test]
fn a_sleeper_that_does_not_run_does_not_hold_up_those_behind_it() {
    let one_by_one = |semaphore: &Semaphore| (0..2).for_each(|_| semaphore.release(1));
    alone(move || {
        sleepers_behind_come_out(one_by_one, one_by_one);
        sleepers_behind_come_out(one_by_one, |semaphore| semaphore.release(2));
        sleepers_behind_come_out(|semaphore| semaphore.release(2), one_by_one);
        let late = |semaphore: &Semaphore| {
            semaphore.release(1);
            // Permits are taken past a sleeper that does not run, more often than the semaphore
            // counts.
            for _ in 0..200 {
                drop(semaphore.wait0());
            }
            semaphore.release(1);
        };
        sleepers_behind_come_out(late, one_by_one);
    });
}

/// G-7: the request waits until there are enough permits, and no other request waits for that.
#[test]
fn a_request_that_cannot_be_met_is_stepped_over() {
    alone(|| {
        let semaphore = Semaphore::new(3, 5);
        let mut held = semaphore.many(3).wait();
        let gone = held.split(1).expect("it has three");
        thread::scope(|s| {
            let large = asleep(s, || semaphore.many(3).try_wait_for(LONGER).is_ok());
            let small = asleep(s, || semaphore.wait_for(LONGER).is_ok());
            let one = held.split(1).expect("it has two");
            drop(one);
            assert!(!small.is_over(), "the permit is for the first");
            // From now on, there are only two permits.
            gone.forget();
            until(|| small.is_over());
            let another = asleep(s, || semaphore.many(2).try_wait_for(LONGER).is_ok());
            drop(held);
            until(|| another.is_over());
            assert!(!large.is_over());
            assert!(semaphore.many(2).try_wait0().is_ok());
            semaphore.release(1);
            assert!([large, small, another].into_iter().all(Sleeper::join));
        });
        assert_eq!((semaphore.count(), semaphore.total()), (3, 3));
    });
}

/// G-7: whichever operation makes the request impossible.
#[test]
fn permits_that_are_unmade_let_those_behind_go() {
    alone(|| {
        for shrink in [Semaphore::shrink, |s: &Semaphore, n| if s.try_shrink(n) { n } else { 0 }] {
            let semaphore = Semaphore::with_permits(3);
            let mut held = semaphore.many(3).wait();
            thread::scope(|s| {
                let large = asleep(s, || semaphore.many(3).try_wait_for(LONGER).is_ok());
                let small = asleep(s, || semaphore.wait_for(LONGER).is_ok());
                drop(held.split(2).expect("it has three"));
                assert!(!small.is_over(), "the permits are for the first");
                assert_eq!(shrink(&semaphore, 1), 1);
                until(|| small.is_over());
                drop(held);
                assert!(!large.is_over());
                semaphore.release(1);
                assert!(large.join() && small.join());
            });
        }
    });
}

/// G-3: a timeout is kept, even if the serving thread does not get to wake the sleeper.
#[test]
fn a_limit_does_not_depend_on_the_releasing_thread() {
    const SLEEPERS: u16 = 100;
    const LIMIT: Duration = Duration::from_millis(500);
    let limits_are_kept = || {
        let semaphore = Semaphore::new(0, SLEEPERS);
        let (gate, releaser) = (Gate::closed(), Task::current());
        let claimed = AtomicBool::new(false);
        let (served, over) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let kept = thread::scope(|s| {
            for _ in 0..SLEEPERS {
                asleep(s, || {
                    let guard = semaphore.wait_for(LIMIT).ok();
                    // The first served thread stops the releaser, which still has to wake the
                    // others.
                    if guard.is_some() && !claimed.swap(true, SeqCst) {
                        gate.stop(&releaser);
                    }
                    served.fetch_add(guard.map_or(0, |guard| guard.permits().into()), SeqCst);
                    over.fetch_add(1, SeqCst);
                });
            }
            let others =
                s.spawn(|| gate.open_when(8 * LIMIT, || over.load(SeqCst) == SLEEPERS.into()));
            semaphore.release(SLEEPERS);
            others.join().unwrap()
        });
        assert!(served.into_inner() > 0);
        assert_eq!((semaphore.count(), semaphore.total()), (SLEEPERS, SLEEPERS));
        kept
    };
    // The releaser may be stopped while it holds a lock, so some rounds may fail.
    alone(move || {
        let kept = (0..5).filter(|_| limits_are_kept()).count();
        assert!(kept >= 3, "{kept} of 5");
    });
}

/// G-4: each sleeper leaves in a few steps, however many there are.
#[test]
fn a_crowd_whose_timeouts_end_together_holds_up_no_thread() {
    const SLEEPERS: usize = 8000;
    alone(|| {
        let semaphore = Semaphore::with_permits(2);
        let mut held = semaphore.many(2).wait();
        let end = Instant::now() + Duration::from_secs(3);
        let late = AtomicUsize::new(0);
        thread::scope(|s| {
            let sleepers = (0..SLEEPERS).map_while(|_| {
                let sleep = || {
                    let limit = end.saturating_duration_since(Instant::now());
                    assert!(semaphore.many(2).try_wait_for(limit).is_err());
                    late.fetch_max(end.elapsed().as_millis().try_into().unwrap(), SeqCst);
                };
                thread::Builder::new().stack_size(1 << 16).spawn_scoped(s, sleep).ok()
            });
            let sleepers: Vec<_> = sleepers.collect();
            thread::sleep(end.saturating_duration_since(Instant::now()));
            while !sleepers.iter().all(ScopedJoinHandle::is_finished) {
                let start = Instant::now();
                drop(held.split(1));
                assert!(start.elapsed() < Duration::from_millis(200));
                until(|| semaphore.wait0().map(|permit| held.merge(permit)).is_ok());
            }
        });
        // Emulators and sanitizers take longer to wake so many threads.
        let is_slow = env::var_os("RSEVENTS_SLOW").is_some();
        assert!(is_slow || late.into_inner() < 1500, "their limits were overrun");
    });
}

/// A waker that waits for the threads, as an executor may do that polls in its waker.
struct AfterThreads {
    threads: AtomicUsize,
    in_time: AtomicUsize,
}

impl Wake for AfterThreads {
    fn wake(self: Arc<Self>) {
        let start = Instant::now();
        while self.threads.load(SeqCst) > 0 && start.elapsed() < LONG / 2 {
            thread::yield_now();
        }
        self.in_time.fetch_add(usize::from(self.threads.load(SeqCst) == 0), SeqCst);
    }
}

#[test]
fn a_release_wakes_threads_before_it_calls_the_wakers_of_tasks_in_front() {
    alone(|| {
        for threads in [1_u16, 2] {
            let semaphore = Semaphore::new(0, 9);
            let (left, in_time) = (AtomicUsize::new(threads.into()), AtomicUsize::new(0));
            let waker = Arc::new(AfterThreads { threads: left, in_time });
            let mut task = pin!(semaphore.wait_async());
            assert!(poll(task.as_mut(), &Arc::clone(&waker).into()).is_pending());
            thread::scope(|s| {
                for _ in 0..threads {
                    let (semaphore, waker) = (&semaphore, &waker);
                    asleep(s, move || {
                        semaphore.wait_for(LONG).expect("there are enough").forget();
                        waker.threads.fetch_sub(1, SeqCst);
                    });
                }
                // The last sleeper is offered a permit. The other waits are served.
                semaphore.release(threads + 1);
            });
            assert_eq!(waker.in_time.load(SeqCst), 1);
            assert!(poll_once(task).is_ready());
        }
    });
}
