//! Histories of a [`CountdownEvent`].

use super::{Limit, limit};
use crate::lincheck::{Effort, Entry, History, Program, Spec, Subject, explore};
use proptest::collection::vec;
use proptest::prelude::*;
use rsevents::{ManualResetEvent, WaitAny};
use rsevents_extra::{Awaitable, CountdownEvent};
use std::ops::Range;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Op {
    Tick(usize),
    Increment(usize),
    TryIncrement(usize),
    Reset(usize),
    Count,
    IsSet,
    Wait(Limit),
    /// A wait for any, of which the countdown is one.
    Any(Limit),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ret {
    Done,
    Count(usize),
    /// The state, or the success of the operation.
    Is(bool),
}

/// The sequential specification: a count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Count(usize);

impl Spec for Count {
    type Op = Op;
    type Ret = Ret;

    fn apply(&self, op: &Op, ret: &Ret, _step: usize) -> Option<Self> {
        let zero = self.0 == 0;
        let (holds, after) = match (op, *ret) {
            (Op::Tick(n), Ret::Done) => (true, self.0.saturating_sub(*n)),
            (Op::Increment(n), Ret::Done) => (true, self.0 + n),
            (Op::TryIncrement(n), Ret::Is(true)) => (!zero, self.0 + n),
            (Op::TryIncrement(_), Ret::Is(false)) => (zero, self.0),
            (Op::Reset(n), Ret::Done) => (true, *n),
            (Op::Count, Ret::Count(count)) => (self.0 == count, self.0),
            (Op::IsSet | Op::Wait(_) | Op::Any(_), Ret::Is(set)) => (zero == set, self.0),
            _ => (false, self.0),
        };
        holds.then_some(Self(after))
    }

    fn delay(op: &Op, ret: &Ret) -> Duration {
        match (op, ret) {
            (Op::Wait(limit) | Op::Any(limit), Ret::Is(false)) => limit.duration(),
            _ => Duration::ZERO,
        }
    }
}

struct Shared(CountdownEvent);

impl Subject for Shared {
    type Spec = Count;

    fn call(&self, op: &Op) -> Ret {
        match *op {
            Op::Tick(1) => self.0.tick(),
            Op::Tick(n) => self.0.tick_by(n),
            Op::Increment(1) => self.0.increment(),
            Op::Increment(n) => self.0.increment_by(n),
            Op::TryIncrement(1) => return Ret::Is(self.0.try_increment()),
            Op::TryIncrement(n) => return Ret::Is(self.0.try_increment_by(n)),
            Op::Reset(count) => self.0.reset(count),
            Op::Count => return Ret::Count(self.0.count()),
            Op::IsSet => return Ret::Is(self.0.is_set()),
            Op::Wait(Limit::Poll) => return Ret::Is(self.0.wait0()),
            Op::Wait(limit) => return Ret::Is(self.0.wait_for(limit.duration())),
            Op::Any(limit) => {
                let never = ManualResetEvent::default();
                let any = WaitAny::new(&[&never, self.0.event()]).try_wait_for(limit.duration());
                return Ret::Is(any == Ok(1));
            }
        }
        Ret::Done
    }

    fn relief(&self) -> Vec<Op> {
        vec![Op::Reset(0)]
    }

    fn audit(&self) -> Vec<Op> {
        vec![Op::Count, Op::IsSet]
    }
}

fn op() -> impl Strategy<Value = Op> {
    let n = || 1_usize..=3;
    prop_oneof![
        6 => n().prop_map(Op::Tick),
        3 => n().prop_map(Op::Increment),
        2 => n().prop_map(Op::TryIncrement),
        2 => (0_usize..=3).prop_map(Op::Reset),
        2 => Just(Op::Count),
        1 => Just(Op::IsSet),
        5 => limit().prop_map(Op::Wait),
        1 => limit().prop_map(Op::Any),
    ]
}

#[test]
fn a_countdown_is_linearizable() {
    let programs = (0_usize..=3, vec(vec(op(), 1..=4), 2..=4))
        .prop_map(|(setup, threads)| Program { setup, threads });
    let begin = |&count: &usize| (Shared(CountdownEvent::new(count)), Count(count));
    explore(Effort::of_seconds(3), &programs, begin).unwrap_or_else(|why| panic!("{why}"));
}

/// Whether there is a sequential explanation, for a count of 1.
fn holds<const N: usize>(calls: [(Range<usize>, Op, Ret); N]) -> bool {
    let calls = calls.map(|(when, op, ret)| Entry::new(when, op, ret));
    History::new(calls).check(&Count(1)).is_ok()
}

#[test]
fn a_wait_is_released_though_the_count_is_raised_again() {
    let tick = (1..2, Op::Tick(1), Ret::Done);
    let raise = (3..4, Op::Increment(1), Ret::Done);
    let wait = |when| (when, Op::Wait(Limit::Long), Ret::Is(true));
    assert!(holds([wait(0..5), tick.clone(), raise.clone()]));
    assert!(!holds([tick, raise, wait(4..5)]));
}

#[test]
fn an_increment_after_zero_is_too_late() {
    let tick = (0..1, Op::Tick(1), Ret::Done);
    let late = |when, success| (when, Op::TryIncrement(1), Ret::Is(success));
    assert!(holds([tick.clone(), late(1..2, false)]) && !holds([tick.clone(), late(1..2, true)]));
    assert!(holds([tick.clone(), late(0..2, true), (2..3, Op::Count, Ret::Count(1))]));
    assert!(!holds([tick, late(0..2, true), (2..3, Op::IsSet, Ret::Is(true))]));
}
