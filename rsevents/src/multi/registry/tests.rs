//! Who takes which lock, and who gets an answer while locks are held.

use super::*;
use crate::primitive::unpark_one;
use crate::{AutoResetEvent, Awaitable, ManualResetEvent, WaitAny};
use std::collections::HashSet;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(30);

/// Runs `scenario` on another thread while this one holds a lock, in `hold`, which is given a function
/// that lets the scenario begin and waits for its end. It must not need the lock.
fn needs_none_of_what_is_held(
    scenario: impl FnOnce() + Send,
    hold: impl FnOnce(&dyn Fn() -> bool),
) {
    thread::scope(|s| {
        let (running, over): (_, Receiver<()>) = channel();
        let (begin, may_begin) = channel();
        s.spawn(move || {
            let _dropped_at_the_end = running;
            if may_begin.recv().is_ok() {
                scenario();
            }
        });
        let ended = || {
            begin.send(()).expect("the thread waits for it");
            over.recv_timeout(LONG) == Err(RecvTimeoutError::Disconnected)
        };
        hold(&ended);
    });
}

fn everything_that_meets_nobody(event: &RawEvent, kind: Kind) {
    let past = || Deadline::At(Instant::now());
    assert!(!event.is_set() && !event.poll(kind));
    assert!(!event.wait_for(kind, Duration::ZERO) && !event.wait_until(kind, past()));
    event.reset();
    event.pulse(kind);
    for wait in [
        (&|| event.poll(kind)) as &dyn Fn() -> bool,
        &|| event.wait_for(kind, Duration::ZERO),
        &|| event.wait_for(kind, LONG),
        &|| event.wait_until(kind, past()),
    ] {
        event.set(kind);
        event.set(kind);
        assert!(event.is_set() && wait());
        assert_eq!(event.is_set(), kind == Kind::Manual);
        event.reset();
        assert!(!event.is_set());
    }
    event.set(kind);
    event.pulse(kind);
    assert!(!event.is_set());
}

/// With the lock of the queue of parked threads.
fn needs_no_queue(event: &RawEvent, scenario: impl FnOnce() + Send) {
    needs_none_of_what_is_held(scenario, |ended| {
        let mut in_time = false;
        // SAFETY: the key is the address of an event, and the closure does not panic; it waits for a
        // thread that has no business with the parking lot.
        unsafe { unpark_one(event.key(), |_| in_time = ended()) };
        assert!(in_time);
    });
}

fn needs_no_shard(event: &RawEvent, scenario: impl FnOnce() + Send) {
    needs_none_of_what_is_held(scenario, |ended| {
        let table = lock(event.key());
        let in_time = ended();
        drop(table);
        assert!(in_time);
    });
}

fn needs_no_group_lock(scenario: impl FnOnce() + Send) {
    needs_none_of_what_is_held(scenario, |ended| {
        let group = group_lock().lock();
        let in_time = ended();
        drop(group);
        assert!(in_time);
    });
}

/// A stopped thread cannot hold up what has nothing to do with it.
#[test]
fn what_meets_nobody_takes_no_lock() {
    for kind in [Kind::Auto, Kind::Manual] {
        let event = RawEvent::new(false);
        needs_no_queue(&event, || everything_that_meets_nobody(&event, kind));
        needs_no_shard(&event, || everything_that_meets_nobody(&event, kind));
    }
}

#[test]
fn a_reset_past_parked_threads_takes_no_lock() {
    let event = RawEvent::new(false);
    event.state().fetch_or(PARKED, Relaxed);
    needs_no_queue(&event, || event.reset());
    needs_no_shard(&event, || event.reset());
    assert_eq!(event.state().load(Relaxed), PARKED);
}

#[test]
fn every_shard_has_a_lock_and_there_is_one_for_groups() {
    assert!(ptr::eq(group_lock(), group_lock()));
    let locks = || (0..SHARDS).map(|index| ptr::from_ref(shard(index)));
    assert!(locks().eq(locks()));
    assert_eq!(locks().collect::<HashSet<_>>().len(), SHARDS);
}

/// Takes an entry out of its queue, also when the test fails: it is on the test's stack.
struct Leave<'e>(&'e Entry);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        leave(self.0);
    }
}

