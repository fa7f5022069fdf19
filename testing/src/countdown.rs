//! The countdown: its sequential specification, and the real object.

use crate::lincheck::{Spec, Step, Subject};
use crate::{Limit, wait};
use rsevents::{ManualResetEvent, WaitAny};
use rsevents_extra::CountdownEvent;
use std::fmt;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    Tick(usize),
    TickReachesZero,
    Increment(usize),
    TryIncrement(usize),
    Reset(usize),
    Count,
    IsSet,
    Wait(Limit),
    /// A `WaitAny` that contains the countdown.
    Any(Limit),
}

/// Prints the operation as code.
impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tick(n) => write!(f, "c.tick_by({n})"),
            Self::TickReachesZero => f.write_str("c.tick_reaches_zero()"),
            Self::Increment(n) => write!(f, "c.increment_by({n})"),
            Self::TryIncrement(n) => write!(f, "c.try_increment_by({n})"),
            Self::Reset(count) => write!(f, "c.reset({count})"),
            Self::Count => f.write_str("c.count()"),
            Self::IsSet => f.write_str("c.is_set()"),
            Self::Wait(limit) => write!(f, "c.{limit}"),
            Self::Any(limit) => write!(f, "any(never, c).{limit}"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ret {
    Done,
    Count(usize),
    /// The state that was read, or the success of the operation.
    Is(bool),
}

/// The sequential specification: a count.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Count(pub usize);

impl Spec for Count {
    type Op = Op;
    type Ret = Ret;

    fn apply(&self, op: &Op, ret: &Ret, _step: Step) -> Option<Self> {
        let zero = self.0 == 0;
        let (holds, after) = match (op, *ret) {
            (Op::Tick(n), Ret::Done) => (true, self.0.saturating_sub(*n)),
            (Op::TickReachesZero, Ret::Is(last)) => {
                (last == (self.0 == 1), self.0.saturating_sub(1))
            }
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

    fn must_wait(&self, _op: &Op) -> bool {
        self.0 > 0
    }

    fn delay(op: &Op, ret: &Ret) -> Duration {
        match (op, ret) {
            (Op::Wait(limit) | Op::Any(limit), Ret::Is(false)) => limit.duration(),
            _ => Duration::ZERO,
        }
    }
}

/// The real countdown.
pub struct Shared(pub CountdownEvent);

impl Subject for Shared {
    type Spec = Count;

    fn call(&self, op: &Op) -> Ret {
        match *op {
            Op::Tick(1) => self.0.tick(),
            Op::Tick(n) => self.0.tick_by(n),
            Op::TickReachesZero => return Ret::Is(self.0.tick_reaches_zero()),
            Op::Increment(1) => self.0.increment(),
            Op::Increment(n) => self.0.increment_by(n),
            Op::TryIncrement(1) => return Ret::Is(self.0.try_increment()),
            Op::TryIncrement(n) => return Ret::Is(self.0.try_increment_by(n)),
            Op::Reset(count) => self.0.reset(count),
            Op::Count => return Ret::Count(self.0.count()),
            Op::IsSet => return Ret::Is(self.0.is_set()),
            Op::Wait(limit) => return Ret::Is(wait(&self.0, limit).is_some()),
            Op::Any(limit) => {
                let never = ManualResetEvent::default();
                let any = wait(&WaitAny::new(&[&never, self.0.event()]), limit);
                return Ret::Is(any == Some(1));
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
