//! Which operations take which lock, which do not wait for a lock that another thread holds, and what
//! happens in states that real threads seldom reach.

use super::locks::Locks;
use super::poll::poll_all_unless;
use super::signal::signal;
use super::wait::{
    All, Joined, Look, join, leave, look, take_or_queue, wait_all, wait_all_unless, wait_any,
};
use super::waiter::{Ended, Entry, Member, Members, Thread, Want};
use super::*;
use crate::byte::{CHANGING, LISTENED, PARKED, SET, Signal};
use crate::deadline::Deadline;
use crate::event::RawEvent;
use crate::primitive::unpark_one;
use crate::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(30);

/// Runs `scenario` on another thread while this thread holds a lock, in `hold`, which is given a function
/// that starts the scenario and waits for its end. The scenario must not need the lock.
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

/// Runs `scenario` while this thread holds the lock of the queue of parked threads.
fn needs_no_queue(event: &RawEvent, scenario: impl FnOnce() + Send) {
    needs_none_of_what_is_held(scenario, |ended| {
        let mut in_time = false;
        // SAFETY: the key is the address of an event, and the closure does not panic. It waits for a thread
        // that does not use the parking lot.
        unsafe { unpark_one(event.byte().key(), |_| in_time = ended()) };
        assert!(in_time);
    });
}

fn needs_no_shard(event: &RawEvent, scenario: impl FnOnce() + Send) {
    needs_none_of_what_is_held(scenario, |ended| {
        let locks = Locks::one(event.byte().key());
        let in_time = ended();
        drop(locks);
        assert!(in_time);
    });
}

/// So a preempted thread that holds a lock does not delay operations without waiters.
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
    make(&event, PARKED);
    needs_no_queue(&event, || event.reset());
    needs_no_shard(&event, || event.reset());
    assert_eq!(event.byte().bits(), PARKED);
}

fn make(event: &RawEvent, bits: u8) {
    event.byte().leave_as(bits);
}

fn made(bits: u8) -> RawEvent {
    let event = RawEvent::new(false);
    make(&event, bits);
    event
}

/// Removes an entry from its queue, also when the test fails, because the entry is on the test's stack.
struct Leave<'e>(&'e Entry);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        leave(self.0);
    }
}

fn until_queued(byte: &Byte, entries: usize) {
    let queued = || {
        let mut locks = Locks::one(byte.key());
        // SAFETY: the lock is held until the entries have been counted.
        unsafe { locks.table(byte.key()).walk(byte.key()) }.count()
    };
    let start = Instant::now();
    while queued() != entries {
        assert!(start.elapsed() < LONG);
        thread::yield_now();
    }
}

#[test]
fn to_release_listeners_does_not_take_the_queue_of_parked_threads() {
    let (event, thread) = (RawEvent::new(false), Thread::new(Want::Any));
    let byte = event.byte();
    thread.begin(&Member { byte, kind: Kind::Manual });
    let entry = &thread.entries()[0];
    let _leave = Leave(entry);
    assert_eq!(join(Locks::one(byte.key()).table(byte.key()), entry), Joined::Queued);
    needs_no_queue(&event, || event.set(Kind::Manual));
    assert_eq!(thread.wait(Deadline::after(LONG), true), Ended::Released(0));
}

/// So a thread that is slow to leave costs other threads nothing.
#[test]
fn a_waiter_that_has_been_claimed_elsewhere_is_removed() {
    for (want, kind) in
        [(Want::Any, Kind::Auto), (Want::Any, Kind::Manual), (Want::All, Kind::Auto)]
    {
        let (event, thread) = (RawEvent::new(false), Thread::new(want));
        let byte = event.byte();
        thread.begin(&Member { byte, kind });
        let entries = thread.entries();
        let _leave = Leave(&entries[0]);
        make(&event, LISTENED);
        // SAFETY: the entry is not queued, and is removed at the end of the block.
        unsafe { Locks::one(byte.key()).table(byte.key()).push(&entries[0]) };
        assert!(thread.waiter().claim(1, Signal::Set));
        event.set(kind);
        assert_eq!(byte.bits(), SET);
    }
}

#[test]
fn answers_under_the_lock_are_what_the_byte_says() {
    for kind in [Kind::Auto, Kind::Manual] {
        let event = RawEvent::new(false);
        for set in [false, true, false] {
            make(&event, LISTENED | if set { SET } else { 0 });
            let byte = event.byte();
            assert_eq!(is_set(byte), set);
            assert_eq!(poll(byte, kind), set);
            assert_eq!(is_set(byte), set && kind == Kind::Manual);
            reset(byte);
            assert_eq!(byte.bits(), LISTENED);
        }
    }
}

fn shares_a_shard(one: &dyn Event, other: &dyn Event) -> bool {
    Locks::one(one.member().byte.key()).holds(other.member().byte.key())
}

