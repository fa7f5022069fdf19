//! Asking one question: all contenders in turn, again and again.

use crate::statistics::Spread;
use rsevents_benches::{Contender, Failure, Measure, Question, Sample, Stage};
use std::time::{Duration, Instant};

/// How much time to take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// For one question.
    pub(crate) budget: Duration,
    /// For one sample.
    pub(crate) batch: Duration,
    pub(crate) fewest: usize,
    pub(crate) most: usize,
}

impl Pace {
    pub(crate) const QUICK: Self = Self {
        budget: Duration::from_millis(1600),
        batch: Duration::from_millis(8),
        fewest: 3,
        most: 25,
    };
    pub(crate) const THOROUGH: Self = Self {
        budget: Duration::from_secs(10),
        batch: Duration::from_millis(25),
        fewest: 7,
        most: 101,
    };
}

/// What came of a question.
pub(crate) struct Answer {
    pub(crate) question: Question,
    entries: Vec<Entry>,
}

struct Entry {
    turns: u64,
    /// One sample for each round, or why there are none.
    samples: Result<Vec<Sample>, Failure>,
}

impl Answer {
    /// The contenders, best first is not implied.
    fn entry(&self, name: &str) -> Option<&Entry> {
        let index = self.question.contenders.iter().position(|c| c.name() == name)?;
        Some(&self.entries[index])
    }

    pub(crate) fn failure(&self, name: &str) -> Option<&Failure> {
        self.entry(name)?.samples.as_ref().err()
    }

    fn samples(&self, name: &str) -> &[Sample] {
        self.entry(name).and_then(|entry| entry.samples.as_deref().ok()).unwrap_or_default()
    }

    /// The figures of a contender.
    pub(crate) fn value(&self, name: &str, measure: Measure) -> Option<Spread> {
        Spread::of(self.samples(name).iter().filter_map(|sample| sample.get(measure)))
    }

    /// A contender's figures divided by the baseline's of the same round.
    pub(crate) fn ratio(&self, name: &str, measure: Measure) -> Option<Spread> {
        let base = self.samples(self.question.baseline).iter().map(|sample| sample.get(measure));
        let own = self.samples(name).iter().map(|sample| sample.get(measure));
        Spread::of(own.zip(base).filter_map(|(own, base)| {
            // An overhead can come out as nothing.
            base.filter(|&base| base > 0.0).and_then(|base| Some(own? / base))
        }))
    }

    /// How many rounds there were.
    pub(crate) fn rounds(&self) -> usize {
        self.entries
            .iter()
            .map_while(|entry| entry.samples.as_ref().ok())
            .map(Vec::len)
            .max()
            .unwrap_or(0)
    }
}

/// Asks a question.
pub(crate) fn ask(question: Question, pace: &Pace, mut progress: impl FnMut(usize)) -> Answer {
    let start = Instant::now();
    progress(0);
    let mut entries: Vec<Entry> =
        question.contenders.iter().map(|contender| calibrate(contender, pace.batch)).collect();
    let enough =
        |round| round >= pace.most || round >= pace.fewest && start.elapsed() >= pace.budget;
    for round in (0..).take_while(|&round| !enough(round)) {
        progress(round + 1);
        // Each round begins with another contender, lest one always has the same place.
        for step in 0..entries.len() {
            let index = (round + step) % entries.len();
            entries[index].add_sample(&question.contenders[index]);
        }
    }
    Answer { question, entries }
}

/// Finds how many turns fill a batch.
fn calibrate(contender: &Contender, batch: Duration) -> Entry {
    let turns = || {
        let stage = Stage::open(contender);
        let mut turns = 1;
        loop {
            let start = Instant::now();
            stage.run(turns)?;
            let taken = start.elapsed();
            if taken >= batch / 2 {
                stage.close()?;
                return Ok(scale(turns, batch.as_secs_f64() / taken.as_secs_f64()));
            }
            turns *= 2;
        }
    };
    match turns() {
        Ok(turns) => Entry { turns, samples: Ok(Vec::new()) },
        Err(failure) => Entry { turns: 0, samples: Err(failure) },
    }
}

impl Entry {
    /// A sample from a rig of its own, so that luck in the placing of memory and threads is part of
    /// the spread.
    fn add_sample(&mut self, contender: &Contender) {
        if let Ok(samples) = &mut self.samples {
            let stage = Stage::open(contender);
            match stage.run(self.turns).and_then(|sample| stage.close().map(|()| sample)) {
                Ok(sample) => samples.push(sample),
                Err(failure) => self.samples = Err(failure),
            }
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rough positive number, at least one"
)]
fn scale(turns: u64, factor: f64) -> u64 {
    (turns as f64 * factor).max(1.0) as u64
}
