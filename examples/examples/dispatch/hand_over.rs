//! Handing over one item at a time.

use rsevents::{AutoResetEvent, Awaitable, EventState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Hands items over from one giver to any of several takers that is free.
///
/// The two events alternate: `taken` means that the slot is free, and `ready` means that an item is in it.
/// Each event releases one thread, so the released thread has the slot to itself. So the mutex is never
/// contended. Safe code needs it to share the slot at all. (The example `shared_memory` does without.)
pub(crate) struct HandOver<T> {
    slot: Mutex<Option<T>>,
    ready: AutoResetEvent,
    taken: AutoResetEvent,
}

impl<T> HandOver<T> {
    pub(crate) fn new() -> Self {
        Self {
            slot: Mutex::new(None),
            ready: AutoResetEvent::new(EventState::Unset),
            taken: AutoResetEvent::new(EventState::Set),
        }
    }

    /// Puts an item into the slot for one of the takers, once the previous item has been taken.
    pub(crate) fn give(&self, item: T) {
        self.taken.wait();
        *self.slot() = Some(item);
        self.ready.set();
    }

    /// Takes an item, waiting until there is one.
    pub(crate) fn take(&self) -> T {
        self.ready.wait();
        let item = self.slot().take().expect("`ready` is set only after an item was put down");
        self.taken.set();
        item
    }

    fn slot(&self) -> MutexGuard<'_, Option<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
