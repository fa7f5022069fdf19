//! Waits of tasks for permits and for zero. Comments such as T-14 name rows of
//! `.github/PROMISES.md`.

use crate::limit::{LONG, limited};
use rsevents::AutoResetEvent;
use rsevents_extra::{Awaitable, CountdownEvent, Semaphore, Stopped};
use rsevents_testing::tasks::{Wakes, block_on, poll, poll_once};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use std::task::{Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

#[test]
fn a_wait_takes_permits_in_its_first_poll_or_when_they_come() {
    let semaphore = Arc::new(Semaphore::with_permits(3));
    let unpolled = semaphore.wait_async();
    assert_eq!(semaphore.count(), 3);
    drop(unpolled);
    let two = block_on(semaphore.many(2).wait_async());
    assert_eq!((two.permits(), semaphore.count()), (2, 1));
    let (counter, waker) = Wakes::new();
    let mut more = pin!(semaphore.owned().many(3).wait_async());
    assert!(poll(more.as_mut(), &waker).is_pending());
    assert!(poll(more.as_mut(), &waker).is_pending());
    assert_eq!(counter.count(), 0);
    drop(two);
    assert_eq!(counter.count(), 1);
    let Poll::Ready(guard) = poll(more, &waker) else { panic!("its permits are there") };
    assert_eq!((guard.permits(), semaphore.count()), (3, 0));
    drop(guard);
    assert_eq!((semaphore.count(), semaphore.total()), (3, 3));
}

/// T-14
#[test]
fn a_dropped_wait_passes_its_chance_on() {
    let semaphore = Semaphore::with_permits(3);
    let mut held = semaphore.many(3).wait();
    let wait = |n| {
        let mut wait = Box::pin(semaphore.many(n).wait_async());
        assert!(poll_once(wait.as_mut()).is_pending());
        wait
    };
    // The dropped request was not woken.
    let (large, mut small) = (wait(3), wait(1));
    drop(held.split(1));
    assert!(poll_once(small.as_mut()).is_pending());
    drop(large);
    let Poll::Ready(guard) = poll_once(small.as_mut()) else {
        panic!("it was behind the large one")
    };
    guard.forget();
    held.forget();
    // One of the dropped requests was woken to try. The other was served, if there were two
    // permits.
    for permits in [1, 2] {
        let (first, second, mut third) = (wait(1), wait(1), wait(1));
        semaphore.release(permits);
        drop(first);
        drop(second);
        let Poll::Ready(guard) = poll_once(third.as_mut()) else { panic!("nobody else is there") };
        guard.forget();
        drop(third);
        let rest = semaphore.drain();
        assert_eq!(rest.permits(), permits - 1);
        rest.forget();
    }
    assert_eq!((semaphore.count(), semaphore.total()), (0, 0));
}

/// T-15
#[test]
fn a_woken_task_that_is_not_polled_does_not_keep_those_behind_it_from_permits() {
    let semaphore = Semaphore::new(0, 9);
    let mut all: Vec<_> = (0..3).map(|_| Box::pin(semaphore.wait_async())).collect();
    assert!(all.iter_mut().all(|wait| poll_once(wait.as_mut()).is_pending()));
    for _ in 0..3 {
        semaphore.release(1);
    }
    // The first task was woken, and is never polled.
    for wait in &mut all[1..] {
        let Poll::Ready(guard) = poll_once(wait.as_mut()) else { panic!("a permit is there") };
        guard.forget();
    }
    drop(all);
    assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
}

/// Likewise if another has taken the permit that the task was woken for.
#[test]
fn permits_for_two_wake_two_although_one_is_awake() {
    let semaphore = Semaphore::new(0, 9);
    let [mut first, mut second] = [(); 2].map(|()| Box::pin(semaphore.wait_async()));
    assert!(poll_once(first.as_mut()).is_pending() && poll_once(second.as_mut()).is_pending());
    semaphore.release(1);
    let taken = semaphore.wait0().expect("the first was only woken");
    semaphore.release(2);
    assert!(poll_once(second.as_mut()).is_ready() && poll_once(first.as_mut()).is_ready());
    drop(taken);
}

#[test]
fn tasks_are_stopped_as_threads_are() {
    let (semaphore, stop) = (Arc::new(Semaphore::new(0, 2)), AutoResetEvent::default());
    let (one, many) = (semaphore.clone(), semaphore.many(2));
    let owned = semaphore.owned();
    for round in 0..3 {
        let mut wait: Pin<Box<dyn Future<Output = bool>>> = match round {
            0 => Box::pin(async { one.unless(&stop).await.is_err() }),
            1 => Box::pin(async { many.unless(&stop).await.is_err() }),
            _ => Box::pin(async { owned.unless(&stop).await.is_err() }),
        };
        assert!(poll_once(wait.as_mut()).is_pending());
        stop.set();
        semaphore.release(2);
        assert_eq!(poll_once(wait.as_mut()), Poll::Ready(true));
        assert!(!stop.is_set());
        assert_eq!(semaphore.count(), 2);
        assert_eq!(semaphore.shrink(2), 2);
    }
    // A dropped wait that was stopped passes the stop on.
    let mut wait = Box::pin(semaphore.unless(&stop).wait_async());
    assert!(poll_once(wait.as_mut()).is_pending());
    stop.set();
    drop(wait);
    assert!(stop.is_set());
    // The stop wins in a first poll, too.
    semaphore.release(1);
    let first = poll_once(pin!(semaphore.unless(&stop).wait_async()));
    assert!(matches!(first, Poll::Ready(Err(Stopped))));
    assert_eq!(block_on(semaphore.unless(&stop).wait_async()).map(|guard| guard.permits()), Ok(1));
}

struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("a waker panics");
    }
}

