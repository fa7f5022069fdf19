//! The integration tests of `rsevents`, by subject.

mod all;
mod allocations;
mod any;
mod api;
mod auto;
mod downstream;
mod forced;
mod groups;
mod histories;
mod lifetime;
mod manual;
mod memory;
mod pulse;
mod scale;
mod spinning;
mod stress;
mod substrate;
mod tasks;
mod timeouts;
mod tls;
mod unless;

use rsevents_testing::{limit, random};
