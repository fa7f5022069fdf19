//! Questions: the workload, the contenders, and the target of each figure.

use crate::machine::Place;
use crate::rig::{Measure, Rig};
use std::fmt;
use std::sync::Arc;

/// The name of this repository's crates among the contenders.
pub const OURS: &str = "rsevents";

/// The name of the versions on crates.io that these crates replace. They are 1.00 in most ratios.
pub const PUBLISHED: &str = "published";

/// A workload that can be set up for contenders of type `C`.
pub(crate) trait Workload<C>: Copy + Send + Sync + 'static {
    fn rig(self) -> impl Rig + 'static;
}

/// The name of a contender. For contenders in charts, `contenders/about.rs` describes them.
pub(crate) trait Named: 'static {
    const NAME: &'static str;
}

type SetUp = Arc<dyn Fn() -> Box<dyn Rig> + Send + Sync>;

/// A contender, with the workload of the question.
#[derive(Clone)]
pub struct Contender {
    name: &'static str,
    set_up: SetUp,
}

impl Contender {
    pub(crate) fn new<C: Named>(workload: impl Workload<C>) -> Self {
        Self::with_rig(C::NAME, move || workload.rig())
    }

    /// Creates a contender whose workload only it can do.
    pub(crate) fn with_rig<R: Rig + 'static>(
        name: &'static str,
        rig: impl Fn() -> R + Send + Sync + 'static,
    ) -> Self {
        Self { name, set_up: Arc::new(move || Box::new(rig())) }
    }

    /// Renames a contender that competes with another form of itself.
    pub(crate) fn called(mut self, name: &'static str) -> Self {
        self.name = name;
        self
    }

    /// Returns the contender's name.
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

/// The target for a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// At most this value.
    AtMost(f64),
    /// At least this value.
    AtLeast(f64),
    /// One, plus or minus this value.
    Within(f64),
    /// No target: the figure is only informative.
    Open,
}

impl Target {
    /// Returns whether `result` meets the target.
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

/// One of the figures that a question yields.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What is compared.
    pub measure: Measure,
    /// The target.
    pub target: Target,
}

/// A question: one workload, all contenders that can do it, and the rows that it fills in the table.
#[derive(Clone, Debug)]
pub struct Question {
    /// A short and unique name, for file names and the command line.
    pub id: String,
    /// The work, in words that are clear without the other questions.
    pub title: String,
    /// The figures, the most important one first.
    pub rows: Vec<Row>,
    /// The contender that is 1.00.
    pub baseline: &'static str,
    /// All contenders.
    pub contenders: Vec<Contender>,
    /// Whether a turn lasts as long as the question says, so that one turn makes a sample.
    pub given_length: bool,
    /// Whether only one rig may exist at a time: it has too many threads, or would disturb the others.
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

    /// Returns whether this machine can answer the question. It may have too few processors, or not allow
    /// pinning.
    #[must_use]
    pub fn can_be_asked(&self) -> bool {
        self.place.exists()
    }
}
