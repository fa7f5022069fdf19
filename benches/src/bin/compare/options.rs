//! The command line.

use crate::rounds::Pace;
use rsevents_benches::{Contender, OURS, Question};
use std::path::PathBuf;
use std::time::Duration;

pub(crate) const HELP: &str = "\
Compares rsevents with its peers; 1.00 is the published version, and lower is better.

Usage: compare [OPTIONS]

  --quick           two minutes for all of it, and so less certainty
  --only TEXT       only questions whose name contains this (may be repeated)
  --peer TEXT       only peers whose name contains this, besides rsevents and the baseline
                    (may be repeated; \"none\" if none is to match)
  --processors N    use only N processors
  --seconds N       how long to spend on each question
  --json FILE       write every figure to this file
  --svg DIR         draw charts into this directory: hand-over.svg, ratios.svg and tasks.svg
  --from FILE       measure nothing: draw the charts from a file that --json wrote (may be
                    repeated, once for each machine: the ratios of the second machine are in
                    ratios-2.svg)
  --list            list the questions
";

pub(crate) enum Command {
    Run(Options),
    /// Draws charts from these files into this directory.
    Draw(Vec<PathBuf>, PathBuf),
    List,
    Help,
}

#[derive(Default)]
pub(crate) struct Options {
    quick: bool,
    only: Vec<String>,
    peers: Vec<String>,
    budget: Option<Duration>,
    pub(crate) processors: Option<usize>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) svg: Option<PathBuf>,
    from: Vec<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Command, String> {
        let mut options = Self::default();
        while let Some(option) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{option} what?"));
            match option.as_str() {
                "--quick" => options.quick = true,
                "--only" => options.only.push(value()?),
                "--peer" => options.peers.push(value()?),
                "--seconds" => options.budget = Some(seconds(&value()?)?),
                "--processors" => options.processors = Some(count(&value()?)?),
                "--json" => options.json = Some(value()?.into()),
                "--svg" => options.svg = Some(value()?.into()),
                "--from" => options.from.push(value()?.into()),
                "--list" => return Ok(Command::List),
                "--help" | "-h" => return Ok(Command::Help),
                _ => return Err(format!("unknown option {option}")),
            }
        }
        match (options.svg.clone(), options.from.is_empty()) {
            (None, false) => Err("--from draws: it needs --svg".to_owned()),
            (Some(directory), false) => Ok(Command::Draw(options.from, directory)),
            (_, true) => Ok(Command::Run(options)),
        }
    }

    pub(crate) fn wants(&self, question: &Question) -> bool {
        contains_one(&question.id, &self.only)
    }

    pub(crate) fn admits(&self, baseline: &str, contender: &Contender) -> bool {
        [OURS, baseline].contains(&contender.name()) || contains_one(contender.name(), &self.peers)
    }

    pub(crate) fn pace(&self) -> Pace {
        let pace = if self.quick { Pace::QUICK } else { Pace::THOROUGH };
        Pace { budget: self.budget.unwrap_or(pace.budget), ..pace }
    }
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) => Err("there has to be one processor".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(format!("{text}: {error}")),
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let number = text.parse().map_err(|error| format!("{text}: {error}"))?;
    Duration::try_from_secs_f64(number).map_err(|error| format!("{text}: {error}"))
}

/// Returns whether the name contains any of the texts. If there are no texts, returns true.
fn contains_one(name: &str, texts: &[String]) -> bool {
    texts.is_empty() || texts.iter().any(|text| name.contains(text.as_str()))
}