fn many_manual() -> Vec<ManualResetEvent> {
    (0..100).map(|_| ManualResetEvent::default()).collect()
}

/// Returns one of `many` that shares no shard with `events`.
fn apart_from<'e>(events: &[&dyn Event], many: &'e [ManualResetEvent]) -> &'e ManualResetEvent {
    let is_apart =
        |other: &&ManualResetEvent| !events.iter().any(|event| shares_a_shard(*event, *other));
    many.iter().find(is_apart).expect("there are many shards")
}

/// Returns whether `run` locks the shard of `event`.
fn locks(event: &dyn Event, run: impl FnOnce() + Send) -> bool {
    locks_and(event, run, || ())
}

/// Same as [`locks`]. Calls `meanwhile` while `run` waits for the lock.
fn locks_and(event: &dyn Event, run: impl FnOnce() + Send, meanwhile: impl FnOnce()) -> bool {
    let locks = Locks::one(event.member().byte.key());
    thread::scope(|s| {
        let running = s.spawn(run);
        // It ends, or waits for the lock.
        let start = Instant::now();
        while !running.is_finished() && start.elapsed() < Duration::from_millis(100) {
            thread::yield_now();
        }
        let waits = !running.is_finished();
        meanwhile();
        drop(locks);
        waits
    })
}

