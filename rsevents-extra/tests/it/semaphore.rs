//! The semaphore, sentence by sentence of its documentation.

use crate::limit::{LONG, limited};
use crate::panics::{panics, panics_with};
use rsevents_extra::{Awaitable, Semaphore, TimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Expects that `count` permits are available, and that `limit` exist.
#[track_caller]
fn has(semaphore: &Semaphore, count: u16, limit: u16) {
    assert_eq!((semaphore.count(), semaphore.total()), (count, limit));
    assert_eq!(semaphore.wait0().is_ok(), count > 0);
    assert!(semaphore.many(count).try_wait0().is_ok());
    if count < semaphore.max() {
        assert_eq!(semaphore.many(count + 1).try_wait0().err(), Some(TimeoutError));
    }
    assert_eq!((semaphore.count(), semaphore.total()), (count, limit));
}

#[test]
fn a_permit_is_taken_held_and_given_back() {
    let semaphore = Semaphore::with_permits(2);
    has(&semaphore, 2, 2);
    let first = semaphore.wait();
    has(&semaphore, 1, 2);
    let second = semaphore.wait();
    has(&semaphore, 0, 2);
    drop(first);
    has(&semaphore, 1, 2);
    drop(second);
    has(&semaphore, 2, 2);
}

#[test]
fn every_wait_takes_what_is_there() {
    let semaphore = Semaphore::with_permits(1);
    assert!(semaphore.wait0().is_ok());
    assert!(semaphore.wait_for(Duration::ZERO).is_ok());
    assert!(semaphore.wait_for(LONG).is_ok());
    assert!(semaphore.wait_until(Instant::now()).is_ok());
    assert_eq!(semaphore.many(1).wait().permits(), 1);
    assert!(semaphore.many(1).try_wait0().is_ok());
    assert!(semaphore.many(1).try_wait_for(LONG).is_ok());
    has(&semaphore, 1, 1);
}

/// P-21
#[test]
fn more_permits_than_the_maximum_are_refused_at_the_start() {
    assert!(panics(|| Semaphore::new(1, 0)));
    assert!(panics(|| Semaphore::new(u16::MAX, u16::MAX - 1)));
    assert_eq!(Semaphore::new(3, 3).total(), 3);
}

#[test]
fn with_permits_means_initial_and_maximum() {
    let semaphore = Semaphore::with_permits(7);
    assert_eq!((semaphore.count(), semaphore.total(), semaphore.max()), (7, 7, 7));
}

/// P-21: a product used such a semaphore as a mutex.
#[test]
fn a_new_semaphore_without_permits_blocks_until_one_is_released() {
    let semaphore = Semaphore::new(0, 1);
    assert!(semaphore.wait0().is_err());
    semaphore.release(1);
    assert!(semaphore.wait0().is_ok());
}

#[test]
fn a_release_makes_permits_up_to_the_maximum() {
    let semaphore = Semaphore::new(1, 4);
    semaphore.release(2);
    has(&semaphore, 3, 3);
    assert!(semaphore.try_release(1));
    has(&semaphore, 4, 4);
}

/// R-17, P-21: the published crate counts what it refuses. It then refuses what is allowed, or
/// wraps around and allows too much.
#[test]
fn a_release_beyond_the_maximum_changes_nothing() {
    let semaphore = Semaphore::new(1, 4);
    let held = semaphore.wait();
    for many in [4, 10, u16::MAX - 1, u16::MAX] {
        assert!(!semaphore.try_release(many));
        assert!(panics(|| semaphore.release(many)));
        has(&semaphore, 0, 1);
    }
    semaphore.release(3);
    has(&semaphore, 3, 4);
    drop(held);
    has(&semaphore, 4, 4);
    assert!(!semaphore.try_release(1));
}

///
#[test]
fn a_release_of_nothing_changes_nothing() {
    for semaphore in [Semaphore::new(0, 0), Semaphore::new(0, 1), Semaphore::with_permits(1)] {
        let before = (semaphore.count(), semaphore.total());
        semaphore.release(0);
        assert!(semaphore.try_release(0));
        has(&semaphore, before.0, before.1);
    }
}

#[test]
fn the_maximum_counts_permits_that_are_held() {
    let semaphore = Semaphore::with_permits(2);
    let held = semaphore.many(2).wait();
    assert!(!semaphore.try_release(1));
    held.forget();
    assert!(semaphore.try_release(2));
    has(&semaphore, 2, 2);
}

/// in the published crate, a negative change adds permits.
#[test]
fn modify_makes_and_unmakes() {
    let mut semaphore = Semaphore::new(2, 4);
    semaphore.modify(-1);
    has(&semaphore, 1, 1);
    semaphore.modify(3);
    has(&semaphore, 4, 4);
    semaphore.modify(0);
    has(&semaphore, 4, 4);
    assert!(semaphore.try_modify(-4));
    has(&semaphore, 0, 0);
}

///
#[test]
fn modify_out_of_range_changes_nothing() {
    let mut semaphore = Semaphore::new(1, 4);
    for change in [4, -2, -100, i16::MAX, i16::MIN] {
        assert!(!semaphore.try_modify(change));
        let mut other = Semaphore::new(1, 4);
        assert!(panics(move || other.modify(change)));
    }
    has(&semaphore, 1, 1);
}

#[test]
fn modify_does_not_unmake_what_is_leaked() {
    let mut semaphore = Semaphore::with_permits(3);
    std::mem::forget(semaphore.many(2).wait());
    assert!(!semaphore.try_modify(-2));
    semaphore.modify(-1);
    has(&semaphore, 0, 2);
}

#[test]
fn shrink_unmakes_as_many_as_are_available() {
    let semaphore = Semaphore::with_permits(5);
    let held = semaphore.many(2).wait();
    assert_eq!(semaphore.shrink(0), 0);
    has(&semaphore, 3, 5);
    assert_eq!(semaphore.shrink(1), 1);
    has(&semaphore, 2, 4);
    assert_eq!(semaphore.shrink(u16::MAX), 2);
    has(&semaphore, 0, 2);
    assert_eq!(semaphore.shrink(1), 0);
    drop(held);
    has(&semaphore, 2, 2);
}

#[test]
fn try_shrink_unmakes_all_or_nothing() {
    let semaphore = Semaphore::with_permits(5);
    let held = semaphore.many(2).wait();
    assert!(!semaphore.try_shrink(4));
    has(&semaphore, 3, 5);
    assert!(semaphore.try_shrink(3));
    has(&semaphore, 0, 2);
    assert!(semaphore.try_shrink(0));
    drop(held);
    has(&semaphore, 2, 2);
}

#[test]
fn many_are_taken_at_once_or_not_at_all() {
    let semaphore = Semaphore::with_permits(5);
    let three = semaphore.many(3).wait();
    assert_eq!(three.permits(), 3);
    has(&semaphore, 2, 5);
    assert!(semaphore.many(3).try_wait0().is_err());
    assert!(semaphore.many(3).try_wait_for(Duration::from_millis(1)).is_err());
    has(&semaphore, 2, 5);
    let two = semaphore.many(2).try_wait_for(Duration::ZERO).unwrap();
    has(&semaphore, 0, 5);
    drop((two, three));
    has(&semaphore, 5, 5);
}

#[test]
fn nothing_is_always_available() {
    let semaphore = Semaphore::new(0, 0);
    let none = semaphore.many(0).wait();
    assert!(semaphore.many(0).try_wait0().is_ok());
    assert_eq!(none.permits(), 0);
    none.forget();
    has(&semaphore, 0, 0);
}

/// P-21: the request could never be satisfied.
#[test]
fn a_request_above_the_maximum_is_refused() {
    let semaphore = std::sync::Arc::new(Semaphore::new(1, 2));
    for many in [3, u16::MAX] {
        assert!(panics(|| semaphore.many(many).wait()));
        assert!(panics(|| semaphore.many(many).try_wait0()));
        assert!(panics(|| semaphore.many(many).try_wait_for(Duration::ZERO)));
        assert!(panics(|| semaphore.owned().many(many).wait()));
        assert!(panics(|| semaphore.owned().many(many).try_wait_for(Duration::ZERO)));
    }
    has(&semaphore, 1, 1);
}

/// P-16: with two single acquisitions each, each thread could hold one permit and wait forever.
#[test]
fn many_are_not_taken_one_by_one() {
    limited(|| {
        let semaphore = Semaphore::with_permits(2);
        thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| {
                    for _ in 0..2000 {
                        assert!(semaphore.many(2).try_wait_for(LONG).is_ok());
                    }
                });
            }
        });
        has(&semaphore, 2, 2);
    });
}

