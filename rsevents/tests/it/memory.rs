//! What is allocated, and that nothing is kept.
//!
//! * A set allocates nothing.
//! * A wait for few events allocates nothing, and a wait for more allocates one block.
//! * A group wait with a timeout allocates one block more.

use crate::allocations::{Allocated, allocated};
use crate::groups::{autos, group, set_each, thousands_of_threads, threads_wait_on_pairs};
use crate::limit::{LONG, limited};
use crate::substrate::{byte, until_listened, until_parked};
use rsevents::{AutoResetEvent, Awaitable, ManualResetEvent, WaitAll, WaitAny, without_spinning};
use std::thread;
use std::time::{Duration, Instant};

const NOTHING: Allocated = Allocated { count: 0, bytes: 0 };

/// Returns what `action` allocates, as the median of several attempts. The tables of parked threads
/// and of listeners now and then grow or shrink, and the thread that causes this pays for it. Other
/// tests use these tables, too.
fn usually(action: impl Fn()) -> Allocated {
    let mut attempts = [(); 11].map(|()| allocated(&action));
    attempts.sort_by_key(|attempt| (attempt.count, attempt.bytes));
    attempts[attempts.len() / 2]
}

/// P-10: a peer keeps each wait in memory forever.
#[test]
fn a_million_polls_leave_memory_constant() {
    let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
    let polls = allocated(|| {
        for _ in 0..1_000_000 {
            assert!(!auto.wait0() && !manual.wait_for(Duration::ZERO));
        }
    });
    assert_eq!(polls, NOTHING);
}

/// P-10
#[test]
fn a_million_polls_of_groups_leave_memory_constant() {
    let events = autos(3);
    let group = group(&events);
    let polls = usually(|| {
        for _ in 0..100_000 {
            assert!(WaitAny::new(&group).try_wait0().is_err());
            assert!(!WaitAll::new(&group).wait0());
        }
    });
    assert_eq!(polls, NOTHING);
    assert!(events.iter().all(|event| byte(event) == 0));
}

/// P-10
#[test]
fn waits_that_time_out_leave_memory_constant() {
    let events = autos(20);
    let group = group(&events);
    // Longer than a wait spins.
    let limit = Duration::from_micros(200);
    let waits = usually(|| {
        for _ in 0..50 {
            assert!(!events[0].wait_for(limit));
            assert!(WaitAny::new(&group).try_wait_for(limit).is_err());
            assert!(!WaitAll::new(&group).wait_for(limit));
        }
    });
    assert_eq!(waits.bytes, 0);
}

#[test]
fn a_set_allocates_nothing() {
    limited(|| {
        let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
        let (member, completing) = (AutoResetEvent::default(), ManualResetEvent::default());
        let attempt = || {
            thread::scope(|s| {
                let parked = [(); 20].map(|()| s.spawn(|| manual.wait_for(LONG)));
                let plain = s.spawn(|| auto.wait_for(LONG));
                until_parked(&manual, 20);
                until_parked(&auto, 1);
                let any = s.spawn(|| WaitAny::new(&[&auto, &manual]).try_wait_for(LONG));
                until_listened(&manual);
                let all = s.spawn(|| WaitAll::new(&[&member, &completing]).wait_for(LONG));
                until_listened(&completing);
                let signals = allocated(|| {
                    member.set();
                    completing.set();
                    completing.reset();
                    auto.set();
                    manual.set();
                    manual.set();
                    manual.reset();
                    manual.pulse();
                    auto.pulse();
                });
                assert!(parked.into_iter().all(|waiter| waiter.join().unwrap()));
                assert!(plain.join().unwrap() && all.join().unwrap());
                assert_eq!(any.join().unwrap(), Ok(1));
                signals
            })
        };
        assert!((0..5).any(|_| attempt() == NOTHING));
    });
}

#[test]
fn a_set_allocates_nothing_while_listeners_leave() {
    limited(|| assert_eq!(threads_wait_on_pairs(thousands_of_threads() / 5).count, 0));
}

/// One block, because the wait may time out before its wake-up arrives. Many events need another.
#[test]
fn a_wait_with_a_limit_allocates_one_block_and_for_many_events_two() {
    let events = autos(200);
    let group = group(&events);
    let limit = Duration::from_micros(200);
    for (len, blocks) in [(1, 1), (2, 1), (8, 1), (9, 2), (200, 2)] {
        let (any, all) = (WaitAny::new(&group[..len]), WaitAll::new(&group[..len]));
        let any = usually(|| assert!(without_spinning(|| any.try_wait_for(limit)).is_err()));
        let all = usually(|| assert!(!without_spinning(|| all.wait_for(limit))));
        assert_eq!((any.count, all.count), (blocks, blocks));
        assert_eq!((any.bytes, all.bytes), (0, 0));
    }
    assert_eq!(usually(|| assert!(!events[0].wait_for(limit))), NOTHING);
}

/// Looking for an event that occurs twice takes one block, or none.
#[test]
fn a_group_is_made_without_allocations_of_few_events_and_with_one_of_many() {
    let events = autos(200);
    let group = group(&events);
    for (len, expected) in [(1, 0), (8, 0), (32, 0), (33, 1), (200, 1)] {
        let made = allocated(|| {
            let (_any, _all) = (WaitAny::new(&group[..len]), WaitAll::new(&group[..len]));
        });
        assert!(made.count <= expected, "{made:?} for {len}");
    }
}

#[test]
fn a_wait_without_a_limit_allocates_nothing_and_for_many_events_one_block() {
    limited(|| {
        let events = autos(9);
        let group = group(&events);
        for (len, blocks) in [(2, 0), (8, 0), (9, 1)] {
            let (any, all) = (WaitAny::new(&group[..len]), WaitAll::new(&group[..len]));
            let waits = || {
                usually(|| {
                    any.wait();
                    all.wait();
                })
            };
            let waits_with_a_limit = || {
                usually(|| {
                    assert!(any.try_wait_for(LONG).is_ok());
                    assert!(all.wait_for(LONG));
                })
            };
            let waits: [(&(dyn Fn() -> Allocated + Sync), usize); 2] =
                [(&waits, blocks), (&waits_with_a_limit, blocks + 1)];
            for (waits, blocks) in waits {
                thread::scope(|s| {
                    let waiter = s.spawn(waits);
                    while !waiter.is_finished() {
                        set_each(&events[..len]);
                        thread::yield_now();
                    }
                    assert!(waiter.join().unwrap().count <= 2 * blocks);
                });
                events.iter().for_each(AutoResetEvent::reset);
            }
        }
    });
}

/// A wait needs no memory except its own entries, however many events other waits are for.
#[test]
fn memory_for_many_listeners_is_given_back() {
    let events = autos(100_000);
    let group = group(&events);
    let limit = Duration::from_millis(50);
    let wait = usually(|| assert!(WaitAny::new(&group).try_wait_for(limit).is_err()));
    assert_eq!((wait.count, wait.bytes), (2, 0));
    assert!(events.iter().all(|event| byte(event) == 0));
}

#[test]
fn a_poll_allocates_nothing() {
    let events = autos(1000);
    let group = group(&events);
    // The parking lot allocates when a thread parks at a contended lock for the first time.
    let poll = usually(|| {
        assert!(WaitAny::new(&group).try_wait0().is_err());
        assert!(WaitAny::new(&group).try_wait_until(Instant::now()).is_err());
        events[999].set();
        assert_eq!(WaitAny::new(&group).try_wait0(), Ok(999));
    });
    assert_eq!(poll, NOTHING);
    assert!(events.iter().all(|event| byte(event) == 0));
}
