//! Tests that have to know whether a thread sleeps in its wait: see those of `rsevents`.

#![cfg(target_os = "linux")]

mod fairness;
mod owed;
mod raised;

use rsevents_testing::{alone, gate, limit, task};
