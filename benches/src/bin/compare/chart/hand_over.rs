//! How long each contender takes to hand over from one core to another, on a logarithmic scale.

use super::{CARD, Error, FAINT, INK, text};
use crate::rounds::Answer;
use crate::table::time;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use rsevents_benches::questions::alternate::ACROSS_CORES;
use rsevents_benches::{Contender, Measure, OURS, PUBLISHED, describe_machine};
use std::path::Path;

const OURS_COLOUR: RGBColor = RGBColor(31, 111, 203);
const PUBLISHED_COLOUR: RGBColor = RGBColor(224, 138, 46);
const OTHERS_COLOUR: RGBColor = RGBColor(158, 162, 168);

const WIDTH: u32 = 860;
const BAR: u32 = 30;
const MARGINS: u32 = 120;

pub(super) fn draw(answers: &[Answer], path: &Path) -> Result<(), Error> {
    let Some(answer) = answers.iter().find(|answer| answer.question.id == ACROSS_CORES) else {
        return Ok(());
    };
    let bars = bars(answer);
    let Some(longest) = bars.last() else { return Ok(()) };
    let count = u32::try_from(bars.len()).expect("a handful");
    let size = (WIDTH, MARGINS + BAR * count);
    let root = SVGBackend::new(path, size).into_drawing_area();
    root.fill(&CARD)?;
    // Room on the right for the figures.
    plot(&root, &bars, count, longest.1 * 4.0)?;
    root.present()
}

/// Names and nanoseconds for one way, the shortest first.
fn bars(answer: &Answer) -> Vec<(&'static str, f64)> {
    let names = answer.question.contenders.iter().map(Contender::name);
    let mut bars: Vec<_> = names
        .filter_map(|name| Some((name, answer.value(name, Measure::Wall)?.median / 2.0)))
        .collect();
    bars.sort_by(|a, b| a.1.total_cmp(&b.1));
    bars
}

fn plot(
    root: &DrawingArea<SVGBackend<'_>, Shift>,
    bars: &[(&str, f64)],
    count: u32,
    limit: f64,
) -> Result<(), Error> {
    const SHORTEST: f64 = 10.0;
    let mut chart = ChartBuilder::on(root)
        .margin(14)
        .caption("Handing over from one core to another: time for one way", text(19, true))
        .x_label_area_size(54)
        .y_label_area_size(120)
        .build_cartesian_2d((SHORTEST..limit).log_scale(), (0..count - 1).into_segmented())?;
    let name = |segment: &SegmentValue<u32>| match segment {
        SegmentValue::CenterOf(index) => {
            bars.iter().rev().nth(*index as usize).map_or(String::new(), |bar| bar.0.to_owned())
        }
        _ => String::new(),
    };
    chart
        .configure_mesh()
        .disable_y_mesh()
        .axis_style(FAINT)
        .bold_line_style(FAINT)
        .light_line_style(TRANSPARENT)
        .label_style(text(14, false))
        .x_label_formatter(&|nanos| time(*nanos))
        .y_label_formatter(&name)
        .y_labels(bars.len())
        .x_desc(format!("{} · logarithmic · lower is better", describe_machine()))
        .draw()?;
    for (index, &(name, nanos)) in (0..).zip(bars.iter().rev()) {
        let colour = match name {
            OURS => OURS_COLOUR,
            PUBLISHED => PUBLISHED_COLOUR,
            _ => OTHERS_COLOUR,
        };
        let above =
            if index + 1 < count { SegmentValue::Exact(index + 1) } else { SegmentValue::Last };
        let corners = [(SHORTEST, SegmentValue::Exact(index)), (nanos, above)];
        let mut bar = Rectangle::new(corners, colour.filled());
        bar.set_margin(4, 4, 0, 0);
        chart.draw_series([bar])?;
        let beside = text(14, name == OURS).pos(Pos::new(HPos::Left, VPos::Center)).color(&INK);
        let figure = EmptyElement::at((nanos, SegmentValue::CenterOf(index)))
            + Text::new(time(nanos), (6, 0), beside);
        chart.draw_series([figure])?;
    }
    Ok(())
}
