//! How long each contender takes to hand over from one core to another, a row for each contender.

use super::scale::Scale;
use super::svg::{Anchor, Mark, Svg};
use crate::record::Record;
use crate::statistics::Spread;
use crate::table::time;
use rsevents_benches::questions::alternate::ACROSS_CORES;
use rsevents_benches::{Measure, OURS, PUBLISHED, about};

const TITLE: &str = "Handing over from one core to another: time for one way";
const LEGEND: &str = "Two threads take turns through two events. Logarithmic scale; further left is \
                      faster. Dots are medians, lines the middle half.";

const LEFT: f64 = 16.0;
const ABOUT: f64 = 116.0;
const AXIS: (f64, f64) = (388.0, 716.0);
const RIGHT: f64 = 784.0;
const ROW: f64 = 24.0;

/// Returns the chart, with a panel for each machine that has figures.
pub(super) fn chart(records: &[Record]) -> Option<String> {
    let panels: Vec<_> = records.iter().map(|record| (record.caption(), rows(record))).collect();
    let figures = panels.iter().flat_map(|(_, rows)| rows);
    let figures = figures.flat_map(|row| [row.1.low, row.1.high]);
    let scale = Scale::around(figures, AXIS.0, AXIS.1)?;
    let mut svg = Svg::default();
    svg.text(LEFT, 24.0, Anchor::Start, "title", TITLE);
    svg.text(LEFT, 48.0, Anchor::Start, "faint", LEGEND);
    let mut y = 62.0;
    for (caption, rows) in panels.iter().filter(|(_, rows)| !rows.is_empty()) {
        y = panel(&mut svg, y, caption, rows, &scale);
    }
    Some(svg.document(y, TITLE))
}

/// Returns names and nanoseconds for one way, the shortest first.
fn rows(record: &Record) -> Vec<(&str, Spread)> {
    let half = |Spread { low, median, high }| Spread {
        low: low / 2.0,
        median: median / 2.0,
        high: high / 2.0,
    };
    let names = record.contenders(ACROSS_CORES, Measure::Wall).into_iter();
    let mut rows: Vec<_> = names
        .filter_map(|name| Some((name, half(record.value(ACROSS_CORES, Measure::Wall, name)?))))
        .collect();
    rows.sort_by(|a, b| a.1.median.total_cmp(&b.1.median));
    rows
}

/// Draws a panel, and returns where the next panel begins.
fn panel(svg: &mut Svg, top: f64, caption: &str, rows: &[(&str, Spread)], scale: &Scale) -> f64 {
    svg.text(LEFT, top + 16.0, Anchor::Start, "head", caption);
    let first = top + 46.0;
    let bottom = rows.iter().fold(first, |y, _| y + ROW) - ROW / 2.0;
    for tick in scale.ticks() {
        let x = scale.x(tick);
        svg.line((x, first - ROW / 2.0), (x, bottom), "rule");
        svg.text(x, bottom + 12.0, Anchor::Middle, "faint", &whole(tick));
    }
    let mut y = first;
    for &(name, spread) in rows {
        row(svg, y, name, spread, scale);
        y += ROW;
    }
    bottom + 34.0
}

fn row(svg: &mut Svg, y: f64, name: &str, spread: Spread, scale: &Scale) {
    let (mark, class) = match name {
        OURS => (Mark::Ours, "bold"),
        PUBLISHED => (Mark::Published, ""),
        _ => (Mark::Other, ""),
    };
    svg.text(LEFT, y, Anchor::Start, class, name);
    svg.text(ABOUT, y, Anchor::Start, "faint", about(name).unwrap_or_default());
    let x = scale.x(spread.median);
    svg.line((AXIS.0 - 6.0, y), (x, y), "rule");
    let whisker = if name == OURS { "whisker" } else { "spread" };
    svg.line((scale.x(spread.low), y), (scale.x(spread.high), y), whisker);
    svg.mark(x, y, mark);
    svg.text(RIGHT, y, Anchor::End, class, &time(spread.median));
}

/// Formats a power of ten with its unit.
fn whole(nanos: f64) -> String {
    match nanos {
        1e6.. => format!("{:.0} ms", nanos / 1e6),
        1e3.. => format!("{:.0} µs", nanos / 1e3),
        _ => format!("{nanos} ns"),
    }
}
