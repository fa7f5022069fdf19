//! The semaphore: its sequential specification, and the real object.

use crate::lincheck::{Spec, Step, Subject};
use crate::tasks::{poll_and_drop, run};
use crate::{Limit, wait, wait_unless};
use rsevents::{AutoResetEvent, Awaitable, Stopped};
use rsevents_extra::{OwnedSemaphoreGuard, Semaphore};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The maximum number of permits.
pub const MAX: u16 = 3;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Acquires permits, and adds the guard to a heap of guards that all threads share.
    Wait(u16, Limit),
    /// The same, stopped by the stop event.
    WaitUnless(u16, Limit),
    /// A wait of a task, and the same stopped by the stop event.
    Task(u16),
    TaskUnless(u16),
    /// A wait of a task that is polled and then dropped.
    Dropped(u16),
    /// Sets the stop event. One wait takes its signal.
    Stop,
    IsStopSet,
    /// Drops a guard from the heap.
    GiveBack,
    /// Takes a guard from the heap and forgets it, so that its permits no longer exist.
    Forget,
    Release(u16),
    Shrink(u16),
    TryShrink(u16),
    Count,
    Total,
}

/// Prints the operation as code.
impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wait(n, limit) => write!(f, "guards.push(s.many({n}).{limit})"),
            Self::WaitUnless(n, limit) => {
                write!(f, "guards.push(s.many({n}).unless(stop).{limit})")
            }
            Self::Task(n) => write!(f, "guards.push(s.many({n}).await)"),
            Self::TaskUnless(n) => write!(f, "guards.push(s.many({n}).unless(stop).await)"),
            Self::Dropped(n) => write!(f, "drop(poll(s.many({n})))"),
            Self::Stop => f.write_str("stop.set()"),
            Self::IsStopSet => f.write_str("stop.is_set()"),
            Self::GiveBack => f.write_str("drop(guards.pop())"),
            Self::Forget => f.write_str("guards.pop().forget()"),
            Self::Release(n) => write!(f, "s.try_release({n})"),
            Self::Shrink(n) => write!(f, "s.shrink({n})"),
            Self::TryShrink(n) => write!(f, "s.try_shrink({n})"),
            Self::Count => f.write_str("s.count()"),
            Self::Total => f.write_str("s.total()"),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ret {
    /// Success or failure.
    Is(bool),
    /// A number of permits: counted, returned or removed.
    Permits(u16),
    /// A wait was stopped.
    Stopped,
    Done,
}

/// The sequential specification.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Permits {
    idle: u16,
    total: u16,
    /// What each waiting request wants, in ascending order.
    wanted: Vec<u16>,
    stop: bool,
    /// What each waiting request wants that is stopped or dropped, in ascending order. If it was
    /// served before its thread runs, it holds its permits until then.
    stoppable: Vec<u16>,
}

impl Permits {
    pub fn new(permits: u16) -> Self {
        Self {
            idle: permits,
            total: permits,
            wanted: Vec::new(),
            stop: false,
            stoppable: Vec::new(),
        }
    }

    /// Returns whether idle permits may be reserved for a waiting request for more. That is not so
    /// if the request is for more than exist.
    fn may_be_reserved(&self) -> bool {
        self.wanted.iter().any(|wanted| (self.least_idle() + 1..=self.total).contains(wanted))
    }

    /// Returns the numbers of permits that may be seen idle. Stopped waits may hold some of them.
    fn seen_idle(&self) -> Vec<u16> {
        let mut seen = vec![self.idle];
        for wanted in &self.stoppable {
            let less: Vec<u16> = seen.iter().map(|idle| idle.saturating_sub(*wanted)).collect();
            seen.extend(less);
        }
        seen
    }

    fn least_idle(&self) -> u16 {
        self.idle.saturating_sub(self.stoppable.iter().sum())
    }

    fn take(&self, n: u16) -> Option<Self> {
        Some(Self { idle: self.idle.checked_sub(n)?, ..self.clone() })
    }

    fn refuse(&self, n: u16) -> Option<Self> {
        (n > self.least_idle() || self.may_be_reserved()).then(|| self.clone())
    }

    fn unmake(&self, n: u16) -> Option<Self> {
        self.take(n).map(|taken| Self { total: self.total - n, ..taken })
    }

    fn begin_to_wait(&self, n: u16, stoppable: bool) -> Self {
        let mut waiting = self.clone();
        waiting.wanted.push(n);
        waiting.wanted.sort_unstable();
        if stoppable {
            waiting.stoppable.push(n);
            waiting.stoppable.sort_unstable();
        }
        waiting
    }

