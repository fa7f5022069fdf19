//! When no thread signals any more, every thread that still waits has a reason. The event of a
//! plain wait is unset. All events of a `WaitAny` are. At least one event of a `WaitAll` is.

use super::{End, stress};
use crate::limit::{LONG, until};
use crate::random::Random;
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::hint::spin_loop;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

const EVENTS: usize = 3;
const WAITERS: usize = 4;
const SIGNALLERS: usize = 2;

enum OfKind {
    Auto(AutoResetEvent),
    Manual(ManualResetEvent),
}

impl OfKind {
    fn event(&self) -> &dyn Event {
        match self {
            Self::Auto(event) => event,
            Self::Manual(event) => event,
        }
    }

    fn set(&self) {
        match self {
            Self::Auto(event) => event.set(),
            Self::Manual(event) => event.set(),
        }
    }

    fn signal(&self, how: usize) {
        match (self, how) {
            (Self::Auto(event), 0) => event.reset(),
            (Self::Manual(event), 0) => event.reset(),
            (Self::Auto(event), 1) => event.pulse(),
            (Self::Manual(event), 1) => event.pulse(),
            (Self::Auto(event), 2) => drop(event.wait0()),
            (Self::Manual(event), 2) => drop(event.wait0()),
            _ => self.set(),
        }
    }
}

/// What a thread waits for.
#[derive(Clone, Copy, Debug)]
enum Wait {
    One(usize),
    Any([usize; 2]),
    All([usize; 2]),
}

impl Wait {
    fn random(random: &mut Random) -> Self {
        let first = random.below(EVENTS);
        let two = [first, (first + 1 + random.below(EVENTS - 1)) % EVENTS];
        match random.below(5) {
            0 => Self::One(first),
            1 | 2 => Self::Any(two),
            _ => Self::All(two),
        }
    }

    fn has_reason(self, events: &[OfKind]) -> bool {
        let is_unset = |event: usize| !events[event].event().is_set();
        match self {
            Self::One(event) => is_unset(event),
            Self::Any(two) => two.into_iter().all(is_unset),
            Self::All(two) => two.into_iter().any(is_unset),
        }
    }

    /// Returns the event whose signal was taken, if exactly one was taken.
    fn wait(self, events: &[OfKind], limit: Option<Duration>) -> Option<usize> {
        let pair = |two: [usize; 2]| two.map(|event| events[event].event());
        match (self, limit) {
            (Self::One(event), None) => match &events[event] {
                OfKind::Auto(event) => event.wait(),
                OfKind::Manual(event) => event.wait(),
            },
            (Self::One(event), Some(limit)) => {
                let released = match &events[event] {
                    OfKind::Auto(event) => event.wait_for(limit),
                    OfKind::Manual(event) => event.wait_for(limit),
                };
                return released.then_some(event);
            }
            (Self::Any(two), None) => return Some(two[WaitAny::new(&pair(two)).wait()]),
            (Self::Any(two), Some(limit)) => {
                let index = WaitAny::new(&pair(two)).try_wait_for(limit).ok();
                return index.map(|index| two[index]);
            }
            (Self::All(two), None) => WaitAll::new(&pair(two)).wait(),
            (Self::All(two), Some(limit)) => drop(WaitAll::new(&pair(two)).wait_for(limit)),
        }
        None
    }
}

/// What a thread is doing: it waits without a timeout, does something else, or has ended.
#[derive(Clone, Copy, Debug)]
enum Doing {
    Waits(Wait),
    Works,
    Nothing,
}

struct Round {
    events: Vec<OfKind>,
    begin: AtomicUsize,
    progress: AtomicUsize,
    waiters: [Mutex<Doing>; WAITERS],
    signallers: AtomicUsize,
}

impl Round {
    fn new(random: &mut Random) -> Self {
        let event = |_| {
            let state = if random.below(2) == 0 { EventState::Unset } else { EventState::Set };
            match random.below(3) {
                0 => OfKind::Manual(ManualResetEvent::new(state)),
                _ => OfKind::Auto(AutoResetEvent::new(state)),
            }
        };
        Self {
            events: (0..EVENTS).map(event).collect(),
            begin: AtomicUsize::new(WAITERS + SIGNALLERS),
            progress: AtomicUsize::new(0),
            waiters: [const { Mutex::new(Doing::Works) }; WAITERS],
            signallers: AtomicUsize::new(SIGNALLERS),
        }
    }

