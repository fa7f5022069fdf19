//! A countdown as a member of groups of events.

use crate::limit::{LONG, limited};
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use rsevents_extra::CountdownEvent;
use std::thread;

#[test]
fn a_group_takes_nothing_from_a_countdown() {
    let (stop, done) = (ManualResetEvent::default(), CountdownEvent::new(0));
    assert_eq!(WaitAny::new(&[&stop, done.event()]).try_wait0(), Ok(1));
    assert!(WaitAll::new(&[done.event(), done.event()]).wait0());
    assert!(done.is_set());
    done.increment();
    assert!(WaitAny::new(&[&stop, done.event()]).try_wait0().is_err());
    assert!(!WaitAll::new(&[done.event()]).wait0());
}

#[test]
fn the_last_tick_ends_a_wait_for_any() {
    limited(|| {
        let (never, done) = (AutoResetEvent::default(), CountdownEvent::new(3));
        thread::scope(|s| {
            let any = s.spawn(|| WaitAny::new(&[&never, done.event()]).try_wait_for(LONG));
            let plain = s.spawn(|| done.wait_for(LONG));
            for _ in 0..3 {
                done.tick();
            }
            assert_eq!(any.join().unwrap(), Ok(1));
            assert!(plain.join().unwrap());
        });
    });
}

#[test]
fn the_last_tick_of_all_ends_a_wait_for_all() {
    limited(|| {
        let ready = AutoResetEvent::new(EventState::Set);
        let parts = [CountdownEvent::new(1), CountdownEvent::new(2), CountdownEvent::new(0)];
        thread::scope(|s| {
            let all = s.spawn(|| {
                let mut group = parts.iter().map(CountdownEvent::event).collect::<Vec<_>>();
                group.push(&ready);
                WaitAll::new(&group).wait_for(LONG)
            });
            parts[0].tick();
            parts[1].tick_by(2);
            assert!(all.join().unwrap());
        });
        assert!(!ready.is_set());
        assert!(parts.iter().all(CountdownEvent::is_set));
    });
}

/// P-2: the countdowns are never at zero together.
#[test]
fn a_wait_for_all_wants_all_at_one_instant() {
    let (first, second) = (CountdownEvent::new(0), CountdownEvent::new(1));
    let group: [&dyn Event; 2] = [first.event(), second.event()];
    assert!(!WaitAll::new(&group).wait0());
    first.increment();
    second.tick();
    assert!(!WaitAll::new(&group).wait0());
    first.tick();
    assert!(WaitAll::new(&group).wait0());
}
