//! Models of `WaitAll`.

use crate::exploration::{LIMIT, deep_model, large_model, model, parked, running};
use loom::cell::Cell;
use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, WaitAll, WaitAny};

#[test]
fn all_sets_publish_to_the_wait() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), ManualResetEvent::default());
        let (data_a, data_b) = (Cell::new(0), Cell::new(0));
        let publish_a = || {
            data_a.set(1);
            a.set();
        };
        let publish_b = || {
            data_b.set(1);
            b.set();
        };
        running([&publish_a, &publish_b], || {
            WaitAll::new(&[&a, &b]).wait();
            assert_eq!((data_a.get(), data_b.get()), (1, 1));
        });
        assert!(!a.is_set() && b.is_set());
    });
}

#[test]
fn all_sets_publish_to_the_parked_wait() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), ManualResetEvent::default());
        let (data_a, data_b) = (Cell::new(0), Cell::new(0));
        let read = || {
            WaitAll::new(&[&a, &b]).wait();
            (data_a.get(), data_b.get())
        };
        let publish = || {
            data_a.set(1);
            a.set();
        };
        let ([read], _) = parked([&read], || {
            running([&publish], || {
                data_b.set(1);
                b.set();
            })
        });
        assert_eq!(read, (1, 1));
        assert!(!a.is_set() && b.is_set());
    });
}

#[test]
fn the_set_that_completes_a_wait_hands_all_over() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        parked([&|| WaitAll::new(&[&a, &b]).wait()], || {
            a.set();
            b.set();
            assert!(!a.wait0() && !b.wait0());
        });
        assert!(!a.is_set() && !b.is_set());
    });
}

#[test]
fn a_wait_that_registers_during_the_sets_takes_all() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        running([&|| a.set(), &|| b.set()], || WaitAll::new(&[&a, &b]).wait());
        assert!(!a.is_set() && !b.is_set());
    });
}

#[test]
fn a_timeout_takes_all_or_nothing() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let wait = || WaitAll::new(&[&a, &b]).wait_for(LIMIT);
        let ([released], _) = parked([&wait], || running([&|| a.set()], || b.set()));
        assert_eq!([a.is_set(), b.is_set()], [!released; 2]);
    });
}

#[test]
fn a_poll_takes_all_or_nothing() {
    model(|| {
        let (a, b) = (AutoResetEvent::new(EventState::Set), AutoResetEvent::default());
        let (_, released) = running([&|| b.set()], || WaitAll::new(&[&a, &b]).wait0());
        assert_eq!([a.is_set(), b.is_set()], [!released; 2]);
    });
}

/// P-2.
#[test]
fn waits_in_opposite_order_neither_deadlock_nor_split() {
    model(|| {
        let (a, b) = (AutoResetEvent::new(EventState::Set), AutoResetEvent::new(EventState::Set));
        let data = Cell::new(0);
        let change = || {
            data.set(data.get() + 1);
            a.set();
            b.set();
        };
        let other = || {
            WaitAll::new(&[&a, &b]).wait();
            change();
        };
        running([&other], || {
            WaitAll::new(&[&b, &a]).wait();
            change();
        });
        assert_eq!(data.get(), 2);
        assert!(a.is_set() && b.is_set());
    });
}

/// P-2.
#[test]
fn parked_waits_in_opposite_order_are_served_one_by_one() {
    large_model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let one = || WaitAll::new(&[&a, &b]).wait_for(LIMIT);
        let other = || WaitAll::new(&[&b, &a]).wait_for(LIMIT);
        let (released, ()) = parked([&one, &other], || {
            a.set();
            b.set();
        });
        assert_ne!(released, [true; 2]);
        let taken = released.contains(&true);
        assert_eq!([a.is_set(), b.is_set()], [!taken; 2]);
    });
}

#[test]
fn a_reset_of_a_member_comes_before_the_wait_or_after() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let wait = || WaitAll::new(&[&a, &b]).wait_for(LIMIT);
        let ([released], _) = parked([&wait], || {
            a.set();
            running([&|| a.reset()], || b.set())
        });
        assert!(!a.is_set());
        assert_ne!(released, b.is_set());
    });
}

