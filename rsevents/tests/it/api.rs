//! What user code relies on without calling it: sizes, statics, auto traits, conversions, printing.

use rsevents::{
    AutoResetEvent, Awaitable, AwaitableError, Event, EventState, ManualResetEvent, State,
    TimeoutError, WaitAll, WaitAny,
};
use std::collections::HashSet;
use std::convert::Infallible;
use std::error::Error;
use std::mem::needs_drop;
use std::panic::{RefUnwindSafe, UnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

static AUTO: AutoResetEvent = AutoResetEvent::new(EventState::Set);
static MANUAL: ManualResetEvent = ManualResetEvent::new(EventState::Unset);
static GRID: [ManualResetEvent; 1000] = [const { ManualResetEvent::new(EventState::Unset) }; 1000];

#[test]
fn events_take_one_byte() {
    assert_eq!((size_of::<AutoResetEvent>(), align_of::<AutoResetEvent>()), (1, 1));
    assert_eq!((size_of::<ManualResetEvent>(), align_of::<ManualResetEvent>()), (1, 1));
    assert_eq!(size_of_val(&GRID), 1000);
}

#[test]
fn events_live_in_statics() {
    assert!(AUTO.wait0());
    assert!(!AUTO.wait0());
    MANUAL.set();
    assert!(MANUAL.wait0());
    GRID[999].set();
    assert_eq!(GRID.iter().filter(Event::is_set).count(), 1);
}

#[test]
fn events_are_made_in_constants() {
    const fn pair(state: EventState) -> (AutoResetEvent, ManualResetEvent) {
        (AutoResetEvent::new(state), ManualResetEvent::new(state))
    }
    let (auto, manual) = const { pair(EventState::Set) };
    assert!(auto.is_set() && manual.is_set());
}

#[test]
fn auto_traits() {
    fn shared<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + 'static>() {}
    fn sent<T: Send + Sync + Unpin + Copy>(_: T) {}
    shared::<AutoResetEvent>();
    shared::<ManualResetEvent>();
    shared::<EventState>();
    shared::<TimeoutError>();
    sent(WaitAny::new(&[&AUTO]));
    sent(WaitAll::new(&[]));
    sent::<&dyn Event>(&AUTO);
}

#[test]
fn events_need_no_destructor() {
    assert!(!needs_drop::<AutoResetEvent>() && !needs_drop::<ManualResetEvent>());
}

#[test]
fn events_are_usable_after_a_panic_that_saw_them() {
    let event = AutoResetEvent::default();
    let panic = catch_unwind(|| {
        event.set();
        panic!("on purpose");
    });
    assert!(panic.is_err());
    assert!(event.wait0());
}

#[test]
fn event_state_is_a_plain_value() {
    let states = HashSet::from([EventState::Set, EventState::Unset, EventState::default()]);
    assert_eq!(states.len(), 2);
    let (original, copy) = (EventState::Set, EventState::Set);
    assert_eq!(original, copy);
    assert_eq!(EventState::default(), EventState::Unset);
    assert_eq!(format!("{original:?}"), "Set");
}

/// R-21, and programs for early versions.
#[test]
fn state_is_another_name_of_event_state() {
    let state: State = EventState::Set;
    assert_eq!(State::Unset, EventState::Unset);
    assert!(AutoResetEvent::new(state).wait0());
}

///
#[test]
fn events_are_made_from_states_and_unset_by_default() {
    assert!(!AutoResetEvent::default().is_set());
    assert!(!ManualResetEvent::default().is_set());
    assert!(AutoResetEvent::from(EventState::Set).is_set());
    assert!(!AutoResetEvent::from(EventState::Unset).is_set());
    assert!(ManualResetEvent::from(EventState::Set).is_set());
    assert!(!ManualResetEvent::from(EventState::Unset).is_set());
}

///
#[test]
fn debug_shows_the_state_and_takes_nothing() {
    let (auto, manual) = (AutoResetEvent::new(EventState::Set), ManualResetEvent::default());
    assert_eq!(format!("{auto:?}"), "AutoResetEvent { state: Set }");
    assert_eq!(format!("{manual:?}"), "ManualResetEvent { state: Unset }");
    assert!(auto.wait0());
    assert_eq!(format!("{auto:?}"), "AutoResetEvent { state: Unset }");
    manual.set();
    assert_eq!(format!("{manual:?}"), "ManualResetEvent { state: Set }");
    assert!(!format!("{:?}", WaitAny::new(&[&auto])).is_empty());
    assert!(!format!("{:?}", WaitAll::new(&[&auto])).is_empty());
}

#[test]
fn is_set_takes_nothing() {
    let event = AutoResetEvent::new(EventState::Set);
    assert!(event.is_set());
    assert!(event.is_set());
    assert!(event.wait0());
    assert!(!event.is_set());
}

#[test]
fn timeout_error_is_an_error_value() {
    fn unbounded<E: AwaitableError<UnboundedError = Infallible>>(error: &E) -> &dyn Error {
        error
    }
    let (error, copy) = (TimeoutError, TimeoutError);
    assert_eq!(error, copy);
    let text = unbounded(&error).to_string();
    assert!(!text.is_empty() && !text.ends_with('.') && !text.starts_with(char::is_uppercase));
}

/// `?` in code that waits with and without timeouts.
#[test]
fn timeout_error_is_made_from_infallible() {
    fn both(event: &ManualResetEvent) -> Result<(), TimeoutError> {
        event.try_wait()?;
        event.try_wait_for(Duration::ZERO)
    }
    let event = ManualResetEvent::new(EventState::Set);
    assert_eq!(both(&event), Ok(()));
}

#[test]
fn every_form_of_wait_reports_success_and_failure() {
    let event = AutoResetEvent::default();
    let failed = Err(TimeoutError);
    let past = Instant::now();
    assert_eq!(event.try_wait0(), failed);
    assert_eq!(event.try_wait_for(Duration::from_nanos(1)), failed);
    assert_eq!(event.try_wait_until(past), failed);
    assert!(!event.wait0() && !event.wait_for(Duration::from_nanos(1)) && !event.wait_until(past));
    let set = || {
        event.set();
        &event
    };
    assert_eq!(set().try_wait(), Ok(()));
    assert_eq!(set().try_wait0(), Ok(()));
    assert_eq!(set().try_wait_for(Duration::MAX), Ok(()));
    assert_eq!(set().try_wait_until(past), Ok(()));
    set().wait();
    assert!(set().wait0());
    assert!(set().wait_for(Duration::ZERO));
    assert!(set().wait_until(past));
    assert!(!event.is_set());
}

/// `dyn Awaitable` was impossible.
#[test]
fn awaitables_are_trait_objects() {
    type Owned = Box<dyn for<'a> Awaitable<'a, T = (), Error = TimeoutError>>;
    let (auto, manual) = (AutoResetEvent::new(EventState::Set), ManualResetEvent::default());
    let group: [&dyn Event; 1] = [&auto];
    let all = WaitAll::new(&group);
    let borrowed: [&dyn Awaitable<'_, T = (), Error = TimeoutError>; 3] = [&auto, &manual, &all];
    assert_eq!(borrowed.map(Awaitable::wait0), [true, false, false]);
    let owned: Owned = Box::new(ManualResetEvent::new(EventState::Set));
    owned.wait();
    assert!(owned.wait_for(Duration::MAX) && owned.wait_until(Instant::now()));
    let index: &dyn Awaitable<'_, T = usize, Error = TimeoutError> = &WaitAny::new(&group);
    assert_eq!(index.try_wait0(), Err(TimeoutError));
}

#[test]
fn groups_hold_events_by_any_pointer() {
    let auto = Arc::new(AutoResetEvent::new(EventState::Set));
    let manual = Box::new(ManualResetEvent::new(EventState::Set));
    let erased: Arc<dyn Event> = auto.clone();
    let group: [&dyn Event; 5] = [&auto, &*auto, &manual, &&manual, &erased];
    assert!(group.iter().all(Event::is_set));
    assert_eq!(WaitAny::new(&group[2..]).try_wait0(), Ok(0));
    assert_eq!(WaitAny::new(&group[4..]).try_wait0(), Ok(0));
    assert!(!auto.is_set());
}

#[test]
fn groups_are_unwind_safe_as_events_are() {
    fn is_unwind_safe<T: UnwindSafe + RefUnwindSafe>() {}
    is_unwind_safe::<AutoResetEvent>();
    is_unwind_safe::<ManualResetEvent>();
    is_unwind_safe::<WaitAny<'_>>();
    is_unwind_safe::<WaitAll<'_>>();
}
