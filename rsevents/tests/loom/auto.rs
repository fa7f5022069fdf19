//! Models of auto-reset events.

use crate::exploration::{LIMIT, model, parked, running};
use loom::cell::Cell;
use loom::sync::atomic::{AtomicU32, Ordering::Relaxed};
use rsevents::{AutoResetEvent, Awaitable, EventState};

#[test]
fn a_set_publishes_to_the_wait_it_releases() {
    model(|| {
        let (event, data) = (AutoResetEvent::default(), Cell::new(0));
        let publish = || {
            data.set(1);
            event.set();
        };
        running([&publish], || {
            event.wait();
            assert_eq!(data.get(), 1);
        });
        assert!(!event.is_set());
    });
}

#[test]
fn a_set_publishes_to_the_thread_it_is_handed_to() {
    model(|| {
        let (event, data) = (AutoResetEvent::default(), Cell::new(0));
        let read = || {
            event.wait();
            data.get()
        };
        let ([read], ()) = parked([&read], || {
            data.set(1);
            event.set();
        });
        assert_eq!(read, 1);
        assert!(!event.is_set());
    });
}

#[test]
fn a_set_publishes_to_a_poll_and_to_a_look() {
    model(|| {
        let (event, data) = (AutoResetEvent::default(), Cell::new(0));
        let publish = || {
            data.set(1);
            event.set();
        };
        let (_, polled) = running([&publish], || {
            if event.is_set() {
                assert_eq!(data.get(), 1);
            }
            let polled = event.wait0();
            if polled {
                assert_eq!(data.get(), 1);
            }
            polled
        });
        assert_ne!(polled, event.is_set());
    });
}

#[test]
fn sets_that_coalesce_all_publish() {
    model(|| {
        let event = AutoResetEvent::default();
        let data = [AtomicU32::new(0), AtomicU32::new(0)];
        let publish = |i: usize| {
            data[i].store(1, Relaxed);
            event.set();
        };
        let (_, seen) = running([&|| publish(0), &|| publish(1)], || {
            event.wait();
            [data[0].load(Relaxed), data[1].load(Relaxed)]
        });
        if !event.is_set() {
            assert_eq!(seen, [1, 1], "both sets went into the signal that was taken");
        }
    });
}

/// one set takes the slow path, because it saw a thread that has left since.
#[test]
fn sets_that_coalesce_after_a_timeout_all_publish() {
    model(|| {
        let event = AutoResetEvent::default();
        let data = [AtomicU32::new(0), AtomicU32::new(0)];
        let publish = |i: usize| {
            data[i].store(1, Relaxed);
            event.set();
        };
        let ([released], (_, seen)) = parked([&|| event.wait_for(LIMIT)], || {
            running([&|| publish(0)], || {
                publish(1);
                event.wait0().then(|| [data[0].load(Relaxed), data[1].load(Relaxed)])
            })
        });
        let signals_left = usize::from(event.is_set());
        if let (false, Some(seen), 0) = (released, seen, signals_left) {
            assert_eq!(seen, [1, 1], "both sets went into the signal that was taken");
        }
        assert!(1 <= signals_left + usize::from(released) + usize::from(seen.is_some()));
    });
}

#[test]
fn one_signal_is_for_one_poll() {
    model(|| {
        let event = AutoResetEvent::new(EventState::Set);
        let ([one], other) = running([&|| event.wait0()], || event.wait0());
        assert!(one != other && !event.is_set());
    });
}

/// P-7.
#[test]
fn two_sets_release_two_parked_threads() {
    model(|| {
        let event = AutoResetEvent::default();
        parked([&|| event.wait(), &|| event.wait()], || {
            event.set();
            event.set();
        });
        assert!(!event.is_set());
    });
}

#[test]
fn two_threads_take_turns() {
    model(|| {
        let (there, back) = (AutoResetEvent::default(), AutoResetEvent::default());
        let ball = Cell::new(0);
        let play = || {
            for _ in 0..2 {
                there.wait();
                ball.set(ball.get() + 1);
                back.set();
            }
        };
        running([&play], || {
            for i in 1..=2 {
                there.set();
                back.wait();
                assert_eq!(ball.get(), i);
            }
        });
        assert!(!there.is_set() && !back.is_set());
    });
}

