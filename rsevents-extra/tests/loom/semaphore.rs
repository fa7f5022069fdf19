//! Models of semaphores.

use crate::exploration::{LIMIT, large_model, model, parked, running};
use crate::place::Place;
use loom::cell::Cell;
use rsevents::{AutoResetEvent, ManualResetEvent};
use rsevents_extra::{Awaitable, Semaphore, SemaphoreGuard, Stopped};

#[test]
fn one_permit_is_held_by_one_thread() {
    model(|| {
        let (semaphore, data) = (Semaphore::with_permits(1), Cell::new(0));
        let work = || {
            let _permit = semaphore.wait();
            data.set(data.get() + 1);
        };
        running([&work], work);
        assert_eq!(data.get(), 2);
        assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
    });
}

#[test]
fn a_permit_goes_from_one_sleeper_to_the_next() {
    model(|| {
        let (semaphore, data) = (Semaphore::new(0, 1), Cell::new(0));
        let work = || {
            let _permit = semaphore.wait();
            data.set(data.get() + 1);
        };
        parked([&work, &work], || {
            data.set(data.get() + 1);
            semaphore.release(1);
        });
        assert_eq!(data.get(), 3);
        assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
    });
}

#[test]
fn a_release_of_two_wakes_two_sleepers() {
    model(|| {
        let semaphore = Semaphore::new(0, 2);
        parked([&|| semaphore.wait().forget(), &|| semaphore.wait().forget()], || {
            semaphore.release(2);
        });
        assert_eq!((semaphore.count(), semaphore.total()), (0, 0));
    });
}

#[test]
fn two_releases_wake_two_sleepers() {
    model(|| {
        let semaphore = Semaphore::new(0, 2);
        parked([&|| semaphore.wait().forget(), &|| semaphore.wait().forget()], || {
            semaphore.release(1);
            semaphore.release(1);
        });
        assert_eq!((semaphore.count(), semaphore.total()), (0, 0));
    });
}

#[test]
fn releases_that_meet_lose_no_permit() {
    large_model(|| {
        let semaphore = Semaphore::new(0, 2);
        parked([&|| semaphore.wait().forget()], || {
            running([&|| semaphore.release(1)], || semaphore.release(1))
        });
        assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
    });
}

#[test]
fn a_timeout_that_meets_a_release_loses_no_permit() {
    model(|| {
        let (semaphore, data) = (Semaphore::new(0, 1), Cell::new(0));
        let work = || {
            if let Ok(_permit) = semaphore.wait_for(LIMIT) {
                assert_eq!(data.get(), 1);
            }
        };
        parked([&work], || {
            data.set(1);
            semaphore.release(1);
        });
        assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
    });
}

/// Also to a sleeper that leaves at its timeout, before its wake-up arrives.
#[test]
fn a_release_publishes_to_the_sleepers_it_serves() {
    large_model(|| {
        let (semaphore, data) = (Semaphore::new(0, 2), Cell::new(0));
        let work = || {
            if let Ok(permit) = semaphore.wait_for(LIMIT) {
                assert_eq!(data.get(), 1);
                permit.forget();
            }
        };
        parked([&work, &work], || {
            data.set(1);
            semaphore.release(2);
        });
    });
}

#[test]
fn a_timeout_passes_the_permit_on() {
    large_model(|| {
        let semaphore = Semaphore::new(0, 1);
        let hasty = || {
            let _ = semaphore.wait_for(LIMIT);
        };
        parked([&hasty, &|| drop(semaphore.wait())], || semaphore.release(1));
        assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
    });
}

#[test]
fn a_running_thread_and_a_sleeper_both_get_the_permit() {
    model(|| {
        let semaphore = Semaphore::new(0, 1);
        parked([&|| drop(semaphore.wait())], || {
            semaphore.release(1);
            drop(semaphore.wait());
        });
        assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
    });
}

#[test]
fn a_poll_takes_a_permit_or_leaves_it() {
    model(|| {
        let semaphore = Semaphore::with_permits(1);
        let poll = || semaphore.wait0().map(SemaphoreGuard::forget).is_ok();
        let ([one], other) = running([&poll], poll);
        assert_ne!(one, other);
        assert_eq!((semaphore.count(), semaphore.total()), (0, 0));
    });
}

#[test]
fn many_permits_are_taken_at_once() {
    model(|| {
        let (semaphore, data) = (Semaphore::with_permits(2), Cell::new(0));
        let work = || {
            let _permits = semaphore.many(2).wait();
            data.set(data.get() + 1);
        };
        running([&work], work);
        assert_eq!(data.get(), 2);
        assert_eq!((semaphore.count(), semaphore.total()), (2, 2));
    });
}

#[test]
fn a_large_request_is_served_before_a_later_small_one_needs_it() {
    model(|| {
        let semaphore = Semaphore::new(0, 2);
        parked([&|| drop(semaphore.many(2).wait()), &|| drop(semaphore.wait())], || {
            semaphore.release(1);
            semaphore.release(1);
        });
        assert_eq!((semaphore.count(), semaphore.total()), (2, 2));
    });
}

/// P-12, P-16.
#[test]
fn a_large_request_that_times_out_leaves_the_permits_to_a_small_one() {
    large_model(|| {
        let semaphore = Semaphore::new(0, 2);
        let large = || assert!(semaphore.many(2).try_wait_for(LIMIT).is_err());
        parked([&large, &|| semaphore.wait().forget()], || semaphore.release(1));
        assert_eq!((semaphore.count(), semaphore.total()), (0, 0));
    });
}

