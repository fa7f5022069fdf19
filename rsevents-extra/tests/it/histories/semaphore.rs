//! Histories of a [`Semaphore`].

use super::{Limit, limit};
use crate::lincheck::{Effort, Entry, History, Program, Spec, Subject, explore};
use proptest::collection::vec;
use proptest::prelude::*;
use rsevents_extra::{OwnedSemaphoreGuard, Semaphore};
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// So many permits there can be.
const MAX: u16 = 3;

#[derive(Clone, Debug)]
enum Op {
    /// What is taken goes into a heap that is common to all threads.
    Wait(u16, Limit),
    /// Drops a guard of the heap.
    GiveBack,
    /// Takes a guard of the heap and unmakes its permits.
    Forget,
    Release(u16),
    Shrink(u16),
    TryShrink(u16),
    Count,
    Limit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ret {
    /// Success or failure.
    Is(bool),
    /// A number of permits: counted, or given back or unmade.
    Permits(u16),
}

/// The sequential specification.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Permits {
    idle: u16,
    limit: u16,
    /// What each of those want who wait, in ascending order.
    wanted: Vec<u16>,
}

impl Permits {
    fn new(permits: u16) -> Self {
        Self { idle: permits, limit: permits, wanted: Vec::new() }
    }

    /// Idle permits may be put aside for one who waits for more.
    fn may_be_aside(&self) -> bool {
        self.wanted.last().is_some_and(|&most| most > self.idle)
    }

    fn take(&self, n: u16) -> Option<Self> {
        Some(Self { idle: self.idle.checked_sub(n)?, ..self.clone() })
    }

    fn refuse(&self, n: u16) -> Option<Self> {
        (n > self.idle || self.may_be_aside()).then(|| self.clone())
    }

    fn unmake(&self, n: u16) -> Option<Self> {
        self.take(n).map(|taken| Self { limit: self.limit - n, ..taken })
    }

    fn begin_to_wait(&self, n: u16) -> Self {
        let mut waiting = self.clone();
        waiting.wanted.push(n);
        waiting.wanted.sort_unstable();
        waiting
    }

    fn end_to_wait(&self, n: u16) -> Option<Self> {
        let mut ended = self.clone();
        ended.wanted.remove(ended.wanted.iter().position(|&wanted| wanted == n)?);
        Some(ended)
    }
}

impl Spec for Permits {
    type Op = Op;
    type Ret = Ret;

    fn apply(&self, op: &Op, ret: &Ret, step: usize) -> Option<Self> {
        match (op, *ret) {
            (&Op::Wait(n, limit), _) if limit != Limit::Poll && step == 0 => {
                Some(self.begin_to_wait(n))
            }
            (&Op::Wait(n, Limit::Poll), Ret::Is(success)) => {
                if success {
                    self.take(n)
                } else {
                    self.refuse(n)
                }
            }
            (&Op::Wait(n, _), Ret::Is(success)) => {
                let ended = self.end_to_wait(n)?;
                // Those who wait may have come before, and have been offered theirs.
                let offered: u16 = ended.wanted.iter().sum();
                if success { ended.take(n) } else { (offered + n > ended.idle).then_some(ended) }
            }
            (Op::GiveBack, Ret::Permits(n)) => {
                let idle = self.idle + n;
                (idle <= self.limit).then(|| Self { idle, ..self.clone() })
            }
            (Op::Forget, Ret::Permits(n)) => {
                let limit = self.limit.checked_sub(n)?;
                (limit >= self.idle).then(|| Self { limit, ..self.clone() })
            }
            (&Op::Release(n), Ret::Is(true)) => {
                let (idle, limit) = (self.idle + n, self.limit + n);
                (limit <= MAX).then(|| Self { idle, limit, ..self.clone() })
            }
            (&Op::Release(n), Ret::Is(false)) => (self.limit + n > MAX).then(|| self.clone()),
            (&Op::Shrink(n), Ret::Permits(gone)) => {
                let aside = gone == 0 && self.may_be_aside();
                (gone == n.min(self.idle) || aside).then(|| self.unmake(gone)).flatten()
            }
            (&Op::TryShrink(n), Ret::Is(true)) => self.unmake(n),
            (&Op::TryShrink(n), Ret::Is(false)) => self.refuse(n),
            (Op::Count, Ret::Permits(count)) => {
                let aside = count == 0 && self.may_be_aside();
                (count == self.idle || aside).then(|| self.clone())
            }
            (Op::Limit, Ret::Permits(limit)) => (self.limit == limit).then(|| self.clone()),
            _ => None,
        }
    }

    /// A wait that is not a poll begins and ends.
    fn steps(op: &Op) -> usize {
        match op {
            Op::Wait(_, Limit::Micros(_) | Limit::Long) => 2,
            _ => 1,
        }
    }

    fn delay(op: &Op, ret: &Ret) -> Duration {
        match (op, ret) {
            (Op::Wait(_, limit), Ret::Is(false)) => limit.duration(),
            _ => Duration::ZERO,
        }
    }
}

struct Shared {
    semaphore: Arc<Semaphore>,
    heap: Mutex<Vec<OwnedSemaphoreGuard>>,
}

impl Shared {
    fn new(permits: u16) -> Self {
        let semaphore = Arc::new(Semaphore::new(permits, MAX));
        Self { semaphore, heap: Mutex::default() }
    }

    fn heap(&self) -> std::sync::MutexGuard<'_, Vec<OwnedSemaphoreGuard>> {
        self.heap.lock().expect("nobody panics with the heap")
    }

    /// Does away with a guard of the heap, if there is one; how many permits it had.
    fn discard(&self, how: impl FnOnce(OwnedSemaphoreGuard)) -> Ret {
        let guard = self.heap().pop();
        Ret::Permits(guard.map_or(0, |guard| {
            let permits = guard.permits();
            how(guard);
            permits
        }))
    }
}

