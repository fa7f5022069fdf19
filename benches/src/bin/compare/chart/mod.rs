//! The charts for the README.

mod hand_over;
mod heat_map;

use crate::rounds::Answer;
use plotters::backend::SVGBackend;
use plotters::drawing::DrawingAreaErrorKind;
use plotters::prelude::{FontFamily, FontStyle, IntoFont, RGBColor, TextStyle};
use std::path::Path;

/// A card of its own is legible wherever the page puts it, on light or dark.
const CARD: RGBColor = RGBColor(250, 250, 247);
const INK: RGBColor = RGBColor(45, 45, 48);
const FAINT: RGBColor = RGBColor(200, 200, 196);

type Error =
    DrawingAreaErrorKind<<SVGBackend<'static> as plotters::prelude::DrawingBackend>::ErrorType>;

/// Draws both charts, if there are answers for them.
pub(crate) fn draw(answers: &[Answer], directory: &Path) -> Result<(), Error> {
    hand_over::draw(answers, &directory.join("hand-over.svg"))?;
    heat_map::draw(answers, &directory.join("ratios.svg"))
}

/// Text so many pixels high.
fn text(size: u32, bold: bool) -> TextStyle<'static> {
    // What the SVG back end divides by.
    let size = f64::from(size) * 1.24;
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    (FontFamily::SansSerif, size, style).into_font().color(&INK)
}
