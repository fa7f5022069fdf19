//! Waits that a stop event ends.

use crate::limit::{LONG, limited};
use crate::substrate::{byte, until_listened};
use rsevents::{
    AutoResetEvent, Awaitable, AwaitableUnless, Event, EventState, ManualResetEvent, Stopped,
    UnlessError, WaitAll, WaitAny,
};
use rsevents_testing::is_stopped_in_every_form;
use std::thread;
use std::time::{Duration, Instant};

const SET: EventState = EventState::Set;

#[test]
fn stop_wins_and_nothing_is_taken() {
    let (stop, manual) = (ManualResetEvent::new(SET), ManualResetEvent::new(SET));
    let autos = [const { AutoResetEvent::new(SET) }; 20];
    let events: Vec<&dyn Event> = autos.iter().map(|auto| auto as &dyn Event).collect();
    is_stopped_in_every_form(&autos[0], &stop);
    is_stopped_in_every_form(&manual, &stop);
    is_stopped_in_every_form(&WaitAny::new(&events), &stop);
    is_stopped_in_every_form(&WaitAll::new(&events), &stop);
    is_stopped_in_every_form(&WaitAll::new(&[]), &stop);
    assert!(autos.iter().all(AutoResetEvent::is_set) && manual.is_set() && stop.is_set());
}

#[test]
fn a_wait_that_is_not_stopped_yields_what_it_yields_otherwise() {
    let (stop, manual) = (ManualResetEvent::default(), ManualResetEvent::new(SET));
    let autos = [const { AutoResetEvent::new(SET) }; 3];
    let [a, b, c] = &autos;
    assert_eq!(a.unless(&stop).try_wait(), Ok(()));
    assert_eq!(manual.unless(&stop).try_wait_for(Duration::MAX), Ok(()));
    assert_eq!(WaitAny::new(&[a, b, c]).unless(&stop).try_wait0(), Ok(1));
    assert_eq!(WaitAll::new(&[]).unless(&stop).try_wait0(), Ok(()));
    assert_eq!(WaitAll::new(&[c, &manual]).unless(&stop).try_wait(), Ok(()));
    assert!(manual.is_set() && autos.iter().all(|auto| !auto.is_set()));
}

#[test]
fn a_stop_event_of_either_kind_is_waited_for_as_any_other() {
    let (work, stop) = (AutoResetEvent::new(SET), AutoResetEvent::new(SET));
    let both: [&dyn Event; 1] = [&work];
    for _ in 0..2 {
        // The stopped wait takes the signal of `stop`. The next wait takes that of `work`.
        assert_eq!(work.unless(&stop).try_wait(), Err(Stopped));
        assert_eq!(work.unless(&stop).try_wait(), Ok(()));
        stop.set();
        work.set();
        assert_eq!(WaitAll::new(&both).unless(&stop).try_wait(), Err(Stopped));
        assert_eq!(WaitAll::new(&both).unless(&stop).try_wait(), Ok(()));
        stop.set();
        work.set();
    }
}

#[test]
fn a_timeout_is_told_from_a_stop_and_is_never_early() {
    let (work, stop) = (AutoResetEvent::default(), ManualResetEvent::default());
    let group: [&dyn Event; 1] = [&work];
    let (any, all) = (WaitAny::new(&group), WaitAll::new(&group));
    let timeout = Duration::from_millis(2);
    let start = Instant::now();
    assert_eq!(work.unless(&stop).try_wait_for(timeout), Err(UnlessError::TimedOut));
    assert_eq!(any.unless(&stop).try_wait_for(timeout), Err(UnlessError::TimedOut));
    assert_eq!(all.unless(&stop).try_wait_for(timeout), Err(UnlessError::TimedOut));
    assert!(start.elapsed() >= 3 * timeout);
    let deadline = start + 4 * timeout;
    assert_eq!(all.unless(&stop).try_wait_until(deadline), Err(UnlessError::TimedOut));
    assert!(Instant::now() >= deadline);
    assert_eq!(work.unless(&stop).try_wait0(), Err(UnlessError::TimedOut));
    assert_eq!(all.unless(&stop).try_wait0(), Err(UnlessError::TimedOut));
    assert_eq!((byte(&work), byte(&stop)), (0, 0));
}

