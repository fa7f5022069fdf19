//! A flag or a count in a mutex, with a condition variable, from `parking_lot`.

use super::{Permits, Poll, Reset, Signal, Timed};
use crate::question::Named;
use ::parking_lot::{Condvar, Mutex};
use std::time::Duration;

pub(crate) type Auto = Event<true>;
pub(crate) type Manual = Event<false>;

#[derive(Default)]
pub(crate) struct Event<const AUTO: bool> {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl<const AUTO: bool> Named for Event<AUTO> {
    const NAME: &'static str = "parking_lot";
}

impl<const AUTO: bool> Signal for Event<AUTO> {
    fn unset() -> Self {
        Self::default()
    }

    fn set(&self) {
        *self.is_set.lock() = true;
        if AUTO {
            self.changed.notify_one();
        } else {
            self.changed.notify_all();
        }
    }

    fn wait(&self) {
        let mut is_set = self.is_set.lock();
        self.changed.wait_while(&mut is_set, |is_set| !*is_set);
        *is_set = !AUTO;
    }
}

impl<const AUTO: bool> Poll for Event<AUTO> {
    fn wait0(&self) -> bool {
        let mut is_set = self.is_set.lock();
        let was_set = *is_set;
        *is_set &= !AUTO;
        was_set
    }
}

impl<const AUTO: bool> Timed for Event<AUTO> {
    fn wait_for(&self, limit: Duration) -> bool {
        let mut is_set = self.is_set.lock();
        self.changed.wait_while_for(&mut is_set, |is_set| !*is_set, limit);
        let was_set = *is_set;
        *is_set &= !AUTO;
        was_set
    }
}

impl Reset for Manual {
    fn reset(&self) {
        *self.is_set.lock() = false;
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
        let mut permits = self.permits.lock();
        self.released.wait_while(&mut permits, |permits| *permits == 0);
        *permits -= 1;
        drop(permits);
        let result = section();
        *self.permits.lock() += 1;
        self.released.notify_one();
        result
    }
}