    fn end_to_wait(&self, n: u16, stoppable: bool) -> Option<Self> {
        let mut ended = self.clone();
        ended.wanted.remove(ended.wanted.iter().position(|&wanted| wanted == n)?);
        if stoppable {
            ended.stoppable.remove(ended.stoppable.iter().position(|&wanted| wanted == n)?);
        }
        Some(ended)
    }

    /// Applies the end of a wait that was neither a poll nor stopped.
    fn succeed_or_time_out(self, n: u16, success: bool) -> Option<Self> {
        // Other requests may have come earlier and have been offered these permits.
        let offered: u16 = self.wanted.iter().sum();
        if success { self.take(n) } else { (offered + n > self.idle).then_some(self) }
    }

    /// Applies a wait of a task that is dropped. If it was served meanwhile, it returns the
    /// permits. A wait that succeeds in a poll returns them then.
    fn dropped(&self, n: u16, success: bool, step: usize) -> Option<Self> {
        if step == 0 {
            return Some(self.begin_to_wait(n, true));
        }
        let ended = self.end_to_wait(n, true)?;
        if success { ended.take(n)?.give(n) } else { Some(ended) }
    }

    fn give(&self, n: u16) -> Option<Self> {
        let idle = self.idle + n;
        (idle <= self.total).then(|| Self { idle, ..self.clone() })
    }

    /// Applies a wait that may be stopped. It reads the stop event first, and then the permits. After it has
    /// taken the stop's signal, it may still be served, and then holds permits until it returns.
    fn wait_unless(&self, n: u16, limit: Limit, ret: Ret, step: usize) -> Option<Self> {
        let (polls, stopped) = (limit == Limit::Poll, ret == Ret::Stopped);
        match step {
            0 => {
                let goes_on = stopped || !self.stop;
                let begun = if polls { self.clone() } else { self.begin_to_wait(n, stopped) };
                goes_on.then_some(begun)
            }
            1 if stopped => self.stop.then_some(Self { stop: false, ..self.clone() }),
            1 => {
                let ended = if polls { self.clone() } else { self.end_to_wait(n, false)? };
                match ret {
                    Ret::Is(true) if polls => ended.take(n),
                    Ret::Is(false) if polls => ended.refuse(n),
                    Ret::Is(success) => ended.succeed_or_time_out(n, success),
                    _ => None,
                }
            }
            _ if stopped && !polls => self.end_to_wait(n, true),
            _ => Some(self.clone()),
        }
    }
}

impl Spec for Permits {
    type Op = Op;
    type Ret = Ret;

    fn apply(&self, op: &Op, ret: &Ret, step: Step) -> Option<Self> {
        match (op, *ret) {
            (&Op::Task(n), _) => self.apply(&Op::Wait(n, Limit::Long), ret, step),
            (&Op::TaskUnless(n), _) => self.apply(&Op::WaitUnless(n, Limit::Long), ret, step),
            (&Op::Dropped(n), Ret::Is(success)) => self.dropped(n, success, step.number),
            (&Op::Wait(n, limit), _) if limit != Limit::Poll && step.number == 0 => {
                Some(self.begin_to_wait(n, false))
            }
            (&Op::Wait(n, Limit::Poll), Ret::Is(success)) => {
                if success {
                    self.take(n)
                } else {
                    self.refuse(n)
                }
            }
            (&Op::Wait(n, _), Ret::Is(success)) => {
                self.end_to_wait(n, false)?.succeed_or_time_out(n, success)
            }
            (&Op::WaitUnless(n, limit), _) => self.wait_unless(n, limit, *ret, step.number),
            (Op::GiveBack, Ret::Permits(n)) => self.give(n),
            (Op::Forget, Ret::Permits(n)) => {
                let total = self.total.checked_sub(n)?;
                (total >= self.idle).then(|| Self { total, ..self.clone() })
            }
            (&Op::Release(n), Ret::Is(true)) => {
                let (idle, total) = (self.idle + n, self.total + n);
                (total <= MAX).then(|| Self { idle, total, ..self.clone() })
            }
            (&Op::Release(n), Ret::Is(false)) => (self.total + n > MAX).then(|| self.clone()),
            (&Op::Shrink(n), Ret::Permits(gone)) => {
                let aside = gone == 0 && self.may_be_reserved();
                let is_seen = self.seen_idle().iter().any(|&idle| gone == n.min(idle));
                (is_seen || aside).then(|| self.unmake(gone)).flatten()
            }
            (&Op::TryShrink(n), Ret::Is(true)) => self.unmake(n),
            (&Op::TryShrink(n), Ret::Is(false)) => self.refuse(n),
            (Op::Count, Ret::Permits(count)) => {
                let aside = count == 0 && self.may_be_reserved();
                (self.seen_idle().contains(&count) || aside).then(|| self.clone())
            }
            (Op::Total, Ret::Permits(total)) => (self.total == total).then(|| self.clone()),
            (Op::Stop, Ret::Done) => Some(Self { stop: true, ..self.clone() }),
            (Op::IsStopSet, Ret::Is(set)) => (self.stop == set).then(|| self.clone()),
            _ => None,
        }
    }

