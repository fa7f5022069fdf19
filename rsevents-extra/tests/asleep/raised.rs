//! A countdown is raised again while the threads that it has released are still waking up.

use crate::alone::alone;
use crate::limit::LONG;
use crate::task::{Sleeper, asleep};
use rsevents::{AutoResetEvent, Awaitable, WaitAny};
use rsevents_extra::CountdownEvent;
use std::thread;

/// Lets `waiters` threads sleep at a countdown of 1, calls `reach_zero` and then at once `raise`.
/// Expects that every thread is released.
fn released_although_raised(
    waiters: usize,
    reach_zero: fn(&CountdownEvent),
    raise: fn(&CountdownEvent),
) {
    static NEVER: AutoResetEvent = AutoResetEvent::new(rsevents::EventState::Unset);
    let countdown = CountdownEvent::new(1);
    thread::scope(|s| {
        let sleepers: Vec<_> = (0..waiters)
            .map(|index| {
                let countdown = &countdown;
                asleep(s, move || match index % 3 {
                    0 => countdown.wait_for(LONG),
                    1 => countdown.try_wait().is_ok(),
                    _ => WaitAny::new(&[&NEVER, countdown.event()]).try_wait_for(LONG) == Ok(1),
                })
            })
            .collect();
        reach_zero(&countdown);
        raise(&countdown);
        assert!(!countdown.wait0());
        assert!(sleepers.into_iter().all(Sleeper::join));
        assert_eq!(countdown.count(), 4);
    });
}

/// P-6, P-20
#[test]
fn sleepers_are_released_by_zero_even_if_it_is_raised_at_once() {
    alone(|| {
        for waiters in [1, 2, 3, 33] {
            released_although_raised(waiters, CountdownEvent::tick, |c| c.reset(4));
            released_although_raised(waiters, |c| c.tick_by(9), |c| c.increment_by(4));
            released_although_raised(waiters, |c| c.reset(0), |c| c.reset(4));
            released_although_raised(
                waiters,
                |c| drop(c.guard()),
                |c| {
                    c.increment();
                    c.increment_by(3);
                },
            );
        }
    });
}

/// P-13: a thread that waits after the count was raised belongs to the next round.
#[test]
fn a_sleeper_of_the_next_round_is_not_released() {
    alone(|| {
        let countdown = CountdownEvent::new(1);
        thread::scope(|s| {
            for _ in 0..20 {
                let released = asleep(s, || countdown.wait_for(LONG));
                countdown.tick();
                countdown.reset(2);
                let next = asleep(s, || countdown.wait_for(LONG));
                assert!(released.join());
                countdown.tick();
                next.task.until_asleep();
                countdown.tick();
                assert!(next.join());
                countdown.reset(1);
            }
        });
    });
}

/// A change that does not reach zero wakes no thread.
#[test]
fn changes_above_zero_wake_nobody() {
    alone(|| {
        let countdown = CountdownEvent::new(3);
        thread::scope(|s| {
            let sleeper = asleep(s, || countdown.wait_for(LONG));
            let sleeps = sleeper.task.until_asleep();
            countdown.tick();
            countdown.increment_by(5);
            countdown.reset(2);
            countdown.tick();
            assert_eq!(sleeper.task.until_asleep(), sleeps);
            countdown.tick();
            assert!(sleeper.join());
        });
    });
}
