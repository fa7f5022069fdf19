//! How fast rsevents is, asked the way a user would time it.
//!
//! A [`Question`] is one row of the table that `compare` prints, or several that come out of the
//! same run. It has a workload, which is written once against a small trait (in `contenders`), and
//! a list of contenders that implement the trait. A workload set up for one contender is a
//! [`Rig`]: its threads live until it is dropped, and it is run for any number of turns. Each rig
//! lives on a [`Stage`], which gives up on it when it takes too long, so that a contender that
//! deadlocks is reported like one that miscounts.
//!
//! The criterion benchmarks (`cargo bench`) and the program `compare` are two ways to ask the same
//! [`questions`].

#![warn(missing_docs)]

mod clock;
mod contenders;
mod crew;
mod executor;
mod machine;
mod question;
pub mod questions;
mod rig;
mod stage;
mod tally;

pub use contenders::about::{FLOORS, about};
pub use machine::{describe as describe_machine, restrict_to_processors};
pub use question::{Contender, OURS, PUBLISHED, Question, Row, Target};
pub use rig::{Fault, Measure, Rig, Sample};
pub use stage::{Failure, Stage};
