//! A [`Semaphore`] behaves as permits that are available, and permits that are held.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use rsevents_extra::{Awaitable, OwnedSemaphoreGuard, Semaphore};
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[derive(Clone, Debug)]
enum Op {
    Wait,
    WaitMany(u16),
    Drop(Index),
    Forget(Index),
    Leak,
    Split(Index, u16),
    Merge(Index, Index),
    TryRelease(u16),
    Shrink(u16),
    TryShrink(u16),
    TryModify(i16),
}

fn op() -> impl Strategy<Value = Op> {
    let n = || prop_oneof![4 => 0_u16..=5, 1 => any::<u16>()];
    let change = prop_oneof![4 => -5_i16..=5, 1 => any::<i16>(), 1 => Just(i16::MIN)];
    let guard = any::<Index>;
    prop_oneof![
        3 => Just(Op::Wait),
        3 => n().prop_map(Op::WaitMany),
        3 => guard().prop_map(Op::Drop),
        1 => guard().prop_map(Op::Forget),
        1 => Just(Op::Leak),
        1 => (guard(), n()).prop_map(|(of, n)| Op::Split(of, n)),
        1 => (guard(), guard()).prop_map(|(into, of)| Op::Merge(into, of)),
        2 => n().prop_map(Op::TryRelease),
        1 => n().prop_map(Op::Shrink),
        1 => n().prop_map(Op::TryShrink),
        1 => change.prop_map(Op::TryModify),
    ]
}

/// A semaphore, and what it should contain.
struct Pair {
    semaphore: Arc<Semaphore>,
    available: u16,
    limit: u16,
    max: u16,
    /// Each guard, with the number of its permits.
    guards: Vec<(OwnedSemaphoreGuard, u16)>,
}

impl Pair {
    fn new(initial: u16, max: u16) -> Self {
        let semaphore = Arc::new(Semaphore::new(initial, max));
        Self { semaphore, available: initial, limit: initial, max, guards: Vec::new() }
    }

    fn perform(&mut self, op: &Op) {
        match *op {
            Op::Wait => self.wait(),
            Op::WaitMany(n) => self.wait_many(n.min(self.max)),
            Op::Drop(guard) => {
                if let Some((guard, permits)) = self.pick(guard) {
                    drop(guard);
                    self.available += permits;
                }
            }
            Op::Forget(guard) => {
                if let Some((guard, permits)) = self.pick(guard) {
                    guard.forget();
                    self.limit -= permits;
                }
            }
            Op::Leak => {
                // A guard that owns its semaphore would leak the semaphore, too.
                if let Ok(guard) = self.semaphore.wait0() {
                    mem::forget(guard);
                    self.available -= 1;
                }
            }
            Op::Split(of, n) => self.split(of, n),
            Op::Merge(into, of) => self.merge(into, of),
            Op::TryRelease(n) => {
                let made = self.semaphore.try_release(n);
                assert_eq!(made, n <= self.max - self.limit);
                self.make(if made { n } else { 0 });
            }
            Op::Shrink(n) => {
                let gone = self.semaphore.shrink(n);
                assert_eq!(gone, n.min(self.available));
                self.unmake(gone);
            }
            Op::TryShrink(n) => {
                let gone = self.semaphore.try_shrink(n);
                assert_eq!(gone, n <= self.available);
                self.unmake(if gone { n } else { 0 });
            }
            Op::TryModify(change) => self.modify(change),
        }
    }

    fn wait(&mut self) {
        let success = self.available > 0;
        let soon = Instant::now() + Duration::from_micros(1);
        assert_eq!(self.semaphore.wait0().is_ok(), success);
        assert_eq!(self.semaphore.wait_for(Duration::from_micros(1)).is_ok(), success);
        assert_eq!(self.semaphore.wait_until(soon).is_ok(), success);
        if success {
            drop(self.semaphore.wait());
            self.available -= 1;
            self.guards.push((self.semaphore.owned().wait(), 1));
        }
    }

    fn wait_many(&mut self, n: u16) {
        let success = self.available >= n;
        assert_eq!(self.semaphore.many(n).try_wait0().is_ok(), success);
        let limit = Duration::from_micros(1);
        assert_eq!(self.semaphore.many(n).try_wait_for(limit).is_ok(), success);
        let taken = self.semaphore.owned().many(n).try_wait_for(limit);
        assert_eq!(taken.is_ok(), success);
        if let Ok(guard) = taken {
            self.available -= n;
            self.guards.push((guard, n));
        }
    }

    fn pick(&mut self, which: Index) -> Option<(OwnedSemaphoreGuard, u16)> {
        let some = !self.guards.is_empty();
        some.then(|| self.guards.swap_remove(which.index(self.guards.len())))
    }

    fn split(&mut self, of: Index, n: u16) {
        let Some((mut guard, permits)) = self.pick(of) else { return };
        let part = guard.split(n);
        assert_eq!(part.is_some(), n <= permits);
        let left = if part.is_some() { permits - n } else { permits };
        self.guards.push((guard, left));
        self.guards.extend(part.map(|part| (part, n)));
    }

    fn merge(&mut self, into: Index, of: Index) {
        let (Some((mut guard, permits)), other) = (self.pick(into), self.pick(of)) else { return };
        let Some((other, more)) = other else { return self.guards.push((guard, permits)) };
        guard.merge(other);
        self.guards.push((guard, permits + more));
    }

    /// Only the sole owner of a semaphore can modify it.
    fn modify(&mut self, change: i16) {
        let Some(semaphore) = Arc::get_mut(&mut self.semaphore) else { return };
        let n = change.unsigned_abs();
        let possible = if change < 0 { n <= self.available } else { n <= self.max - self.limit };
        assert_eq!(semaphore.try_modify(change), possible);
        match (possible, change < 0) {
            (true, true) => self.unmake(n),
            (true, false) => self.make(n),
            (false, _) => {}
        }
    }

    fn make(&mut self, n: u16) {
        self.available += n;
        self.limit += n;
    }

    fn unmake(&mut self, n: u16) {
        self.available -= n;
        self.limit -= n;
    }

    fn agree(&self) {
        let semaphore = &self.semaphore;
        let numbers = (semaphore.count(), semaphore.total(), semaphore.max());
        assert_eq!(numbers, (self.available, self.limit, self.max));
        for (guard, permits) in &self.guards {
            assert_eq!(guard.permits(), *permits);
        }
    }
}

proptest! {
    #[test]
    fn a_semaphore_keeps_its_permits(
        (initial, max) in prop_oneof![0_u16..=6, Just(u16::MAX >> 1)]
            .prop_flat_map(|max| (0..=max, Just(max))),
        ops in vec(op(), 0..40),
    ) {
        let mut pair = Pair::new(initial, max);
        pair.agree();
        for op in &ops {
            pair.perform(op);
            pair.agree();
        }
    }
}
