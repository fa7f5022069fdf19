//! Asking one question: all contenders in turn, again and again.

use crate::competitor::Competitor;
use crate::statistics::Spread;
use rsevents_benches::{Failure, Measure, Question, Sample};
use std::time::{Duration, Instant};

/// How much time a question may take.
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
        budget: Duration::from_millis(1400),
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

/// The answer to a question.
pub(crate) struct Answer {
    pub(crate) question: Question,
    entries: Vec<Entry>,
}

/// One sample for each round, or the reason why there are none.
type Entry = Result<Vec<Sample>, Failure>;

impl Answer {
    fn entry(&self, name: &str) -> Option<&Entry> {
        let index = self.question.contenders.iter().position(|c| c.name() == name)?;
        Some(&self.entries[index])
    }

    pub(crate) fn failure(&self, name: &str) -> Option<&Failure> {
        self.entry(name)?.as_ref().err()
    }

    fn samples(&self, name: &str) -> &[Sample] {
        self.entry(name).and_then(|entry| entry.as_deref().ok()).unwrap_or_default()
    }

    /// Returns a contender's figures.
    pub(crate) fn value(&self, name: &str, measure: Measure) -> Option<Spread> {
        Spread::of(self.samples(name).iter().filter_map(|sample| sample.get(measure)))
    }

    /// Returns a contender's figures, each divided by the baseline's figure of the same round.
    pub(crate) fn ratio(&self, name: &str, measure: Measure) -> Option<Spread> {
        let base = self.samples(self.question.baseline).iter().map(|sample| sample.get(measure));
        let own = self.samples(name).iter().map(|sample| sample.get(measure));
        Spread::of(own.zip(base).filter_map(|(own, base)| {
            // An overhead can be measured as zero or less.
            base.filter(|&base| base > 0.0).and_then(|base| Some(own? / base))
        }))
    }

    /// Returns what is compared with the target: a ratio for times, and otherwise the figure.
    pub(crate) fn result(&self, name: &str, measure: Measure) -> Option<Spread> {
        if measure.is_time() { self.ratio(name, measure) } else { self.value(name, measure) }
    }

    /// Returns how many rounds there were.
    pub(crate) fn rounds(&self) -> usize {
        self.entries.iter().flatten().map(Vec::len).max().unwrap_or(0)
    }
}

/// Asks a question.
pub(crate) fn ask(question: Question, pace: &Pace, mut progress: impl FnMut(usize)) -> Answer {
    let start = Instant::now();
    progress(0);
    let set_up = |contender| Competitor::set_up(contender, &question, pace.batch);
    let mut competitors: Vec<Competitor<'_>> = question.contenders.iter().map(set_up).collect();
    let fewest = if question.given_length { 1 } else { pace.fewest };
    let enough = |round| round >= pace.most || round >= fewest && start.elapsed() >= pace.budget;
    for round in (0..).take_while(|&round| !enough(round)) {
        progress(round + 1);
        // Each round begins with another contender, so that no contender always has the same place.
        for step in 0..competitors.len() {
            let index = (round + step) % competitors.len();
            competitors[index].compete();
        }
    }
    let entries = competitors.into_iter().map(Competitor::result).collect();
    Answer { question, entries }
}