fn until_queued(event: &RawEvent, entries: usize) {
    let queued = || {
        let table = lock(event.key());
        // SAFETY: nothing is removed while the lock is held.
        unsafe { table.walk(event.key()) }.count()
    };
    let start = Instant::now();
    while queued() != entries {
        assert!(start.elapsed() < LONG);
        thread::yield_now();
    }
}

/// Has a group wait for `event`, which is in it twice, and a plain waiter behind the group. They are
/// released by `signal`.
fn a_group_and_one_behind_it(event: &dyn Event, signal: impl FnOnce()) {
    let Member { raw, kind } = event.member();
    let other = AutoResetEvent::default();
    thread::scope(|s| {
        let group = s.spawn(|| WaitAny::new(&[event, event, &other]).try_wait_for(LONG));
        until_queued(raw, 2);
        let behind = s.spawn(|| raw.wait_for(kind, LONG));
        until_queued(raw, 3);
        raw.reset();
        assert!(!raw.is_set() && !raw.poll(kind));
        signal();
        assert_eq!(group.join().unwrap(), Ok(0));
        assert!(behind.join().unwrap());
    });
}

/// One stopped thread that holds the group lock stops those who need it, and nobody else.
#[test]
fn to_release_one_group_does_not_take_the_group_lock() {
    let (auto, manual) = (AutoResetEvent::default(), ManualResetEvent::default());
    let twice = |signal: &dyn Fn()| (0..2).for_each(|_| signal());
    needs_no_group_lock(|| {
        a_group_and_one_behind_it(&auto, || twice(&|| auto.set()));
        a_group_and_one_behind_it(&auto, || twice(&|| auto.pulse()));
        a_group_and_one_behind_it(&manual, || manual.set());
        manual.reset();
        a_group_and_one_behind_it(&manual, || manual.pulse());
    });
}

#[test]
fn to_release_listeners_does_not_take_the_queue_of_parked_threads() {
    let (event, waiter) = (RawEvent::new(false), Waiter::new(Want::Any));
    let entry = Entry::new(&waiter, Member { raw: &event, kind: Kind::Manual }, 0);
    let _leave = Leave(&entry);
    assert_eq!(join(&mut lock(event.key()), &entry), Joined::Queued);
    needs_no_queue(&event, || event.set(Kind::Manual));
    assert_eq!(waiter.wait(Deadline::after(LONG)), Some(0));
}

/// A thread that is slow to leave costs others nothing.
#[test]
fn a_waiter_that_has_been_claimed_elsewhere_is_removed() {
    for (want, kind) in
        [(Want::Any, Kind::Auto), (Want::Any, Kind::Manual), (Want::All, Kind::Auto)]
    {
        let (event, waiter) = (RawEvent::new(false), Waiter::new(want));
        let entries = [Entry::new(&waiter, Member { raw: &event, kind }, 0)];
        let _leave = Leave(&entries[0]);
        waiter.set_members(&entries);
        event.state().fetch_or(LISTENED, Relaxed);
        // SAFETY: the entry is new, and is removed at the end of the block.
        unsafe { lock(event.key()).push(&entries[0]) };
        assert!(waiter.claim(1));
        needs_no_group_lock(|| event.set(kind));
        assert_eq!(event.state().load(Relaxed), SET);
    }
}

#[test]
fn answers_under_the_lock_are_what_the_byte_says() {
    for kind in [Kind::Auto, Kind::Manual] {
        let event = RawEvent::new(false);
        for set in [false, true, false] {
            event.state().fetch_or(LISTENED | if set { SET } else { 0 }, Relaxed);
            assert_eq!(is_set(&event), set);
            assert_eq!(poll(&event, kind), set);
            assert_eq!(is_set(&event), set && kind == Kind::Manual);
            reset(&event);
            assert_eq!(event.state().load(Relaxed), LISTENED);
        }
    }
}

