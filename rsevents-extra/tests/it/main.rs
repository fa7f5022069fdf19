//! The integration tests of `rsevents-extra`, by subject.

mod api;
mod countdown;
#[cfg(target_os = "linux")]
mod fairness;
mod groups;
mod guards;
mod limit;
mod panics;
mod published;
#[cfg(target_os = "linux")]
mod raised;
mod semaphore;
#[cfg(target_os = "linux")]
mod task;
mod timeouts;
