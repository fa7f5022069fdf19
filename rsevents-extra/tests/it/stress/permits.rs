//! Permits are conserved: no more are held than exist, and at the end all of them are back.

use super::{End, stress};
use crate::panics::panics_with;
use crate::random::Random;
use rsevents_extra::{Awaitable, OwnedSemaphoreGuard, Semaphore, SemaphoreGuard};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

/// A room that permits let threads into.
struct Room {
    semaphore: Arc<Semaphore>,
    /// At most this many are in use at the same time. Some are missing for short times.
    permits: u16,
    inside: AtomicU16,
}

/// Permits in use. They are counted as long as they are.
struct Inside<'a>(&'a Room, u16);

impl Inside<'_> {
    fn enter(room: &Room, permits: u16) -> Inside<'_> {
        let before = room.inside.fetch_add(permits, Relaxed);
        assert!(before + permits <= room.permits, "more permits are held than exist");
        Inside(room, permits)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.inside.fetch_sub(self.1, Relaxed);
    }
}

/// What both types of guard have in common.
trait Guard: Sized {
    fn permits(&self) -> u16;
    fn split(&mut self, permits: u16) -> Option<Self>;
    fn merge(&mut self, other: Self);
    fn forget(self);
}

macro_rules! guard {
    ($($type:ty),*) => {$(
        impl Guard for $type {
            fn permits(&self) -> u16 {
                self.permits()
            }
            fn split(&mut self, permits: u16) -> Option<Self> {
                self.split(permits)
            }
            fn merge(&mut self, other: Self) {
                self.merge(other);
            }
            fn forget(self) {
                self.forget();
            }
        }
    )*};
}
guard!(SemaphoreGuard<'_>, OwnedSemaphoreGuard);

impl Room {
    /// Uses the permits in one way or another. Then returns them, or creates others in their place.
    fn visit(&self, mut guard: impl Guard, random: &mut Random) {
        let permits = guard.permits();
        let inside = Inside::enter(self, permits);
        match random.below(4) {
            0 => drop(inside),
            1 => {
                let part = guard.split(random.below(permits.into()).try_into().expect("small"));
                assert!(guard.split(permits + 1).is_none());
                let part = part.expect("the guard has one at least");
                assert_eq!(guard.permits() + part.permits(), permits);
                drop(inside);
                let _rest = Inside::enter(self, guard.permits());
                drop(part);
            }
            2 => {
                let mut part = guard.split(1).expect("the guard has one at least");
                part.merge(guard);
                assert_eq!(part.permits(), permits);
                drop(inside);
            }
            _ => {
                drop(inside);
                guard.forget();
                self.semaphore.release(permits);
            }
        }
    }

    fn step(&self, random: &mut Random) {
        let semaphore = &self.semaphore;
        let limit = Duration::from_micros(random.below(50) as u64);
        let many = 1 + u16::try_from(random.below(self.permits.into())).expect("small");
        match random.below(12) {
            0 => self.visit(semaphore.wait(), random),
            1 => self.visit(semaphore.many(many).wait(), random),
            2 => self.visit(semaphore.owned().many(many).wait(), random),
            3 | 4 => {
                _ = semaphore.many(many).try_wait_for(limit).map(|held| self.visit(held, random));
            }
            5 => _ = semaphore.wait_for(limit).map(|held| self.visit(held, random)),
            6 => _ = semaphore.owned().try_wait_for(limit).map(|held| self.visit(held, random)),
            7 => _ = semaphore.many(many).try_wait0().map(|held| self.visit(held, random)),
            8 => panics_with(|| {
                let held = semaphore.many(many).wait();
                (Inside::enter(self, many), held)
            }),
            9 => assert!(!semaphore.try_release(u16::MAX)),
            10 => semaphore.release(semaphore.shrink(many)),
            _ => {
                if semaphore.try_shrink(many) {
                    semaphore.release(many);
                }
            }
        }
    }

    fn come_and_go(&self, end: End, seed: usize) {
        let mut random = Random::new(seed);
        // A leaked guard takes its own permit out of use, and no other.
        mem::forget(self.semaphore.wait());
        self.semaphore.release(1);
        while !end.is_near() {
            self.step(&mut random);
        }
    }
}

/// P-12, P-16, R-16, R-17, R-20: as many permits are available at the end as at the start.
fn permits_are_conserved(permits: u16, threads: u16) {
    stress(move |end| {
        let semaphore = Arc::new(Semaphore::new(permits, permits + threads));
        let room = Room { semaphore: semaphore.clone(), permits, inside: AtomicU16::new(0) };
        thread::scope(|s| {
            for seed in 0..threads {
                let room = &room;
                s.spawn(move || room.come_and_go(end, seed.into()));
            }
        });
        assert_eq!(room.inside.into_inner(), 0);
        assert_eq!((semaphore.count(), semaphore.total()), (permits, permits + threads));
        assert!(semaphore.many(permits).try_wait0().is_ok());
    });
}

#[test]
fn three_permits_are_conserved_among_four_threads() {
    permits_are_conserved(3, 4);
}

#[test]
fn two_permits_are_conserved_among_sixty_four_threads() {
    permits_are_conserved(2, 64);
}

/// Many sleepers are served at once.
#[test]
fn fifty_permits_are_conserved_among_sixty_four_threads() {
    permits_are_conserved(50, 64);
}
