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

    /// `None` for a limit of zero, which polls.
    pub(crate) fn unless_zero(limit: Duration) -> Option<Self> {
        (!limit.is_zero()).then(|| Self::after(limit))
    }

    /// `None` for an instant in the past, which polls.
    pub(crate) fn unless_past(instant: Instant) -> Option<Self> {
        let deadline = Self::at(instant);
        (!deadline.has_passed()).then_some(deadline)
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
        assert!(!Deadline::after(Duration::from_hours(1)).has_passed());
        assert!(Deadline::unless_past(Instant::now()).is_none());
        assert!(Deadline::unless_zero(Duration::ZERO).is_none());
    }
}
