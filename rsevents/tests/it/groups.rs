//! Events in numbers.

use crate::allocations::{Allocated, allocated};
use crate::limit::LONG;
use crate::random::Random;
use crate::substrate::until_listened;
use rsevents::{AutoResetEvent, Awaitable, Event, WaitAny};
use std::{env, thread};

/// So many auto-reset events, all unset.
pub(crate) fn autos(len: usize) -> Vec<AutoResetEvent> {
    (0..len).map(|_| AutoResetEvent::default()).collect()
}

/// The events as a group can hold them.
pub(crate) fn group<E: Event>(events: &[E]) -> Vec<&dyn Event> {
    events.iter().map(|event| event as &dyn Event).collect()
}

pub(crate) fn set_each<'e>(events: impl IntoIterator<Item = &'e AutoResetEvent>) {
    events.into_iter().for_each(AutoResetEvent::set);
}

/// As many threads as a process can be expected to have. macOS permits some 2000; an emulated system
/// runs out of its host's mappings and descriptors, and its scripts in `.ci` say that it is one.
pub(crate) fn thousands_of_threads() -> usize {
    let few = cfg!(target_os = "macos") || env::var_os("RSEVENTS_EMULATED").is_some();
    if few { 1000 } else { 10_000 }
}

/// Has so many threads each wait for any of its own pair of events, then sets one of each pair, in
/// random order; what that allocates.
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
            small.spawn_scoped(s, wait).expect("the system can run so many threads");
        }
        for &[_, second] in &pairs {
            until_listened(second);
        }
        let sets = allocated(|| set_each(order.iter().map(|index| pairs[*index][index % 2])));
        assert!(events.iter().all(|event| !event.is_set()), "each signal is a waiter's");
        sets
    })
}