#[test]
fn a_poll_of_a_member_or_the_wait_gets_the_signal() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let wait = || WaitAll::new(&[&a, &b]).wait_for(LIMIT);
        let ([released], ([polled], ())) = parked([&wait], || {
            a.set();
            running([&|| a.wait0()], || b.set())
        });
        assert_eq!([a.is_set(), b.is_set()], [!released && !polled, !released]);
        assert!(!(released && polled));
    });
}

#[test]
fn a_pulse_completes_the_wait_or_leaves_nothing() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let wait = || WaitAll::new(&[&a, &b]).wait_for(LIMIT);
        let ([released], _) = parked([&wait], || running([&|| a.set()], || b.pulse()));
        assert_eq!([a.is_set(), b.is_set()], [!released, false]);
    });
}

#[test]
fn a_reset_of_a_manual_reset_member_comes_before_the_wait_or_after() {
    model(|| {
        let (a, b) = (ManualResetEvent::default(), AutoResetEvent::default());
        let wait = || WaitAll::new(&[&a, &b]).wait_for(LIMIT);
        let ([released], ()) = parked([&wait], || {
            b.set();
            a.set();
            a.reset();
        });
        assert!(!a.is_set());
        assert_ne!(released, b.is_set());
    });
}

#[test]
fn a_manual_reset_event_completes_all_waits_at_once() {
    model(|| {
        let (a, b) = (ManualResetEvent::default(), ManualResetEvent::default());
        let all = || WaitAll::new(&[&a, &b]).wait();
        parked([&|| b.wait(), &all, &all], || {
            a.set();
            b.set();
            b.reset();
        });
        assert!(a.is_set() && !b.is_set());
    });
}

#[test]
fn members_may_share_a_shard() {
    model(|| {
        let events: [AutoResetEvent; 4] = std::array::from_fn(|_| AutoResetEvent::default());
        // The model has three shards, given to events in the order of their first use.
        for event in &events {
            assert!(WaitAny::new(&[event]).try_wait0().is_err());
        }
        let [a, .., b] = &events;
        let all = || WaitAll::new(&[a, b]).wait();
        let any = || assert_eq!(WaitAny::new(&[b, a]).wait(), 1);
        parked([&all, &any], || {
            a.set();
            running([&|| a.set()], || b.set());
        });
        assert!(!a.is_set() && !b.is_set());
    });
}

/// G-1: the `WaitAny` finds `a` set and marks it. Its waiter is then claimed for `x`, so the signal of
/// `a` stays. A thread that sets `b` in between must not take the mark for "unset".
#[test]
fn a_signal_that_a_wait_for_any_leaves_completes_a_wait_for_all() {
    model(|| {
        let a = AutoResetEvent::new(EventState::Set);
        let (b, x) = (AutoResetEvent::default(), AutoResetEvent::default());
        let take_and_give_back = || {
            if WaitAny::new(&[&x, &a]).wait() == 1 {
                a.set();
            }
        };
        running([&take_and_give_back, &|| WaitAll::new(&[&a, &b]).wait()], || {
            x.set();
            b.set();
        });
        assert!(!a.is_set() && !b.is_set());
    });
}

/// G-2.
#[test]
fn a_signal_that_a_wait_for_any_leaves_is_taken_once() {
    deep_model(|| {
        let a = AutoResetEvent::new(EventState::Set);
        let (b, x) = (AutoResetEvent::default(), AutoResetEvent::default());
        let any = || u32::from(WaitAny::new(&[&x, &a]).wait() == 1) + u32::from(a.wait0());
        let all = || u32::from(WaitAll::new(&[&a, &b]).wait_for(LIMIT));
        let (taken, ()) = running([&any, &all], || {
            x.set();
            b.set();
        });
        assert_eq!(taken.iter().sum::<u32>() + u32::from(a.wait0()), 1);
    });
}
