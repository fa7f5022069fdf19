//! Events on which some threads wait alone and others in groups, and the points at which the last
//! group begins or stops waiting.

use crate::exploration::{LIMIT, model, parked, running};
use loom::cell::Cell;
use loom::sync::atomic::{AtomicU32, Ordering::Relaxed};
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};

/// A group that waits for `event` and cannot complete. The event is listened to until the group's
/// timeout, which may pass at any moment.
fn listen(event: &dyn Event) {
    let never = AutoResetEvent::default();
    assert!(!WaitAll::new(&[event, &never]).wait_for(LIMIT));
}

#[test]
fn a_plain_wait_queues_behind_a_group() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let any = || assert_eq!(WaitAny::new(&[&a, &b]).wait(), 0);
        parked([&any, &|| a.wait()], || {
            a.set();
            b.set();
            a.set();
        });
        assert!(!a.is_set() && b.is_set());
    });
}

#[test]
fn a_group_queues_behind_a_plain_wait() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let any = || assert_eq!(WaitAny::new(&[&a, &b]).wait(), 1);
        parked([&|| a.wait(), &any], || {
            a.set();
            b.set();
        });
        assert!(!a.is_set() && !b.is_set());
    });
}

#[test]
fn a_group_gets_the_signal_that_an_older_plain_wait_is_too_late_for() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let plain = || {
            if a.wait_for(LIMIT) {
                b.set();
            }
        };
        let any = || {
            WaitAny::new(&[&a, &b]).wait();
        };
        parked([&plain, &any], || a.set());
        assert!(!a.is_set() && !b.is_set());
    });
}

#[test]
fn a_manual_reset_event_releases_older_plain_waits_and_groups_at_once() {
    model(|| {
        let (a, b, data) = (ManualResetEvent::default(), AutoResetEvent::default(), Cell::new(0));
        let plain = || {
            a.wait();
            data.get()
        };
        let any = || {
            WaitAny::new(&[&b, &a]).wait();
            data.get()
        };
        let (read, ()) = parked([&plain, &any, &plain], || {
            data.set(1);
            a.set();
            a.reset();
        });
        assert_eq!(read, [1; 3]);
        assert!(!a.is_set());
    });
}

#[test]
fn a_group_that_comes_during_a_set_gets_it_too() {
    model(|| {
        let (a, b) = (ManualResetEvent::default(), AutoResetEvent::default());
        parked([&|| a.wait()], || {
            running([&|| a.set()], || assert_eq!(WaitAny::new(&[&b, &a]).wait(), 1))
        });
        assert!(a.is_set());
    });
}

#[test]
fn a_timeout_does_not_erase_a_set() {
    model(|| {
        let (a, b) = (ManualResetEvent::default(), AutoResetEvent::default());
        let plain = || {
            let _ = a.wait_for(LIMIT);
        };
        let any = || {
            let _ = WaitAny::new(&[&b, &a]).try_wait_for(LIMIT);
        };
        parked([&plain, &any], || a.set());
        assert!(a.is_set());
    });
}

#[test]
fn an_incomplete_wait_for_all_is_passed_over() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        parked([&|| WaitAll::new(&[&a, &b]).wait(), &|| a.wait()], || {
            a.set();
            a.set();
            b.set();
        });
        assert!(!a.is_set() && !b.is_set());
    });
}

#[test]
fn groups_of_both_kinds_share_the_signals() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let all = || usize::from(WaitAll::new(&[&a, &b]).wait_for(LIMIT)) * 2;
        let any = || usize::from(WaitAny::new(&[&b, &a]).try_wait_for(LIMIT).is_ok());
        let ([all, any], ()) = parked([&all, &any], || {
            a.set();
            b.set();
        });
        let left = usize::from(a.is_set()) + usize::from(b.is_set());
        assert_eq!(all + any + left, 2);
    });
}

#[test]
fn a_pulse_releases_the_oldest_waiter_of_either_kind() {
    model(|| {
        let (a, b, data) = (AutoResetEvent::default(), AutoResetEvent::default(), Cell::new(0));
        let any = || {
            WaitAny::new(&[&b, &a]).wait();
            data.get()
        };
        let plain = || {
            a.wait();
            data.get()
        };
        let (read, ()) = parked([&any, &plain], || {
            data.set(1);
            a.pulse();
            a.pulse();
        });
        assert_eq!(read, [1; 2]);
        assert!(!a.is_set());
    });
}

#[test]
fn a_pulse_of_a_manual_reset_event_releases_all_waiters() {
    model(|| {
        let (a, b, data) = (ManualResetEvent::default(), AutoResetEvent::default(), Cell::new(0));
        let plain = || {
            a.wait();
            data.get()
        };
        let any = || {
            WaitAny::new(&[&b, &a]).wait();
            data.get()
        };
        let (read, ()) = parked([&plain, &any, &plain], || {
            data.set(1);
            a.pulse();
        });
        assert_eq!(read, [1; 3]);
        assert!(!a.is_set());
    });
}