/// The same event may be in the list and be the stop. The stop wins, and its signal is taken once.
#[test]
fn the_stop_event_may_be_among_the_events() {
    limited(|| {
        let (x, other) = (AutoResetEvent::new(SET), AutoResetEvent::new(SET));
        assert_eq!(x.unless(&x).try_wait(), Err(Stopped));
        assert_eq!(x.unless(&x).try_wait0(), Err(UnlessError::TimedOut));
        let group: [&dyn Event; 2] = [&other, &x];
        let all = WaitAll::new(&group);
        assert_eq!(all.unless(&x).try_wait0(), Err(UnlessError::TimedOut));
        thread::scope(|s| {
            let waiting = s.spawn(|| all.unless(&x).try_wait());
            until_listened(&x);
            x.set();
            assert_eq!(waiting.join().unwrap(), Err(Stopped));
        });
        assert!(other.is_set() && !x.is_set());
        x.set();
        assert_eq!(all.unless(&x).try_wait0(), Err(UnlessError::Stopped));
        assert_eq!((byte(&x), byte(&other)), (0, 1));
    });
}

/// Returns how a sleeping wait ends after `end` has run.
fn asleep<'a, A: AwaitableUnless<'a, T: Send> + Sync>(
    awaitable: &'a A,
    stop: &impl Event,
    end: impl FnOnce(),
) -> Result<A::T, UnlessError> {
    thread::scope(|s| {
        let waiting = s.spawn(|| awaitable.unless(stop).try_wait_for(LONG));
        until_listened(stop);
        end();
        waiting.join().unwrap()
    })
}

#[test]
fn a_sleeping_wait_is_stopped_by_set_and_by_pulse() {
    limited(|| {
        let [a, b] = [const { AutoResetEvent::new(EventState::Unset) }; 2];
        let group: [&dyn Event; 2] = [&a, &b];
        let (any, all) = (WaitAny::new(&group), WaitAll::new(&group));
        let (manual, auto) = (ManualResetEvent::default(), AutoResetEvent::default());
        for signal in [ManualResetEvent::pulse, ManualResetEvent::set] {
            assert_eq!(asleep(&a, &manual, || signal(&manual)), Err(UnlessError::Stopped));
            manual.reset();
            assert_eq!(asleep(&any, &manual, || signal(&manual)), Err(UnlessError::Stopped));
            manual.reset();
            assert_eq!(asleep(&all, &manual, || signal(&manual)), Err(UnlessError::Stopped));
            manual.reset();
        }
        for signal in [AutoResetEvent::pulse, AutoResetEvent::set] {
            assert_eq!(asleep(&a, &auto, || signal(&auto)), Err(UnlessError::Stopped));
            assert_eq!(asleep(&any, &auto, || signal(&auto)), Err(UnlessError::Stopped));
            assert_eq!(asleep(&all, &auto, || signal(&auto)), Err(UnlessError::Stopped));
        }
        assert_eq!([byte(&a), byte(&b), byte(&manual), byte(&auto)], [0; 4]);
    });
}

#[test]
fn a_sleeping_wait_ends_with_what_it_waits_for() {
    limited(|| {
        let [a, b] = [const { AutoResetEvent::new(EventState::Unset) }; 2];
        let group: [&dyn Event; 2] = [&a, &b];
        let (any, all) = (WaitAny::new(&group), WaitAll::new(&group));
        let stop = AutoResetEvent::default();
        assert_eq!(asleep(&a, &stop, || a.set()), Ok(()));
        assert_eq!(asleep(&any, &stop, || b.set()), Ok(1));
        let set_both = || {
            a.set();
            assert!(a.is_set());
            b.set();
        };
        assert_eq!(asleep(&all, &stop, set_both), Ok(()));
        assert_eq!([byte(&a), byte(&b), byte(&stop)], [0; 3]);
    });
}

/// The set that stops a wait ends it at once. Later sets leave the events set.
#[test]
fn after_the_stop_the_wait_takes_nothing() {
    limited(|| {
        let (work, stop) = (AutoResetEvent::default(), AutoResetEvent::default());
        for _ in 0..200 {
            let end = || {
                stop.set();
                work.set();
                assert!(!stop.is_set() && work.wait0());
            };
            assert_eq!(asleep(&work, &stop, end), Err(UnlessError::Stopped));
            let group: [&dyn Event; 1] = [&work];
            assert_eq!(asleep(&WaitAll::new(&group), &stop, end), Err(UnlessError::Stopped));
        }
    });
}

#[test]
fn errors_say_what_happened() {
    assert_eq!(UnlessError::from(Stopped), UnlessError::Stopped);
    assert_eq!(UnlessError::from(rsevents::TimeoutError), UnlessError::TimedOut);
    assert_eq!(UnlessError::Stopped.to_string(), Stopped.to_string());
    assert!(Stopped.to_string().contains("stop"), "{Stopped}");
    assert_eq!(UnlessError::TimedOut.to_string(), rsevents::TimeoutError.to_string());
    let (work, stop) = (AutoResetEvent::default(), ManualResetEvent::default());
    let shown = format!("{:?}", work.unless(&stop));
    assert!(shown.contains("Unset") && shown.contains("stop: Unset"), "{shown}");
}
