//! Asks criterion to ask the questions of a theme: a group is a question, its ids are contenders.

use criterion::{Criterion, SamplingMode};
use rsevents_benches::{Question, Sample, Stage};
use std::time::Duration;

/// Short, for there are some five hundred benchmarks: `compare` is the one that takes its time.
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
        // The thread that is to run it lives until the end, and a contender that cannot do it is out.
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

/// The figure of the question's first row, in nanoseconds. An overhead that came out as less than
/// nothing is none.
fn main_figure(question: &Question, sample: &Sample) -> f64 {
    sample.get(question.rows[0].measure).unwrap_or_default().max(0.001)
}

#[expect(clippy::cast_precision_loss, reason = "nobody runs so many turns")]
fn total(nanos: f64, turns: u64) -> Duration {
    Duration::from_secs_f64(nanos * turns as f64 / 1e9)
}
