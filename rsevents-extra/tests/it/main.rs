//! The integration tests of `rsevents-extra`, by subject.

mod api;
mod countdown;
#[cfg(target_os = "linux")]
mod fairness;
mod groups;
mod guards;
mod lifetime;
mod limit;
mod panics;
mod published;
#[cfg(target_os = "linux")]
mod raised;
mod random;
mod semaphore;
mod stress;
#[cfg(target_os = "linux")]
mod task;
mod timeouts;
