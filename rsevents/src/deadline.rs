//! From a time limit to a deadline.

use std::time::{Duration, Instant};

/// When a wait gives up: at an instant, or never.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) const NEVER: Self = Self(None);

    /// `limit` from now; never, where that is later than the clock can express.
    pub(crate) fn after(limit: Duration) -> Self {
        Self(Instant::now().checked_add(limit))
    }

    pub(crate) const fn at(instant: Instant) -> Self {
        Self(Some(instant))
    }

    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|instant| Instant::now() >= instant)
    }

    pub(crate) const fn instant(self) -> Option<Instant> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Deadline;
    use std::time::{Duration, Instant};

    #[test]
    fn limits_beyond_the_clock_are_no_limit() {
        assert_eq!(Deadline::after(Duration::MAX).instant(), None);
        assert!(!Deadline::after(Duration::MAX).has_passed());
        assert!(!Deadline::NEVER.has_passed());
    }

    #[test]
    fn a_deadline_has_passed_from_its_instant_on() {
        assert!(Deadline::at(Instant::now()).has_passed());
        assert!(!Deadline::after(Duration::from_secs(3600)).has_passed());
    }
}