    /// A wait begins and ends, except a poll that nothing can stop. A wait that is stopped ends after it
    /// has taken the stop's signal.
    fn steps(op: &Op) -> usize {
        match op {
            Op::WaitUnless(..) | Op::TaskUnless(_) => 3,
            Op::Wait(_, Limit::Micros(_) | Limit::Long) | Op::Task(_) | Op::Dropped(_) => 2,
            _ => 1,
        }
    }

    fn begin(&self, op: &Op) -> Self {
        match *op {
            Op::Wait(n, _) | Op::WaitUnless(n, _) | Op::Task(n) | Op::TaskUnless(n) => {
                self.begin_to_wait(n, false)
            }
            _ => self.clone(),
        }
    }

    /// A waiting request may be behind a request for more than is idle.
    fn must_wait(&self, op: &Op) -> bool {
        match op {
            Op::WaitUnless(..) | Op::TaskUnless(_) if self.stop => false,
            Op::Wait(n, _) | Op::WaitUnless(n, _) | Op::Task(n) | Op::TaskUnless(n) => {
                *n > self.idle || self.may_be_reserved()
            }
            _ => false,
        }
    }

    fn delay(op: &Op, ret: &Ret) -> Duration {
        match (op, ret) {
            (Op::Wait(_, limit) | Op::WaitUnless(_, limit), Ret::Is(false)) => limit.duration(),
            _ => Duration::ZERO,
        }
    }
}

/// The real semaphore.
pub struct Shared {
    semaphore: Arc<Semaphore>,
    heap: Mutex<Vec<OwnedSemaphoreGuard>>,
    stop: AutoResetEvent,
}

impl Shared {
    pub fn new(permits: u16) -> Self {
        let semaphore = Arc::new(Semaphore::new(permits, MAX));
        Self { semaphore, heap: Mutex::default(), stop: AutoResetEvent::default() }
    }

    /// Returns whether nothing sleeps and no flag is set.
    #[cfg(feature = "explore")]
    pub(crate) fn is_at_rest(&self) -> bool {
        self.semaphore.is_at_rest() && rsevents::model::bits(&self.stop) & !1 == 0
    }

    fn heap(&self) -> std::sync::MutexGuard<'_, Vec<OwnedSemaphoreGuard>> {
        self.heap.lock().expect("nobody panics with the heap")
    }

    /// Ends a guard of the heap, if there is one. Returns how many permits it had.
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
                let guard = wait(&semaphore.owned().many(n), limit);
                let success = guard.is_some();
                self.heap().extend(guard);
                Ret::Is(success)
            }
            Op::WaitUnless(n, limit) => {
                match wait_unless(&semaphore.owned().many(n), &self.stop, limit) {
                    Ok(guard) => {
                        let success = guard.is_some();
                        self.heap().extend(guard);
                        Ret::Is(success)
                    }
                    Err(Stopped) => Ret::Stopped,
                }
            }
            Op::Task(n) => {
                let guard = run(semaphore.owned().many(n).wait_async());
                self.heap().push(guard);
                Ret::Is(true)
            }
            Op::TaskUnless(n) => {
                match run(semaphore.owned().many(n).unless(&self.stop).wait_async()) {
                    Ok(guard) => {
                        self.heap().push(guard);
                        Ret::Is(true)
                    }
                    Err(Stopped) => Ret::Stopped,
                }
            }
            Op::Dropped(n) => {
                Ret::Is(poll_and_drop(semaphore.owned().many(n).wait_async()).is_some())
            }
            Op::Stop => {
                self.stop.set();
                Ret::Done
            }
            Op::IsStopSet => Ret::Is(self.stop.is_set()),
            Op::GiveBack => self.discard(drop),
            Op::Forget => self.discard(OwnedSemaphoreGuard::forget),
            Op::Release(n) => Ret::Is(semaphore.try_release(n)),
            Op::Shrink(n) => Ret::Permits(semaphore.shrink(n)),
            Op::TryShrink(n) => Ret::Is(semaphore.try_shrink(n)),
            Op::Count => Ret::Permits(semaphore.count()),
            Op::Total => Ret::Permits(semaphore.total()),
        }
    }

    /// Makes all permits exist and be idle.
    fn relief(&self) -> Vec<Op> {
        let each = usize::from(MAX);
        [vec![Op::GiveBack; each], vec![Op::Release(1); each]].concat()
    }

    fn audit(&self) -> Vec<Op> {
        vec![Op::Count, Op::Total, Op::IsStopSet]
    }
}
