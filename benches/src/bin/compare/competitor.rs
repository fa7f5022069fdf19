//! A contender in the rounds of one question.

use rsevents_benches::{Contender, Failure, Question, Sample, Stage};
use std::time::{Duration, Instant};

pub(crate) struct Competitor<'q> {
    contender: &'q Contender,
    /// The stage between samples. It is kept only if rigs may exist together, so that a contender can adapt.
    stage: Option<Stage>,
    keeps_stage: bool,
    turns: u64,
    samples: Result<Vec<Sample>, Failure>,
}

impl<'q> Competitor<'q> {
    pub(crate) fn set_up(contender: &'q Contender, question: &Question, batch: Duration) -> Self {
        let mut competitor = Self {
            contender,
            stage: None,
            keeps_stage: !question.one_at_a_time,
            turns: 1,
            samples: Ok(Vec::new()),
        };
        if !question.given_length {
            match competitor.on_stage(|stage| turns_that_fill(batch, stage)) {
                Ok(turns) => competitor.turns = turns,
                Err(failure) => competitor.samples = Err(failure),
            }
        }
        competitor
    }

    /// Takes a sample, unless the contender has failed.
    pub(crate) fn compete(&mut self) {
        if self.samples.is_ok() {
            let turns = self.turns;
            match (self.on_stage(|stage| stage.run(turns)), &mut self.samples) {
                (Ok(sample), Ok(samples)) => samples.push(sample),
                (Err(failure), samples) => *samples = Err(failure),
                (Ok(_), Err(_)) => unreachable!("a contender that failed is not asked again"),
            }
        }
    }

    /// Takes the rig down, and returns the samples.
    pub(crate) fn result(mut self) -> Result<Vec<Sample>, Failure> {
        self.stage.take().map_or(Ok(()), Stage::close)?;
        self.samples
    }

    fn on_stage<T>(
        &mut self,
        run: impl FnOnce(&Stage) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let stage = self.stage.take().unwrap_or_else(|| Stage::open(self.contender));
        // A stage whose run failed is left behind.
        let result = run(&stage)?;
        if self.keeps_stage {
            self.stage = Some(stage);
        } else {
            stage.close()?;
        }
        Ok(result)
    }
}

fn turns_that_fill(batch: Duration, stage: &Stage) -> Result<u64, Failure> {
    let mut turns = 1;
    loop {
        let taken = least_of(3, batch / 2, || stage.run(turns))?;
        if taken >= batch / 2 {
            return Ok(scale(turns, batch.as_secs_f64() / taken.as_secs_f64()));
        }
        turns *= 2;
    }
}

/// Returns the shortest time of `run` in at most `attempts` attempts. It stops at the first below `limit`,
/// because a single long time may have another cause.
fn least_of(
    attempts: u32,
    limit: Duration,
    run: impl Fn() -> Result<Sample, Failure>,
) -> Result<Duration, Failure> {
    let mut least = Duration::MAX;
    for _ in 0..attempts {
        let start = Instant::now();
        run()?;
        least = least.min(start.elapsed());
        if least < limit {
            break;
        }
    }
    Ok(least)
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