#[test]
fn a_signal_for_a_parked_thread_cannot_be_taken_by_another() {
    model(|| {
        let event = AutoResetEvent::default();
        parked([&|| event.wait()], || {
            event.set();
            assert!(!event.is_set());
            assert!(!event.wait0());
        });
    });
}

/// P-6.
#[test]
fn a_reset_does_not_take_back_a_set() {
    model(|| {
        let event = AutoResetEvent::default();
        parked([&|| event.wait()], || {
            event.set();
            event.reset();
        });
        assert!(!event.is_set());
    });
}

#[test]
fn a_timeout_that_meets_a_set_loses_no_signal() {
    model(|| {
        let (event, data) = (AutoResetEvent::default(), Cell::new(0));
        let wait = || {
            let released = event.wait_for(LIMIT);
            if released {
                assert_eq!(data.get(), 1);
            }
            released
        };
        let ([released], ()) = parked([&wait], || {
            data.set(1);
            event.set();
        });
        assert_ne!(released, event.is_set());
    });
}

#[test]
fn a_wait_that_begins_or_times_out_during_a_set_loses_no_signal() {
    model(|| {
        let event = AutoResetEvent::default();
        let ([released], ()) = running([&|| event.wait_for(LIMIT)], || event.set());
        assert_ne!(released, event.is_set());
    });
}

#[test]
fn two_timeouts_that_meet_a_set_lose_no_signal() {
    model(|| {
        let event = AutoResetEvent::default();
        let wait = || event.wait_for(LIMIT);
        let (released, ()) = parked([&wait, &wait], || event.set());
        let released = released.into_iter().filter(|&released| released).count();
        assert_eq!(released + usize::from(event.is_set()), 1);
    });
}

/// P-12.
#[test]
fn a_timeout_passes_the_signal_on() {
    model(|| {
        let event = AutoResetEvent::default();
        let hasty = || {
            if event.wait_for(LIMIT) {
                event.set();
            }
        };
        parked([&hasty, &|| event.wait()], || event.set());
        assert!(!event.is_set());
    });
}

/// the consumer finds what was published with the discarded signal, or receives another
/// signal.
#[test]
fn a_reset_and_a_look_miss_nothing() {
    model(|| {
        let (event, item) = (AutoResetEvent::default(), AtomicU32::new(0));
        let produce = || {
            item.store(1, Relaxed);
            event.set();
        };
        running([&produce], || {
            event.reset();
            if item.load(Relaxed) == 0 {
                event.wait();
            }
        });
    });
}

#[test]
fn a_pulse_sees_what_it_throws_away() {
    model(|| {
        let (event, item) = (AutoResetEvent::default(), AtomicU32::new(0));
        let produce = || {
            item.store(1, Relaxed);
            event.set();
        };
        let (_, seen) = running([&produce], || {
            event.pulse();
            item.load(Relaxed)
        });
        assert!(event.is_set() || seen == 1);
    });
}

#[test]
fn a_pulse_after_a_timeout_sees_what_it_throws_away() {
    model(|| {
        let (event, item) = (AutoResetEvent::default(), AtomicU32::new(0));
        let produce = || {
            item.store(1, Relaxed);
            event.set();
        };
        let ([released], (_, seen)) = parked([&|| event.wait_for(LIMIT)], || {
            running([&produce], || {
                event.pulse();
                item.load(Relaxed)
            })
        });
        assert!(released || event.is_set() || seen == 1);
    });
}

#[test]
fn each_pulse_releases_one_parked_thread() {
    model(|| {
        let (event, data) = (AutoResetEvent::default(), Cell::new(0));
        let read = || {
            event.wait();
            data.get()
        };
        let (read, ()) = parked([&read, &read], || {
            data.set(1);
            event.pulse();
            event.pulse();
        });
        assert_eq!(read, [1, 1]);
        assert!(!event.is_set());
    });
}

#[test]
fn a_pulse_leaves_no_signal() {
    model(|| {
        let event = AutoResetEvent::default();
        parked([&|| event.wait_for(LIMIT)], || {
            running([&|| event.wait_for(LIMIT)], || {
                event.pulse();
                assert!(!event.is_set());
            })
        });
        assert!(!event.wait0());
    });
}
