//! E-2: events work in the destructors of thread-locals, whether the thread-locals of the parking
//! lot are already gone or not.

use crate::limit::{LONG, limited};
use crate::substrate::{until_listened, until_parked};
use rsevents::{AutoResetEvent, Awaitable, ManualResetEvent, WaitAll, WaitAny};
use std::cell::RefCell;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

type Action = Box<dyn FnOnce()>;

/// Runs its action when it is dropped.
struct AtExit(Option<Action>);

impl Drop for AtExit {
    fn drop(&mut self) {
        self.0.take().expect("it is taken here only")();
    }
}

thread_local! {
    static OLDEST: RefCell<Option<AtExit>> = const { RefCell::new(None) };
    static YOUNGEST: RefCell<Option<AtExit>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Events {
    asked: AutoResetEvent,
    also_asked: ManualResetEvent,
    answered: AutoResetEvent,
}

/// Ends a thread that waits, with `wait`, in destructors: of a thread-local that is older than its
/// first use of an event, and of a younger one. `signal` waits for the wait and ends it.
fn in_destructors(wait: fn(&Events), signal: fn(&Events)) {
    limited(move || {
        let events = Arc::new(Events::default());
        let at_exit = move |events: &Arc<Events>| {
            let events = events.clone();
            let action: Action = Box::new(move || {
                wait(&events);
                events.answered.set();
            });
            Some(AtExit(Some(action)))
        };
        let ending = thread::spawn({
            let events = events.clone();
            move || {
                OLDEST.set(at_exit(&events));
                assert!(!AutoResetEvent::default().wait_for(Duration::from_micros(1)));
                YOUNGEST.set(at_exit(&events));
            }
        });
        for _ in 0..2 {
            signal(&events);
            assert!(events.answered.wait_for(LONG));
        }
        ending.join().unwrap();
    });
}

#[test]
fn waits_and_sets_in_thread_local_destructors() {
    in_destructors(
        |events| events.asked.wait(),
        |events| {
            until_parked(&events.asked, 1);
            events.asked.set();
        },
    );
}

#[test]
fn timed_waits_in_thread_local_destructors() {
    in_destructors(
        |events| {
            assert!(!events.asked.wait_for(Duration::from_millis(1)));
            assert!(events.also_asked.wait_for(LONG));
        },
        |events| {
            until_parked(&events.also_asked, 1);
            events.also_asked.pulse();
        },
    );
}

#[test]
fn waits_for_any_in_thread_local_destructors() {
    in_destructors(
        |events| assert_eq!(WaitAny::new(&[&events.also_asked, &events.asked]).wait(), 1),
        |events| {
            until_listened(&events.asked);
            events.asked.set();
        },
    );
}

#[test]
fn waits_for_all_in_thread_local_destructors() {
    in_destructors(
        |events| WaitAll::new(&[&events.also_asked, &events.asked]).wait(),
        |events| {
            until_listened(&events.asked);
            events.asked.set();
            events.also_asked.set();
            events.also_asked.reset();
        },
    );
}
