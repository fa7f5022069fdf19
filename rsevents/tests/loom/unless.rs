//! Models of waits that a stop event ends.

use crate::exploration::{LIMIT, model, parked, running};
use loom::cell::Cell;
use rsevents::{
    AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, Stopped, UnlessError, WaitAll,
};

#[test]
fn a_stop_that_meets_a_set_loses_neither() {
    model(|| {
        let (work, stop) = (AutoResetEvent::default(), AutoResetEvent::default());
        let wait = || work.unless(&stop).try_wait();
        let ([ended], _) = parked([&wait], || running([&|| work.set()], || stop.set()));
        assert_eq!((work.is_set(), stop.is_set()), (ended == Err(Stopped), ended == Ok(())));
    });
}

#[test]
fn a_stop_that_meets_the_set_that_completes_takes_all_or_nothing() {
    model(|| {
        let [a, b] = [AutoResetEvent::new(EventState::Set), AutoResetEvent::default()];
        let stop = AutoResetEvent::default();
        let wait = || WaitAll::new(&[&a, &b]).unless(&stop).try_wait();
        let ([ended], _) = parked([&wait], || running([&|| b.set()], || stop.set()));
        let stopped = ended == Err(Stopped);
        assert_eq!([a.is_set(), b.is_set(), stop.is_set()], [stopped, stopped, !stopped]);
    });
}

#[test]
fn a_wait_that_queues_while_it_is_stopped_is_stopped() {
    model(|| {
        let (work, stop) = (AutoResetEvent::default(), ManualResetEvent::default());
        let group: [&dyn Event; 1] = [&work];
        let wait = || WaitAll::new(&group).unless(&stop).try_wait();
        assert_eq!(running([&|| stop.set()], wait).1, Err(Stopped));
    });
}

/// The stop is set before the last of the events, so the wait must not succeed.
#[test]
fn a_wait_does_not_succeed_after_the_stop() {
    model(|| {
        let (work, stop) = (AutoResetEvent::default(), ManualResetEvent::default());
        let group: [&dyn Event; 1] = [&work];
        let stop_first = || {
            stop.set();
            work.set();
        };
        let wait = || WaitAll::new(&group).unless(&stop).try_wait();
        assert_eq!(running([&stop_first], wait).1, Err(Stopped));
        assert!(work.is_set());
    });
}

/// The event is unset only while the stop is set, so a poll always finds one of them set.
#[test]
fn a_poll_that_finds_nothing_saw_both_unset_at_one_instant() {
    model(|| {
        let (work, stop) = (ManualResetEvent::new(EventState::Set), ManualResetEvent::default());
        let group: [&dyn Event; 1] = [&work];
        let change = || {
            stop.set();
            work.reset();
        };
        let poll = || WaitAll::new(&group).unless(&stop).try_wait0();
        assert_ne!(running([&change], poll).1, Err(UnlessError::TimedOut));
    });
}

#[test]
fn a_timeout_that_meets_a_stop_loses_no_signal() {
    model(|| {
        let (work, stop) = (AutoResetEvent::default(), AutoResetEvent::default());
        let group: [&dyn Event; 1] = [&work];
        let wait = || WaitAll::new(&group).unless(&stop).try_wait_for(LIMIT);
        let ([ended], ()) = parked([&wait], || stop.set());
        assert_eq!(stop.is_set(), ended == Err(UnlessError::TimedOut));
        assert!(ended != Ok(()) && !work.is_set());
    });
}

#[test]
fn a_stop_publishes_to_the_wait_that_it_ends() {
    model(|| {
        let (work, stop, data) =
            (AutoResetEvent::default(), ManualResetEvent::default(), Cell::new(0));
        let group: [&dyn Event; 1] = [&work];
        let publish = || {
            data.set(1);
            stop.set();
        };
        running([&publish], || {
            assert_eq!(WaitAll::new(&group).unless(&stop).try_wait(), Err(Stopped));
            assert_eq!(data.get(), 1);
        });
    });
}
