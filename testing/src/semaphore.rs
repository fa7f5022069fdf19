//! A semaphore: the sequential specification, and the real one.

use crate::Limit;
use crate::lincheck::{Spec, Subject};
use rsevents_extra::{OwnedSemaphoreGuard, Semaphore};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// So many permits there can be.
pub const MAX: u16 = 3;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
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

/// As code.
impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wait(n, limit) => write!(f, "guards.push(s.many({n}).{limit})"),
            Self::GiveBack => f.write_str("drop(guards.pop())"),
            Self::Forget => f.write_str("guards.pop().forget()"),
            Self::Release(n) => write!(f, "s.try_release({n})"),
            Self::Shrink(n) => write!(f, "s.shrink({n})"),
            Self::TryShrink(n) => write!(f, "s.try_shrink({n})"),
            Self::Count => f.write_str("s.count()"),
            Self::Limit => f.write_str("s.limit()"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ret {
    /// Success or failure.
    Is(bool),
    /// A number of permits: counted, or given back or unmade.
    Permits(u16),
}

/// The sequential specification.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Permits {
    idle: u16,
    limit: u16,
    /// What each of those want who wait, in ascending order.
    wanted: Vec<u16>,
}

impl Permits {
    pub fn new(permits: u16) -> Self {
        Self { idle: permits, limit: permits, wanted: Vec::new() }
    }

    /// Idle permits may be put aside for one who waits for more, unless that is more than exist.
    fn may_be_aside(&self) -> bool {
        self.wanted.iter().any(|wanted| (self.idle + 1..=self.limit).contains(wanted))
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

    fn begin(&self, op: &Op) -> Self {
        match *op {
            Op::Wait(n, _) => self.begin_to_wait(n),
            _ => self.clone(),
        }
    }

    /// Those who wait may be behind one who wants more than is idle.
    fn must_wait(&self, op: &Op) -> bool {
        matches!(op, Op::Wait(n, _) if *n > self.idle) || self.may_be_aside()
    }

    fn delay(op: &Op, ret: &Ret) -> Duration {
        match (op, ret) {
            (Op::Wait(_, limit), Ret::Is(false)) => limit.duration(),
            _ => Duration::ZERO,
        }
    }
}

/// The real one.
pub struct Shared {
    semaphore: Arc<Semaphore>,
    heap: Mutex<Vec<OwnedSemaphoreGuard>>,
}

impl Shared {
    pub fn new(permits: u16) -> Self {
        let semaphore = Arc::new(Semaphore::new(permits, MAX));
        Self { semaphore, heap: Mutex::default() }
    }

    /// Whether nobody sleeps, and no flag is left.
    #[cfg(feature = "explore")]
    pub(crate) fn is_at_rest(&self) -> bool {
        self.semaphore.is_at_rest()
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
                let guard = match limit {
                    Limit::Long if cfg!(rsevents_loom) => Some(semaphore.wait_many_owned(n)),
                    _ => semaphore.wait_many_owned_for(n, limit.duration()).ok(),
                };
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
