//! A flag or a count in a mutex, with a condition variable, from the standard library.

use super::{Permits, Poll, Reset, Signal, Timed};
use crate::question::Named;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

pub(crate) type Auto = Event<true>;
pub(crate) type Manual = Event<false>;

#[derive(Default)]
pub(crate) struct Event<const AUTO: bool> {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl<const AUTO: bool> Named for Event<AUTO> {
    const NAME: &'static str = "std condvar";
}

impl<const AUTO: bool> Signal for Event<AUTO> {
    fn unset() -> Self {
        Self::default()
    }

    fn set(&self) {
        *self.is_set.lock().unwrap_or_else(PoisonError::into_inner) = true;
        if AUTO { self.changed.notify_one() } else { self.changed.notify_all() }
    }

    fn wait(&self) {
        let is_set = self.is_set.lock().unwrap_or_else(PoisonError::into_inner);
        let is_set = self.changed.wait_while(is_set, |is_set| !*is_set);
        *is_set.unwrap_or_else(PoisonError::into_inner) = !AUTO;
    }
}

impl<const AUTO: bool> Poll for Event<AUTO> {
    fn wait0(&self) -> bool {
        let mut is_set = self.is_set.lock().unwrap_or_else(PoisonError::into_inner);
        let was_set = *is_set;
        *is_set &= !AUTO;
        was_set
    }
}

impl<const AUTO: bool> Timed for Event<AUTO> {
    fn wait_for(&self, limit: Duration) -> bool {
        let is_set = self.is_set.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(is_set, limit, |is_set| !*is_set);
        let (mut is_set, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let was_set = *is_set;
        *is_set &= !AUTO;
        was_set
    }
}

impl Reset for Manual {
    fn reset(&self) {
        *self.is_set.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }
}

pub(crate) struct Semaphore {
    permits: Mutex<u16>,
    released: Condvar,
}

impl Named for Semaphore {
    const NAME: &'static str = Auto::NAME;
}

impl Permits for Semaphore {
    fn new(permits: u16) -> Self {
        Self { permits: Mutex::new(permits), released: Condvar::new() }
    }

    fn with<R>(&self, section: impl FnOnce() -> R) -> R {
        let permits = self.permits.lock().unwrap_or_else(PoisonError::into_inner);
        let permits = self.released.wait_while(permits, |permits| *permits == 0);
        *permits.unwrap_or_else(PoisonError::into_inner) -= 1;
        let result = section();
        *self.permits.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.released.notify_one();
        result
    }
}
