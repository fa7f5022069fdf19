//! Events with a planted bug. Each bug is of a kind that has been found in the field.

use rsevents_testing::Limit;
use rsevents_testing::events::{Events, Kind, Op, Ret, Setup, State};
use rsevents_testing::lincheck::Subject;
use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Instant;

#[derive(Clone, Copy, Debug)]
pub(super) enum Bug {
    /// Now and then, a set has no effect.
    DropsSet,
    /// A set of an auto-reset event lets two waits succeed.
    WakesTwo,
    /// A wait takes the signal and returns that it timed out.
    TimesOutAfterTaking,
    /// A wait times out too early.
    TimesOutEarly,
    /// A sleeping wait does not notice a set.
    SleepsOn,
    /// A `WaitAll` takes one event after the other, and gives them back if it fails.
    TakesOneByOne,
    /// A `WaitAny` takes the signals of two events.
    TakesTwo,
    /// A `WaitAny` does not read its events in order.
    TakesLast,
    /// A wait for a manual-reset event that times out unsets it.
    TimeoutErasesSet,
    /// A pulse leaves the event set if no thread waits.
    PulseStays,
    /// A long wait never ends.
    Hangs,
}

pub(super) struct Planted {
    events: Events,
    bug: Bug,
    calls: AtomicUsize,
}

impl Planted {
    pub(super) fn new(bug: Bug, setup: &Setup) -> Self {
        Self { events: Events::new(setup), bug, calls: AtomicUsize::new(0) }
    }

    /// Returns whether the bug shows now: about every second time, but out of step with any loop.
    fn now_and_then(&self) -> bool {
        self.calls.fetch_add(1, Relaxed).wrapping_mul(0x9E37_79B9) & (1 << 31) != 0
    }

    fn is_true(&self, op: &Op) -> bool {
        self.events.call(op) == Ret::Is(true)
    }

    fn take_one_by_one(&self, events: &[usize], limit: Limit) -> Ret {
        let start = Instant::now();
        loop {
            let missing =
                events.iter().position(|&event| !self.is_true(&Op::Wait(event, Limit::Poll)));
            let Some(missing) = missing else { return Ret::Is(true) };
            thread::yield_now();
            for &event in &events[..missing] {
                self.events.call(&Op::Set(event));
            }
            if start.elapsed() >= limit.duration() {
                return Ret::Is(false);
            }
        }
    }
}

impl Subject for Planted {
    type Spec = State;

    fn call(&self, op: &Op) -> Ret {
        match (self.bug, op) {
            (Bug::DropsSet, Op::Set(_)) if self.now_and_then() => Ret::Done,
            (Bug::WakesTwo, &Op::Set(event)) if self.events.kind(event) == Kind::Auto => {
                self.events.call(op);
                self.events.call(op)
            }
            (Bug::TimesOutAfterTaking, Op::Wait(_, Limit::Micros(_))) => {
                let released = self.is_true(op);
                Ret::Is(released && !self.now_and_then())
            }
            (Bug::TimesOutEarly, &Op::Wait(event, Limit::Micros(_))) => {
                self.events.call(&Op::Wait(event, Limit::Poll))
            }
            (Bug::SleepsOn, &Op::Wait(event, Limit::Micros(micros))) => {
                let released = self.is_true(&Op::Wait(event, Limit::Poll));
                if !released {
                    thread::sleep(Limit::Micros(micros).duration());
                }
                Ret::Is(released)
            }
            (Bug::TakesOneByOne, Op::All(events, limit)) => self.take_one_by_one(events, *limit),
            (Bug::TakesTwo, Op::Any(events, _)) => {
                let first = self.events.call(op);
                self.events.call(&Op::Any(events.clone(), Limit::Poll));
                first
            }
            (Bug::TakesLast, Op::Any(events, limit)) => {
                let reversed = events.iter().rev().copied().collect();
                match self.events.call(&Op::Any(reversed, *limit)) {
                    Ret::Index(Some(index)) => Ret::Index(Some(events.len() - 1 - index)),
                    ret => ret,
                }
            }
            (Bug::TimeoutErasesSet, &Op::Wait(event, _))
                if self.events.kind(event) == Kind::Manual =>
            {
                let released = self.is_true(op);
                if !released {
                    (0..5000).for_each(|_| hint::spin_loop());
                    self.events.call(&Op::Reset(event));
                }
                Ret::Is(released)
            }
            (Bug::PulseStays, &Op::Pulse(event)) => self.events.call(&Op::Set(event)),
            (Bug::Hangs, Op::Wait(_, Limit::Long)) => loop {
                thread::park();
            },
            _ => self.events.call(op),
        }
    }

    fn relief(&self) -> Vec<Op> {
        self.events.relief()
    }

    fn audit(&self) -> Vec<Op> {
        self.events.audit()
    }
}
