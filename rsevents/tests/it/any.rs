//! `WaitAny`: waits for any of several events.

use crate::groups::{autos, group, set_each};
use crate::limit::{LONG, limited, until};
use crate::random::Random;
use crate::substrate::{SET, byte, until_listened, until_parked};
use rsevents::{
    AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, TimeoutError, WaitAll, WaitAny,
};
use std::hint::spin_loop;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

const TIMED_OUT: Result<usize, TimeoutError> = Err(TimeoutError);

#[test]
fn it_yields_the_index_of_the_event_that_is_set() {
    let events = autos(100);
    let group = group(&events);
    let any = WaitAny::new(&group);
    assert_eq!(any.try_wait0(), TIMED_OUT);
    for (index, event) in events.iter().enumerate() {
        event.set();
        assert_eq!(any.try_wait0(), Ok(index));
        assert_eq!(any.try_wait0(), TIMED_OUT);
    }
}

#[test]
fn every_form_of_wait_works() {
    let (never, event) = (ManualResetEvent::default(), ManualResetEvent::new(EventState::Set));
    let group: [&dyn Event; 2] = [&never, &event];
    let any = WaitAny::new(&group);
    assert_eq!(any.wait(), 1);
    assert_eq!(any.try_wait(), Ok(1));
    assert_eq!(any.try_wait0(), Ok(1));
    assert_eq!(any.try_wait_for(Duration::MAX), Ok(1));
    assert_eq!(any.try_wait_until(Instant::now()), Ok(1));
    event.reset();
    assert_eq!(any.try_wait0(), TIMED_OUT);
    assert_eq!(any.try_wait_for(Duration::from_micros(1)), TIMED_OUT);
    assert_eq!(any.try_wait_until(Instant::now() + Duration::from_micros(1)), TIMED_OUT);
}

/// P-4: a peer's single waiter takes every signal.
#[test]
fn it_takes_the_signal_with_the_smallest_index_and_no_other() {
    let events = autos(20);
    let group = group(&events);
    set_each(&events[1..]);
    for index in 1..20 {
        assert_eq!(WaitAny::new(&group).try_wait0(), Ok(index));
        assert!(!events[index].is_set());
        assert!(events[index + 1..].iter().all(AutoResetEvent::is_set));
    }
    assert_eq!(WaitAny::new(&group).try_wait0(), TIMED_OUT);
}

#[test]
fn a_manual_reset_event_stays_set() {
    let (manual, auto) = (ManualResetEvent::default(), AutoResetEvent::new(EventState::Set));
    assert_eq!(WaitAny::new(&[&manual, &auto]).wait(), 1);
    manual.set();
    auto.set();
    for _ in 0..3 {
        assert_eq!(WaitAny::new(&[&manual, &auto]).wait(), 0);
    }
    assert!(manual.is_set() && auto.is_set());
}

#[test]
fn one_event_makes_a_plain_wait() {
    let event = AutoResetEvent::new(EventState::Set);
    assert_eq!(WaitAny::new(&[&event]).wait(), 0);
    assert!(!event.wait0());
}

/// P-21
#[test]
#[should_panic(expected = "at least one event")]
fn no_events_are_refused() {
    let _refused = WaitAny::new(&[]);
}

/// P-21
#[test]
fn an_event_may_occur_twice() {
    limited(|| {
        let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
        let group: [&dyn Event; 5] = [&manual, &auto, &auto, &manual, &auto];
        let any = WaitAny::new(&group);
        assert_eq!(any.try_wait0(), TIMED_OUT);
        assert_eq!(any.try_wait_for(Duration::from_micros(1)), TIMED_OUT);
        auto.set();
        assert_eq!(any.wait(), 1);
        assert!(!auto.is_set());
        let sets: [(usize, &(dyn Fn() + Sync)); 3] =
            [(1, &|| auto.set()), (1, &|| auto.pulse()), (0, &|| manual.set())];
        for (index, set) in sets {
            thread::scope(|s| {
                let waiter = s.spawn(|| any.wait());
                until_listened(&manual);
                until_listened(&auto);
                set();
                assert_eq!(waiter.join().unwrap(), index);
            });
            assert_eq!(byte(&auto), 0);
        }
        assert_eq!(byte(&manual), SET);
    });
}

