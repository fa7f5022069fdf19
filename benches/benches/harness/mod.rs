//! Runs the questions of a theme with criterion: a group is a question, and its ids are contenders.

use criterion::{Criterion, SamplingMode};
use rsevents_benches::{Question, Sample, Stage};
use std::time::Duration;

/// Runs each benchmark briefly, because there are about five hundred. `compare` measures longer.
pub(crate) fn run(questions: Vec<Question>) {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .nresamples(2000)
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(400))
        .configure_from_args();
    for question in questions {
        if question.given_length {
            eprintln!("{}: is not a time, and left to `compare`", question.id);
        } else if question.can_be_asked() {
            ask(&mut criterion, &question);
        } else {
            eprintln!("{}: needs threads pinned to processors", question.id);
        }
    }
    criterion.final_summary();
}

fn ask(criterion: &mut Criterion, question: &Question) {
    let mut group = criterion.benchmark_group(&question.id);
    group.sampling_mode(SamplingMode::Flat);
    for contender in &question.contenders {
        let stage = Stage::open(contender);
        // This warms the rig's thread up, which lives until the end, and leaves out a contender that fails.
        if let Err(failure) = stage.run(1) {
            eprintln!("{}/{}: {failure}", question.id, contender.name());
            continue;
        }
        group.bench_function(contender.name(), |bencher| {
            bencher.iter_custom(|turns| {
                let sample = stage.run(turns).unwrap_or_else(|failure| panic!("{failure}"));
                total(main_figure(question, &sample), turns)
            });
        });
        if let Err(failure) = stage.close() {
            eprintln!("{}/{}: {failure} at the end", question.id, contender.name());
        }
    }
    group.finish();
}

/// Returns the figure of the question's first row, in nanoseconds. An overhead below zero counts as (almost)
/// zero.
fn main_figure(question: &Question, sample: &Sample) -> f64 {
    sample.get(question.rows[0].measure).unwrap_or_default().max(0.001)
}

#[expect(clippy::cast_precision_loss, reason = "no run has that many turns")]
fn total(nanos: f64, turns: u64) -> Duration {
    Duration::from_secs_f64(nanos * turns as f64 / 1e9)
}