/// T-8
#[test]
fn a_poll_takes_no_lock_if_the_event_is_set_or_the_waker_is_the_same() {
    let event = AutoResetEvent::new(EventState::Set);
    let poll = || {
        assert!(pin!(event.wait_async()).poll(&mut Context::from_waker(Waker::noop())).is_ready());
    };
    assert!(!locks(&event, poll) && !event.is_set());
    let event = AutoResetEvent::default();
    let mut wait = pin!(event.wait_async());
    let [waker, other] = [(); 2].map(|()| Waker::from(Arc::new(Ignores)));
    assert!(wait.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    for (waker, expected) in [(&waker, false), (&other, true), (&other, false)] {
        let mut wait = wait.as_mut();
        let poll =
            move || assert!(wait.as_mut().poll(&mut Context::from_waker(waker)).is_pending());
        assert_eq!(locks(&event, poll), expected);
    }
}

struct Ignores;

impl Wake for Ignores {
    fn wake(self: Arc<Self>) {}
}

/// The lock of the event alone suffices to release one waiter that wants any, and to see that an unset event
/// keeps a waiter incomplete. Further decisions lock the shards of all events that they depend on.
#[test]
fn signals_lock_what_their_waiters_wait_for() {
    let (auto, events) = (AutoResetEvent::default(), many_manual());
    let first = &events[0];
    let other = apart_from(&[&auto, first], &events);
    // With a waiter beside it, a group could be seen to be claimed before that one.
    for (any, all, plain, auto_locks, manual_locks) in [
        (1, 0, 0, false, false),
        (2, 0, 0, false, true),
        (0, 1, 0, false, true),
        (1, 1, 0, false, true),
        (1, 0, 1, false, true),
    ] {
        thread::scope(|s| {
            for event in [&auto as &dyn Event, first] {
                let mut queued = 0;
                for at in 0..any + all + plain {
                    s.spawn(move || {
                        let events = [event, other];
                        assert!(if at < any {
                            WaitAny::new(&events).try_wait_for(LONG).is_ok()
                        } else if at < any + all {
                            WaitAll::new(&events).wait_for(LONG)
                        } else {
                            WaitAny::new(&[event]).try_wait_for(LONG).is_ok()
                        });
                    });
                    queued += 1;
                    until_queued(event.member().byte, queued);
                }
            }
            assert_eq!(
                locks(other, || auto.set()),
                auto_locks,
                "{any} any, {all} all, {plain} plain"
            );
            let locks = locks(other, || first.set());
            assert_eq!(locks, manual_locks, "{any} any, {all} all, {plain} plain");
            other.set();
            auto.set();
        });
        auto.reset();
        first.reset();
        other.reset();
    }
}

/// So threads that each poll for an event of their own and one that they share do not wait for each other.
#[test]
fn a_poll_takes_no_lock_of_a_manual_reset_event_that_is_its_only_one() {
    let (own, events) = (AutoResetEvent::default(), many_manual());
    let shared = apart_from(&[&own], &events);
    for group in [[&own as &dyn Event, shared], [shared, &own]] {
        let (any, all) = (WaitAny::new(&group), WaitAll::new(&group));
        assert!(!locks(shared, || assert!(any.try_wait0().is_err())));
        own.set();
        assert!(!locks(shared, || assert!(any.try_wait0().is_ok() && !all.wait0())));
        shared.set();
        own.set();
        assert!(!locks(shared, || assert!(all.wait0() && !own.is_set())));
        shared.reset();
    }
}

#[test]
fn a_signal_that_may_complete_a_group_locks_its_events() {
    let (auto, events) = (AutoResetEvent::default(), many_manual());
    let other = apart_from(&[&auto], &events);
    other.set();
    thread::scope(|s| {
        let group = s.spawn(|| WaitAll::new(&[&auto, other]).wait_for(LONG));
        until_queued((&auto as &dyn Event).member().byte, 1);
        // The signal unlocks its event before it waits for the other shard, so its mark must be off by then.
        let is_unmarked_soon = || {
            let (byte, start) = ((&auto as &dyn Event).member().byte, Instant::now());
            while byte.is_marked() && start.elapsed() < Duration::from_secs(1) {}
            assert!(!byte.is_marked());
        };
        assert!(locks_and(other, || auto.set(), is_unmarked_soon));
        assert!(group.join().unwrap());
    });
}

/// Operations that find the mark ask under the lock.
#[test]
fn an_event_that_is_changing_is_what_it_was() {
    for kind in [Kind::Auto, Kind::Manual] {
        let event = RawEvent::new(false);
        make(&event, LISTENED | CHANGING);
        assert!(!event.poll(kind) && !event.is_set());
    }
}

/// The bit `PARKED` may be on without a parked thread, because a thread about to park gave up.
#[test]
fn a_signal_that_finds_nobody_parked_goes_to_the_listeners() {
    static EVENT: RawEvent = RawEvent::new(false);
    make(&EVENT, LISTENED | PARKED);
    let (done, over) = channel();
    thread::spawn(move || {
        EVENT.set(Kind::Auto);
        done.send(EVENT.byte().bits())
    });
    assert_eq!(over.recv_timeout(LONG / 3), Ok(SET));

    let (event, thread) = (RawEvent::new(false), Thread::new(Want::Any));
    let byte = event.byte();
    thread.begin(&Member { byte, kind: Kind::Auto });
    let entry = &thread.entries()[0];
    let _leave = Leave(entry);
    assert_eq!(join(Locks::one(byte.key()).table(byte.key()), entry), Joined::Queued);
    make(&event, LISTENED | PARKED);
    event.set(Kind::Auto);
    assert_eq!(byte.bits(), 0);
    assert_eq!(thread.wait(Deadline::At(Instant::now()), true), Ended::Released(0));
}

#[test]
fn what_has_no_listeners_any_more_is_done_all_the_same() {
    for kind in [Kind::Auto, Kind::Manual] {
        let event = RawEvent::new(false);
        let byte = event.byte();
        assert_eq!(wait_one(byte, kind, Deadline::At(Instant::now())), Some(false));
        assert_eq!(byte.bits(), 0);
        assert!(signal(byte, kind, Signal::Set) && event.is_set());
        assert_eq!(wait_one(byte, kind, Deadline::At(Instant::now())), Some(true));
        assert!(signal(byte, kind, Signal::Pulse) && !event.is_set());
    }
}

#[test]
fn an_auto_reset_event_is_left_to_parked_threads() {
    for bits in [PARKED, LISTENED | PARKED] {
        let event = RawEvent::new(false);
        make(&event, bits);
        assert!(!signal(event.byte(), Kind::Auto, Signal::Set));
        assert_eq!(event.byte().bits(), bits);
    }
}

/// Otherwise groups that freeze the event again and again could make these operations fail for ever.
#[test]
fn what_has_parked_threads_and_no_listeners_any_more_is_done_all_the_same() {
    for kind in [Signal::Set, Signal::Pulse] {
        let event = RawEvent::new(false);
        make(&event, PARKED);
        assert!(signal(event.byte(), Kind::Manual, kind));
        assert_eq!(event.byte().bits(), kind.leaves());
    }
    for kind in [Kind::Auto, Kind::Manual] {
        let event = RawEvent::new(false);
        make(&event, PARKED);
        assert_eq!(wait_one(event.byte(), kind, Deadline::At(Instant::now())), Some(false));
        assert_eq!(event.byte().bits(), 0);
    }
}

/// The events are set between the last poll and the attempt to queue.
#[test]
fn an_attempt_to_queue_takes_what_it_finds() {
    for kind in [Kind::Auto, Kind::Manual] {
        let left = if kind == Kind::Auto { 0 } else { SET };
        for (want, set, expected, bits) in [
            (Want::AllUnless, [SET, 0, SET], All::Stopped, [left, 0, SET]),
            (Want::AllUnless, [SET, SET, SET], All::Stopped, [left, SET, SET]),
            (Want::AllUnless, [0, SET, SET], All::Taken, [0, left, left]),
            (Want::All, [SET, SET, SET], All::Taken, [left, left, left]),
        ] {
            let (events, thread) = (set.map(made), Thread::new(want));
            thread.begin(&SetLater { events: &events, kind, asked: Cell::new(0), sets: &[] });
            assert_eq!(take_or_queue(thread.entries()), Some(expected));
            assert_eq!(events.each_ref().map(|event| event.byte().bits()), bits);
        }
    }
}

/// A poll takes the lock of a stop that has listeners or is changing.
#[test]
fn a_poll_under_the_lock_of_the_stop_takes_the_stop_or_the_others() {
    for (stop, expected, others) in
        [(LISTENED | SET, All::Stopped, SET), (LISTENED | CHANGING, All::Taken, 0)]
    {
        let events = [stop, SET, SET].map(made);
        let group = SetLater { events: &events, kind: Kind::Auto, asked: Cell::new(0), sets: &[] };
        assert_eq!(poll_all_unless(&group), Some(expected));
        assert!(!events[0].is_set());
        assert!(events[1..].iter().all(|event| event.byte().bits() == others));
    }
}

/// A group that sets some of its events once a wait has asked often enough for a member, that is, while the
/// wait spins.
struct SetLater<'e> {
    events: &'e [RawEvent],
    kind: Kind,
    asked: Cell<u32>,
    sets: &'e [usize],
}

