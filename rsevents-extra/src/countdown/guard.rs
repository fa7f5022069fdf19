//! The guards of a [`CountdownEvent`]: work items that are not done yet.

use super::CountdownEvent;
use std::sync::Arc;

/// A guard for one work item of a [`CountdownEvent`]. It ticks when it is dropped.
///
/// # Examples
///
/// ```
/// use rsevents_extra::CountdownEvent;
///
/// let done = CountdownEvent::new(1);
/// drop(done.guard());
/// assert!(done.is_set());
/// ```
#[derive(Debug)]
#[must_use = "the guard ticks as soon as it is dropped"]
pub struct CountdownGuard<'a> {
    countdown: &'a CountdownEvent,
}

impl<'a> CountdownGuard<'a> {
    pub(super) const fn new(countdown: &'a CountdownEvent) -> Self {
        Self { countdown }
    }
}

impl Drop for CountdownGuard<'_> {
    fn drop(&mut self) {
        self.countdown.tick();
    }
}

/// A guard for one work item of a [`CountdownEvent`] that owns a share of the countdown. It ticks when it is dropped.
///
/// # Examples
///
/// ```
/// use rsevents_extra::CountdownEvent;
/// use std::sync::Arc;
///
/// let done = Arc::new(CountdownEvent::new(1));
/// let item = done.guard_owned();
/// std::thread::spawn(move || drop(item)).join().unwrap();
/// assert!(done.is_set());
/// ```
#[derive(Debug)]
#[must_use = "the guard ticks as soon as it is dropped"]
pub struct OwnedCountdownGuard {
    countdown: Arc<CountdownEvent>,
}

impl OwnedCountdownGuard {
    pub(super) const fn new(countdown: Arc<CountdownEvent>) -> Self {
        Self { countdown }
    }
}

impl Drop for OwnedCountdownGuard {
    fn drop(&mut self) {
        self.countdown.tick();
    }
}
