//! What is asked, of whom, and what answer is hoped for.

use crate::machine::Place;
use crate::rig::{Measure, Rig};
use std::fmt;
use std::sync::Arc;

/// The name of this repository's crates among the contenders.
pub const OURS: &str = "rsevents";

/// The name of the versions on crates.io that these succeed: 1.00 of most ratios.
pub const PUBLISHED: &str = "published";

/// A workload that can be set up for contenders of type `C`.
pub(crate) trait Workload<C>: Copy + Send + Sync + 'static {
    fn rig(self) -> impl Rig + 'static;
}

/// What a contender is called. For those in charts, `contenders/about.rs` says what it is.
pub(crate) trait Named: 'static {
    const NAME: &'static str;
}

type SetUp = Arc<dyn Fn() -> Box<dyn Rig> + Send + Sync>;

/// One of those who compete, with the workload of the question.
#[derive(Clone)]
pub struct Contender {
    name: &'static str,
    set_up: SetUp,
}

impl Contender {
    pub(crate) fn new<C: Named>(workload: impl Workload<C>) -> Self {
        Self::with_rig(C::NAME, move || workload.rig())
    }

    /// For a workload that only one contender can do.
    pub(crate) fn with_rig<R: Rig + 'static>(
        name: &'static str,
        rig: impl Fn() -> R + Send + Sync + 'static,
    ) -> Self {
        Self { name, set_up: Arc::new(move || Box::new(rig())) }
    }

    /// For a contender that competes with another form of itself.
    pub(crate) fn called(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn set_up(&self) -> SetUp {
        Arc::clone(&self.set_up)
    }
}

impl fmt::Debug for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Contender").field(&self.name).finish()
    }
}

/// What a question should come out as.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At most this.
    AtMost(f64),
    /// At least this.
    AtLeast(f64),
    /// One, give or take this.
    Within(f64),
    /// None: the figure is of interest.
    Open,
}

impl Target {
    /// Whether a result meets it.
    #[must_use]
    pub fn met_by(self, result: f64) -> bool {
        match self {
            Self::AtMost(limit) => result <= limit,
            Self::AtLeast(limit) => result >= limit,
            Self::Within(tolerance) => (result - 1.0).abs() <= tolerance,
            Self::Open => true,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(limit) => write!(f, "≤ {limit:.2}"),
            Self::AtLeast(limit) => write!(f, "≥ {limit:.2}"),
            Self::Within(tolerance) => write!(f, "± {tolerance:.2}"),
            Self::Open => Ok(()),
        }
    }
}

/// One of the figures that come out of a question.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What is compared.
    pub measure: Measure,
    /// What is hoped for.
    pub target: Target,
}

/// A question: one workload, everybody who can do it, and the rows of the table that it fills.
#[derive(Clone, Debug)]
pub struct Question {
    /// Short and unique, for file names and the command line.
    pub id: String,
    /// The work, in words that can be read without those of other questions.
    pub title: String,
    /// The figures, the most important one first.
    pub rows: Vec<Row>,
    /// The contender that is 1.00.
    pub baseline: &'static str,
    /// Everybody.
    pub contenders: Vec<Contender>,
    /// Whether a turn is as long as the question says, so that one is enough for a sample.
    pub given_length: bool,
    /// Whether rigs must not exist together: they have too many threads, or would be felt.
    pub one_at_a_time: bool,
    place: Place,
}

impl Question {
    pub(crate) fn new(id: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            rows: Vec::new(),
            baseline: PUBLISHED,
            contenders: Vec::new(),
            given_length: false,
            one_at_a_time: false,
            place: Place::Anywhere,
        }
    }

    pub(crate) fn row(mut self, measure: Measure, target: Target) -> Self {
        self.rows.push(Row { measure, target });
        self
    }

    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = place;
        self
    }

    pub(crate) fn against(mut self, baseline: &'static str) -> Self {
        self.baseline = baseline;
        self
    }

    pub(crate) fn of_given_length(mut self) -> Self {
        self.given_length = true;
        self
    }

    pub(crate) fn one_at_a_time(mut self) -> Self {
        self.one_at_a_time = true;
        self
    }

    pub(crate) fn among(mut self, contenders: Vec<Contender>) -> Self {
        self.contenders.extend(contenders);
        self
    }

    /// Whether it can be asked on this machine, which may have too few processors for it, or none to
    /// which a thread can be pinned.
    #[must_use]
    pub fn can_be_asked(&self) -> bool {
        self.place.exists()
    }
}
