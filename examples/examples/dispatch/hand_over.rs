//! The hand-over of one item at a time.

use rsevents::{AutoResetEvent, Awaitable, EventState};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Hands items over from one giver to whichever of several takers is free.
///
/// The two events take turns: `taken` says that the slot is free, `ready` that an item lies in it.
/// Each of them lets one thread through, so the thread that is let through has the slot to itself.
/// The mutex is therefore never contended; it is what safe code needs to share the slot at all. (The
/// example `shared_memory` does without.)
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

    /// Puts an item down for one of the takers, once the previous item has been taken.
    pub(crate) fn give(&self, item: T) {
        self.taken.wait();
        *self.slot() = Some(item);
        self.ready.set();
    }

    /// Takes an item, once there is one.
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