/// What a signal of the first of two events has to lock when waiters for any or all of both are queued
/// there, in this order.
#[test]
fn signals_lock_what_their_waiters_wait_for() {
    use Want::{All, Any};
    let events = (0..1000).map(|_| RawEvent::new(false)).collect::<Vec<_>>();
    let first = &events[0];
    let shard = |event: &RawEvent| shard_of(event.key());
    let other = events.iter().find(|event| shard(event) != shard(first)).expect("there are more");
    for (wants, other_is_set, needs, auto_locks_other, manual_locks_other) in [
        (&[] as &[_], false, false, false, false),
        (&[Any], false, false, false, true),
        (&[Any, Any], false, true, false, true),
        (&[All], false, true, true, true),
        (&[All], true, true, true, true),
        (&[Any, All], true, true, true, true),
        (&[All, Any], false, true, true, true),
    ] {
        let waiters = wants.iter().map(|want| Waiter::new(*want)).collect::<Vec<_>>();
        let entries = waiters.iter().map(|waiter| {
            [first, other].map(|raw| Entry::new(waiter, Member { raw, kind: Kind::Manual }, 0))
        });
        let entries = entries.collect::<Vec<_>>();
        let _leave = entries.iter().map(|entries| Leave(&entries[0])).collect::<Vec<_>>();
        for (waiter, entries) in waiters.iter().zip(&entries) {
            waiter.set_members(entries);
            // SAFETY: the entry is new, and is removed at the end of the block.
            unsafe { lock(first.key()).push(&entries[0]) };
        }
        if other_is_set {
            other.set(Kind::Manual);
        }
        assert_eq!(needs_group(&lock(first.key()), first), needs, "{wants:?}");
        for (kind, locks_other) in
            [(Kind::Auto, auto_locks_other), (Kind::Manual, manual_locks_other)]
        {
            let mut locks = GroupLocks::new();
            lock_candidates(&mut locks, first, kind);
            assert_eq!(locks.shards[shard(other)].is_some(), locks_other, "{kind:?}, {wants:?}");
        }
        for waiter in &waiters {
            assert!(waiter.claim(0));
        }
        assert!(!needs_group(&lock(first.key()), first));
        other.reset();
    }
}

/// Marked as changing, it is asked for under the lock.
#[test]
fn an_event_that_is_changing_is_what_it_was() {
    for kind in [Kind::Auto, Kind::Manual] {
        let event = RawEvent::new(false);
        event.state().fetch_or(LISTENED | COMMITTING, Relaxed);
        assert!(!event.poll(kind) && !event.is_set());
    }
}

/// The last parked thread may have thought better of it.
#[test]
fn a_signal_that_finds_nobody_parked_goes_to_the_listeners() {
    static EVENT: RawEvent = RawEvent::new(false);
    EVENT.state().fetch_or(LISTENED | PARKED, Relaxed);
    let (done, over) = channel();
    thread::spawn(move || {
        EVENT.set(Kind::Auto);
        done.send(EVENT.state().load(Relaxed))
    });
    assert_eq!(over.recv_timeout(LONG / 3), Ok(SET));

    let (event, waiter) = (RawEvent::new(false), Waiter::new(Want::Any));
    let entry = Entry::new(&waiter, Member { raw: &event, kind: Kind::Auto }, 0);
    let _leave = Leave(&entry);
    assert_eq!(join(&mut lock(event.key()), &entry), Joined::Queued);
    event.state().fetch_or(PARKED, Relaxed);
    event.set(Kind::Auto);
    assert_eq!(event.state().load(Relaxed), 0);
    assert_eq!(waiter.wait(Deadline::At(Instant::now())), Some(0));
}

#[test]
fn what_has_no_listeners_any_more_is_left_to_the_caller() {
    for kind in [Kind::Auto, Kind::Manual] {
        let event = RawEvent::new(false);
        assert_eq!(wait_one(&event, kind, Deadline::At(Instant::now())), None);
        assert!(!signal(&event, kind, Signal::Set) && !event.is_set());
    }
    // Parked threads are older than listeners, and one of them takes an auto-reset event's signal.
    let event = RawEvent::new(false);
    event.state().fetch_or(LISTENED | PARKED, Relaxed);
    assert!(!signal(&event, Kind::Auto, Signal::Set));
    assert_eq!(event.state().load(Relaxed), LISTENED | PARKED);
}
