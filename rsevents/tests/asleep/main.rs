//! Tests that have to know whether a thread sleeps in its wait, which the operating system tells them.
//!
//! It does not tell where the thread sleeps. So these tests have a process of their own and run one at
//! a time: nobody else holds a lock, of the allocator for one, that a thread could be found sleeping at.

mod fairness;
#[cfg(target_os = "linux")]
mod owed;
#[expect(dead_code, reason = "shared with the other tests")]
#[path = "../it/substrate.rs"]
mod substrate;

use rsevents_testing::{alone, limit};
#[cfg(target_os = "linux")]
use rsevents_testing::{gate, task};
