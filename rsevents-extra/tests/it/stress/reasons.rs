//! When no thread gives permits or ticks any more, every thread that still waits has a reason. It
//! wants more than is available, or it is behind a thread that does, or the count is not zero.

use super::{End, stress};
use crate::limit::{LONG, until};
use crate::random::Random;
use rsevents_extra::{Awaitable, CountdownEvent, Semaphore};
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

const THREADS: usize = 4;

/// What each thread waits for without a timeout: a number of permits, zero if it does not wait, or
/// [`ENDED`].
type Wants = [AtomicU16; THREADS];

const ENDED: u16 = u16::MAX;

fn wants(wants: &Wants) -> [u16; THREADS] {
    wants.each_ref().map(|wants| wants.load(SeqCst))
}

/// Waits until `has_reason` holds for the waiting requests, and no thread makes progress.
fn until_at_rest(all: &Wants, progress: &AtomicUsize, has_reason: impl Fn(&[u16]) -> bool) {
    let start = Instant::now();
    loop {
        let before = progress.load(SeqCst);
        let now = wants(all);
        let waiting: Vec<u16> = now.into_iter().filter(|&wants| wants != ENDED).collect();
        if waiting.iter().all(|&wants| wants > 0) && (waiting.is_empty() || has_reason(&waiting)) {
            // A thread that was released just now shows progress within this time.
            let end = Instant::now() + Duration::from_micros(20);
            while Instant::now() < end {
                thread::yield_now();
            }
            if before == progress.load(SeqCst) {
                return;
            }
        }
        assert!(start.elapsed() < LONG, "threads wait without a reason: {now:?}");
        thread::yield_now();
    }
}

fn limit(random: &mut Random) -> Option<Duration> {
    let micros = random.below(60) as u64;
    (random.below(3) == 0).then(|| Duration::from_micros(micros))
}

fn permits(end: End) {
    const MAX: u16 = 1000;
    let mut random = Random::new(1);
    while !end.is_near() {
        let semaphore = Semaphore::new(0, MAX);
        let (all, progress) = (Wants::default(), AtomicUsize::new(0));
        let seeds = [(); THREADS + 1].map(|()| random.below(1 << 30));
        thread::scope(|s| {
            for (wants, seed) in all.iter().zip(seeds) {
                let (semaphore, progress) = (&semaphore, &progress);
                s.spawn(move || {
                    let mut random = Random::new(seed);
                    for _ in 0..6 {
                        let n = 1 + u16::from(random.below(3) == 0);
                        let guard = if let Some(limit) = limit(&mut random) {
                            semaphore.many(n).try_wait_for(limit).ok()
                        } else {
                            wants.store(n, SeqCst);
                            Some(semaphore.many(n).wait())
                        };
                        wants.store(0, SeqCst);
                        progress.fetch_add(1, SeqCst);
                        if let Some(guard) = guard.filter(|_| random.below(2) == 0) {
                            guard.forget();
                        }
                    }
                    wants.store(ENDED, SeqCst);
                });
            }
            let mut random = Random::new(seeds[THREADS]);
            for _ in 0..8 {
                semaphore.release(1 + u16::from(random.below(3) == 0));
                if random.below(4) == 0 {
                    let _ = semaphore.shrink(1);
                }
                thread::yield_now();
            }
            until_at_rest(&all, &progress, |waiting| {
                waiting.iter().any(|&wants| wants > semaphore.count())
            });
            until(|| {
                if semaphore.total() < MAX {
                    semaphore.release(1);
                }
                wants(&all) == [ENDED; THREADS]
            });
        });
    }
}

#[test]
fn every_sleeper_of_a_semaphore_has_a_reason() {
    stress(permits);
}

fn counts(end: End) {
    let mut random = Random::new(2);
    while !end.is_near() {
        let countdown = CountdownEvent::new(random.below(3));
        let (all, progress) = (Wants::default(), AtomicUsize::new(0));
        let seeds = [(); THREADS + 1].map(|()| random.below(1 << 30));
        thread::scope(|s| {
            for (wants, seed) in all.iter().zip(seeds) {
                let (countdown, progress) = (&countdown, &progress);
                s.spawn(move || {
                    let mut random = Random::new(seed);
                    for _ in 0..4 {
                        if let Some(limit) = limit(&mut random) {
                            let _ = countdown.wait_for(limit);
                        } else {
                            wants.store(1, SeqCst);
                            countdown.wait();
                        }
                        wants.store(0, SeqCst);
                        progress.fetch_add(1, SeqCst);
                        if random.below(4) == 0 {
                            countdown.increment();
                        }
                    }
                    wants.store(ENDED, SeqCst);
                });
            }
            let mut random = Random::new(seeds[THREADS]);
            for _ in 0..8 {
                match random.below(4) {
                    0 => countdown.increment(),
                    1 => countdown.reset(random.below(3)),
                    _ => countdown.tick(),
                }
                thread::yield_now();
            }
            until_at_rest(&all, &progress, |_| countdown.count() > 0);
            until(|| {
                countdown.reset(0);
                wants(&all) == [ENDED; THREADS]
            });
        });
    }
}

#[test]
fn every_thread_that_waits_for_a_countdown_has_a_reason() {
    stress(counts);
}
