//! Tests that have to know whether a thread sleeps in its wait. The tests of `rsevents` with this
//! name say why they are a process of their own.
//!
//! | module | subject |
//! |---|---|
//! | `fairness` | FIFO order, starvation and wake-ups at a semaphore |
//! | `owed` | a wake-up depends on no other released thread or task, and a request that cannot be met blocks nobody |
//! | `raised` | a countdown that is raised again while released threads are still waking up |

#![cfg(target_os = "linux")]

mod fairness;
mod owed;
mod raised;

use rsevents_testing::{alone, gate, limit, task};