#[test]
fn reserved_permits_are_free_when_the_total_falls() {
    model(|| {
        let semaphore = Semaphore::new(1, 2);
        let held = semaphore.wait0();
        parked([&|| drop(semaphore.many(2).try_wait_for(LIMIT))], || {
            semaphore.release(1);
            running([&|| drop(semaphore.wait0())], || {
                held.expect("there was one").forget();
            });
        });
        assert!(semaphore.wait0().is_ok());
        assert_eq!((semaphore.count(), semaphore.total()), (1, 1));
    });
}

#[test]
fn permits_are_unmade_only_where_they_are_available() {
    model(|| {
        let semaphore = Semaphore::with_permits(1);
        let work = || {
            if let Ok(permit) = semaphore.wait0() {
                assert_eq!(semaphore.total(), 1);
                drop(permit);
            }
        };
        let (_, unmade) = running([&work], || semaphore.try_shrink(1));
        let left = u16::from(!unmade);
        assert_eq!((semaphore.count(), semaphore.total()), (left, left));
    });
}

#[test]
fn a_release_publishes_to_takes_counts_and_removals_of_the_permit() {
    let published = |seen: fn(&Semaphore) -> bool| {
        model(move || {
            let (semaphore, data) = (Semaphore::new(0, 1), Cell::new(0));
            let release = || {
                data.set(1);
                semaphore.release(1);
            };
            running([&release], || {
                if seen(&semaphore) {
                    assert_eq!(data.get(), 1);
                }
            });
        });
    };
    published(|semaphore| semaphore.wait0().is_ok());
    published(|semaphore| semaphore.drain().permits() == 1);
    published(|semaphore| semaphore.count() == 1);
    published(|semaphore| semaphore.total() == 1);
    published(|semaphore| semaphore.try_shrink(1));
}

#[test]
fn removing_a_permit_publishes_to_the_thread_that_sees_the_total() {
    let published = |unmake: fn(&Semaphore)| {
        model(move || {
            let (semaphore, data) = (Semaphore::with_permits(1), Cell::new(0));
            let unmake = || {
                data.set(1);
                unmake(&semaphore);
            };
            running([&unmake], || {
                if semaphore.total() == 0 {
                    assert_eq!(data.get(), 1);
                }
            });
        });
    };
    published(|semaphore| assert!(semaphore.try_shrink(1)));
    published(|semaphore| semaphore.wait().forget());
}

#[test]
fn a_release_that_offers_a_permit_publishes_to_the_thread_that_takes_it() {
    model(|| {
        let (semaphore, data) = (Semaphore::new(0, 1), Cell::new(0));
        let take = || {
            if let Ok(_permit) = semaphore.wait0() {
                assert_eq!(data.get(), 1);
            }
        };
        parked([&|| drop(semaphore.wait())], || {
            running([&take], || {
                data.set(1);
                semaphore.release(1);
            })
        });
    });
}

/// The last of several releases finds that the earlier ones were taken past the sleeper that it
/// might have woken.
#[test]
fn a_release_past_a_woken_sleeper_publishes_to_the_thread_that_takes_the_permits() {
    large_model(|| {
        let (semaphore, data) = (Semaphore::new(0, 9), Cell::new(0));
        let take_all = || {
            if semaphore.many(4).try_wait0().is_ok() {
                assert_eq!(data.get(), 1);
            }
        };
        parked([&|| drop(semaphore.wait())], || {
            running([&take_all], || {
                for _ in 0..3 {
                    semaphore.release(1);
                }
                data.set(1);
                semaphore.release(1);
            })
        });
        assert_eq!((semaphore.count(), semaphore.total()), (4, 4));
    });
}

/// P-1.
#[test]
fn a_semaphore_may_be_freed_by_the_wait_it_released() {
    model(|| {
        let semaphore = Place::new(Semaphore::new(0, 1));
        running([&|| semaphore.release(1)], || {
            semaphore.wait().forget();
            semaphore.free();
        });
    });
}

/// P-1.
#[test]
fn a_semaphore_may_be_freed_by_the_sleeper_it_released() {
    model(|| {
        let semaphore = Place::new(Semaphore::new(0, 1));
        let wait = || {
            if let Ok(permit) = semaphore.wait_for(LIMIT) {
                permit.forget();
                semaphore.free();
            }
        };
        parked([&wait], || semaphore.release(1));
    });
}

#[test]
fn a_stop_that_meets_a_release_loses_neither() {
    large_model(|| {
        let (semaphore, stop) = (Semaphore::new(0, 1), AutoResetEvent::default());
        let wait = || semaphore.unless(&stop).try_wait().map(SemaphoreGuard::forget);
        let ([ended], _) = parked([&wait], || running([&|| stop.set()], || semaphore.release(1)));
        let stopped = ended == Err(Stopped);
        assert_eq!((semaphore.total(), stop.is_set()), (u16::from(stopped), !stopped));
        assert_eq!(semaphore.count(), semaphore.total());
    });
}

#[test]
fn a_stopped_sleeper_lets_the_next_one_go_on() {
    large_model(|| {
        let (semaphore, stop) = (Semaphore::new(1, 2), ManualResetEvent::default());
        let large = || semaphore.many(2).unless(&stop).try_wait().is_err();
        let small = || {
            semaphore.wait().forget();
            true
        };
        parked([&large, &small], || stop.set());
        assert_eq!((semaphore.count(), semaphore.total()), (0, 0));
    });
}

#[test]
fn a_release_after_the_stop_is_not_for_the_stopped_sleeper() {
    model(|| {
        let (semaphore, stop) = (Semaphore::new(0, 1), AutoResetEvent::default());
        let wait = || semaphore.unless(&stop).try_wait().map(|_guard| ());
        let ([ended], ()) = parked([&wait], || {
            stop.set();
            semaphore.release(1);
        });
        assert_eq!((ended, stop.is_set(), semaphore.count()), (Err(Stopped), false, 1));
    });
}
