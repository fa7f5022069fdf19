//! Every contender's ratio to the published version in every question, as colours.

use super::{CARD, Error, FAINT, INK, text};
use crate::rounds::Answer;
use crate::table::figure;
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use rsevents_benches::{Contender, Measure, OURS, PUBLISHED, Row, describe_machine};
use std::path::Path;

const QUESTION: i32 = 470;
const CELL: (i32, i32) = (58, 20);
const HEAD: i32 = 150;
const MARGIN: i32 = 16;

const FASTER: RGBColor = RGBColor(92, 184, 130);
const SAME: RGBColor = RGBColor(244, 240, 214);
const SLOWER: RGBColor = RGBColor(236, 120, 92);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

pub(super) fn draw(answers: &[Answer], path: &Path) -> Result<(), Error> {
    let rows: Vec<(&Answer, &Row)> = answers
        .iter()
        .filter(|answer| answer.question.baseline == PUBLISHED)
        .flat_map(|answer| answer.question.rows.iter().map(move |row| (answer, row)))
        .filter(|(_, row)| row.measure.is_time())
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let names = names(&rows);
    let size = (
        extent(2 * MARGIN + QUESTION, CELL.0, names.len()),
        extent(2 * MARGIN + HEAD, CELL.1, rows.len()),
    );
    let root = SVGBackend::new(path, size).into_drawing_area();
    root.fill(&CARD)?;
    let root = root.margin(MARGIN, MARGIN, MARGIN, MARGIN);
    head(&root, &names)?;
    for (line, (answer, row)) in (0..).zip(rows) {
        self::line(&root, HEAD + CELL.1 * line, answer, *row, &names)?;
    }
    root.present()
}

/// Ours, the published, and all others, in the order in which they come up.
fn names(rows: &[(&Answer, &Row)]) -> Vec<&'static str> {
    let mut names = vec![OURS, PUBLISHED];
    for name in rows.iter().flat_map(|(answer, _)| &answer.question.contenders).map(Contender::name)
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn extent(fixed: i32, cell: i32, cells: usize) -> u32 {
    let cells = i32::try_from(cells).expect("a hundred at most");
    (fixed + cell * cells).cast_unsigned()
}

fn head(root: &Area<'_>, names: &[&str]) -> Result<(), Error> {
    let lines = [
        ("Time, as a ratio to the published version: lower is better", text(17, true)),
        (&describe_machine(), text(12, false)),
    ];
    for (y, (line, style)) in [0, 26].into_iter().zip(lines) {
        root.draw(&Text::new(line.to_owned(), (0, y), style))?;
    }
    let upwards = |bold| text(13, bold).transform(FontTransform::Rotate270);
    for (column, name) in (0..).zip(names) {
        let style = upwards(*name == OURS).pos(Pos::new(HPos::Left, VPos::Center));
        let at = (QUESTION + CELL.0 * column + CELL.0 / 2, HEAD - 8);
        root.draw(&Text::new((*name).to_owned(), at, style))?;
    }
    Ok(())
}

fn line(root: &Area<'_>, y: i32, answer: &Answer, row: Row, names: &[&str]) -> Result<(), Error> {
    let middle = y + CELL.1 / 2;
    let left = text(12, false).pos(Pos::new(HPos::Left, VPos::Center));
    let right = text(12, false).pos(Pos::new(HPos::Right, VPos::Center));
    let first = answer.question.rows[0].measure == row.measure;
    if first {
        root.draw(&Text::new(answer.question.title.clone(), (0, middle), left))?;
    }
    if !first || row.measure != Measure::Wall {
        root.draw(&Text::new(row.measure.name(), (QUESTION - 8, middle), right))?;
    }
    for (column, name) in (0..).zip(names) {
        let x = QUESTION + CELL.0 * column;
        let corners = [(x, y), (x + CELL.0, y + CELL.1)];
        if let Some(ratio) = answer.ratio(name, row.measure) {
            root.draw(&Rectangle::new(corners, colour(ratio.median).filled()))?;
            let style = text(12, *name == OURS).pos(Pos::new(HPos::Center, VPos::Center));
            root.draw(&Text::new(
                figure(ratio.median),
                (x + CELL.0 / 2, middle),
                style.color(&INK),
            ))?;
        } else if answer.failure(name).is_some() {
            let style = text(12, false).pos(Pos::new(HPos::Center, VPos::Center));
            root.draw(&Text::new("failed", (x + CELL.0 / 2, middle), style))?;
        }
        root.draw(&Rectangle::new(corners, FAINT.stroke_width(1)))?;
    }
    Ok(())
}

/// Full colour at eight times as fast or as slow.
fn colour(ratio: f64) -> RGBColor {
    let weight = (ratio.log2() / 3.0).clamp(-1.0, 1.0);
    let end = if weight < 0.0 { FASTER } else { SLOWER };
    let mix = |same: u8, end: u8| {
        let mixed = f64::from(same) + (f64::from(end) - f64::from(same)) * weight.abs();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between two bytes"
        )]
        let byte = mixed.round() as u8;
        byte
    };
    RGBColor(mix(SAME.0, end.0), mix(SAME.1, end.1), mix(SAME.2, end.2))
}
