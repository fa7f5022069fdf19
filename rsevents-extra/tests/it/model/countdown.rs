//! A [`CountdownEvent`] behaves as a count that stops at zero.

use proptest::collection::vec;
use proptest::prelude::*;
use rsevents::{ManualResetEvent, WaitAll, WaitAny};
use rsevents_extra::{Awaitable, CountdownEvent};
use std::mem::forget;
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
enum Op {
    Tick,
    TickReachesZero,
    Decrement,
    TickBy(usize),
    Guard,
    Increment,
    IncrementBy(usize),
    TryIncrement,
    TryIncrementBy(usize),
    IncrementGuard,
    TryIncrementGuard,
    Reset(usize),
    Wait,
}

fn op() -> impl Strategy<Value = Op> {
    let n = || prop_oneof![0_usize..=4, Just(usize::MAX >> 24), Just(usize::MAX >> 2)];
    prop_oneof![
        3 => Just(Op::Tick),
        2 => Just(Op::TickReachesZero),
        1 => Just(Op::Decrement),
        2 => n().prop_map(Op::TickBy),
        1 => Just(Op::Guard),
        2 => Just(Op::Increment),
        1 => n().prop_map(Op::IncrementBy),
        1 => Just(Op::TryIncrement),
        1 => n().prop_map(Op::TryIncrementBy),
        1 => Just(Op::IncrementGuard),
        1 => Just(Op::TryIncrementGuard),
        1 => n().prop_map(Op::Reset),
        2 => Just(Op::Wait),
    ]
}

/// Returns the count after the operation.
fn model(op: &Op, count: usize) -> usize {
    match *op {
        Op::Tick | Op::TickReachesZero | Op::Decrement | Op::Guard => count.saturating_sub(1),
        Op::TickBy(n) => count.saturating_sub(n),
        Op::Increment | Op::IncrementGuard => count + 1,
        Op::IncrementBy(n) => count + n,
        Op::TryIncrement | Op::TryIncrementGuard if count > 0 => count + 1,
        Op::TryIncrementBy(n) if count > 0 => count + n,
        Op::Reset(n) => n,
        Op::TryIncrement | Op::TryIncrementBy(_) | Op::TryIncrementGuard | Op::Wait => count,
    }
}

fn perform(countdown: &CountdownEvent, op: &Op, count: usize) {
    match *op {
        Op::Tick => countdown.tick(),
        Op::TickReachesZero => assert_eq!(countdown.tick_reaches_zero(), count == 1),
        Op::Decrement => countdown.decrement(),
        Op::TickBy(n) => countdown.tick_by(n),
        Op::Guard => drop(countdown.guard()),
        Op::Increment => countdown.increment(),
        Op::IncrementBy(n) => countdown.increment_by(n),
        Op::TryIncrement => assert_eq!(countdown.try_increment(), count > 0),
        Op::TryIncrementBy(n) => assert_eq!(countdown.try_increment_by(n), count > 0),
        // The drop of a guard is tested by `Guard`.
        Op::IncrementGuard => forget(countdown.increment_guard()),
        Op::TryIncrementGuard => {
            assert_eq!(countdown.try_increment_guard().map(forget).is_some(), count > 0);
        }
        Op::Reset(n) => countdown.reset(n),
        Op::Wait => {
            assert_eq!(countdown.wait_for(Duration::from_nanos(1)), count == 0);
            assert_eq!(countdown.wait_until(Instant::now()), count == 0);
            if count == 0 {
                countdown.wait();
            }
        }
    }
}

fn agree(countdown: &CountdownEvent, count: usize) {
    let zero = count == 0;
    assert_eq!(countdown.count(), count);
    assert_eq!(countdown.is_set(), zero);
    assert_eq!(countdown.wait0(), zero);
    let set = ManualResetEvent::from(rsevents::EventState::Set);
    assert_eq!(WaitAll::new(&[countdown.event(), &set]).wait0(), zero);
    assert_eq!(WaitAny::new(&[countdown.event(), &set]).wait(), usize::from(!zero));
}

proptest! {
    #[test]
    fn a_countdown_counts(first in 0_usize..4, ops in vec(op(), 0..40)) {
        let countdown = CountdownEvent::new(first);
        let mut count = first;
        agree(&countdown, count);
        for op in ops {
            // Counts beyond the maximum are tested elsewhere.
            if isize::try_from(model(&op, count)).is_ok() {
                perform(&countdown, &op, count);
                count = model(&op, count);
                agree(&countdown, count);
            }
        }
    }
}
