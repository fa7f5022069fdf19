//! The integration tests of `rsevents-extra`. Comments such as R-1 name rows of
//! `.github/PROMISES.md`.
//!
//! | module | subject |
//! |---|---|
//! | `countdown`, `semaphore` | one type each |
//! | `guards` | the guards of a semaphore |
//! | `groups`, `timeouts`, `unless`, `tasks` | one feature each: groups, timeouts and deadlines, stop events, futures |
//! | `api`, `published` | sizes and traits; programs for the published versions |
//! | `lifetime` | freeing an object as soon as a wait is over |
//! | `model` | random sequences of operations on one thread, against a model |
//! | `histories` | random programs whose histories must be linearizable |
//! | `stress` | random programs under laws of conservation |
//! | `panics` | tools: expected panics |
//!
//! Tools that both crates use come from `rsevents_testing`.

mod api;
mod countdown;
mod groups;
mod guards;
mod histories;
mod lifetime;
mod model;
mod panics;
mod published;
mod semaphore;
mod stress;
mod tasks;
mod timeouts;
mod unless;

use rsevents_testing::{limit, random};