#[test]
fn a_request_beyond_the_limit_waits_for_permits_to_be_made() {
    limited(|| {
        let semaphore = Semaphore::new(1, 3);
        thread::scope(|s| {
            let three =
                s.spawn(|| semaphore.many(3).try_wait_for(LONG).map(|guard| guard.permits()));
            semaphore.release(1);
            semaphore.release(1);
            assert_eq!(three.join().unwrap(), Ok(3));
        });
        has(&semaphore, 3, 3);
    });
}

#[test]
fn all_numbers_may_be_as_large_as_their_type() {
    /// The maximum number of permits depends on whether the largest atomic has 64 bits, or 32.
    const MOST: u16 = if cfg!(target_has_atomic = "64") { u16::MAX } else { u16::MAX >> 1 };
    limited(|| {
        let semaphore = Semaphore::new(0, MOST);
        thread::scope(|s| {
            s.spawn(|| assert!(semaphore.many(MOST).try_wait_for(LONG).is_ok()));
            s.spawn(|| assert!(semaphore.many(1).try_wait_for(LONG).is_ok()));
            semaphore.release(MOST);
        });
        has(&semaphore, MOST, MOST);
        assert!(!semaphore.try_release(1) && !semaphore.try_release(MOST));
        assert_eq!(semaphore.shrink(MOST), MOST);
        has(&semaphore, 0, 0);
    });
}

#[test]
fn a_holder_that_panics_gives_its_permits_back() {
    let semaphore = Semaphore::with_permits(3);
    panics_with(|| semaphore.many(2).wait());
    has(&semaphore, 3, 3);
}