impl SetLater<'_> {
    const SPINS: u32 = 30;
}

impl Members for SetLater<'_> {
    fn len(&self) -> usize {
        self.events.len()
    }

    fn member(&self, index: usize) -> Member<'_> {
        self.asked.set(self.asked.get() + 1);
        if self.asked.get() == Self::SPINS {
            self.sets.iter().for_each(|&at| self.events[at].set(self.kind));
        }
        Member { byte: self.events[index].byte(), kind: self.kind }
    }
}

#[test]
fn a_wait_that_spins_takes_what_it_finds() {
    type Wait = fn(&SetLater<'_>, Deadline) -> Option<usize>;
    let any: Wait = |group, deadline| wait_any(group, Some(deadline));
    let all: Wait = |group, deadline| wait_all(group, Some(deadline)).then_some(0);
    let all_unless: Wait = |group, deadline| wait_all_unless(group, Some(deadline)).map(All::index);
    let cases: [(Wait, &[usize], usize); 4] =
        [(any, &[1], 1), (all, &[0, 1, 2], 0), (all_unless, &[1, 2], 1), (all_unless, &[0], 0)];
    for (wait, sets, expected) in cases {
        let events = [(); 3].map(|()| RawEvent::new(false));
        let group = SetLater { events: &events, kind: Kind::Auto, asked: Cell::new(0), sets };
        // A thread that is pre-empted may spin less.
        let deadline = || Deadline::after(Duration::from_millis(1));
        let result = (0..1000).find_map(|_| wait(&group, deadline()));
        assert_eq!(result, Some(expected));
        assert!(events.iter().all(|event| event.byte().bits() == 0));
    }
}

#[test]
fn a_look_finds_what_a_poll_may_take() {
    let is_promising = |want, bits: [u8; 2]| {
        let events = bits.map(made);
        let group = SetLater { events: &events, kind: Kind::Auto, asked: Cell::new(0), sets: &[] };
        look(&group, want).is_promising
    };
    for set in [SET, LISTENED | SET, LISTENED | CHANGING] {
        for (want, bits, expected) in [
            (Want::Any, [0, 0], false),
            (Want::Any, [set, 0], true),
            (Want::Any, [0, set], true),
            (Want::All, [set, 0], false),
            (Want::All, [0, set], false),
            (Want::All, [set, set], true),
            (Want::AllUnless, [0, 0], false),
            (Want::AllUnless, [set, 0], true),
            (Want::AllUnless, [0, set], true),
        ] {
            assert_eq!(is_promising(want, bits), expected, "{want:?} {bits:?}");
        }
    }
}

/// The next signal of an auto-reset event goes to a thread that already waits for it.
#[test]
fn a_look_finds_that_others_wait() {
    for (kind, bits, others_wait) in [
        (Kind::Auto, 0, false),
        (Kind::Auto, PARKED, true),
        (Kind::Auto, LISTENED, true),
        (Kind::Manual, PARKED, false),
        (Kind::Manual, LISTENED, false),
    ] {
        let event = made(bits);
        let member = Member { byte: event.byte(), kind };
        assert_eq!(look(&member, Want::Any), Look { is_promising: false, others_wait });
    }
}

#[test]
fn debug_shows_a_change_that_is_half_made_without_waiting_for_it() {
    let event = AutoResetEvent::default();
    event.byte().leave_as(CHANGING | LISTENED);
    let shown = format!("{event:?}");
    event.byte().leave_as(0);
    assert_eq!(shown, "AutoResetEvent { state: Changing }");
    assert_eq!(format!("{event:?}"), "AutoResetEvent { state: Unset }");
}
