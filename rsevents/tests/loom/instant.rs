//! A `WaitAll` takes its events at one instant, whichever thread reads them in between.

use crate::exploration::{model, parked, running};
use loom::cell::Cell;
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll};

/// A signal completes a `WaitAll` of three events, while another thread reads two of them.
fn complete_while(read: impl Fn(&AutoResetEvent, &AutoResetEvent) + Send + Sync + 'static) {
    model(move || {
        let [a, b, c] = std::array::from_fn(|_| AutoResetEvent::default());
        parked([&|| WaitAll::new(&[&a, &b, &c]).wait()], || {
            a.set();
            b.set();
            running([&|| c.set()], || read(&a, &b))
        });
    });
}

/// A `WaitAll` finds its two events set, while another thread reads them.
fn take_while(read: impl Fn(&AutoResetEvent, &AutoResetEvent) + Send + Sync + 'static) {
    model(move || {
        let [a, b] = [EventState::Set; 2].map(AutoResetEvent::new);
        running([&|| WaitAll::new(&[&a, &b]).wait()], || read(&a, &b));
    });
}

fn look(first: &AutoResetEvent, second: &AutoResetEvent) {
    assert!(first.is_set() || !second.is_set());
}

fn poll(first: &AutoResetEvent, second: &AutoResetEvent) {
    if first.wait0() {
        first.set();
    } else {
        assert!(!second.is_set());
        assert!(!second.wait0());
    }
}

#[test]
fn the_completing_set_takes_all_at_once_for_looks() {
    complete_while(look);
    complete_while(|a, b| look(b, a));
}

#[test]
fn the_completing_set_takes_all_at_once_for_polls() {
    complete_while(poll);
    complete_while(|a, b| poll(b, a));
}

#[test]
fn a_wait_that_finds_all_set_takes_all_at_once_for_looks() {
    take_while(look);
    take_while(|a, b| look(b, a));
}

#[test]
fn a_wait_that_finds_all_set_takes_all_at_once_for_polls() {
    take_while(poll);
    take_while(|a, b| poll(b, a));
}

/// A set of a manual-reset event completes a wait for it and another event, while both are read.
fn complete_by_manual_while(
    read: impl Fn(&AutoResetEvent, &ManualResetEvent) + Send + Sync + 'static,
) {
    model(move || {
        let (a, b) = (AutoResetEvent::new(EventState::Set), ManualResetEvent::default());
        parked([&|| WaitAll::new(&[&a, &b]).wait()], || running([&|| b.set()], || read(&a, &b)));
    });
}

#[test]
fn the_completing_manual_reset_event_is_set_when_the_others_are_taken() {
    complete_by_manual_while(|a, b| assert!(a.is_set() || b.is_set()));
    complete_by_manual_while(|a, b| assert!(a.is_set() || b.wait0()));
}

#[test]
fn the_others_are_taken_when_the_completing_manual_reset_event_is_set() {
    complete_by_manual_while(|a, b| assert!(!b.is_set() || !a.is_set()));
    complete_by_manual_while(|a, b| assert!(!b.wait0() || !a.wait0()));
}

/// A read that waits for the end of a change sees a state after the change, and maybe later ones.
fn read_after_a_pulse(read: impl Fn(&ManualResetEvent) -> bool + Send + Sync + 'static) {
    model(move || {
        let (a, b) = (AutoResetEvent::new(EventState::Set), ManualResetEvent::default());
        let data = Cell::new(0);
        let publish = || {
            b.pulse();
            data.set(1);
            b.set();
        };
        parked([&|| WaitAll::new(&[&a, &b]).wait()], || {
            running([&publish], || {
                if read(&b) {
                    assert_eq!(data.get(), 1, "a pulse leaves the event unset");
                }
            })
        });
    });
}

#[test]
fn a_set_after_a_completing_pulse_publishes_to_looks() {
    read_after_a_pulse(Event::is_set);
}

#[test]
fn a_set_after_a_completing_pulse_publishes_to_polls() {
    read_after_a_pulse(|event| event.wait0());
}
