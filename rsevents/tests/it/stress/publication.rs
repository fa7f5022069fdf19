//! What was done before a set is seen after the wait that the set releases, or after the reset that
//! discards the set. A consumer that waits once it has seen everything never misses the last item.

use super::stress;
use crate::limit::LONG;
use crate::random::Random;
use rsevents::{AutoResetEvent, Awaitable, ManualResetEvent, WaitAny};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

const PRODUCERS: usize = 3;

#[derive(Default)]
struct Desk {
    /// How many items each producer has published.
    published: [AtomicUsize; PRODUCERS],
    auto: AutoResetEvent,
    manual: ManualResetEvent,
    one_each: [AutoResetEvent; PRODUCERS],
}

/// Producers publish and signal, in many rounds. Each `wait` must return in time to see the last
/// item.
fn everything_is_seen(signal: fn(&Desk, usize), wait: fn(&Desk)) {
    const ITEMS: usize = 100;
    stress(move |end| {
        for seed in 0.. {
            if end.is_near() {
                break;
            }
            let desk = Desk::default();
            thread::scope(|s| {
                for producer in 0..PRODUCERS {
                    let desk = &desk;
                    s.spawn(move || {
                        let mut random = Random::new(seed * PRODUCERS + producer);
                        for item in 1..=ITEMS {
                            desk.published[producer].store(item, Relaxed);
                            signal(desk, producer);
                            for _ in 0..random.below(300) {
                                spin_loop();
                            }
                        }
                    });
                }
                let seen = || desk.published.iter().map(|items| items.load(Relaxed)).sum::<usize>();
                while seen() < PRODUCERS * ITEMS {
                    wait(&desk);
                }
            });
        }
    });
}

/// also through sets that merge into one signal.
#[test]
fn everything_published_is_seen_after_the_wait() {
    everything_is_seen(|desk, _| desk.auto.set(), |desk| assert!(desk.auto.wait_for(LONG)));
}

///
#[test]
fn everything_published_is_seen_after_the_reset() {
    everything_is_seen(
        |desk, _| desk.manual.set(),
        |desk| {
            assert!(desk.manual.wait_for(LONG));
            desk.manual.reset();
        },
    );
}

#[test]
fn everything_published_is_seen_after_a_wait_for_any() {
    everything_is_seen(
        |desk, producer| desk.one_each[producer].set(),
        |desk| {
            let [first, second, third] = &desk.one_each;
            assert!(WaitAny::new(&[first, second, third]).try_wait_for(LONG).is_ok());
        },
    );
}
