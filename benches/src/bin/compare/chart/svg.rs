//! A writer of SVG, with only what the charts need.

use std::fmt::Write;

/// The width of all charts. Where a page shows them at this width, text has the sizes in `STYLE`.
const WIDTH: u32 = 800;

/// The style. A chart has no background, so its colours follow the page's.
pub(super) const STYLE: &str = "\
text { font-size: 12px; font-family: system-ui, 'Segoe UI', Helvetica, Arial, sans-serif }
text { fill: #1f2328 }
.title { font-size: 17px; font-weight: 600 }
.head { font-size: 13px; font-weight: 600 }
.bold { font-weight: 600 }
.faint { fill: #59636e }
.rule { stroke: #d1d9e0 }
.base { stroke: #1f2328; stroke-width: 1.5 }
.ours { fill: #0969da }
.whisker { stroke: #0969da; stroke-width: 2 }
.hollow { fill: none; stroke: #0969da; stroke-width: 1.5 }
.ink { fill: #1f2328 }
.best { fill: #bc4c00 }
.other { fill: #818b98 }
.floor { stroke: #59636e; stroke-width: 2 }
.spread { stroke: #818b98; stroke-width: 2 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.faint { fill: #9198a1 }
.rule { stroke: #3d444d }
.base { stroke: #e6edf3 }
.ours { fill: #58a6ff }
.whisker { stroke: #58a6ff }
.hollow { stroke: #58a6ff }
.ink { fill: #e6edf3 }
.best { fill: #f0883e }
.other { fill: #818b98 }
.floor { stroke: #9198a1 }
.spread { stroke: #818b98 }
}";

#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// What a dot stands for, which decides how it looks.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Ours,
    Published,
    /// Our figure by another measure.
    Hollow,
    /// The fastest of the other libraries.
    Best,
    Other,
    /// A contender that is not a library.
    Floor,
}

#[derive(Default)]
pub(super) struct Svg(String);

impl Svg {
    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.0, "{element}").expect("a string grows");
    }

    /// Draws text. `y` is the middle of the line.
    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
        let (y, text) = (y + 4.0, escaped(text));
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{class}>{text}</text>"
        ));
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        self.add(format_args!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" class=\"{class}\"/>"
        ));
    }

    pub(super) fn mark(&mut self, x: f64, y: f64, mark: Mark) {
        let (class, radius) = match mark {
            Mark::Ours => ("ours", 5.0),
            Mark::Published => ("ink", 4.0),
            Mark::Hollow => ("hollow", 4.0),
            Mark::Other => ("other", 3.5),
            Mark::Floor => return self.line((x, y - 5.0), (x, y + 5.0), "floor"),
            Mark::Best => {
                return self.add(format_args!(
                    "<path d=\"M{x:.1} {:.1}l5 5l-5 5l-5 -5z\" class=\"best\"/>",
                    y - 5.0
                ));
            }
        };
        self.add(format_args!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" class=\"{class}\"/>"
        ));
    }

    /// Returns the document. `title` is for readers who cannot see it.
    pub(super) fn document(self, height: f64, title: &str) -> String {
        let (title, elements) = (escaped(title), self.0);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 0 {WIDTH} {height}\" role=\"img\">\n\
             <title>{title}</title>\n<style>\n{STYLE}\n</style>\n{elements}</svg>\n"
        )
    }
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
