//! The table on the terminal.

use crate::rounds::Answer;
use crate::statistics::Spread;
use rsevents_benches::{Measure, OURS, Row, Target};
use std::fmt;

pub(crate) const HEAD: &str = "\
question                                                      what      baseline      ours  ratio   middle half  target  verdict
------------------------------------------------------------- ----- ----------- --------- ------ ------------- ------- -------";

/// The lines of one question: a row for each figure, and below it the others' ratios.
pub(crate) struct Lines<'a>(pub(crate) &'a Answer);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let answer = self.0;
        for (index, row) in answer.question.rows.iter().enumerate() {
            let text = if index == 0 { answer.question.text.as_str() } else { "" };
            let ratio = answer.ratio(OURS, row.measure);
            write!(f, "{text:61} {:5} ", row.measure.name())?;
            write!(f, "{:>11} ", Value(answer, answer.question.baseline, row.measure).to_string())?;
            write!(f, "{:>9} ", Value(answer, OURS, row.measure).to_string())?;
            match ratio {
                Some(Spread { low, median, high }) => {
                    write!(
                        f,
                        "{:>6} {:>13} ",
                        figure(median),
                        format!("{}–{}", figure(low), figure(high))
                    )?;
                }
                None => write!(f, "{:6} {:13} ", "", "")?,
            }
            writeln!(f, "{:7} {}", row.target.to_string(), verdict(*row, ratio))?;
            peers(f, answer, row.measure)?;
        }
        for contender in &answer.question.contenders {
            if let Some(failure) = answer.failure(contender.name()) {
                writeln!(f, "    {} {failure}", contender.name())?;
            }
        }
        Ok(())
    }
}

fn peers(f: &mut fmt::Formatter<'_>, answer: &Answer, measure: Measure) -> fmt::Result {
    let peers: Vec<String> = answer
        .question
        .contenders
        .iter()
        .map(rsevents_benches::Contender::name)
        .filter(|name| ![OURS, answer.question.baseline].contains(name))
        .filter_map(|name| Some(format!("{name} {}", figure(answer.ratio(name, measure)?.median))))
        .collect();
    if peers.is_empty() { Ok(()) } else { writeln!(f, "    {}", peers.join(" · ")) }
}

/// A question mark: the middle half of the figures lies on both sides of the target.
pub(crate) fn verdict(row: Row, ratio: Option<Spread>) -> &'static str {
    match (row.target, ratio) {
        (Target::Open, _) => "",
        (_, None) => "no figure",
        (target, Some(Spread { low, median, high })) => {
            let certain = target.met_by(low) == target.met_by(high);
            match (target.met_by(median), certain) {
                (true, true) => "met",
                (true, false) => "met?",
                (false, true) => "missed",
                (false, false) => "missed?",
            }
        }
    }
}

/// Three digits, or so.
pub(crate) fn figure(ratio: f64) -> String {
    match ratio.abs() {
        100.0.. => format!("{ratio:.0}"),
        10.0.. => format!("{ratio:.1}"),
        0.1.. => format!("{ratio:.2}"),
        _ => format!("{ratio:.3}"),
    }
}

/// The median of a contender, with its unit.
struct Value<'a>(&'a Answer, &'a str, Measure);

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.value(self.1, self.2) {
            Some(spread) => f.write_str(&time(spread.median)),
            None => f.write_str("–"),
        }
    }
}

/// A time in nanoseconds, with a unit that suits it.
pub(crate) fn time(nanos: f64) -> String {
    match nanos.abs() {
        1e6.. => format!("{} ms", figure(nanos / 1e6)),
        1e3.. => format!("{} µs", figure(nanos / 1e3)),
        _ => format!("{} ns", figure(nanos)),
    }
}
