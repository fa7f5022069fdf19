//! Models of manual-reset events.

use crate::exploration::{LIMIT, model, parked, running};
use loom::cell::Cell;
use loom::sync::atomic::{AtomicU32, Ordering::Relaxed};
use rsevents::{Awaitable, ManualResetEvent};

#[test]
fn a_set_publishes_to_every_wait() {
    model(|| {
        let (event, data) = (ManualResetEvent::default(), Cell::new(0));
        let read = || {
            event.wait();
            data.get()
        };
        let (read, ()) = running([&read, &read], || {
            data.set(1);
            event.set();
        });
        assert_eq!(read, [1, 1]);
        assert!(event.is_set());
    });
}

#[test]
fn a_set_publishes_to_every_parked_thread() {
    model(|| {
        let (event, data) = (ManualResetEvent::default(), Cell::new(0));
        let read = || {
            event.wait();
            data.get()
        };
        let (read, ()) = parked([&read, &read], || {
            data.set(1);
            event.set();
        });
        assert_eq!(read, [1, 1]);
        assert!(event.is_set());
    });
}

///
#[test]
fn a_set_publishes_to_a_poll_and_to_a_look() {
    model(|| {
        let (event, data) = (ManualResetEvent::default(), Cell::new(0));
        let publish = || {
            data.set(1);
            event.set();
        };
        running([&publish], || {
            if event.is_set() || event.wait0() || event.wait_for(LIMIT) {
                assert_eq!(data.get(), 1);
            }
        });
        assert!(event.is_set());
    });
}

/// P-6: the set is published, although it is undone at once.
#[test]
fn a_reset_holds_no_parked_thread_back() {
    model(|| {
        let (event, data) = (ManualResetEvent::default(), Cell::new(0));
        let read = || {
            event.wait();
            data.get()
        };
        let (read, ()) = parked([&read, &read], || {
            data.set(1);
            event.set();
            event.reset();
        });
        assert_eq!(read, [1, 1]);
        assert!(!event.is_set());
    });
}

#[test]
fn a_reset_that_meets_the_set_holds_no_parked_thread_back() {
    model(|| {
        let event = ManualResetEvent::default();
        parked([&|| event.wait()], || running([&|| event.reset()], || event.set()));
    });
}

///
#[test]
fn timeouts_do_not_erase_a_set() {
    model(|| {
        let event = ManualResetEvent::default();
        let wait = || event.wait_for(LIMIT);
        parked([&wait, &wait], || {
            event.set();
            assert!(event.wait0());
        });
        assert!(event.is_set());
    });
}

#[test]
fn a_wait_that_begins_or_times_out_during_a_set_does_not_erase_it() {
    model(|| {
        let event = ManualResetEvent::default();
        running([&|| event.wait_for(LIMIT)], || event.set());
        assert!(event.is_set());
    });
}

#[test]
fn a_timeout_leaves_the_others_to_the_set() {
    model(|| {
        let event = ManualResetEvent::default();
        let hasty = || {
            let _ = event.wait_for(LIMIT);
        };
        parked([&hasty, &|| event.wait()], || event.set());
        assert!(event.is_set());
    });
}

///
#[test]
fn a_set_releases_no_wait_that_began_after_the_reset_behind_it() {
    model(|| {
        let event = ManualResetEvent::default();
        parked([&|| event.wait()], || {
            running([&|| event.set()], || {
                if event.is_set() {
                    event.reset();
                    assert!(!event.wait_for(LIMIT));
                }
            })
        });
    });
}

/// whichever of two sets returns first has released the parked thread.
#[test]
fn a_set_that_meets_another_set_has_released_all_when_it_returns() {
    model(|| {
        let event = ManualResetEvent::default();
        let wait = || event.wait();
        parked([&wait], || {
            running([&|| event.set()], || {
                event.set();
                event.reset();
            })
        });
    });
}

///
#[test]
fn a_reset_and_a_look_miss_nothing() {
    model(|| {
        let (event, item) = (ManualResetEvent::default(), AtomicU32::new(0));
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
fn a_reset_sees_all_sets_that_coalesced() {
    model(|| {
        let event = ManualResetEvent::default();
        let data = [AtomicU32::new(0), AtomicU32::new(0)];
        let publish = |i: usize| {
            data[i].store(1, Relaxed);
            event.set();
        };
        let (_, seen) = parked([&|| event.wait_for(LIMIT)], || {
            let (_, seen) = running([&|| publish(0)], || {
                publish(1);
                event.reset();
                [data[0].load(Relaxed), data[1].load(Relaxed)]
            });
            seen
        });
        assert!(event.is_set() || seen == [1, 1]);
    });
}

#[test]
fn a_pulse_releases_all_parked_threads() {
    model(|| {
        let (event, data) = (ManualResetEvent::default(), Cell::new(0));
        let read = || {
            event.wait();
            data.get()
        };
        let (read, ()) = parked([&read, &read], || {
            data.set(1);
            event.pulse();
        });
        assert_eq!(read, [1, 1]);
        assert!(!event.is_set());
    });
}

#[test]
fn a_pulse_leaves_no_signal() {
    model(|| {
        let event = ManualResetEvent::default();
        parked([&|| event.wait_for(LIMIT)], || {
            running([&|| event.wait_for(LIMIT)], || {
                event.pulse();
                assert!(!event.wait0());
            })
        });
        assert!(!event.is_set());
    });
}

#[test]
fn a_pulse_sees_what_it_throws_away() {
    model(|| {
        let (event, item) = (ManualResetEvent::default(), AtomicU32::new(0));
        let produce = || {
            item.store(1, Relaxed);
            event.set();
        };
        let (_, (_, seen)) = parked([&|| event.wait()], || {
            running([&produce], || {
                event.pulse();
                item.load(Relaxed)
            })
        });
        assert!(event.is_set() || seen == 1);
    });
}
