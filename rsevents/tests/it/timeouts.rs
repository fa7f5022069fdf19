//! Timeouts and deadlines: never early, never lost, never too large.

use crate::limit::{LONG, limited, until};
use crate::random::Random;
use crate::substrate::{LISTENED, PARKED, byte, until_listened, until_parked};
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::hint::spin_loop;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Calls `check` with the waits of each kind on events that no thread sets.
fn on_each_kind(check: impl Fn(&dyn Fn(Duration) -> bool, &dyn Fn(Instant) -> bool)) {
    let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
    let set = ManualResetEvent::new(EventState::Set);
    let (any, all): ([&dyn Event; 2], [&dyn Event; 2]) = ([&auto, &manual], [&set, &auto]);
    let (any, all) = (WaitAny::new(&any), WaitAll::new(&all));
    check(&|limit| auto.wait_for(limit), &|deadline| auto.wait_until(deadline));
    check(&|limit| manual.wait_for(limit), &|deadline| manual.wait_until(deadline));
    check(&|limit| any.try_wait_for(limit).is_ok(), &|at| any.try_wait_until(at).is_ok());
    check(&|limit| all.wait_for(limit), &|deadline| all.wait_until(deadline));
}

/// P-17
#[test]
fn a_wait_never_times_out_early() {
    on_each_kind(|wait_for, wait_until| {
        for micros in [0, 1, 50, 1000, 10_000] {
            let limit = Duration::from_micros(micros);
            let start = Instant::now();
            assert!(!wait_for(limit));
            assert!(start.elapsed() >= limit);
            let deadline = Instant::now() + limit;
            assert!(!wait_until(deadline));
            assert!(Instant::now() >= deadline);
        }
    });
}

/// a timeout covers the whole call, whatever happens in it.
#[test]
fn a_limit_counts_once_from_the_call() {
    limited(|| {
        let (taken, never) = (AutoResetEvent::default(), AutoResetEvent::default());
        let stop = AtomicBool::new(false);
        thread::scope(|s| {
            s.spawn(|| {
                while !stop.load(Relaxed) {
                    taken.set();
                    taken.reset();
                    never.reset();
                    let _other_limit =
                        WaitAny::new(&[&never]).try_wait_for(Duration::from_micros(10));
                }
            });
            let limit = Duration::from_millis(50);
            let start = Instant::now();
            assert!(!WaitAll::new(&[&taken, &never]).wait_for(limit));
            assert!(!never.wait_for(limit));
            stop.store(true, Relaxed);
            let elapsed = start.elapsed();
            assert!(elapsed >= 2 * limit && elapsed < 40 * limit, "{elapsed:?}");
        });
    });
}

/// A thread is parked, and then a group waits behind it.
#[test]
fn a_parked_thread_that_times_out_leaves_the_group_behind_it() {
    limited(|| {
        let (event, other) = (AutoResetEvent::default(), AutoResetEvent::default());
        thread::scope(|s| {
            let parked = s.spawn(|| event.wait_for(Duration::from_millis(500)));
            until(|| byte(&event) == PARKED);
            let group = s.spawn(|| WaitAny::new(&[&event, &other]).try_wait_for(LONG));
            until(|| byte(&event) == PARKED | LISTENED);
            assert!(!parked.join().unwrap());
            assert_eq!(byte(&event), LISTENED);
            event.set();
            assert_eq!(group.join().unwrap(), Ok(0));
        });
        assert!(!event.wait_for(Duration::from_millis(1)));
        assert_eq!(byte(&event), 0);
    });
}

#[test]
fn a_zero_limit_polls() {
    on_each_kind(|wait_for, wait_until| {
        let start = Instant::now();
        let past = start.checked_sub(Duration::from_secs(1)).unwrap_or(start);
        for _ in 0..1000 {
            assert!(!wait_for(Duration::ZERO) && !wait_until(past) && !wait_until(start));
        }
        assert!(start.elapsed() < LONG);
    });
}

#[test]
fn a_deadline_in_the_past_takes_what_is_set() {
    let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
    let past = Instant::now();
    auto.set();
    manual.set();
    assert!(auto.wait_until(past) && !auto.is_set());
    assert!(manual.wait_until(past) && manual.is_set());
    assert_eq!(WaitAny::new(&[&auto, &manual]).try_wait_until(past), Ok(1));
    auto.set();
    assert!(WaitAll::new(&[&auto, &manual]).wait_until(past) && !auto.is_set());
}

/// Returns the last instant that the clock can express, to within a second.
fn last_instant() -> Instant {
    let mut last = Instant::now();
    let mut step = Duration::MAX;
    while step > Duration::from_secs(1) {
        while let Some(later) = last.checked_add(step) {
            last = later;
        }
        step /= 2;
    }
    last
}

/// R-7, P-17: the published crate panics, unless the event is already set. Other libraries return
/// at once.
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
            released_after_parking(
                |auto| auto.wait_for(limit),
                |manual| manual.wait_for(limit),
                |any| any.try_wait_for(limit).is_ok(),
                |all| all.wait_for(limit),
            );
        }
        let last = last_instant();
        released_after_parking(
            |auto| auto.wait_until(last),
            |manual| manual.wait_until(last),
            |any| any.try_wait_until(last).is_ok(),
            |all| all.wait_until(last),
        );
    });
}

