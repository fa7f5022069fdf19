//! A released waiter is always woken, and no waiter depends on another that has been released.

use crate::alone::alone;
use crate::gate::Gate;
use crate::limit::{LONG, until};
use crate::task::{Sleeper, Task, asleep};
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAny};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// Longer than [`until`] waits.
const LONGER: Duration = Duration::from_secs(LONG.as_secs() + 10);

/// Lets threads sleep in `wait`, stops the first six, and expects `release` to wake the others.
fn others_come_out(wait: impl Fn() -> bool + Sync, release: impl FnOnce()) {
    const STOPPED: usize = 6;
    thread::scope(|s| {
        let sleepers: Vec<_> = (0..3 * STOPPED).map(|_| asleep(s, &wait)).collect();
        let gate = Gate::closed();
        sleepers[..STOPPED].iter().for_each(|sleeper| gate.stop(&sleeper.task));
        release();
        until(|| sleepers[STOPPED..].iter().all(Sleeper::is_over));
        assert!(!sleepers[..STOPPED].iter().any(Sleeper::is_over));
        drop(gate);
        assert!(sleepers.into_iter().all(Sleeper::join));
    });
}

/// G-3
#[test]
fn a_broadcast_does_not_depend_on_those_it_wakes_first() {
    alone(|| {
        let event = ManualResetEvent::default();
        others_come_out(|| event.wait_for(LONGER), || event.set());
        event.reset();
        others_come_out(|| event.wait_for(LONGER), || event.pulse());
    });
}

#[test]
fn nor_does_one_to_groups() {
    static NEVER: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
    alone(|| {
        let event = ManualResetEvent::default();
        let group: [&dyn Event; 2] = [&NEVER, &event];
        others_come_out(|| WaitAny::new(&group).try_wait_for(LONGER) == Ok(1), || event.set());
    });
}

/// G-3: a timeout is kept, even if the releasing thread does not get to wake the waiter.
#[test]
fn a_limit_does_not_depend_on_the_releasing_thread() {
    static NEVER: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
    const WAITERS: usize = 100;
    const LIMIT: Duration = Duration::from_millis(300);
    let limits_are_kept = |in_a_group: bool| {
        let event = ManualResetEvent::default();
        let group: [&dyn Event; 2] = [&NEVER, &event];
        let wait = || {
            if in_a_group {
                WaitAny::new(&group).try_wait_for(LIMIT) == Ok(1)
            } else {
                event.wait_for(LIMIT)
            }
        };
        let (gate, setter) = (Gate::closed(), Task::current());
        let claimed = AtomicBool::new(false);
        let (released, over) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let kept = thread::scope(|s| {
            for _ in 0..WAITERS {
                asleep(s, || {
                    let in_time = wait();
                    // The first released thread stops the setter, which still has to wake the
                    // others.
                    if in_time && !claimed.swap(true, SeqCst) {
                        gate.stop(&setter);
                    }
                    released.fetch_add(in_time.into(), SeqCst);
                    over.fetch_add(1, SeqCst);
                });
            }
            let others = s.spawn(|| gate.open_when(10 * LIMIT, || over.load(SeqCst) == WAITERS));
            event.set();
            others.join().unwrap()
        });
        assert!(released.into_inner() > 0);
        kept
    };
    // The setter may be stopped while it holds a lock, so some rounds may fail.
    alone(move || {
        for in_a_group in [false, true] {
            let kept = (0..5).filter(|_| limits_are_kept(in_a_group)).count();
            assert!(kept >= 3, "{kept} of 5");
        }
    });
}

/// The same for the lock of the shard: a wait with a timeout does not depend on the setter, which may
/// be stopped before it wakes the threads that wait for the lock.
#[test]
fn a_limit_does_not_depend_on_a_thread_that_wakes_others() {
    const STOP: Duration = Duration::from_millis(500);
    let worst_wait = || {
        let (event, other) = (ManualResetEvent::default(), AutoResetEvent::default());
        let group: [&dyn Event; 2] = [&other, &event];
        let (gate, setter) = (Gate::closed(), Task::current());
        let (stopped, over) = (AtomicBool::new(false), AtomicBool::new(false));
        thread::scope(|s| {
            for _ in 0..40 {
                asleep(s, || {
                    event.wait();
                    // The first released thread stops the setter, which still has to wake the
                    // others.
                    if !stopped.swap(true, SeqCst) {
                        gate.stop(&setter);
                    }
                });
            }
            for _ in 0..300 {
                asleep(s, || WaitAny::new(&group).wait());
            }
            let waits = s.spawn(|| {
                let mut worst = Duration::ZERO;
                while !over.load(SeqCst) {
                    let start = Instant::now();
                    let _ = event.wait_for(Duration::from_micros(50));
                    worst = worst.max(start.elapsed());
                }
                worst
            });
            s.spawn(|| {
                until(|| stopped.load(SeqCst));
                thread::sleep(STOP);
                gate.open();
            });
            thread::sleep(STOP / 10);
            event.set();
            over.store(true, SeqCst);
            waits.join().unwrap()
        })
    };
    // The setter may be stopped while it holds the lock, or just before it wakes the threads that
    // wait for it.
    alone(move || {
        let in_time = (0..5).filter(|_| worst_wait() < STOP / 2).count();
        assert!(in_time >= 3, "{in_time} of 5");
    });
}
