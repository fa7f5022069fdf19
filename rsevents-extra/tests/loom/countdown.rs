//! Models of countdowns.

use crate::exploration::{LIMIT, large_model, model, parked, running};
use crate::place::Place;
use loom::cell::Cell;
use rsevents_extra::{Awaitable, CountdownEvent};

/// not only the last tick.
#[test]
fn every_tick_publishes_to_the_wait() {
    model(|| {
        let (countdown, data) = (CountdownEvent::new(2), [Cell::new(0), Cell::new(0)]);
        let work = |i: usize| {
            data[i].set(1);
            countdown.tick();
        };
        running([&|| work(0), &|| work(1)], || {
            countdown.wait();
            assert_eq!([data[0].get(), data[1].get()], [1, 1]);
        });
        assert!(countdown.is_set() && countdown.count() == 0);
    });
}

#[test]
fn a_tick_of_several_publishes_to_the_wait() {
    model(|| {
        let (countdown, data) = (CountdownEvent::new(4), [Cell::new(0), Cell::new(0)]);
        let work = |i: usize| {
            data[i].set(1);
            countdown.tick_by(2);
        };
        running([&|| work(0), &|| work(1)], || {
            countdown.wait();
            assert_eq!([data[0].get(), data[1].get()], [1, 1]);
        });
    });
}

///
#[test]
fn every_tick_publishes_to_the_parked_wait_and_to_the_count() {
    model(|| {
        let (countdown, data) = (CountdownEvent::new(2), [Cell::new(0), Cell::new(0)]);
        let work = |i: usize| {
            data[i].set(1);
            countdown.tick();
        };
        let wait = || {
            countdown.wait();
            assert_eq!([data[0].get(), data[1].get()], [1, 1]);
        };
        parked([&wait], || {
            running([&|| work(0)], || {
                work(1);
                if countdown.count() == 0 {
                    assert_eq!(data[0].get(), 1);
                }
            })
        });
    });
}

#[test]
fn a_count_sees_what_was_done_before_its_ticks() {
    model(|| {
        let (countdown, data) = (CountdownEvent::new(2), Cell::new(0));
        let work = || {
            data.set(1);
            countdown.tick();
        };
        running([&work], || {
            if countdown.count() == 1 {
                assert_eq!(data.get(), 1);
            }
        });
    });
}

/// A count that is read after the event changed is not older than the change.
#[test]
fn a_count_after_a_raise_is_not_an_old_one() {
    model(|| {
        let countdown = CountdownEvent::new(0);
        running([&|| countdown.increment_by(5)], || {
            if !countdown.is_set() {
                assert_eq!(countdown.count(), 5);
            }
        });
    });
}

#[test]
fn a_count_after_zero_is_not_an_old_one() {
    model(|| {
        let countdown = CountdownEvent::new(3);
        countdown.tick_by(3);
        running([&|| countdown.increment_by(5)], || {
            assert!([0, 5].contains(&countdown.count()));
        });
    });
}

#[test]
fn a_thread_that_sees_the_count_raised_finds_the_event_unset() {
    model(|| {
        let countdown = CountdownEvent::new(0);
        running([&|| countdown.increment()], || {
            if countdown.count() == 1 {
                assert!(!countdown.is_set());
            }
        });
    });
}

#[test]
fn a_tick_too_many_that_meets_a_raise_counts_after_it_or_not_at_all() {
    model(|| {
        let countdown = CountdownEvent::new(0);
        running([&|| countdown.tick()], || countdown.increment_by(2));
        assert!((1..=2).contains(&countdown.count()) && !countdown.is_set());
    });
}

#[test]
fn a_tick_of_several_is_seen_at_once() {
    model(|| {
        let countdown = CountdownEvent::new(3);
        let count = running([&|| countdown.tick_by(2)], || countdown.count()).1;
        assert!([3, 1].contains(&count));
        let count = running([&|| countdown.reset(0)], || countdown.count()).1;
        assert!([1, 0].contains(&count));
        countdown.increment_by(4);
        let count = running([&|| countdown.tick_by(9)], || countdown.count()).1;
        assert!([4, 0].contains(&count));
    });
}

#[test]
fn the_last_tick_that_meets_an_increment_leaves_one() {
    model(|| {
        let countdown = CountdownEvent::new(1);
        running([&|| countdown.tick()], || {
            countdown.increment();
            assert!(countdown.count() >= 1 || countdown.is_set());
        });
        assert!(countdown.count() == 1 && !countdown.is_set());
    });
}

#[test]
fn an_increment_holds_back_no_waiter_that_the_last_tick_released() {
    model(|| {
        let countdown = CountdownEvent::new(1);
        parked([&|| countdown.wait()], || {
            countdown.tick();
            countdown.increment();
        });
        assert!(countdown.count() == 1 && !countdown.is_set());
    });
}

