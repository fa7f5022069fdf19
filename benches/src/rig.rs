//! A workload set up for one contender, and the results of a run.

use crate::clock::Stopwatch;
use std::fmt;
use std::time::Duration;

/// A workload set up for one contender. Its threads run, and wait for turns.
pub trait Rig {
    /// Runs `turns` turns, after one turn that is not timed.
    ///
    /// # Errors
    ///
    /// Returns a fault if the contender did not do what it promises.
    fn run(&mut self, turns: u64) -> Result<Sample, Fault>;
}

/// The promise that a contender broke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(String);

impl Fault {
    /// Returns a fault unless `count` equals `expected`.
    pub(crate) fn unless_equal(what: &str, count: u64, expected: u64) -> Result<(), Self> {
        if count == expected {
            Ok(())
        } else {
            Err(Self(format!("{what}: {count}, not {expected}")))
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A measure: the quantity that a figure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Time on the clock for one operation, in nanoseconds.
    Wall,
    /// Processor time of all threads for one operation, in nanoseconds.
    Cpu,
    /// Time on the clock for the call of `set` alone, in nanoseconds.
    Call,
    /// The share of the thread that got least, divided by the mean.
    Share,
    /// The size of the type.
    Bytes,
}

impl Measure {
    /// Returns the measure's name in the table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wall => "wall",
            Self::Cpu => "CPU",
            Self::Call => "set",
            Self::Share => "share",
            Self::Bytes => "bytes",
        }
    }

    /// Returns whether the measure is a time. Times are only comparable as ratios to other contenders' times.
    #[must_use]
    pub fn is_time(self) -> bool {
        matches!(self, Self::Wall | Self::Cpu | Self::Call)
    }
}

/// The figures of one run.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<(Measure, f64)>);

impl Sample {
    /// Returns the figure for a measure, if it was (and could be) taken.
    #[must_use]
    pub fn get(&self, measure: Measure) -> Option<f64> {
        self.0.iter().find(|(taken, _)| *taken == measure).map(|&(_, value)| value)
    }

    pub(crate) fn with(mut self, measure: Measure, value: f64) -> Self {
        self.0.push((measure, value));
        self
    }
}

pub(crate) fn nanos(time: Duration) -> f64 {
    time.as_secs_f64() * 1e9
}

/// Returns the median, so that a single disturbed turn does not matter.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "2^53 is more than anybody counts to here")]
pub(crate) fn count(operations: u64) -> f64 {
    operations as f64
}

/// The rig of a workload for one thread: a loop that does its operation the given number of times.
pub(crate) struct Solo<F>(pub(crate) F);

impl<F: FnMut(u64) -> Result<(), Fault>> Rig for Solo<F> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        (self.0)(1)?;
        let watch = Stopwatch::start();
        (self.0)(turns)?;
        Ok(watch.sample(watch.wall(), turns, Duration::ZERO))
    }
}
