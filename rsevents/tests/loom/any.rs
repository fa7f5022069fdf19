//! Models of `WaitAny`.

use crate::exploration::{LIMIT, model, parked, running};
use loom::cell::Cell;
use rsevents::{
    AutoResetEvent, Awaitable, EventState, ManualResetEvent, TimeoutError, WaitAll, WaitAny,
};

#[test]
fn a_set_publishes_to_the_wait_it_releases() {
    model(|| {
        let (a, b, data) = (AutoResetEvent::default(), AutoResetEvent::default(), Cell::new(0));
        let publish = || {
            data.set(1);
            b.set();
        };
        running([&publish], || {
            assert_eq!(WaitAny::new(&[&a, &b]).wait(), 1);
            assert_eq!(data.get(), 1);
        });
        assert!(!a.is_set() && !b.is_set());
    });
}

#[test]
fn a_set_of_a_manual_reset_event_publishes_to_the_wait_that_finds_it() {
    model(|| {
        let (a, b, data) = (AutoResetEvent::default(), ManualResetEvent::default(), Cell::new(0));
        let publish = || {
            data.set(1);
            b.set();
        };
        running([&publish], || {
            assert_eq!(WaitAny::new(&[&a, &b]).wait(), 1);
            assert_eq!(data.get(), 1);
        });
        assert!(!a.is_set() && b.is_set());
    });
}

#[test]
fn a_set_of_the_first_event_publishes_to_the_wait_it_releases() {
    model(|| {
        let (a, b, data) = (ManualResetEvent::default(), AutoResetEvent::default(), Cell::new(0));
        let publish = || {
            data.set(1);
            a.set();
        };
        running([&publish], || {
            assert_eq!(WaitAny::new(&[&a, &b]).wait(), 0);
            assert_eq!(data.get(), 1);
        });
        assert!(a.is_set() && !b.is_set());
    });
}

#[test]
fn a_set_publishes_to_the_parked_wait_it_releases() {
    model(|| {
        let (a, b, data) = (ManualResetEvent::default(), AutoResetEvent::default(), Cell::new(0));
        let read = || (WaitAny::new(&[&a, &b]).wait(), data.get());
        let ([read], ()) = parked([&read], || {
            data.set(1);
            b.set();
            assert!(!b.wait0(), "the signal has been handed over");
        });
        assert_eq!(read, (1, 1));
    });
}

#[test]
fn the_smallest_index_wins() {
    model(|| {
        let a = AutoResetEvent::new(EventState::Set);
        let b = AutoResetEvent::new(EventState::Set);
        let ([first], second) = running([&|| WaitAny::new(&[&a, &b]).wait()], || {
            let second = b.wait0();
            a.set();
            second
        });
        // `a` was set the whole time until this wait took it.
        assert_eq!((first, second), (0, true));
    });
}

/// P-4.
#[test]
fn one_wait_takes_one_signal() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let (_, index) = running([&|| a.set(), &|| b.set()], || WaitAny::new(&[&a, &b]).wait());
        assert_eq!([a.is_set(), b.is_set()], [index != 0, index != 1]);
    });
}

/// P-4.
#[test]
fn one_parked_wait_takes_one_signal() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let wait = || WaitAny::new(&[&a, &b]).wait();
        let ([index], _) = parked([&wait], || running([&|| a.set()], || b.set()));
        assert_eq!([a.is_set(), b.is_set()], [index != 0, index != 1]);
    });
}

/// P-3.
#[test]
fn a_timeout_that_meets_sets_loses_no_signal() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let wait = || WaitAny::new(&[&a, &b]).try_wait_for(LIMIT);
        let ([released], _) = parked([&wait], || running([&|| a.set()], || b.set()));
        assert_eq!([a.is_set(), b.is_set()], [released != Ok(0), released != Ok(1)]);
    });
}

/// P-5.
#[test]
fn a_poll_that_meets_a_set_loses_no_signal() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let (_, polled) = running([&|| b.set()], || WaitAny::new(&[&a, &b]).try_wait0());
        assert_eq!(polled, if b.is_set() { Err(TimeoutError) } else { Ok(1) });
    });
}

#[test]
fn two_waits_share_two_signals() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let ([one, other], ()) = parked(
            [&|| WaitAny::new(&[&a, &b]).wait(), &|| 1 - WaitAny::new(&[&b, &a]).wait()],
            || {
                b.set();
                a.set();
            },
        );
        assert_eq!((one, other), (1, 0), "first come, first served");
        assert!(!a.is_set() && !b.is_set());
    });
}

