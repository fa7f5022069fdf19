//! What user code relies on without calling it: statics, constants, auto traits, printing.

use crate::panics::panics_with;
use rsevents_extra::{
    Awaitable, CountdownEvent, CountdownGuard, OwnedCountdownGuard, OwnedSemaphoreGuard, Semaphore,
    SemaphoreGuard, TimeoutError,
};
use std::collections::HashMap;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::thread;

/// The maximum number of permits depends on whether the largest atomic has 64 bits, or 32.
const MOST: u16 = if cfg!(target_has_atomic = "64") { u16::MAX } else { u16::MAX >> 1 };

static COUNTDOWN: CountdownEvent = CountdownEvent::new(2);
static SEMAPHORE: Semaphore = Semaphore::with_permits(2);
static SHELF: [Semaphore; 3] = [const { Semaphore::new(0, MOST) }; 3];

/// The README promises these sizes.
#[cfg(target_pointer_width = "64")]
#[test]
fn sizes() {
    assert_eq!((size_of::<CountdownEvent>(), size_of::<Semaphore>()), (24, 80));
}

#[test]
fn a_countdown_lives_in_a_static() {
    let waiter = thread::spawn(|| COUNTDOWN.wait());
    thread::spawn(|| COUNTDOWN.tick());
    COUNTDOWN.tick();
    waiter.join().unwrap();
    assert!(COUNTDOWN.is_set());
}

#[test]
fn a_semaphore_lives_in_a_static() {
    let first: SemaphoreGuard<'static> = SEMAPHORE.wait();
    let second = SEMAPHORE.wait();
    thread::spawn(move || drop(first)).join().unwrap();
    assert_eq!(SEMAPHORE.count(), 1);
    drop(second);
    SHELF[1].release(MOST);
    assert_eq!(SHELF.each_ref().map(Semaphore::count), [0, MOST, 0]);
}

#[test]
fn both_are_made_in_constants() {
    let (countdown, semaphore) = const { (CountdownEvent::new(0), Semaphore::new(1, 2)) };
    assert!(countdown.is_set());
    assert_eq!((semaphore.count(), semaphore.max()), (1, 2));
}

#[test]
fn the_maximum_is_read_in_a_constant() {
    const MAX: u16 = Semaphore::new(0, 7).max();
    assert_eq!(MAX, 7);
}

#[test]
fn auto_traits() {
    fn shared<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe>() {}
    shared::<CountdownEvent>();
    shared::<CountdownGuard<'static>>();
    shared::<OwnedCountdownGuard>();
    shared::<Semaphore>();
    shared::<SemaphoreGuard<'static>>();
    shared::<OwnedSemaphoreGuard>();
    shared::<TimeoutError>();
}

#[test]
fn guards_live_no_longer_than_they_are_used() {
    fn shorter<'a>(_: &'a str, guard: SemaphoreGuard<'static>) -> SemaphoreGuard<'a> {
        guard
    }
    static HERE: Semaphore = Semaphore::with_permits(1);
    let name = String::from("local");
    assert_eq!(shorter(&name, HERE.wait()).permits(), 1);
    assert_eq!(HERE.count(), 1);
}

#[test]
fn both_are_usable_after_a_panic_that_saw_them() {
    let (countdown, semaphore) = (CountdownEvent::new(2), Semaphore::with_permits(1));
    panics_with(|| {
        countdown.tick();
        semaphore.wait()
    });
    countdown.tick();
    assert!(countdown.is_set());
    assert!(semaphore.wait0().is_ok());
}

#[test]
fn a_countdown_is_at_zero_by_default() {
    assert!(CountdownEvent::default().is_set());
    assert_eq!(CountdownEvent::default().count(), 0);
    let mut by_name = HashMap::<&str, CountdownEvent>::new();
    by_name.entry("new").or_default().increment();
    assert_eq!(by_name["new"].count(), 1);
}

#[test]
fn debug_shows_the_numbers_and_takes_nothing() {
    let countdown = CountdownEvent::new(3);
    assert_eq!(format!("{countdown:?}"), "CountdownEvent { count: 3 }");
    let semaphore = Arc::new(Semaphore::new(2, 5));
    let held = semaphore.wait();
    assert_eq!(format!("{semaphore:?}"), "Semaphore { count: 1, total: 2, max: 5 }");
    assert_eq!(format!("{held:?}"), "SemaphoreGuard { permits: 1 }");
    let owned = semaphore.owned().wait();
    assert_eq!(format!("{owned:?}"), "OwnedSemaphoreGuard { permits: 1 }");
    assert!(format!("{:?}", countdown.guard()).starts_with("CountdownGuard"));
    let owned = Arc::new(CountdownEvent::new(1)).guard_owned();
    assert!(format!("{owned:?}").starts_with("OwnedCountdownGuard"));
}

/// `dyn Awaitable` was impossible.
#[test]
fn both_are_trait_objects() {
    let (countdown, semaphore) = (CountdownEvent::new(1), Semaphore::with_permits(1));
    let event: &dyn Awaitable<'_, T = (), Error = TimeoutError> = &countdown;
    assert!(!event.wait0());
    let place: &dyn Awaitable<'_, T = SemaphoreGuard<'_>, Error = TimeoutError> = &semaphore;
    let guard = place.wait();
    assert_eq!(place.try_wait0().err(), Some(TimeoutError));
    drop(guard);
    assert!(place.try_wait().is_ok());
}