    /// Lets the threads go on when all have arrived.
    fn pass(&self) {
        self.begin.fetch_sub(1, SeqCst);
        until(|| self.begin.load(SeqCst) == 0);
    }

    fn does(&self, thread: usize, doing: Doing) {
        *self.waiters[thread].lock().unwrap() = doing;
        self.progress.fetch_add(1, SeqCst);
    }

    fn wait(&self, thread: usize, random: &mut Random) {
        self.pass();
        for _ in 0..4 {
            let wait = Wait::random(random);
            let limit = match random.below(3) {
                0 => Some(Duration::from_micros(random.below(60) as u64)),
                _ => None,
            };
            if limit.is_none() {
                self.does(thread, Doing::Waits(wait));
            }
            let taken = wait.wait(&self.events, limit);
            self.does(thread, Doing::Works);
            if let Some(event) = taken.filter(|_| random.below(2) == 0) {
                self.events[event].set();
            }
        }
        self.does(thread, Doing::Nothing);
    }

    fn signal(&self, random: &mut Random) {
        self.pass();
        for _ in 0..8 {
            (0..random.below(300)).for_each(|_| spin_loop());
            self.events[random.below(EVENTS)].signal(random.below(10));
        }
        self.signallers.fetch_sub(1, SeqCst);
    }

    fn doings(&self) -> [Doing; WAITERS] {
        self.waiters.each_ref().map(|doing| *doing.lock().unwrap())
    }

    /// Returns whether no thread makes progress, and every waiting thread has a reason.
    fn is_at_rest(&self) -> bool {
        let progress = self.progress.load(SeqCst);
        let at_rest = self.signallers.load(SeqCst) == 0
            && self.doings().iter().all(|doing| match doing {
                Doing::Waits(wait) => wait.has_reason(&self.events),
                Doing::Works => false,
                Doing::Nothing => true,
            });
        if !at_rest {
            return false;
        }
        // A thread that was released just now shows progress within this time.
        let end = Instant::now() + Duration::from_micros(20);
        while Instant::now() < end {
            thread::yield_now();
        }
        progress == self.progress.load(SeqCst)
    }

    /// Waits until the round is at rest, and then releases all threads.
    fn judge(&self) {
        let start = Instant::now();
        while !self.is_at_rest() {
            if start.elapsed() > LONG {
                let set: Vec<_> = self.events.iter().map(|event| event.event().is_set()).collect();
                panic!("threads wait without a reason: {:?}; set: {set:?}", self.doings());
            }
            thread::yield_now();
        }
        until(|| {
            self.events.iter().for_each(OfKind::set);
            self.doings().iter().all(|doing| matches!(doing, Doing::Nothing))
        });
    }
}

fn play(end: End) {
    let mut random = Random::new(0);
    while !end.is_near() {
        let round = Round::new(&mut random);
        let mut seeds = || Random::new(random.below(1 << 30));
        let (waiters, signallers): ([_; WAITERS], [_; SIGNALLERS]) =
            ([(); WAITERS].map(|()| seeds()), [(); SIGNALLERS].map(|()| seeds()));
        thread::scope(|s| {
            let round = &round;
            for (thread, mut random) in waiters.into_iter().enumerate() {
                s.spawn(move || round.wait(thread, &mut random));
            }
            for mut random in signallers {
                s.spawn(move || round.signal(&mut random));
            }
            round.judge();
        });
    }
}

#[test]
fn every_thread_that_still_waits_has_a_reason() {
    stress(play);
}

/// G-1: a `WaitAny` finds `a` set, but is claimed for `x` before it has taken the signal. Meanwhile the
/// set of `b` reads whether the `WaitAll` is complete.
#[test]
fn a_signal_that_is_taken_and_given_back_completes_a_wait_for_all() {
    stress(|end| {
        while !end.is_near() {
            let a = AutoResetEvent::new(EventState::Set);
            let (b, x) = (AutoResetEvent::default(), AutoResetEvent::default());
            thread::scope(|s| {
                let all = s.spawn(|| WaitAll::new(&[&a, &b]).wait_for(LONG));
                s.spawn(|| {
                    while WaitAny::new(&[&x, &a]).wait() == 1 {
                        a.set();
                    }
                });
                thread::sleep(Duration::from_micros(200));
                x.set();
                b.set();
                assert!(all.join().unwrap(), "a and b are set: {}, {}", a.is_set(), b.is_set());
            });
        }
    });
}
