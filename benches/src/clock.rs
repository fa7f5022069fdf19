//! Times: of a run, and of moments that threads compare.

use crate::machine::cpu_time;
use crate::rig::{Measure, Sample, count, nanos};
use std::time::{Duration, Instant};

/// Moments as numbers, which fit an atomic.
#[derive(Debug)]
pub(crate) struct Clock(Instant);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Nanoseconds since the start.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_nanos()).expect("less than five centuries")
    }
}

/// Times a run, in both times.
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

    /// The sample of a run that took `wall`, did `operations`, and whose other threads are done.
    /// `ideal` of the time, of either kind, was spent on work rather than on the contender.
    pub(crate) fn sample(&self, wall: Duration, operations: u64, ideal: Duration) -> Sample {
        // The kernel brings the account of a running thread up to date every few milliseconds, and
        // when it goes to sleep: which is what the other threads are about to do.
        std::thread::sleep(Duration::from_micros(100));
        let each = |time: Duration| (nanos(time) - nanos(ideal)) / count(operations);
        let sample = Sample::default().with(Measure::Wall, each(wall));
        match (self.cpu, cpu_time()) {
            (Some(start), Some(end)) => sample.with(Measure::Cpu, each(end.saturating_sub(start))),
            _ => sample,
        }
    }
}
