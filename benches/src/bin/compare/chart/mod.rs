//! The charts for the README.

mod hand_over;
mod ratios;
mod scale;
mod svg;

use crate::record::Record;
use ratios::About;
use std::path::Path;
use std::{fs, io};

/// Draws the charts for which there are figures. The hand-overs of several machines share a chart; ratios do
/// not.
pub(crate) fn draw(records: &[Record], directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    if let Some(chart) = hand_over::chart(records) {
        fs::write(directory.join("hand-over.svg"), chart)?;
    }
    for (number, record) in (1..).zip(records) {
        let name = if number == 1 { "ratios.svg".into() } else { format!("ratios-{number}.svg") };
        if let Some(chart) = ratios::chart(record, About::Published) {
            fs::write(directory.join(name), chart)?;
        }
        let name = if number == 1 { "tasks.svg".into() } else { format!("tasks-{number}.svg") };
        if let Some(chart) = ratios::chart(record, About::Tasks) {
            fs::write(directory.join(name), chart)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rsevents_benches::{Contender, PUBLISHED, questions};
    use serde_json::{Value, json};

    /// Returns a record in which every question is answered, and every contender differs from the others.
    fn record() -> Record {
        let figures = |name: &str| {
            let spread = |unit: f64| {
                let median = unit * f64::from(u32::try_from(name.len()).expect("a short name"));
                json!({ "low": 0.9 * median, "median": median, "high": 1.2 * median })
            };
            json!({ "value": spread(100.0), "ratio": spread(1.0 / 9.0) })
        };
        let answered = |question: rsevents_benches::Question| {
            let names = || question.contenders.iter().map(Contender::name);
            let row = |row: &rsevents_benches::Row| {
                let contenders: serde_json::Map<String, Value> =
                    names().map(|name| (name.to_owned(), figures(name))).collect();
                json!({ "measure": row.measure.name(), "contenders": contenders })
            };
            let rows: Vec<Value> = question.rows.iter().map(row).collect();
            json!({ "id": question.id, "rows": rows })
        };
        let questions: Vec<Value> = questions::all().into_iter().map(answered).collect();
        Record(json!({ "machine": "A & B <1>", "date": "2026-11-24", "questions": questions }))
    }

    fn charts() -> [String; 3] {
        let record = record();
        let [ratios, tasks] = [About::Published, About::Tasks]
            .map(|about| ratios::chart(&record, about).expect("drawn"));
        [hand_over::chart(&[record]).expect("drawn"), ratios, tasks]
    }

    #[test]
    fn text_is_legible_at_a_width_of_800_pixels() {
        for chart in charts() {
            assert!(chart.contains("viewBox=\"0 0 800 "), "user units are pixels at that width");
            let sizes = chart.split("font-size").skip(1).map(|rest| {
                let digits = rest.trim_start_matches([':', ' ', '=', '"']);
                let end = digits.find(|c: char| !c.is_ascii_digit()).expect("a unit");
                digits[..end].parse::<u32>().expect("a size in whole pixels")
            });
            let sizes: Vec<u32> = sizes.collect();
            assert!(!sizes.is_empty() && sizes.iter().all(|&size| size >= 12), "{sizes:?}");
        }
    }

    #[test]
    fn nothing_is_painted_behind_a_chart() {
        for chart in charts() {
            assert!(!chart.contains("<rect") && !chart.contains("background"));
        }
    }

    #[test]
    fn both_colour_schemes_have_a_colour_for_each_class() {
        for chart in charts() {
            let (light, dark) = svg::STYLE.split_once("@media").expect("a dark scheme");
            let classes = chart.split("class=\"").skip(1).filter_map(|rest| rest.split('"').next());
            for class in classes {
                let names = |style: &str| style.contains(&format!(".{class} "));
                assert!(names(light), "{class} has no style");
                let colour = |style: &str| {
                    style
                        .lines()
                        .any(|line| line.contains(&format!(".{class} ")) && line.contains('#'))
                };
                assert_eq!(colour(light), colour(dark), "{class}");
            }
        }
    }

    #[test]
    fn every_question_with_a_published_contender_or_about_tasks_has_a_row_with_its_title() {
        let [_, ratios, tasks] = charts();
        for (heading, questions) in questions::themes() {
            for question in questions {
                let is_time = question.rows[0].measure.is_time();
                let title = format!(">{}<", svg::escaped(&question.title));
                let is_published = question.baseline == PUBLISHED && is_time;
                let cpu = title.replace('<', ", CPU time<");
                assert_eq!(
                    ratios.contains(&title) || ratios.contains(&cpu),
                    is_published,
                    "{title}"
                );
                assert_eq!(tasks.contains(&title), heading == questions::TASKS, "{title}");
            }
        }
    }

    #[test]
    fn charts_name_the_machine_and_the_date() {
        for chart in charts() {
            assert!(chart.contains("A &amp; B &lt;1&gt;, 2026-11-24"));
        }
    }
}
