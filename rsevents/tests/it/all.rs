//! `WaitAll`: waits for all of several events.

use crate::groups::{autos, group, set_each};
use crate::limit::{LONG, limited};
use crate::substrate::{LISTENED, SET, byte, until_listened};
use rsevents::{
    AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, TimeoutError, WaitAll, WaitAny,
};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn it_takes_all_signals_or_none() {
    for len in [1, 2, 3, 8, 9, 100] {
        let events = autos(len);
        set_each(&events);
        let group = group(&events);
        let all = WaitAll::new(&group);
        for missing in &events {
            missing.reset();
            assert!(!all.wait0());
            assert_eq!(events.iter().filter(|event| !event.is_set()).count(), 1);
            missing.set();
        }
        assert!(all.wait0());
        assert!(events.iter().all(|event| byte(event) == 0));
        assert!(!all.wait0());
    }
}

#[test]
fn every_form_of_wait_works() {
    let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::new(EventState::Set));
    let group: [&dyn Event; 2] = [&auto, &manual];
    let all = WaitAll::new(&group);
    let set = || {
        auto.set();
        &all
    };
    set().wait();
    assert_eq!(set().try_wait(), Ok(()));
    assert_eq!(set().try_wait0(), Ok(()));
    assert_eq!(set().try_wait_for(Duration::MAX), Ok(()));
    assert_eq!(set().try_wait_until(Instant::now()), Ok(()));
    assert!(set().wait0());
    assert!(set().wait_for(Duration::ZERO));
    assert!(set().wait_until(Instant::now()));
    assert_eq!(all.try_wait0(), Err(TimeoutError));
    assert_eq!(all.try_wait_for(Duration::from_micros(1)), Err(TimeoutError));
    assert_eq!(all.try_wait_until(Instant::now()), Err(TimeoutError));
    assert_eq!((byte(&auto), byte(&manual)), (0, SET));
}

/// P-21
#[test]
fn no_events_are_all_set() {
    let all = WaitAll::new(&[]);
    all.wait();
    assert!(all.wait0() && all.wait_for(Duration::ZERO) && all.wait_until(Instant::now()));
}

/// P-21
#[test]
#[should_panic(expected = "same auto-reset event twice")]
fn an_auto_reset_event_must_not_occur_twice() {
    let (event, other) = (Arc::new(AutoResetEvent::default()), ManualResetEvent::default());
    let _refused = WaitAll::new(&[&event, &other, &*event]);
}

/// P-21
#[test]
#[should_panic(expected = "same auto-reset event twice")]
fn an_auto_reset_event_must_not_occur_twice_among_many() {
    let events = autos(100);
    let mut group = group(&events);
    group.push(&events[50]);
    let _refused = WaitAll::new(&group);
}

/// P-21
#[test]
fn a_manual_reset_event_may_occur_twice() {
    limited(|| {
        let (manual, auto) = (ManualResetEvent::default(), AutoResetEvent::new(EventState::Set));
        let mut group: Vec<&dyn Event> = vec![&manual; 40];
        group.insert(20, &auto);
        for len in [22, 41] {
            let all = WaitAll::new(&group[..len]);
            assert!(!all.wait0() && !all.wait_for(Duration::from_micros(1)));
            thread::scope(|s| {
                let waiter = s.spawn(|| all.wait_for(LONG));
                until_listened(&auto);
                manual.set();
                assert!(!auto.is_set());
                assert!(waiter.join().unwrap());
            });
            auto.set();
            assert!(all.wait0());
            auto.set();
            manual.reset();
        }
        assert_eq!((byte(&manual), byte(&auto)), (0, SET));
    });
}

/// Any event may be the last. The entries are on the stack or, for larger groups, in an allocation.
#[test]
fn the_last_set_releases_it_and_hands_everything_over() {
    limited(|| {
        for len in [1, 2, 8, 9, 33] {
            let events = autos(len);
            let group = group(&events);
            for last in &events {
                thread::scope(|s| {
                    let waiter = s.spawn(|| WaitAll::new(&group).wait_for(LONG));
                    until_listened(&events[len - 1]);
                    let others = events.iter().filter(|event| !std::ptr::eq(*event, last));
                    set_each(others);
                    last.set();
                    // The waiter has all signals, though it may still be asleep.
                    assert!(!events.iter().any(Awaitable::wait0));
                    assert!(waiter.join().unwrap());
                });
                assert!(events.iter().all(|event| byte(event) == 0));
            }
        }
    });
}