#[test]
fn two_waits_in_opposite_order_share_two_signals() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::new(EventState::Set));
        running([&|| WaitAny::new(&[&a, &b]).wait()], || {
            a.set();
            WaitAny::new(&[&b, &a]).wait();
        });
        assert!(!a.is_set() && !b.is_set());
    });
}

/// P-12.
#[test]
fn a_timeout_passes_the_signal_on() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let hasty = || {
            if WaitAny::new(&[&b, &a]).try_wait_for(LIMIT).is_ok() {
                a.set();
            }
        };
        parked([&hasty, &|| a.wait()], || a.set());
        assert!(!a.is_set());
    });
}

#[test]
fn a_manual_reset_event_releases_all_waits_and_stays_set() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), ManualResetEvent::default());
        let any = || assert_eq!(WaitAny::new(&[&a, &b]).wait(), 1);
        parked([&any], || running([&|| b.wait()], || b.set()));
        assert!(b.is_set());
    });
}

/// Runs `body` while another thread listens to `event`, whose signals it does not take until the
/// end. (Without listeners, a `set` acquires nothing. What follows it would not be ordered after
/// what others did with the event before.)
fn listened<R>(event: &AutoResetEvent, body: impl FnOnce() -> R) -> R {
    let never = AutoResetEvent::default();
    let (_, result) = parked([&|| WaitAll::new(&[event, &never]).wait()], || {
        let result = body();
        event.set();
        never.set();
        result
    });
    result
}

/// A signal and the choice of the waiter that it releases are one instant.
#[test]
fn nobody_sees_a_wait_choose_before_the_event_is_set() {
    model(|| {
        let (first, chosen) = (AutoResetEvent::default(), ManualResetEvent::default());
        let any = || WaitAny::new(&[&first, &chosen]).wait();
        let ([index], first_came_first) = parked([&any], || {
            listened(&first, || {
                let set_first = || {
                    first.set();
                    !chosen.is_set()
                };
                running([&|| chosen.set()], set_first).1
            })
        });
        assert!(index == 0 || !first_came_first);
    });
}

/// The choice of a wait and the taking of its signal are one instant.
#[test]
fn nobody_sees_a_signal_that_a_wait_has_chosen() {
    model(|| {
        let (first, chosen) = (AutoResetEvent::default(), AutoResetEvent::new(EventState::Set));
        let any = || WaitAny::new(&[&first, &chosen]).wait();
        let ([index], there) = listened(&first, || {
            running([&any], || {
                first.set();
                chosen.is_set()
            })
        });
        assert!(index == 0 || !there);
    });
}

/// A manual-reset event releases all of its waits at one instant.
#[test]
fn nobody_sees_one_wait_released_before_another() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let both = ManualResetEvent::default();
        let one = || WaitAny::new(&[&a, &both]).wait();
        let other = || WaitAny::new(&[&b, &both]).wait();
        let ([one, other], _) = parked([&one, &other], || {
            running([&|| both.set()], || {
                a.set();
                b.set();
            })
        });
        assert!(one == 0 || other == 1, "{one}, {other}: `a` was set before `b`");
    });
}

/// No thread waits in a poll, so a pulse does not release it.
#[test]
fn a_poll_takes_no_pulse() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), ManualResetEvent::default());
        let pulse = || {
            a.pulse();
            b.pulse();
        };
        let poll = || WaitAny::new(&[&b, &a]).try_wait0();
        assert_eq!(running([&pulse], poll).1, Err(TimeoutError));
        assert!(!a.is_set() && !b.is_set());
    });
}

#[test]
fn a_poll_is_not_in_the_way_of_a_waiter() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        parked([&|| WaitAny::new(&[&a, &b]).wait()], || {
            let poll = || assert!(WaitAny::new(&[&b, &a]).try_wait0().is_err());
            running([&poll], || b.pulse())
        });
        assert!(!a.is_set() && !b.is_set());
    });
}

/// A failed poll saw all events unset at one instant.
#[test]
fn a_poll_is_one_instant() {
    model(|| {
        let (a, b) = (ManualResetEvent::default(), ManualResetEvent::new(EventState::Set));
        let swap = || {
            a.set();
            b.reset();
        };
        let (_, found) = running([&swap], || WaitAny::new(&[&a, &b]).try_wait0());
        assert!(found.is_ok());
    });
}
