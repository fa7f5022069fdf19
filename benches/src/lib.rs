//! How fast rsevents is, measured the way a user would.
//!
//! A [`Question`] fills one row of the table that `compare` prints, or several rows from the same run. It has
//! a workload, which is written once against a small trait (in `contenders`), and a list of contenders that
//! implement the trait. A workload set up for one contender is a [`Rig`]. Its threads live until it is
//! dropped, and it can be run for any number of turns. Each rig lives on a [`Stage`], which gives up on a rig
//! that takes too long. So a contender that deadlocks is reported, like one that miscounts.
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
