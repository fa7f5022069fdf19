//! Helpers for many events.

use crate::allocations::{Allocated, allocated};
use crate::limit::LONG;
use crate::random::Random;
use crate::substrate::until_listened;
use rsevents::{AutoResetEvent, Awaitable, Event, WaitAny};
use std::{env, thread};

/// Creates `len` auto-reset events, all unset.
pub(crate) fn autos(len: usize) -> Vec<AutoResetEvent> {
    (0..len).map(|_| AutoResetEvent::default()).collect()
}

/// Returns the events as a group takes them.
pub(crate) fn group<E: Event>(events: &[E]) -> Vec<&dyn Event> {
    events.iter().map(|event| event as &dyn Event).collect()
}

pub(crate) fn set_each<'e>(events: impl IntoIterator<Item = &'e AutoResetEvent>) {
    events.into_iter().for_each(AutoResetEvent::set);
}

/// Returns how many threads a process can have. macOS permits about 2000. An emulated system runs
/// out of its host's mappings and descriptors; the scripts in `.ci` set a variable there.
pub(crate) fn thousands_of_threads() -> usize {
    let few = cfg!(target_os = "macos") || env::var_os("RSEVENTS_EMULATED").is_some();
    if few { 1000 } else { 10_000 }
}

/// Lets `threads` threads each wait for any of its own pair of events, then sets one event of each
/// pair, in random order. Returns what the sets allocate.
pub(crate) fn threads_wait_on_pairs(threads: usize) -> Allocated {
    let events = autos(2 * threads);
    let pairs: Vec<_> = events.chunks_exact(2).map(|pair| [&pair[0], &pair[1]]).collect();
    let mut order = (0..threads).collect::<Vec<_>>();
    Random::new(threads).shuffle(&mut order);
    thread::scope(|s| {
        for (index, &[first, second]) in pairs.iter().enumerate() {
            let wait = move || {
                assert_eq!(WaitAny::new(&[first, second]).try_wait_for(LONG), Ok(index % 2));
            };
            let small = thread::Builder::new().stack_size(128 << 10);
            small.spawn_scoped(s, wait).expect("the system can run that many threads");
        }
        for &[_, second] in &pairs {
            until_listened(second);
        }
        let sets = allocated(|| set_each(order.iter().map(|index| pairs[*index][index % 2])));
        assert!(events.iter().all(|event| !event.is_set()), "each signal is a waiter's");
        sets
    })
}
