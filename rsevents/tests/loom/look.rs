//! Polls that freeze one event and read another: both happen at one instant.

use crate::exploration::{model, running};
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};

/// An event, and the calls that set and reset it.
struct Subject<'e> {
    event: &'e dyn Event,
    set: &'e dyn Fn(),
    reset: &'e dyn Fn(),
}

/// Runs a model for each kind of event.
fn of_both_kinds(state: EventState, body: impl Fn(&Subject<'_>) + Copy + Send + Sync + 'static) {
    model(move || {
        let event = AutoResetEvent::new(state);
        body(&Subject { event: &event, set: &|| event.set(), reset: &|| event.reset() });
    });
    model(move || {
        let event = ManualResetEvent::new(state);
        body(&Subject { event: &event, set: &|| event.set(), reset: &|| event.reset() });
    });
}

/// Another thread sets the first event before it unsets the second. One of them is therefore always
/// set, and the poll must find it.
fn one_is_always_set<E: Event + From<EventState> + 'static>(unset: fn(&E)) {
    of_both_kinds(EventState::Unset, move |first| {
        let second = E::from(EventState::Set);
        let moves = || {
            (first.set)();
            unset(&second);
        };
        let poll = || WaitAny::new(&[first.event, &second]).try_wait0();
        assert!(running([&moves], poll).1.is_ok());
    });
}

#[test]
fn a_look_is_not_older_than_what_is_held() {
    one_is_always_set(ManualResetEvent::reset);
}

#[test]
fn a_look_is_not_older_than_a_signal_that_was_taken() {
    one_is_always_set(|second: &AutoResetEvent| {
        let _ = second.wait0();
    });
}

/// A thread sets the first event after the poll has read it, and then reads the frozen event: its
/// signal is taken.
#[test]
fn a_held_event_is_seen_by_the_thread_that_sets_the_other() {
    of_both_kinds(EventState::Unset, |stop| {
        let own = AutoResetEvent::new(EventState::Set);
        let stops = || {
            (stop.set)();
            own.is_set()
        };
        let poll = || WaitAny::new(&[stop.event, &own]).try_wait0();
        let ([own_was_left], index) = running([&stops], poll);
        assert_eq!(index, Ok(usize::from(!own_was_left)));
    });
}

#[test]
fn a_held_event_is_seen_by_the_thread_that_resets_the_other() {
    of_both_kinds(EventState::Set, |first| {
        let second = AutoResetEvent::new(EventState::Set);
        let resets = || {
            (first.reset)();
            second.is_set()
        };
        let poll = || WaitAll::new(&[first.event, &second]).wait0();
        let ([second_was_left], taken) = running([&resets], poll);
        assert_eq!(taken, !second_was_left);
    });
}

/// One group takes its events while another group reads one of them and freezes the other.
#[test]
fn a_mark_is_no_answer() {
    model(|| {
        let [a, b] = [EventState::Set; 2].map(AutoResetEvent::new);
        let all = || WaitAll::new(&[&a, &b]).wait0();
        let ([all], any) = running([&all], || WaitAny::new(&[&b, &a]).try_wait0());
        assert_eq!(all, any.is_err());
    });
}

#[test]
fn all_events_are_in_one_order() {
    model(|| {
        let (a, b) = (AutoResetEvent::default(), ManualResetEvent::default());
        let set_a_and_look = || {
            a.set();
            b.is_set()
        };
        let set_b_and_look = || {
            b.set();
            a.wait0()
        };
        let ([b_was_set], a_was_set) = running([&set_a_and_look], set_b_and_look);
        assert!(a_was_set || b_was_set);
    });
}