#[test]
fn a_pulse_that_meets_timeouts_leaves_no_signal() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), AutoResetEvent::default());
        let any = || WaitAny::new(&[&b, &a]).try_wait_for(LIMIT).is_ok();
        let (released, ()) = parked([&any, &|| a.wait_for(LIMIT)], || a.pulse());
        assert_ne!(released, [true; 2]);
        assert!(!a.wait0());
    });
}

#[test]
fn an_auto_reset_event_publishes_while_listeners_go() {
    model(|| {
        let (event, data) = (AutoResetEvent::default(), Cell::new(0));
        parked([&|| listen(&event)], || {
            running(
                [&|| {
                    data.set(1);
                    event.set();
                }],
                || {
                    event.wait();
                    assert_eq!(data.get(), 1);
                },
            )
        });
        assert!(!event.is_set());
    });
}

#[test]
fn a_manual_reset_event_publishes_while_listeners_go() {
    model(|| {
        let (event, data) = (ManualResetEvent::default(), Cell::new(0));
        parked([&|| listen(&event)], || {
            running(
                [&|| {
                    data.set(1);
                    event.set();
                }],
                || {
                    event.wait();
                    assert_eq!(data.get(), 1);
                },
            )
        });
        assert!(event.is_set());
    });
}

#[test]
fn an_auto_reset_event_loses_no_signal_while_listeners_come_and_go() {
    model(|| {
        let event = AutoResetEvent::default();
        let ([(), ()], polled) = running([&|| listen(&event), &|| event.set()], || event.wait0());
        assert_ne!(polled, event.is_set());
    });
}

/// The set sees a listener. When it has the lock, the listener is gone, and a thread may park.
#[test]
fn a_set_releases_a_thread_that_parks_when_the_listener_leaves() {
    model(|| {
        let event = AutoResetEvent::default();
        parked([&|| listen(&event)], || running([&|| event.wait()], || event.set()));
        assert!(!event.is_set());
    });
}

/// As above, but the thread times out and sets the event itself. The model checks the bits.
#[test]
fn a_set_meets_a_set_by_a_thread_that_parked_when_the_listener_left() {
    model(|| {
        let event = ManualResetEvent::default();
        let give_up_and_set = || {
            let _either = event.wait_for(LIMIT);
            event.set();
        };
        parked([&|| listen(&event)], || running([&give_up_and_set], || event.set()));
        assert!(event.is_set());
    });
}

#[test]
fn a_reset_is_not_lost_while_listeners_come_and_go() {
    model(|| {
        let event = ManualResetEvent::new(EventState::Set);
        running([&|| listen(&event)], || {
            event.reset();
            assert!(!event.is_set());
        });
        assert!(!event.is_set());
    });
}

///
#[test]
fn a_reset_and_a_look_miss_nothing_while_listeners_go() {
    model(|| {
        let (event, item) = (AutoResetEvent::default(), AtomicU32::new(0));
        let produce = || {
            item.store(1, Relaxed);
            event.set();
        };
        parked([&|| listen(&event)], || {
            running([&produce], || {
                event.reset();
                if item.load(Relaxed) == 0 {
                    event.wait();
                }
            })
        });
    });
}

#[test]
fn a_pulse_sees_what_it_throws_away_while_listeners_go() {
    model(|| {
        let (event, item) = (AutoResetEvent::default(), AtomicU32::new(0));
        let produce = || {
            item.store(1, Relaxed);
            event.set();
        };
        let (_, (_, seen)) = parked([&|| listen(&event)], || {
            running([&produce], || {
                event.pulse();
                item.load(Relaxed)
            })
        });
        assert!(event.is_set() || seen == 1);
    });
}

///
#[test]
fn sets_that_coalesce_while_listeners_go_all_publish() {
    model(|| {
        let event = AutoResetEvent::default();
        let data = [AtomicU32::new(0), AtomicU32::new(0)];
        let publish = |i: usize| {
            data[i].store(1, Relaxed);
            event.set();
        };
        let (_, (_, seen)) = parked([&|| listen(&event)], || {
            running([&|| publish(0)], || {
                publish(1);
                event.wait();
                [data[0].load(Relaxed), data[1].load(Relaxed)]
            })
        });
        assert!(event.is_set() || seen == [1, 1]);
    });
}

#[test]
fn one_signal_is_for_one_poll_while_listeners_go() {
    model(|| {
        let event = AutoResetEvent::default();
        let (_, ([one], other)) = parked([&|| listen(&event)], || {
            event.set();
            running([&|| event.wait0()], || event.wait0())
        });
        assert!(one != other && !event.is_set());
    });
}

///
#[test]
fn a_set_releases_no_wait_that_began_after_a_later_reset_while_listeners_leave() {
    model(|| {
        let event = ManualResetEvent::default();
        parked([&|| listen(&event)], || {
            running([&|| event.set()], || {
                if event.is_set() {
                    event.reset();
                    assert!(!event.wait_for(LIMIT));
                }
            })
        });
    });
}