/// P-2: a peer takes the first signal, and then cannot give it back.
#[test]
fn a_waiting_group_leaves_signals_to_others() {
    limited(|| {
        let events = autos(2);
        thread::scope(|s| {
            let waiter = s.spawn(|| WaitAll::new(&[&events[0], &events[1]]).wait_for(LONG));
            until_listened(&events[1]);
            events[0].set();
            assert!(events[0].is_set());
            assert!(events[0].wait0());
            events[1].set();
            assert_eq!(WaitAny::new(&[&events[0], &events[1]]).try_wait0(), Ok(1));
            events[1].set();
            events[0].set();
            assert!(waiter.join().unwrap());
        });
        assert!(!events[0].is_set() && !events[1].is_set());
    });
}

/// P-2, P-9: a peer's timeout loses the signals that were there, or gives them to the wrong event.
#[test]
fn a_timed_out_wait_leaves_no_trace() {
    let events = autos(10);
    let group = group(&events);
    for (index, limit) in [0, 1, 100, 1000].into_iter().enumerate() {
        set_each(&events);
        events[index * 3].reset();
        assert!(!WaitAll::new(&group).wait_for(Duration::from_micros(limit)));
        for (at, event) in events.iter().enumerate() {
            assert_eq!(byte(event), if at == index * 3 { 0 } else { SET });
        }
    }
}

/// P-2: a peer's wait succeeds though the events were never set at the same time.
#[test]
fn all_means_at_one_instant() {
    limited(|| {
        let (first, last) = (ManualResetEvent::default(), AutoResetEvent::default());
        thread::scope(|s| {
            let waiter = s.spawn(|| WaitAll::new(&[&first, &last]).wait_for(LONG));
            until_listened(&last);
            for _ in 0..100 {
                first.set();
                first.reset();
                last.set();
                assert!(last.is_set(), "it is not given to a group that lacks the other");
                last.reset();
            }
            assert!(!waiter.is_finished());
            last.set();
            first.set();
            assert!(!last.is_set());
            assert!(waiter.join().unwrap());
        });
    });
}

/// Two events take turns at being set, and are never set together.
#[test]
fn events_that_alternate_are_never_all_set() {
    limited(|| {
        let events = [(); 2].map(|()| ManualResetEvent::default());
        let stop = AtomicBool::new(false);
        thread::scope(|s| {
            s.spawn(|| {
                while !stop.load(Relaxed) {
                    for event in &events {
                        event.set();
                        event.reset();
                    }
                }
            });
            let group = group(&events);
            let all = WaitAll::new(&group);
            let waits =
                (0..10_000).filter(|_| all.wait0() || all.wait_for(Duration::from_micros(5)));
            let succeeded = waits.count();
            stop.store(true, Relaxed);
            assert_eq!(succeeded, 0);
        });
    });
}

/// A `WaitAll` takes its signals at one instant. If one signal is seen gone, all are gone, and the
/// set that completed the group is seen. The group is large, to make half-taken states likely.
#[test]
fn nobody_sees_it_take_its_signals_one_by_one() {
    limited(|| {
        const ROUNDS: usize = 100;
        let events = autos(1000);
        let (first, last) = (&events[0], &events[999]);
        let completing = ManualResetEvent::default();
        let mut group = group(&events);
        group.push(&completing);
        let barrier = Barrier::new(2);
        let halfway = |look: &(dyn Fn() -> bool + Sync)| {
            let seen = (0..ROUNDS).filter(|_| {
                barrier.wait();
                while first.is_set() {
                    spin_loop();
                }
                let seen = look();
                barrier.wait();
                seen
            });
            seen.count()
        };
        let looks: [&(dyn Fn() -> bool + Sync); 4] =
            [&|| last.is_set(), &|| !completing.is_set(), &|| !completing.wait0(), &|| {
                WaitAny::new(&[last, &completing]).try_wait0() != Ok(1)
            }];
        thread::scope(|s| {
            s.spawn(|| {
                for _ in 0..looks.len() * ROUNDS {
                    completing.reset();
                    set_each(&events);
                    thread::scope(|s| {
                        let waiter = s.spawn(|| WaitAll::new(&group).wait_for(LONG));
                        until_listened(&completing);
                        barrier.wait();
                        completing.set();
                        barrier.wait();
                        assert!(waiter.join().unwrap());
                    });
                }
            });
            assert_eq!(looks.map(halfway), [0; 4]);
        });
    });
}

