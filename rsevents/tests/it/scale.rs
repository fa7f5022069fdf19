//! Many events, many threads, large groups.

use crate::allocations::allocated;
use crate::groups::{autos, group, set_each, thousands_of_threads, threads_wait_on_pairs};
use crate::limit::{LONG, limited};
use crate::random::Random;
use crate::substrate::{SET, byte, until_listened};
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::thread;
use std::time::{Duration, Instant};

/// Ten thousand of a million events pass signals between threads. The others must not change.
#[test]
fn a_million_events_take_a_million_bytes_and_any_of_them_works() {
    limited(|| {
        const THREADS: usize = 16;
        const STRIDE: usize = 100;
        let mut events = Vec::new();
        let taken = allocated(|| events = autos(1_000_000));
        assert_eq!(taken.bytes, 1_000_000);
        let (used, unused): (Vec<_>, Vec<_>) =
            events.iter().enumerate().partition(|(index, _)| index % STRIDE == 0);
        thread::scope(|s| {
            for worker in 0..THREADS {
                let used = &used;
                s.spawn(move || {
                    for (_, event) in used.iter().skip(worker).step_by(THREADS) {
                        assert!(event.wait_for(LONG));
                    }
                });
            }
            set_each(used.iter().map(|(_, event)| *event));
        });
        assert!(used.iter().all(|(_, event)| byte(*event) == 0));
        assert!(unused.iter().all(|(_, event)| byte(*event) == 0));
    });
}

/// E-6: with this many events, every queue, bucket and shard is shared.
#[test]
fn twenty_thousand_events_in_groups() {
    limited(|| {
        const EACH: usize = 5000;
        let events = autos(4 * EACH);
        let gate = ManualResetEvent::default();
        let mut order = events.iter().collect::<Vec<_>>();
        for round in 0..3 {
            Random::new(round).shuffle(&mut order);
            thread::scope(|s| {
                for part in events.chunks(EACH) {
                    let gate = &gate;
                    s.spawn(move || {
                        let mut group = group(part);
                        group.push(gate);
                        assert!(WaitAll::new(&group).wait_for(LONG));
                    });
                    until_listened(&part[EACH - 1]);
                }
                set_each(order.iter().copied());
                assert!(events.iter().all(AutoResetEvent::is_set));
                gate.pulse();
                assert!(!events.iter().any(AutoResetEvent::is_set));
            });
        }
        assert!(events.iter().all(|event| byte(event) == 0));
    });
}

#[test]
fn a_thousand_events_in_one_group() {
    limited(|| {
        const LEN: usize = 1000;
        let events = autos(LEN);
        let group = group(&events);
        let in_order = (0..LEN).collect::<Vec<_>>();
        let mut order = in_order.clone();
        Random::new(1).shuffle(&mut order);
        thread::scope(|s| {
            let any = s.spawn(|| {
                let any = WaitAny::new(&group);
                (0..LEN).map(|_| any.try_wait_for(LONG).unwrap()).collect::<Vec<_>>()
            });
            set_each(order.iter().map(|index| &events[*index]));
            let mut received = any.join().unwrap();
            received.sort_unstable();
            assert_eq!(received, in_order);

            let all = s.spawn(|| WaitAll::new(&group).wait_for(LONG));
            set_each(order.iter().map(|index| &events[*index]));
            assert!(all.join().unwrap());
        });
        assert!(events.iter().all(|event| byte(event) == 0));
    });
}

/// Not with the thread sanitizer, which does not support this many threads.
#[test]
fn thousands_of_threads_each_wait_for_any_of_a_pair() {
    limited(|| {
        threads_wait_on_pairs(thousands_of_threads());
    });
}

/// Returns the best time for many group waits and signals on three own events.
fn cost_of_a_group_wait() -> Duration {
    let (unset, last) = (AutoResetEvent::default(), AutoResetEvent::default());
    let set = ManualResetEvent::new(EventState::Set);
    let batch = || {
        let start = Instant::now();
        for _ in 0..200 {
            assert!(WaitAny::new(&[&unset, &last]).try_wait0().is_err());
            assert!(!WaitAll::new(&[&set, &last]).wait_for(Duration::from_nanos(1)));
            assert_eq!(WaitAny::new(&[&unset, &set]).try_wait0(), Ok(1));
        }
        start.elapsed()
    };
    (0..20).map(|_| batch()).min().expect("there are twenty")
}

/// An operation on one event does not take longer while groups wait on a hundred thousand other
/// events.
#[test]
fn the_cost_of_a_group_wait_does_not_grow_with_other_groups() {
    limited(|| {
        let alone = cost_of_a_group_wait();
        let events = autos(100_000);
        thread::scope(|s| {
            s.spawn(|| WaitAny::new(&group(&events)).try_wait_for(LONG).unwrap());
            until_listened(&events[events.len() - 1]);
            let among_many = cost_of_a_group_wait();
            events[0].set();
            assert!(among_many < 10 * alone, "{among_many:?} instead of {alone:?}");
        });
    });
}

#[test]
fn a_group_of_one_event_a_thousand_times() {
    let (set, unset) = (ManualResetEvent::new(EventState::Set), ManualResetEvent::default());
    let mut group: Vec<&dyn Event> = vec![&set; 1000];
    assert_eq!(WaitAny::new(&group).wait(), 0);
    assert!(WaitAll::new(&group).wait0());
    group.push(&unset);
    assert!(!WaitAll::new(&group).wait_for(Duration::from_micros(1)));
    group.rotate_right(1);
    assert_eq!(WaitAny::new(&group).wait(), 1);
    assert_eq!((byte(&set), byte(&unset)), (SET, 0));
}