/// A panicking waker stops neither the others nor the permits.
#[test]
fn panicking_wakers_cost_nobody_a_permit() {
    limited(|| {
        let bad = Arc::new(Bad).into();
        let semaphore = Semaphore::new(0, 9);
        let mut all: Vec<_> = (0..6).map(|_| Box::pin(semaphore.wait_async())).collect();
        for (index, wait) in all.iter_mut().enumerate() {
            let waker = if index % 2 == 0 { &bad } else { Waker::noop() };
            assert!(poll(wait.as_mut(), waker).is_pending());
        }
        assert!(catch_unwind(AssertUnwindSafe(|| semaphore.release(6))).is_err());
        assert_eq!(semaphore.total(), 6);
        for wait in &mut all {
            let Poll::Ready(guard) = poll_once(wait.as_mut()) else { panic!("it was served") };
            guard.forget();
        }
        drop(all);
        let mut behind = Box::pin(semaphore.wait_async());
        thread::scope(|s| {
            let sleeper = s.spawn(|| {
                catch_unwind(AssertUnwindSafe(|| {
                    semaphore.many(2).try_wait_for(Duration::from_millis(20)).is_ok()
                }))
            });
            thread::sleep(Duration::from_millis(5));
            assert!(poll(behind.as_mut(), &bad).is_pending());
            // The thread's request is for more than exists, so the task is woken.
            assert!(catch_unwind(AssertUnwindSafe(|| semaphore.release(1))).is_err());
            assert_eq!(sleeper.join().unwrap().ok(), Some(false));
        });
        let Poll::Ready(guard) = poll_once(behind.as_mut()) else { panic!("nobody is ahead") };
        drop(guard);
        assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
    });
}

