//! P-1: a setter does not touch the event after it has released the wait. R-3: nor an object that
//! was built at its address later.

use crate::exploration::{LIMIT, model, parked, running};
use crate::place::Place;
use loom::sync::atomic::{AtomicUsize, Ordering::AcqRel};
use rsevents::{AutoResetEvent, Awaitable, Event, ManualResetEvent, WaitAll, WaitAny};

#[test]
fn an_auto_reset_event_may_be_freed_by_the_wait_it_released() {
    model(|| {
        let event = Place::new(AutoResetEvent::default());
        running([&|| event.set()], || {
            event.wait();
            event.free();
        });
    });
}

#[test]
fn an_auto_reset_event_may_be_freed_by_the_thread_it_was_handed_to() {
    model(|| {
        let event = Place::new(AutoResetEvent::default());
        let wait = || {
            event.wait();
            event.free();
        };
        parked([&wait], || event.set());
    });
}

#[test]
fn an_auto_reset_event_may_be_freed_by_a_timed_wait_or_poll() {
    model(|| {
        let event = Place::new(AutoResetEvent::default());
        let wait = || {
            if event.wait_for(LIMIT) || event.wait0() {
                event.free();
            }
        };
        parked([&wait], || event.set());
    });
}

#[test]
fn a_manual_reset_event_may_be_freed_by_the_wait_it_released() {
    model(|| {
        let event = Place::new(ManualResetEvent::default());
        running([&|| event.set()], || {
            event.wait();
            event.free();
        });
    });
}

#[test]
fn a_manual_reset_event_may_be_freed_by_the_last_parked_thread() {
    model(|| {
        let event = Place::new(ManualResetEvent::default());
        let left = AtomicUsize::new(2);
        let wait = || {
            event.wait();
            if left.fetch_sub(1, AcqRel) == 1 {
                event.free();
            }
        };
        parked([&wait, &wait], || event.set());
    });
}

#[test]
fn a_manual_reset_event_may_be_freed_by_a_timed_wait_or_poll() {
    model(|| {
        let event = Place::new(ManualResetEvent::default());
        let wait = || {
            if event.wait_for(LIMIT) || event.wait0() {
                event.free();
            }
        };
        parked([&wait], || event.set());
    });
}

#[test]
fn an_event_may_be_freed_by_the_wait_for_any_that_it_released() {
    model(|| {
        let (event, other) = (Place::new(AutoResetEvent::default()), AutoResetEvent::default());
        running([&|| event.set()], || {
            assert_eq!(WaitAny::new(&[&other, &*event]).wait(), 1);
            event.free();
        });
    });
}

#[test]
fn an_event_may_be_freed_by_the_parked_wait_for_any_that_it_released() {
    model(|| {
        let (event, other) = (Place::new(ManualResetEvent::default()), AutoResetEvent::default());
        let wait = || {
            let released = WaitAny::new(&[&other, &*event]).try_wait_for(LIMIT).is_ok();
            if released || event.wait0() {
                event.free();
            }
        };
        parked([&wait], || event.set());
    });
}

#[test]
fn events_may_be_freed_by_the_wait_for_all_that_they_released() {
    model(|| {
        let (auto, manual) =
            (Place::new(AutoResetEvent::default()), Place::new(ManualResetEvent::default()));
        let wait = || {
            WaitAll::new(&[&*auto, &*manual]).wait();
            auto.free();
            manual.free();
        };
        parked([&wait], || running([&|| auto.set()], || manual.set()));
    });
}

#[test]
fn events_may_be_freed_by_the_timed_wait_or_poll_for_all_that_they_released() {
    model(|| {
        let (auto, manual) =
            (Place::new(AutoResetEvent::default()), Place::new(ManualResetEvent::default()));
        let wait = || {
            let all: [&dyn Event; 2] = [&*manual, &*auto];
            let all = WaitAll::new(&all);
            if all.wait_for(LIMIT) || all.wait0() {
                auto.free();
                manual.free();
            }
        };
        parked([&wait], || {
            auto.set();
            manual.set();
        });
    });
}

#[test]
fn a_listened_event_may_be_freed_by_the_plain_wait_it_released() {
    model(|| {
        let (event, other) = (Place::new(AutoResetEvent::default()), AutoResetEvent::default());
        let group_is_done = AutoResetEvent::default();
        let group = || {
            assert_eq!(WaitAny::new(&[&*event, &other]).wait(), 0);
            group_is_done.set();
        };
        let plain = || {
            event.wait();
            group_is_done.wait();
            event.free();
        };
        parked([&group, &plain], || {
            event.set();
            event.set();
        });
    });
}

#[test]
fn a_set_does_not_reach_the_next_auto_reset_event_at_the_address() {
    model(|| {
        let event = Place::new(AutoResetEvent::default());
        parked([&|| event.wait_for(LIMIT)], || ());
        running([&|| event.set()], || {
            event.wait();
            event.renew(AutoResetEvent::default());
            assert!(!event.wait_for(LIMIT));
        });
    });
}

#[test]
fn a_set_does_not_reach_the_next_manual_reset_event_at_the_address() {
    model(|| {
        let event = Place::new(ManualResetEvent::default());
        let wait = || {
            event.wait();
            event.renew(ManualResetEvent::default());
            assert!(!event.wait_for(LIMIT));
        };
        parked([&wait], || event.set());
    });
}

#[test]
fn a_set_does_not_reach_the_next_event_at_the_address_of_a_member() {
    model(|| {
        let (event, other) = (Place::new(ManualResetEvent::default()), AutoResetEvent::default());
        let wait = || {
            assert_eq!(WaitAny::new(&[&other, &*event]).wait(), 1);
            event.renew(ManualResetEvent::default());
            assert!(WaitAny::new(&[&other, &*event]).try_wait_for(LIMIT).is_err());
        };
        parked([&wait], || event.set());
    });
}
