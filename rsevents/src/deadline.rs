//! When a wait gives up: timeouts and deadlines.

use std::time::{Duration, Instant};

/// When a wait gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deadline {
    Never,
    At(Instant),
    /// This long after the wait began. [Fixed](Self::fix) when the clock is first read, before anything that
    /// may block. Reading the clock takes a good part of the time of a hand-over between running threads,
    /// which may come first.
    In(Duration),
}

impl Deadline {
    /// Returns the deadline `timeout` from now: `Never` if the clock cannot express it.
    pub(crate) fn after(timeout: Duration) -> Self {
        let mut deadline = Self::In(timeout);
        deadline.fix(Instant::now);
        deadline
    }

    /// Measures the limit from `now`, unless it is already measured.
    pub(crate) fn fix(&mut self, now: impl FnOnce() -> Instant) {
        if let Self::In(limit) = *self {
            *self = now().checked_add(limit).map_or(Self::Never, Self::At);
        }
    }

    /// Returns the deadline `timeout` from now; `None` for a timeout of zero, which polls.
    pub(crate) fn unless_zero(timeout: Duration) -> Option<Self> {
        (!timeout.is_zero()).then(|| Self::after(timeout))
    }

    /// Returns the deadline; `None` for an instant in the past, which polls.
    pub(crate) fn unless_past(instant: Instant) -> Option<Self> {
        let deadline = Self::At(instant);
        (!deadline.has_passed()).then_some(deadline)
    }

    pub(crate) fn has_passed(self) -> bool {
        match self {
            Self::At(instant) => Instant::now() >= instant,
            Self::Never | Self::In(_) => false,
        }
    }

    /// Returns whether less time than `short` is left.
    pub(crate) fn is_within(self, short: Duration) -> bool {
        match self {
            Self::Never => false,
            Self::In(limit) => limit < short,
            Self::At(instant) => instant.saturating_duration_since(Instant::now()) < short,
        }
    }

    /// Returns the instant; `None` if there is none, or it is not fixed.
    pub(crate) const fn instant(self) -> Option<Instant> {
        match self {
            Self::At(instant) => Some(instant),
            Self::Never | Self::In(_) => None,
        }
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
        assert!(!Deadline::Never.has_passed());
    }

    #[test]
    fn a_deadline_has_passed_from_its_instant_on() {
        assert!(Deadline::At(Instant::now()).has_passed());
        assert!(!Deadline::after(Duration::from_secs(3600)).has_passed());
        assert!(Deadline::unless_past(Instant::now()).is_none());
        assert!(Deadline::unless_zero(Duration::ZERO).is_none());
    }

    #[test]
    fn a_limit_counts_from_when_it_is_fixed_first() {
        let now = Instant::now();
        let mut deadline = Deadline::In(Duration::from_secs(5));
        for seconds in 0..3 {
            deadline.fix(|| now + Duration::from_secs(seconds));
        }
        assert_eq!(deadline, Deadline::At(now + Duration::from_secs(5)));
    }
}