#[test]
fn no_permit_is_lost_among_threads_and_tasks() {
    limited(|| {
        const EACH: usize = 3000;
        let semaphore = Arc::new(Semaphore::with_permits(3));
        let inside = AtomicUsize::new(0);
        let visit = |n: u16| {
            assert!(inside.fetch_add(n.into(), SeqCst) + usize::from(n) <= 3);
            std::hint::spin_loop();
            inside.fetch_sub(n.into(), SeqCst);
        };
        thread::scope(|s| {
            for worker in 0..5_u16 {
                let (semaphore, visit) = (&semaphore, &visit);
                s.spawn(move || {
                    for round in 0..EACH {
                        let n = 1 + worker % 3;
                        match worker {
                            0 => {
                                let _guard = semaphore.wait_for(LONG).expect("in time");
                                visit(1);
                            }
                            1 | 2 => {
                                let _guard = block_on(semaphore.many(n).wait_async());
                                visit(n);
                            }
                            3 => {
                                let _guard = block_on(semaphore.owned().many(n).wait_async());
                                visit(n);
                            }
                            _ => {
                                let mut wait = Box::pin(semaphore.many(n).wait_async());
                                for _ in 0..round % 4 {
                                    if let Poll::Ready(_guard) = poll_once(wait.as_mut()) {
                                        visit(n);
                                        break;
                                    }
                                    thread::yield_now();
                                }
                            }
                        }
                    }
                });
            }
        });
        assert_eq!((inside.load(Relaxed), semaphore.count(), semaphore.total()), (0, 3, 3));
    });
}

/// A stopped wait returns that it was stopped, although it wakes a task behind it whose waker
/// panics.
#[test]
fn a_wait_keeps_its_result_if_the_waker_of_another_panics() {
    limited(|| {
        let semaphore = Semaphore::with_permits(3);
        let mut held = semaphore.many(3).wait();
        let (stop, bad) = (AutoResetEvent::default(), Arc::new(Bad).into());
        let many = semaphore.many(2);
        let mut first = Box::pin(many.unless(&stop).wait_async());
        assert!(poll_once(first.as_mut()).is_pending());
        let mut behind = Box::pin(semaphore.wait_async());
        assert!(poll(behind.as_mut(), &bad).is_pending());
        drop(held.split(1));
        stop.set();
        assert!(matches!(poll_once(first.as_mut()), Poll::Ready(Err(Stopped))));
        let Poll::Ready(guard) = poll_once(behind.as_mut()) else { panic!("it is the first now") };
        drop(guard);
        thread::scope(|s| {
            let stopped = s.spawn(|| many.unless(&stop).try_wait().is_err());
            thread::sleep(Duration::from_millis(10));
            let mut behind = Box::pin(semaphore.wait_async());
            let _waits_or_was_first = poll(behind.as_mut(), &bad);
            stop.set();
            assert!(stopped.join().unwrap());
        });
        drop(held);
        assert_eq!((semaphore.count(), stop.is_set()), (3, false));
    });
}

/// The payload of a panic that panics again when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            // Without an allocation, which would be leaked.
            resume_unwind(Box::new(()));
        }
    }
}

#[test]
fn payloads_of_panics_that_panic_keep_nobody_asleep() {
    struct Bombs;
    impl Wake for Bombs {
        fn wake(self: Arc<Self>) {
            panic_any(Bomb)
        }
    }
    limited(|| {
        let semaphore = Semaphore::new(0, 9);
        let (mut a, mut b) = (Box::pin(semaphore.wait_async()), Box::pin(semaphore.wait_async()));
        assert!(poll(a.as_mut(), &Arc::new(Bad).into()).is_pending());
        assert!(poll(b.as_mut(), &Arc::new(Bombs).into()).is_pending());
        let ((counter, waker), mut c) = (Wakes::new(), Box::pin(semaphore.wait_async()));
        assert!(poll(c.as_mut(), &waker).is_pending());
        thread::scope(|s| {
            let sleeper = s.spawn(|| semaphore.wait_for(LONG).is_ok());
            thread::sleep(Duration::from_millis(20));
            assert!(catch_unwind(AssertUnwindSafe(|| semaphore.release(9))).is_err());
            assert!(sleeper.join().unwrap());
        });
        assert_eq!(counter.count(), 1);
    });
}

/// Guards work in a panicking thread, whatever wakers do.
#[test]
fn a_guard_that_ticks_in_a_panic_does_not_abort_the_process() {
    let countdown = CountdownEvent::new(1);
    let mut wait = Box::pin(countdown.wait_async());
    assert!(poll(wait.as_mut(), &Arc::new(Bad).into()).is_pending());
    let panic = catch_unwind(AssertUnwindSafe(|| {
        let _ticks = countdown.guard();
        panic_any("a worker fails");
    }));
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"a worker fails"));
    assert!(poll_once(wait.as_mut()).is_ready());
}