/// P-2: crossed waits neither deadlock nor share the signals out.
#[test]
fn waits_in_opposite_order_neither_deadlock_nor_split() {
    limited(|| {
        const ROUNDS: usize = 2000;
        let forks = autos(2);
        set_each(&forks);
        let holders = AtomicUsize::new(0);
        let eat = |first: &AutoResetEvent, second: &AutoResetEvent| {
            for _ in 0..ROUNDS {
                WaitAll::new(&[first, second]).wait();
                assert_eq!(holders.fetch_add(1, Relaxed), 0);
                holders.fetch_sub(1, Relaxed);
                first.set();
                second.set();
            }
        };
        thread::scope(|s| {
            s.spawn(|| eat(&forks[0], &forks[1]));
            s.spawn(|| eat(&forks[1], &forks[0]));
        });
        assert!(forks.iter().all(|fork| byte(fork) == SET));
    });
}

/// Five philosophers. Each wants two forks that its neighbours want, too.
#[test]
fn philosophers_dine() {
    limited(|| {
        const ROUNDS: usize = 500;
        let forks = autos(5);
        set_each(&forks);
        let in_use = [(); 5].map(|()| AtomicBool::new(false));
        thread::scope(|s| {
            for left in 0..5 {
                let (forks, in_use) = (&forks, &in_use);
                s.spawn(move || {
                    let mine = [left, (left + 1) % 5];
                    for _ in 0..ROUNDS {
                        WaitAll::new(&[&forks[mine[0]], &forks[mine[1]]]).wait();
                        assert!(mine.iter().all(|fork| !in_use[*fork].swap(true, Relaxed)));
                        thread::yield_now();
                        assert!(mine.iter().all(|fork| in_use[*fork].swap(false, Relaxed)));
                        set_each(mine.map(|fork| &forks[fork]));
                    }
                });
            }
        });
        assert!(forks.iter().all(|fork| byte(fork) == SET));
    });
}

/// A set of a manual-reset event completes every group that has the rest of its events.
#[test]
fn one_set_completes_several_groups() {
    limited(|| {
        let gate = ManualResetEvent::default();
        let (own, shared) = (autos(4), AutoResetEvent::default());
        thread::scope(|s| {
            // The first two groups want the same signal, of which there is one. The last group
            // lacks its own.
            let waiters = [0, 1, 2, 3].map(|index: usize| {
                let (gate, own, shared) = (&gate, &own[index], &shared);
                let waiter = s.spawn(move || match index {
                    0 | 1 => WaitAll::new(&[gate, shared, own]).wait_for(LONG),
                    _ => WaitAll::new(&[gate, own]).wait_for(LONG),
                });
                until_listened(own);
                waiter
            });
            set_each(&own[..3]);
            shared.set();
            gate.set();
            let are_set = [&own[0], &own[1], &own[2], &shared].map(AutoResetEvent::is_set);
            assert_eq!(are_set, [false, true, false, false], "first come, first served");
            shared.set();
            own[3].set();
            assert!(waiters.into_iter().all(|waiter| waiter.join().unwrap()));
        });
        assert!(own.iter().all(|event| byte(event) == 0));
        assert_eq!((byte(&gate), byte(&shared)), (SET, 0));
    });
}

/// A set completes a group while another thread resets one of the group's events. The group takes
/// everything, or it keeps waiting.
#[test]
fn a_reset_of_a_member_comes_before_or_after_completion() {
    limited(|| {
        const ROUNDS: usize = 1000;
        let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
        let barrier = Barrier::new(2);
        thread::scope(|s| {
            s.spawn(|| {
                for _ in 0..ROUNDS {
                    barrier.wait();
                    auto.reset();
                    barrier.wait();
                }
            });
            for _ in 0..ROUNDS {
                auto.set();
                thread::scope(|s| {
                    let waiter = s.spawn(|| WaitAll::new(&[&auto, &manual]).wait_for(LONG));
                    until_listened(&manual);
                    barrier.wait();
                    manual.set();
                    barrier.wait();
                    assert!(!auto.is_set());
                    if byte(&manual) & LISTENED != 0 {
                        auto.set();
                        assert!(!auto.is_set());
                    }
                    assert!(waiter.join().unwrap());
                });
                manual.reset();
            }
        });
        assert_eq!((byte(&auto), byte(&manual)), (0, 0));
    });
}
