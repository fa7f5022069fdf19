//! All questions that the published versions can answer, or that are about tasks: a row for each, with all
//! contenders on it.

use super::scale::Scale;
use super::svg::{Anchor, Mark, Svg};
use crate::record::Record;
use crate::statistics::Spread;
use crate::table::time;
use rsevents_benches::{FLOORS, Measure, OURS, PUBLISHED, Question, about, questions};
use std::collections::BTreeSet;

/// Which questions a chart shows.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum About {
    /// The questions that the published versions can answer.
    Published,
    /// The questions about tasks. The contender that is 1.00 differs from row to row.
    Tasks,
}

impl About {
    const fn title(self) -> &'static str {
        match self {
            Self::Published => "Time for one operation, divided by that of the published version",
            Self::Tasks => "Tasks: time for one operation, divided by that of the contender named",
        }
    }

    fn includes(self, heading: &str, question: &Question) -> bool {
        match self {
            Self::Published => question.baseline == PUBLISHED,
            Self::Tasks => heading == questions::TASKS,
        }
    }
}

const BEYOND: &str = "Marks at an end of the axis may lie beyond it.";

const LEFT: f64 = 16.0;
const AXIS: (f64, f64) = (334.0, 550.0);
/// The horizontal positions where columns end or begin.
const OUR_TIME: f64 = 614.0;
const BASELINE_TIME: f64 = 686.0;
const NAME: f64 = 698.0;
/// Figures beyond these ends are drawn at the end of the axis. Otherwise one outlier would compress all
/// others.
const ENDS: (f64, f64) = (0.01, 100.0);
const ROW: f64 = 18.0;
const HEADING: f64 = 26.0;

/// A row: the result of one question.
struct Line {
    title: String,
    /// Our time in nanoseconds.
    ours: f64,
    baseline: f64,
    /// The contender that is the baseline.
    against: &'static str,
    ratio: Spread,
    /// Our ratio in processor time, if the row is about another measure.
    cpu: Option<f64>,
    /// Names and ratios, the fastest first.
    others: Vec<(String, f64)>,
}

impl Line {
    fn of(record: &Record, question: &Question) -> Option<Self> {
        let (id, measure) = (&*question.id, question.rows[0].measure);
        if !measure.is_time() {
            return None;
        }
        let median = |name| Some(record.value(id, measure, name)?.median);
        let others = record.contenders(id, measure).into_iter();
        let mut others: Vec<_> = others
            .filter(|name| ![OURS, question.baseline].contains(name))
            .filter_map(|name| Some((name.to_owned(), record.ratio(id, measure, name)?.median)))
            .collect();
        others.sort_by(|a, b| a.1.total_cmp(&b.1));
        let is_wall = measure == Measure::Wall;
        let cpu = is_wall.then(|| record.ratio(id, Measure::Cpu, OURS)).flatten();
        Some(Self {
            title: question.title.clone() + if is_wall { "" } else { ", CPU time" },
            ours: median(OURS)?,
            baseline: median(question.baseline)?,
            against: question.baseline,
            ratio: record.ratio(id, measure, OURS)?,
            cpu: cpu.map(|spread| spread.median),
            others,
        })
    }

    fn ratios(&self) -> impl Iterator<Item = f64> {
        let others = self.others.iter().map(|other| other.1);
        others.chain([self.ratio.median]).chain(self.cpu)
    }

    /// Returns the fastest library.
    fn fastest(&self) -> Option<&str> {
        let mut names = self.others.iter().map(|other| &*other.0);
        names.find(|name| !FLOORS.contains(name))
    }
}

pub(super) fn chart(record: &Record, about: About) -> Option<String> {
    let themes = questions::themes().into_iter().map(|(heading, questions)| {
        let questions = questions.iter().filter(|question| about.includes(heading, question));
        let lines = questions.filter_map(|question| Line::of(record, question));
        (heading, lines.collect::<Vec<_>>())
    });
    let themes: Vec<_> = themes.filter(|(_, lines)| !lines.is_empty()).collect();
    let lines = || themes.iter().flat_map(|(_, lines)| lines);
    lines().next()?;
    let figures = lines().flat_map(Line::ratios).chain([1.0]);
    let figures = figures.map(|ratio| ratio.clamp(ENDS.0, ENDS.1));
    let scale = Scale::around(figures, AXIS.0, AXIS.1)?;

    let mut svg = Svg::default();
    let top = head(&mut svg, &record.caption(), &scale, about);
    let height = |(_, lines): &(_, Vec<Line>)| lines.iter().fold(HEADING, |sum, _| sum + ROW);
    let bottom = top + themes.iter().map(height).sum::<f64>();
    grid(&mut svg, &scale, top, bottom);
    let mut y = top;
    for (heading, lines) in &themes {
        svg.text(LEFT, y + HEADING - 9.0, Anchor::Start, "head", heading);
        y += HEADING + ROW / 2.0;
        for line in lines {
            row(&mut svg, y, line, &scale, about);
            y += ROW;
        }
        y -= ROW / 2.0;
    }
    let mut end = bottom + 44.0;
    if about == About::Published {
        let named: BTreeSet<&str> = lines().filter_map(Line::fastest).collect();
        end = glossary(&mut svg, end, &named);
    }
    if lines().flat_map(Line::ratios).any(|ratio| !(ENDS.0..=ENDS.1).contains(&ratio)) {
        svg.text(LEFT, end + 4.0, Anchor::Start, "faint", BEYOND);
        end += ROW + 4.0;
    }
    Some(svg.document(end, about.title()))
}