/// The entries are on the stack or, from nine events on, in an allocation.
#[test]
fn any_of_its_events_releases_it() {
    limited(|| {
        for len in [1, 2, 8, 9, 70] {
            let events = autos(len);
            let group = group(&events);
            for (index, event) in events.iter().enumerate() {
                thread::scope(|s| {
                    let waiter = s.spawn(|| WaitAny::new(&group).try_wait_for(LONG));
                    until_listened(&events[len - 1]);
                    event.set();
                    assert!(!event.wait0(), "the signal is the waiter's");
                    assert_eq!(waiter.join().unwrap(), Ok(index));
                });
            }
            assert!(events.iter().all(|event| byte(event) == 0));
        }
    });
}

/// P-4: there is one waiter, and two signals arrive together.
#[test]
fn it_never_swallows_two_signals() {
    limited(|| {
        const ROUNDS: usize = 2000;
        let events = autos(2);
        let barrier = Barrier::new(3);
        thread::scope(|s| {
            for event in &events {
                let barrier = &barrier;
                s.spawn(move || {
                    for _ in 0..ROUNDS {
                        barrier.wait();
                        event.set();
                        barrier.wait();
                    }
                });
            }
            for _ in 0..ROUNDS {
                barrier.wait();
                let taken = WaitAny::new(&[&events[0], &events[1]]).wait();
                barrier.wait();
                assert!(!events[taken].wait0());
                assert!(events[1 - taken].wait0());
            }
        });
    });
}

#[test]
fn two_signals_before_it_wakes_are_not_both_taken() {
    limited(|| {
        let events = autos(2);
        for _ in 0..100 {
            thread::scope(|s| {
                let waiter = s.spawn(|| WaitAny::new(&[&events[0], &events[1]]).try_wait_for(LONG));
                until_listened(&events[1]);
                events[1].set();
                events[0].set();
                assert_eq!(waiter.join().unwrap(), Ok(1));
                assert!(events[0].wait0());
            });
        }
    });
}

#[test]
fn a_timed_out_wait_leaves_no_trace() {
    let events = autos(10);
    let group = group(&events);
    for len in 1..=10 {
        let limit = Duration::from_micros(100);
        assert_eq!(WaitAny::new(&group[..len]).try_wait_for(limit), TIMED_OUT);
        assert!(events.iter().all(|event| byte(event) == 0));
    }
    set_each(&events);
    assert!(events.iter().all(Awaitable::wait0));
}

/// P-8, P-12: a waiter that leaves takes neither the others nor the signal with it.
#[test]
fn a_timed_out_wait_leaves_the_others_in_the_queue() {
    limited(|| {
        let (shared, own) = (AutoResetEvent::default(), AutoResetEvent::default());
        thread::scope(|s| {
            let waiter = s.spawn(|| WaitAny::new(&[&shared, &own]).try_wait_for(LONG));
            until_listened(&own);
            let limit = Duration::from_millis(2);
            assert_eq!(WaitAny::new(&[&shared]).try_wait_for(limit), TIMED_OUT);
            assert!(!shared.wait_for(limit));
            shared.set();
            assert_eq!(waiter.join().unwrap(), Ok(0));
        });
        assert_eq!(byte(&shared), 0);
    });
}

/// P-12: a signal that meets the first waiter's timeout goes to the second waiter.
#[test]
fn a_signal_goes_past_a_wait_that_times_out() {
    limited(|| {
        let (shared, own) = (AutoResetEvent::default(), AutoResetEvent::default());
        for micros in 0..500 {
            thread::scope(|s| {
                let shared = &shared;
                let limit = Duration::from_micros(micros);
                let hasty = s.spawn(move || WaitAny::new(&[shared]).try_wait_for(limit));
                let waiter = s.spawn(|| WaitAny::new(&[shared, &own]).try_wait_for(LONG));
                until_listened(&own);
                shared.set();
                if hasty.join().unwrap().is_ok() {
                    shared.set();
                }
                assert_eq!(waiter.join().unwrap(), Ok(0));
            });
            assert_eq!(byte(&shared), 0);
        }
    });
}

/// A group has no state, so many threads may wait on the same group.
#[test]
fn many_threads_share_a_group() {
    limited(|| {
        const THREADS: usize = 8;
        let events = autos(2);
        let group = group(&events);
        let (any, released) = (WaitAny::new(&group), AtomicUsize::new(0));
        thread::scope(|s| {
            for _ in 0..THREADS {
                s.spawn(|| {
                    any.wait();
                    released.fetch_add(1, Relaxed);
                });
            }
            for done in 1..=THREADS {
                events[done % 2].set();
                until(|| released.load(Relaxed) == done);
                assert!(!events[done % 2].is_set());
            }
        });
        assert!(events.iter().all(|event| byte(event) == 0));
    });
}

