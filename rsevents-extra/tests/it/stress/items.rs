//! Work items that many threads add to a countdown and tick off.

use super::{End, stress};
use crate::random::Random;
use rsevents_extra::{Awaitable, CountdownEvent};
use std::thread;
use std::time::Duration;

/// Adds items and ticks them off. While a thread has items left, the countdown is not at zero.
fn add_and_tick(countdown: &CountdownEvent, end: End, seed: usize) {
    let mut random = Random::new(seed);
    let mut own = 0;
    while !end.is_near() {
        let some = 1 + random.below(3);
        match random.below(4) {
            0 => {
                countdown.increment();
                own += 1;
            }
            1 => {
                countdown.increment_by(some);
                own += some;
            }
            _ if countdown.try_increment_by(some) => own += some,
            _ => assert_eq!(own, 0, "it was not too late"),
        }
        if own > 0 {
            assert!(countdown.count() >= own);
            assert!(!countdown.is_set() && !countdown.wait0(), "it is not at zero");
        }
        match random.below(4) {
            0 => {
                let ticks = own.min(some);
                countdown.tick_by(ticks);
                own -= ticks;
            }
            1 if own > 0 => {
                drop(countdown.guard());
                own -= 1;
            }
            2 => {
                (0..own).for_each(|_| countdown.tick());
                own = 0;
            }
            _ => {}
        }
    }
    countdown.tick_by(own);
}

/// at the end, the count is zero and the event is set.
fn items_are_conserved(threads: usize) {
    stress(move |end| {
        let countdown = CountdownEvent::new(0);
        thread::scope(|s| {
            for seed in 0..threads {
                let countdown = &countdown;
                s.spawn(move || add_and_tick(countdown, end, seed));
            }
            s.spawn(|| {
                while !end.is_near() {
                    countdown.wait();
                }
            });
            s.spawn(|| while !countdown.wait_for(Duration::from_micros(20)) || !end.is_near() {});
        });
        assert_eq!(countdown.count(), 0);
        assert!(countdown.is_set() && countdown.wait0());
    });
}

#[test]
fn items_are_conserved_among_two_threads() {
    items_are_conserved(2);
}

#[test]
fn items_are_conserved_among_sixty_four_threads() {
    items_are_conserved(64);
}
