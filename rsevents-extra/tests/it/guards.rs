//! The guards of a semaphore: what happens to the permits that they hold.

use crate::limit::{LONG, limited};
use crate::panics::{panics, panics_with};
use rsevents_extra::{Awaitable, OwnedSemaphoreGuard, Semaphore};
use std::mem;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

#[track_caller]
fn has(semaphore: &Semaphore, count: u16, limit: u16) {
    assert_eq!((semaphore.count(), semaphore.total()), (count, limit));
}

#[test]
fn forget_unmakes_the_permits() {
    let semaphore = Arc::new(Semaphore::with_permits(5));
    semaphore.wait().forget();
    has(&semaphore, 4, 4);
    semaphore.many(2).wait().forget();
    has(&semaphore, 2, 2);
    semaphore.owned().wait().forget();
    has(&semaphore, 1, 1);
    semaphore.release(4);
    has(&semaphore, 5, 5);
}

/// R-20, P-16: in the published crate, a leaked guard makes all later releases fail.
#[test]
fn a_leaked_guard_leaks_its_permits_and_nothing_else() {
    let semaphore = Semaphore::new(3, 4);
    mem::forget(semaphore.wait());
    has(&semaphore, 2, 3);
    assert!(semaphore.try_release(1));
    has(&semaphore, 3, 4);
    assert!(!semaphore.try_release(1));
    assert_eq!(semaphore.shrink(u16::MAX), 3);
    has(&semaphore, 0, 1);
    semaphore.release(3);
    has(&semaphore, 3, 4);
}

#[test]
fn a_split_divides_the_permits() {
    let semaphore = Semaphore::with_permits(5);
    let mut all = semaphore.many(5).wait();
    let two = all.split(2).unwrap();
    let none = all.split(0).unwrap();
    assert_eq!((all.permits(), two.permits(), none.permits()), (3, 2, 0));
    drop(none);
    has(&semaphore, 0, 5);
    drop(two);
    has(&semaphore, 2, 5);
    let rest = all.split(3).unwrap();
    assert_eq!((all.permits(), rest.permits()), (0, 3));
    drop(all);
    has(&semaphore, 2, 5);
    rest.forget();
    has(&semaphore, 2, 2);
}

#[test]
fn a_split_of_more_than_there_is_changes_nothing() {
    let semaphore = Arc::new(Semaphore::with_permits(2));
    let mut one = semaphore.wait();
    assert!(one.split(2).is_none() && one.split(u16::MAX).is_none());
    assert_eq!(one.permits(), 1);
    let mut owned = semaphore.owned().wait();
    assert!(owned.split(2).is_none());
    assert_eq!(owned.permits(), 1);
    drop((one, owned));
    has(&semaphore, 2, 2);
}

#[test]
fn a_merge_unites_the_permits() {
    let semaphore = Arc::new(Semaphore::with_permits(6));
    let mut three = semaphore.many(3).wait();
    three.merge(semaphore.wait());
    three.merge(semaphore.many(0).wait());
    assert_eq!(three.permits(), 4);
    has(&semaphore, 2, 6);
    let mut owned = semaphore.owned().wait();
    owned.merge(Arc::clone(&semaphore).owned().wait());
    assert_eq!(owned.permits(), 2);
    drop(three);
    has(&semaphore, 4, 6);
    drop(owned);
    has(&semaphore, 6, 6);
}

#[test]
fn guards_of_two_semaphores_are_not_merged() {
    let [one, other] = [(); 2].map(|()| Arc::new(Semaphore::with_permits(4)));
    let mut guard = one.wait();
    assert!(panics(AssertUnwindSafe(|| guard.merge(other.many(2).wait()))));
    assert_eq!(guard.permits(), 1);
    let mut owned = one.owned().wait();
    assert!(panics(AssertUnwindSafe(|| owned.merge(other.owned().many(2).wait()))));
    assert_eq!(owned.permits(), 1);
    has(&one, 2, 4);
    has(&other, 4, 4);
    drop((guard, owned));
    has(&one, 4, 4);
}

#[test]
fn guards_that_are_split_are_given_back_in_any_order_while_unwinding() {
    let semaphore = Semaphore::with_permits(4);
    panics_with(|| {
        let mut all = semaphore.many(4).wait();
        let one = all.split(1);
        let mut two = all.split(2);
        (two.as_mut().and_then(|two| two.split(1)), all, one, two)
    });
    has(&semaphore, 4, 4);
}

/// P-16: in a peer, a guard could outlive its semaphore.
#[test]
fn an_owned_guard_keeps_its_semaphore() {
    let semaphore = Arc::new(Semaphore::with_permits(2));
    let mut guard: OwnedSemaphoreGuard = semaphore.owned().many(2).wait();
    let alive = Arc::downgrade(&semaphore);
    drop(semaphore);
    let part = guard.split(1).unwrap();
    drop(guard);
    assert_eq!(alive.upgrade().map(|semaphore| semaphore.count()), Some(1));
    part.forget();
    assert!(alive.upgrade().is_none());
}

#[test]
fn a_merge_of_owned_guards_gives_up_one_share() {
    let semaphore = Arc::new(Semaphore::with_permits(2));
    let mut guard = semaphore.owned().wait();
    guard.merge(semaphore.owned().wait());
    assert_eq!(Arc::strong_count(&semaphore), 2);
    drop(guard);
    assert_eq!(Arc::strong_count(&semaphore), 1);
    has(&semaphore, 2, 2);
}

#[test]
fn an_owned_guard_travels() {
    let semaphore = Arc::new(Semaphore::with_permits(1));
    let guard = semaphore.owned().wait();
    thread::spawn(move || drop(guard)).join().unwrap();
    has(&semaphore, 1, 1);
}

#[test]
fn owned_guards_come_from_every_kind_of_wait() {
    let semaphore = Arc::new(Semaphore::with_permits(3));
    let guards = [
        semaphore.owned().try_wait0().unwrap(),
        semaphore.owned().try_wait_for(Duration::ZERO).unwrap(),
        semaphore.owned().many(1).try_wait_for(LONG).unwrap(),
    ];
    assert!(semaphore.owned().try_wait0().is_err());
    assert!(semaphore.owned().try_wait_for(Duration::from_millis(1)).is_err());
    assert!(semaphore.owned().many(2).try_wait_for(Duration::from_millis(1)).is_err());
    has(&semaphore, 0, 3);
    drop(guards);
    has(&semaphore, 3, 3);
    assert_eq!(Arc::strong_count(&semaphore), 1);
}

/// P-16: a peer waited busily for an owned guard.
#[test]
fn an_owned_guard_is_waited_for() {
    limited(|| {
        let semaphore = Arc::new(Semaphore::with_permits(1));
        let held = semaphore.wait();
        thread::scope(|s| {
            let waiter =
                s.spawn(|| semaphore.owned().try_wait_for(LONG).map(|guard| guard.permits()));
            drop(held);
            assert_eq!(waiter.join().unwrap(), Ok(1));
        });
        has(&semaphore, 1, 1);
    });
}

/// A failed wait for an owned guard keeps no share of the semaphore.
#[test]
fn a_failed_wait_keeps_nothing() {
    let semaphore = Arc::new(Semaphore::new(0, 1));
    assert!(semaphore.owned().try_wait_for(Duration::from_micros(10)).is_err());
    assert!(semaphore.owned().try_wait0().is_err());
    assert_eq!(Arc::strong_count(&semaphore), 1);
}