/// A manual-reset event releases its parked threads, and groups of both kinds, at one instant.
#[test]
fn a_manual_reset_event_releases_parked_threads_and_groups() {
    limited(|| {
        let (event, never) = (ManualResetEvent::default(), AutoResetEvent::default());
        let owns = [(); 3].map(|()| AutoResetEvent::default());
        for _ in 0..20 {
            thread::scope(|s| {
                let parked = [(); 3].map(|()| s.spawn(|| event.wait_for(LONG)));
                until_parked(&event, 3);
                let groups = owns.each_ref().map(|own| {
                    let (event, never) = (&event, &never);
                    let any =
                        s.spawn(move || WaitAny::new(&[never, event, own]).try_wait_for(LONG));
                    until_listened(own);
                    any
                });
                let late = s.spawn(|| event.wait_for(LONG));
                event.set();
                assert!(parked.into_iter().all(|waiter| waiter.join().unwrap()));
                assert!(groups.into_iter().all(|waiter| waiter.join().unwrap() == Ok(1)));
                assert!(late.join().unwrap());
            });
            assert_eq!(byte(&event), SET);
            event.reset();
        }
    });
}

/// An event that a group waits on works as other events do.
#[test]
fn events_that_a_group_waits_on_work_as_ever() {
    limited(|| {
        let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
        let never = AutoResetEvent::default();
        thread::scope(|s| {
            // This group wants all, so nothing below releases it.
            let waiter = s.spawn(|| WaitAll::new(&[&auto, &manual, &never]).wait_for(LONG));
            until_listened(&never);
            auto.set();
            auto.set();
            assert!(auto.is_set() && auto.wait0() && !auto.wait0() && !auto.is_set());
            auto.set();
            auto.reset();
            assert!(!auto.wait0() && !auto.wait_for(Duration::from_micros(1)));
            manual.set();
            assert!(manual.is_set() && manual.wait0() && manual.wait_for(Duration::ZERO));
            manual.reset();
            assert!(!manual.is_set() && !manual.wait0());
            manual.set();
            manual.pulse();
            assert!(!manual.wait_for(Duration::from_micros(1)));
            auto.set();
            assert_eq!(WaitAny::new(&[&manual, &auto]).try_wait0(), Ok(1));
            manual.set();
            auto.set();
            never.set();
            assert!(waiter.join().unwrap());
        });
        assert_eq!((byte(&auto), byte(&manual), byte(&never)), (0, SET, 0));
    });
}

/// A signal and the choice of the waiter that it releases are one instant. An event with a smaller
/// index that was set before must be chosen. The group is large, to make the other order likely.
#[test]
fn nobody_sees_it_choose_before_the_event_is_set() {
    limited(|| {
        const ROUNDS: usize = 500;
        let (first, chosen) = (AutoResetEvent::default(), ManualResetEvent::default());
        let mut group: Vec<&dyn Event> = vec![&chosen; 2000];
        group.insert(0, &first);
        let barrier = Barrier::new(2);
        // Sets the first event at some time. Returns whether the other event was unset afterwards.
        let set_first = |random: &mut Random| {
            barrier.wait();
            for _ in 0..random.below(3000) {
                spin_loop();
            }
            first.set();
            let before = !chosen.is_set();
            barrier.wait();
            before
        };
        let choose = || {
            thread::scope(|s| {
                let waiter = s.spawn(|| WaitAny::new(&group).wait());
                until_listened(&chosen);
                barrier.wait();
                chosen.set();
                barrier.wait();
                let index = waiter.join().unwrap();
                assert_eq!(first.wait0(), index != 0);
                chosen.reset();
                index
            })
        };
        thread::scope(|s| {
            let observer = s.spawn(|| {
                let mut random = Random::new(1);
                (0..ROUNDS).map(|_| set_first(&mut random)).collect::<Vec<_>>()
            });
            let chosen = (0..ROUNDS).map(|_| choose()).collect::<Vec<_>>();
            let wrong = observer.join().unwrap().into_iter().zip(chosen);
            let wrong = wrong.filter(|(first_came_first, index)| *first_came_first && *index != 0);
            assert_eq!(wrong.count(), 0);
        });
    });
}
