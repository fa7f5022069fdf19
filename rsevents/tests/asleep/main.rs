//! Tests that have to know whether a thread sleeps in its wait. The operating system tells them.
//!
//! | module | subject |
//! |---|---|
//! | `fairness` | FIFO order among parked threads and groups |
//! | `owed` | a wake-up depends on no other released thread (Linux only) |
//! | `substrate` | what tests know of the inside of an event; shared with `it` |
//!
//! The operating system does not tell where a thread sleeps. So these tests are a process of their
//! own and run one at a time. No other thread then holds a lock, such as the allocator's, on which
//! a waiter could be found sleeping.

mod fairness;
#[cfg(target_os = "linux")]
mod owed;
#[expect(dead_code, reason = "shared with the other tests")]
#[path = "../it/substrate.rs"]
mod substrate;

use rsevents_testing::{alone, limit};
#[cfg(target_os = "linux")]
use rsevents_testing::{gate, task};