/// Lets each of the waits begin, then sets its event. The wait must succeed.
fn released_after_parking(
    auto_wait: impl Fn(&AutoResetEvent) -> bool + Sync,
    manual_wait: impl Fn(&ManualResetEvent) -> bool + Sync,
    any_wait: impl Fn(&WaitAny<'_>) -> bool + Sync,
    all_wait: impl Fn(&WaitAll<'_>) -> bool + Sync,
) {
    let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
    thread::scope(|s| {
        let waiters = [s.spawn(|| auto_wait(&auto)), s.spawn(|| manual_wait(&manual))];
        until_parked(&auto, 1);
        until_parked(&manual, 1);
        auto.set();
        manual.set();
        assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap()));
    });
    let never = AutoResetEvent::default();
    thread::scope(|s| {
        let waiter = s.spawn(|| any_wait(&WaitAny::new(&[&never, &auto])));
        until_listened(&auto);
        auto.set();
        assert!(waiter.join().unwrap());
        let waiter = s.spawn(|| all_wait(&WaitAll::new(&[&manual, &auto])));
        until_listened(&auto);
        auto.set();
        assert!(waiter.join().unwrap());
    });
}

/// P-5: peers report a timeout for a set event that another thread is using.
#[test]
fn a_poll_of_set_events_succeeds_although_others_use_them() {
    limited(|| {
        let set = [(); 3].map(|()| ManualResetEvent::new(EventState::Set));
        let (own, never) = (AutoResetEvent::default(), AutoResetEvent::default());
        let stop = AtomicBool::new(false);
        thread::scope(|s| {
            s.spawn(|| {
                while !stop.load(Relaxed) {
                    set.iter().for_each(ManualResetEvent::set);
                    own.set();
                }
            });
            s.spawn(|| {
                let mut random = Random::new(1);
                while !stop.load(Relaxed) {
                    let limit = Duration::from_micros(random.below(20) as u64);
                    assert!(!WaitAll::new(&[&set[0], &set[1], &never]).wait_for(limit));
                    assert!(WaitAll::new(&[&set[2], &set[1]]).wait_for(limit));
                }
            });
            let past = Instant::now();
            let failures = (0..20_000).filter(|_| {
                own.set();
                let polls = [
                    WaitAll::new(&[&own, &set[0], &set[1], &set[2]]).wait0(),
                    set[0].wait0(),
                    set[1].wait_for(Duration::ZERO),
                    set[2].wait_until(past),
                    WaitAny::new(&[&never, &set[0]]).try_wait0() == Ok(1),
                    WaitAny::new(&[&never, &set[1]]).try_wait_for(Duration::ZERO) == Ok(1),
                    WaitAll::new(&[&set[0], &set[1]]).wait_for(Duration::ZERO),
                    WaitAll::new(&[&set[2], &set[1]]).wait_until(past),
                ];
                polls.contains(&false)
            });
            let failures = failures.count();
            stop.store(true, Relaxed);
            assert_eq!(failures, 0);
        });
    });
}

/// Races a short wait against a set at about its end, many times. `check` is told whether the wait
/// succeeded. Some waits end before the thread parks, some after it.
fn race(
    wait: impl Fn(Duration) -> bool + Sync,
    set: impl Fn() + Sync,
    check: impl Fn(bool) + Sync,
) {
    const ROUNDS: usize = 3000;
    let barrier = Barrier::new(2);
    thread::scope(|s| {
        s.spawn(|| {
            let mut random = Random::new(7);
            for _ in 0..ROUNDS {
                barrier.wait();
                let start = Instant::now();
                let delay = Duration::from_micros(random.below(100) as u64);
                while start.elapsed() < delay {
                    spin_loop();
                }
                set();
                barrier.wait();
            }
        });
        let mut random = Random::new(8);
        for _ in 0..ROUNDS {
            barrier.wait();
            let released = wait(Duration::from_micros(random.below(100) as u64));
            barrier.wait();
            check(released);
        }
    });
}

/// in the published crate, a last waiter that times out writes the event back to unset. R-9: a
/// wait that reports a timeout was over when the event was set.
#[test]
fn timed_out_last_waiter_does_not_erase_a_set() {
    limited(|| {
        let event = ManualResetEvent::default();
        let check = |_| {
            assert!(event.wait0());
            event.reset();
        };
        race(|limit| event.wait_for(limit), || event.set(), check);
    });
}

/// R-1 for the auto-reset event: either the waiter got the signal, or the event has it.
#[test]
fn a_signal_that_races_a_timeout_is_delivered_or_kept() {
    limited(|| {
        let event = AutoResetEvent::default();
        race(
            |limit| event.wait_for(limit),
            || event.set(),
            |released| assert_ne!(event.wait0(), released),
        );
    });
}

/// P-3: a peer loses one signal in a hundred.
#[test]
fn a_signal_that_races_the_timeout_of_any_is_delivered_or_kept() {
    limited(|| {
        let events = [(); 10].map(|()| AutoResetEvent::default());
        for len in [1, 2, 10] {
            let group: Vec<&dyn Event> = events[..len].iter().map(|e| e as &dyn Event).collect();
            let last = &events[len - 1];
            race(
                |limit| WaitAny::new(&group).try_wait_for(limit).is_ok(),
                || last.set(),
                |released| {
                    assert_ne!(last.wait0(), released);
                    assert!(events.iter().all(|event| byte(event) == 0));
                },
            );
        }
    });
}

/// P-3, P-9: the wait takes all of the signals, or none.
#[test]
fn signals_that_race_the_timeout_of_all_are_delivered_or_kept() {
    limited(|| {
        let events = [(); 3].map(|()| AutoResetEvent::default());
        let set = || events.iter().for_each(AutoResetEvent::set);
        race(
            |limit| WaitAll::new(&[&events[1], &events[2], &events[0]]).wait_for(limit),
            set,
            |released| {
                assert_eq!(events.each_ref().map(Awaitable::wait0), [!released; 3]);
                assert!(events.iter().all(|event| byte(event) == 0));
            },
        );
    });
}
