//! The time that a run takes, and points in time that threads compare.

use crate::machine::cpu_time;
use crate::rig::{Measure, Sample, count, nanos};
use std::time::{Duration, Instant};

/// Points in time as numbers, which fit into an atomic.
#[derive(Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the nanoseconds since the start.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).expect("less than five centuries")
    }
}

/// Measures a run in time on the clock and in processor time.
pub(crate) struct Stopwatch {
    cpu: Option<Duration>,
    wall: Instant,
}

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self { cpu: cpu_time(), wall: Instant::now() }
    }

    pub(crate) fn wall(&self) -> Duration {
        self.wall.elapsed()
    }

    /// Returns the sample of a run that took `wall` and did `operations`. Its other threads must be done.
    /// `ideal` of both kinds of time was spent on work, not on the contender.
    pub(crate) fn sample(&self, wall: Duration, operations: u64, ideal: Duration) -> Sample {
        // The kernel updates the account of a running thread every few milliseconds, and when it goes to
        // sleep. The other threads are about to go to sleep.
        std::thread::sleep(Duration::from_micros(100));
        let each = |time: Duration| (nanos(time) - nanos(ideal)) / count(operations);
        let sample = Sample::default().with(Measure::Wall, each(wall));
        match (self.cpu, cpu_time()) {
            (Some(start), Some(end)) => sample.with(Measure::Cpu, each(end.saturating_sub(start))),
            _ => sample,
        }
    }
}
