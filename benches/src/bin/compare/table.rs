//! The table on the terminal.

use crate::rounds::Answer;
use crate::statistics::Spread;
use rsevents_benches::{Contender, Measure, OURS, PUBLISHED, Row, Target};
use std::fmt;

pub(crate) const HEAD: &str = "\
            baseline       ours  ratio    middle half   target  verdict    peers";

/// The lines of one question: its title, and a row for each figure.
pub(crate) struct Lines<'a>(pub(crate) &'a Answer);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = self.0;
        match answer.question.baseline {
            PUBLISHED => writeln!(f, "{}", answer.question.title)?,
            baseline => writeln!(f, "{} (1.00: {baseline})", answer.question.title)?,
        }
        for row in &answer.question.rows {
            let value = |name| {
                let spread = answer.value(name, row.measure);
                spread.map_or("–".to_owned(), |spread| value(row.measure, spread.median))
            };
            let result = answer.result(OURS, row.measure);
            let (ratio, half) =
                result.map_or(Default::default(), |Spread { low, median, high }| {
                    (figure(median), format!("{}–{}", figure(low), figure(high)))
                });
            writeln!(
                f,
                "    {:5} {:>10} {:>10} {ratio:>6} {half:>14}   {:7} {:8}   {}",
                row.measure.name(),
                value(answer.question.baseline),
                value(OURS),
                row.target.to_string(),
                verdict(*row, result),
                peers(answer, row.measure),
            )?;
        }
        for contender in &answer.question.contenders {
            if let Some(failure) = answer.failure(contender.name()) {
                writeln!(f, "          {} {failure}", contender.name())?;
            }
        }
        Ok(())
    }
}

fn peers(answer: &Answer, measure: Measure) -> String {
    let names = answer.question.contenders.iter().map(Contender::name);
    let others = names.filter(|name| ![OURS, answer.question.baseline].contains(name));
    let result = |name| Some(format!("{name} {}", figure(answer.result(name, measure)?.median)));
    others.filter_map(result).collect::<Vec<_>>().join(" · ")
}

/// Returns whether a result meets the target. A question mark means that the target lies within the middle
/// half of the figures.
pub(crate) fn verdict(row: Row, result: Option<Spread>) -> &'static str {
    let Some(Spread { low, median, high }) = result else { return "no figure" };
    if row.target == Target::Open {
        return "";
    }
    let met = row.target.met_by(median);
    let certain = [low, high].into_iter().all(|figure| row.target.met_by(figure) == met);
    match (met, certain) {
        (true, true) => "met",
        (true, false) => "met?",
        (false, true) => "missed",
        (false, false) => "missed?",
    }
}

/// Formats a ratio with about three digits.
pub(crate) fn figure(ratio: f64) -> String {
    match ratio.abs() {
        100.0.. => format!("{ratio:.0}"),
        10.0.. => format!("{ratio:.1}"),
        0.1.. => format!("{ratio:.2}"),
        _ => format!("{ratio:.3}"),
    }
}

/// Formats a figure with its unit.
fn value(measure: Measure, value: f64) -> String {
    if measure.is_time() { time(value) } else { figure(value) }
}

/// Formats a time in nanoseconds with a suitable unit.
pub(crate) fn time(nanos: f64) -> String {
    match nanos.abs() {
        1e6.. => format!("{} ms", figure(nanos / 1e6)),
        1e3.. => format!("{} µs", figure(nanos / 1e3)),
        _ => format!("{} ns", figure(nanos)),
    }
}