impl Subject for Shared {
    type Spec = Permits;

    fn call(&self, op: &Op) -> Ret {
        let semaphore = &self.semaphore;
        match *op {
            Op::Wait(n, limit) => {
                let guard = semaphore.wait_many_owned_for(n, limit.duration()).ok();
                let success = guard.is_some();
                self.heap().extend(guard);
                Ret::Is(success)
            }
            Op::GiveBack => self.discard(drop),
            Op::Forget => self.discard(OwnedSemaphoreGuard::forget),
            Op::Release(n) => Ret::Is(semaphore.try_release(n)),
            Op::Shrink(n) => Ret::Permits(semaphore.shrink(n)),
            Op::TryShrink(n) => Ret::Is(semaphore.try_shrink(n)),
            Op::Count => Ret::Permits(semaphore.count()),
            Op::Limit => Ret::Permits(semaphore.limit()),
        }
    }

    /// So that all permits there can be are there, and idle.
    fn relief(&self) -> Vec<Op> {
        let each = usize::from(MAX);
        [vec![Op::GiveBack; each], vec![Op::Release(1); each]].concat()
    }

    fn audit(&self) -> Vec<Op> {
        vec![Op::Count, Op::Limit]
    }
}

fn op() -> impl Strategy<Value = Op> {
    let n = || 1..=MAX;
    prop_oneof![
        8 => (n(), limit()).prop_map(|(n, limit)| Op::Wait(n, limit)),
        5 => Just(Op::GiveBack),
        1 => Just(Op::Forget),
        3 => n().prop_map(Op::Release),
        1 => n().prop_map(Op::Shrink),
        1 => n().prop_map(Op::TryShrink),
        1 => Just(Op::Count),
        1 => Just(Op::Limit),
    ]
}

#[test]
fn a_semaphore_is_linearizable() {
    let programs = (0..=MAX, vec(vec(op(), 1..=4), 2..=4))
        .prop_map(|(setup, threads)| Program { setup, threads });
    let begin = |&permits: &u16| (Shared::new(permits), Permits::new(permits));
    explore(Effort::of_seconds(3), &programs, begin).unwrap_or_else(|why| panic!("{why}"));
}

/// Whether there is a sequential explanation, for a semaphore with one permit.
fn holds<const N: usize>(calls: [(Range<usize>, Op, Ret); N]) -> bool {
    let calls = calls.map(|(when, op, ret)| Entry::new(when, op, ret));
    History::new(calls).check(&Permits::new(1)).is_ok()
}

fn wait(when: Range<usize>, n: u16, success: bool) -> (Range<usize>, Op, Ret) {
    (when, Op::Wait(n, Limit::Long), Ret::Is(success))
}

fn poll(when: Range<usize>, n: u16, success: bool) -> (Range<usize>, Op, Ret) {
    (when, Op::Wait(n, Limit::Poll), Ret::Is(success))
}

#[test]
fn one_permit_is_for_one() {
    assert!(holds([wait(0..2, 1, true), poll(1..3, 1, false)]));
    assert!(!holds([wait(0..2, 1, true), wait(1..3, 1, true)]));
    assert!(!holds([wait(0..2, 1, false), poll(1..3, 1, false)]));
}

#[test]
fn a_timeout_takes_nothing() {
    let release = (1..2, Op::Release(1), Ret::Is(true));
    let count = |count| (3..4, Op::Count, Ret::Permits(count));
    assert!(holds([wait(0..3, 2, false), release.clone(), count(2)]));
    assert!(!holds([wait(0..3, 2, false), release, count(0)]));
}

#[test]
fn permits_may_be_put_aside_for_who_wants_more() {
    let release = (3..4, Op::Release(1), Ret::Is(true));
    assert!(holds([wait(0..5, 2, true), poll(1..2, 1, false), release.clone()]));
    assert!(!holds([wait(2..5, 2, true), poll(1..2, 1, false), release]));
}

#[test]
fn who_times_out_has_waited_before() {
    let timeout = Entry { from: 8, ..Entry::new(0..9, Op::Wait(2, Limit::Long), Ret::Is(false)) };
    let small = Entry::new(1..2, Op::Wait(1, Limit::Poll), Ret::Is(false));
    assert!(History::new([timeout, small]).check(&Permits::new(1)).is_ok());
}

#[test]
fn who_times_out_was_behind_those_who_want_the_rest() {
    let behind = |wanted| {
        let first = Entry::new(0..9, Op::Wait(wanted, Limit::Long), Ret::Is(true));
        let releases = [1..2, 3..4].map(|when| Entry::new(when, Op::Release(1), Ret::Is(true)));
        let timeout = Entry::new(0..6, Op::Wait(1, Limit::Long), Ret::Is(false));
        let calls = [first, Entry { from: 5, ..timeout }].into_iter().chain(releases);
        History::new(calls).check(&Permits::new(0)).is_ok()
    };
    assert!(behind(2) && !behind(1));
}

#[test]
fn permits_are_neither_lost_nor_made() {
    let back = |permits| (1..2, Op::GiveBack, Ret::Permits(permits));
    assert!(holds([wait(0..1, 1, true), back(1), poll(2..3, 1, true)]));
    assert!(!holds([wait(0..1, 1, true), back(0), poll(2..3, 1, true)]));
    assert!(!holds([wait(0..1, 1, true), back(1), poll(2..3, 1, false)]));
    assert!(!holds([back(1)]));
}