///
#[test]
fn the_last_tick_that_meets_a_reset_leaves_it_unset() {
    model(|| {
        let countdown = CountdownEvent::new(1);
        let (_, count) = running([&|| countdown.tick()], || {
            countdown.reset(2);
            countdown.count()
        });
        assert!((1..=2).contains(&count));
        assert!(countdown.count() <= count && !countdown.is_set());
    });
}

///
#[test]
fn a_reset_to_zero_that_meets_an_increment_agrees_with_the_event() {
    model(|| {
        let countdown = CountdownEvent::new(1);
        running([&|| countdown.reset(0)], || countdown.increment());
        assert!(countdown.count() <= 1);
        assert_eq!(countdown.is_set(), countdown.count() == 0);
    });
}

#[test]
fn raises_from_zero_that_meet_lose_nothing() {
    model(|| {
        let countdown = CountdownEvent::new(0);
        running([&|| countdown.increment()], || countdown.increment());
        assert!(countdown.count() == 2 && !countdown.is_set());
    });
}

#[test]
fn a_raise_that_meets_a_reset_and_a_tick_agrees_with_the_event() {
    large_model(|| {
        let countdown = CountdownEvent::new(0);
        running([&|| countdown.increment(), &|| countdown.tick()], || countdown.increment());
        assert!((1..=2).contains(&countdown.count()) && !countdown.is_set());
    });
}

///
#[test]
fn a_tick_too_many_finds_the_countdown_set() {
    model(|| {
        let countdown = CountdownEvent::new(1);
        running([&|| countdown.tick()], || {
            countdown.tick();
            assert!(countdown.wait0(), "one of the two was the last tick, and it was before this");
        });
        assert_eq!(countdown.count(), 0);
    });
}

#[test]
fn work_is_added_before_the_last_tick_or_refused() {
    model(|| {
        let countdown = CountdownEvent::new(1);
        let (_, added) = running([&|| countdown.tick()], || {
            let added = countdown.try_increment();
            assert_ne!(added, countdown.is_set());
            added
        });
        assert_eq!(countdown.count(), usize::from(added));
        assert_ne!(added, countdown.is_set());
    });
}

///
#[test]
fn one_tick_reaches_zero_and_sees_what_was_done_before_the_other() {
    model(|| {
        let (countdown, data) = (CountdownEvent::new(2), [Cell::new(0), Cell::new(0)]);
        let work = |i: usize| {
            data[i].set(1);
            let last = countdown.tick_reaches_zero();
            if last {
                assert_eq!([data[0].get(), data[1].get()], [1, 1]);
            }
            last
        };
        let ([first], second) = running([&|| work(0)], || work(1));
        assert_ne!(first, second);
        assert!(countdown.is_set());
    });
}

#[test]
fn a_tick_that_meets_a_raise_reaches_zero_after_it_or_not_at_all() {
    model(|| {
        let countdown = CountdownEvent::new(0);
        let (last, ()) = running([&|| countdown.tick_reaches_zero()], || countdown.increment());
        assert_eq!(countdown.count(), usize::from(last == [false]));
        assert_eq!(countdown.is_set(), last == [true]);
    });
}

#[test]
fn a_guard_is_added_before_the_last_tick_or_refused() {
    model(|| {
        let countdown = CountdownEvent::new(1);
        let (_, guard) = running([&|| countdown.tick()], || countdown.try_increment_guard());
        assert_eq!(countdown.count(), usize::from(guard.is_some()));
        assert_eq!(countdown.is_set(), guard.is_none());
        drop(guard);
        assert!(countdown.is_set());
    });
}

#[test]
fn a_timeout_does_not_erase_the_last_tick() {
    model(|| {
        let (countdown, data) = (CountdownEvent::new(1), Cell::new(0));
        let wait = || {
            if countdown.wait_for(LIMIT) {
                assert_eq!(data.get(), 1);
            }
        };
        parked([&wait], || {
            data.set(1);
            countdown.tick();
        });
        assert!(countdown.is_set());
    });
}

/// P-1, R-15.
#[test]
fn a_countdown_may_be_freed_by_the_wait_it_released() {
    model(|| {
        let countdown = Place::new(CountdownEvent::new(2));
        running([&|| countdown.tick(), &|| countdown.tick()], || {
            countdown.wait();
            countdown.free();
        });
    });
}

/// P-1, R-15.
#[test]
fn a_countdown_may_be_freed_by_the_parked_wait_it_released() {
    model(|| {
        let countdown = Place::new(CountdownEvent::new(1));
        let wait = || {
            if countdown.wait_for(LIMIT) || countdown.wait0() {
                countdown.free();
            }
        };
        parked([&wait], || countdown.tick());
    });
}