/// Draws the title and what the marks mean. Returns where the rows begin.
fn head(svg: &mut Svg, caption: &str, scale: &Scale, about: About) -> f64 {
    svg.text(LEFT, 24.0, Anchor::Start, "title", about.title());
    svg.text(LEFT, 48.0, Anchor::Start, "faint", caption);
    let y = 74.0;
    svg.line((LEFT, y), (LEFT + 18.0, y), "whisker");
    for (x, mark, text) in [
        (25.0, Mark::Ours, "rsevents (line: middle half)"),
        (232.0, Mark::Hollow, "its processor time"),
        (366.0, Mark::Best, "fastest other library"),
        (513.0, Mark::Other, "other libraries"),
        (626.0, Mark::Floor, "bare futex or atomic"),
    ] {
        if about == About::Tasks && matches!(mark, Mark::Floor) {
            continue;
        }
        svg.mark(x, y, mark);
        svg.text(x + 14.0, y, Anchor::Start, "", text);
    }
    let y = 106.0;
    svg.text(scale.x(1.0) - 8.0, y, Anchor::End, "faint", "← faster");
    svg.text(scale.x(1.0) + 8.0, y, Anchor::Start, "faint", "slower →");
    svg.text(OUR_TIME, y + 16.0, Anchor::End, "bold", OURS);
    let (baseline, name) = match about {
        About::Published => (PUBLISHED, "fastest other"),
        About::Tasks => ("1.00", "which is"),
    };
    svg.text(BASELINE_TIME, y + 16.0, Anchor::End, "bold", baseline);
    svg.text(NAME, y + 16.0, Anchor::Start, "bold", name);
    y + 26.0
}

fn grid(svg: &mut Svg, scale: &Scale, top: f64, bottom: f64) {
    for tick in scale.ticks() {
        let x = scale.x(tick);
        let is_base = (tick - 1.0).abs() < 1e-6;
        svg.line((x, top), (x, bottom), if is_base { "base" } else { "rule" });
        for y in [top - 10.0, bottom + 12.0] {
            svg.text(x, y, Anchor::Middle, "faint", &short(tick));
        }
    }
}

fn row(svg: &mut Svg, y: f64, line: &Line, scale: &Scale, about: About) {
    svg.text(LEFT, y, Anchor::Start, "", &line.title);
    let fastest = line.fastest();
    // The slowest are drawn first, so that the fastest lie on top.
    for (name, ratio) in line.others.iter().rev() {
        let mark = match &**name {
            name if FLOORS.contains(&name) => Mark::Floor,
            name if Some(name) == fastest => Mark::Best,
            _ => Mark::Other,
        };
        svg.mark(scale.x(*ratio), y, mark);
    }
    if let Some(cpu) = line.cpu {
        svg.mark(scale.x(cpu), y, Mark::Hollow);
    }
    svg.line((scale.x(line.ratio.low), y), (scale.x(line.ratio.high), y), "whisker");
    svg.mark(scale.x(line.ratio.median), y, Mark::Ours);
    svg.text(OUR_TIME, y, Anchor::End, "bold", &time(line.ours));
    svg.text(BASELINE_TIME, y, Anchor::End, "", &time(line.baseline));
    let name = match about {
        About::Published => fastest.unwrap_or("–"),
        About::Tasks => line.against,
    };
    svg.text(NAME, y, Anchor::Start, "", name);
}

/// Draws what the names mean, in two columns. Returns where the columns end.
fn glossary(svg: &mut Svg, top: f64, fastest: &BTreeSet<&str>) -> f64 {
    let names: Vec<&str> =
        [PUBLISHED].into_iter().chain(fastest.iter().copied()).chain(FLOORS).collect();
    let mut y = top;
    for pair in names.chunks(2) {
        for (name, x) in pair.iter().zip([LEFT, 408.0]) {
            svg.text(x, y, Anchor::Start, "bold", name);
            svg.text(x + 104.0, y, Anchor::Start, "faint", about(name).unwrap_or_default());
        }
        y += ROW;
    }
    y + 4.0
}

/// Formats a power of ten without trailing zeros.
fn short(ratio: f64) -> String {
    let text = format!("{ratio:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
