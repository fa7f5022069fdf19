//! A document that `--json` wrote, read for the charts.

use crate::statistics::Spread;
use rsevents_benches::Measure;
use serde_json::Value;
use std::path::Path;
use std::{fs, io};

/// The measurements of one machine.
pub(crate) struct Record(pub(crate) Value);

impl Record {
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let complain = |why: String| io::Error::other(format!("{}: {why}", path.display()));
        let text = fs::read_to_string(path).map_err(|error| complain(error.to_string()))?;
        let document: Value =
            serde_json::from_str(&text).map_err(|error| complain(error.to_string()))?;
        match document["questions"] {
            Value::Array(_) => Ok(Self(document)),
            _ => Err(complain("not from `compare`".to_owned())),
        }
    }

    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        fs::write(path, format!("{:#}\n", self.0))
    }

    /// Returns the machine and the date.
    pub(crate) fn caption(&self) -> String {
        let texts = ["machine", "date"].map(|key| self.0[key].as_str());
        texts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }

    /// Returns the names of all contenders that were asked.
    pub(crate) fn contenders(&self, id: &str, measure: Measure) -> Vec<&str> {
        let contenders = self.row(id, measure).and_then(|row| row["contenders"].as_object());
        contenders.map_or(Vec::new(), |contenders| contenders.keys().map(String::as_str).collect())
    }

    /// Returns a contender's figures.
    pub(crate) fn value(&self, id: &str, measure: Measure, name: &str) -> Option<Spread> {
        spread(&self.row(id, measure)?["contenders"][name]["value"])
    }

    /// Returns a contender's figures, each divided by the baseline's.
    pub(crate) fn ratio(&self, id: &str, measure: Measure, name: &str) -> Option<Spread> {
        spread(&self.row(id, measure)?["contenders"][name]["ratio"])
    }

    fn row(&self, id: &str, measure: Measure) -> Option<&Value> {
        find(&find(&self.0["questions"], "id", id)?["rows"], "measure", measure.name())
    }
}

fn find<'a>(list: &'a Value, key: &str, text: &str) -> Option<&'a Value> {
    list.as_array()?.iter().find(|element| element[key] == text)
}

fn spread(spread: &Value) -> Option<Spread> {
    let figure = |key| spread[key].as_f64();
    Some(Spread { low: figure("low")?, median: figure("median")?, high: figure("high")? })
}