#[test]
fn a_guard_that_returns_permits_in_a_panic_does_not_abort_the_process() {
    let semaphore = Semaphore::with_permits(1);
    let (held, mut wait) = (semaphore.wait(), Box::pin(semaphore.wait_async()));
    assert!(poll(wait.as_mut(), &Arc::new(Bad).into()).is_pending());
    let panic = catch_unwind(AssertUnwindSafe(move || {
        let _held = held;
        panic_any("a worker fails");
    }));
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"a worker fails"));
    assert!(poll_once(wait.as_mut()).is_ready());
}

/// A waker may acquire and return permits in every function.
#[test]
fn every_function_of_a_waker_may_use_the_semaphore() {
    struct Uses(Arc<Semaphore>, AtomicUsize);
    impl Uses {
        fn use_it(&self) {
            self.1.fetch_add(1, SeqCst);
            let permit = self.0.wait0();
            let mut wait = Box::pin(self.0.wait_async());
            let _either = poll_once(wait.as_mut());
            drop(wait);
            drop(permit);
        }
    }
    impl Wake for Uses {
        fn wake(self: Arc<Self>) {
            self.use_it();
        }
    }
    limited(|| {
        let semaphore = Arc::new(Semaphore::new(0, 4));
        let uses = Arc::new(Uses(semaphore.clone(), AtomicUsize::new(0)));
        let waker: Waker = uses.clone().into();
        let mut all: Vec<_> = (0..4).map(|_| Box::pin(semaphore.wait_async())).collect();
        assert!(all.iter_mut().all(|wait| poll(wait.as_mut(), &waker).is_pending()));
        semaphore.release(2);
        drop(all.pop());
        semaphore.release(2);
        for wait in &mut all {
            let Poll::Ready(guard) = poll(wait.as_mut(), &waker) else { panic!("one for each") };
            guard.forget();
        }
        assert!(uses.1.load(SeqCst) >= 3);
        assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
    });
}

#[test]
fn futures_can_be_sent_shared_and_spawned() {
    fn is_sync<T: Send + Sync>(_: &T) {}
    fn is_static<T: Send + 'static>(_: &T) {}
    let semaphore = Arc::new(Semaphore::with_permits(1));
    let countdown = Arc::new(CountdownEvent::new(1));
    let stop = AutoResetEvent::default();
    is_sync(&semaphore.wait_async());
    is_sync(&semaphore.many(1).unless(&stop).wait_async());
    is_static(&semaphore.owned().wait_async());
    is_sync(&countdown.wait_async());
    is_static(&countdown.wait_owned_async());
}

#[test]
#[should_panic(expected = "3 permits requested, the maximum is 2")]
fn a_task_cannot_wait_for_more_permits_than_there_may_be() {
    drop(Arc::new(Semaphore::with_permits(2)).owned().many(3).wait_async());
}

#[test]
fn a_task_waits_for_a_countdown_of_threads() {
    limited(|| {
        let countdown = Arc::new(CountdownEvent::new(4));
        for _ in 0..4 {
            let guard = countdown.guard_owned();
            thread::spawn(move || drop(guard));
        }
        block_on(countdown.wait_owned_async());
        block_on(countdown.wait_async());
        assert_eq!(countdown.count(), 0);
    });
}

#[test]
fn futures_show_what_they_wait_for() {
    let (semaphore, countdown) = (Semaphore::new(0, 2), Arc::new(CountdownEvent::new(3)));
    let shown = format!("{:?}", semaphore.many(2).wait_async());
    assert!(shown.contains("SemaphoreWait") && shown.contains('2'), "{shown}");
    let shown = format!("{:?}", countdown.wait_owned_async());
    assert!(shown.contains("CountdownWait") && shown.contains('3'), "{shown}");
}
