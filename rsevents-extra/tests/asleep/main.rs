//! Tests that have to know whether a thread sleeps in its wait: see those of `rsevents`.

#![cfg(target_os = "linux")]

#[path = "../../../rsevents/tests/asleep/alone.rs"]
mod alone;
mod fairness;
#[path = "../../../rsevents/tests/asleep/gate.rs"]
mod gate;
#[path = "../it/limit.rs"]
mod limit;
mod owed;
mod raised;
#[path = "../../../rsevents/tests/asleep/task.rs"]
mod task;
