//! The integration tests of `rsevents-extra`, by subject.

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
