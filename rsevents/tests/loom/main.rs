//! The state machine under loom: every interleaving, up to a number of pre-emptions, of small
//! programs, with every value that the memory model allows a load to return.
//!
//! ```sh
//! RUSTFLAGS="--cfg rsevents_loom" LOOM_MAX_PREEMPTIONS=2 \
//!     cargo test --release -p rsevents --features loom --test loom
//! ```
//!
//! Each test states a law about the results, the state that is left, and what is visible: loom
//! refuses an access to a `Cell` that is not ordered after the write it reads, and may return any
//! older value from a relaxed load that is not. A wait that is never released is a deadlock, which
//! loom reports.

#![cfg(rsevents_loom)]

mod all;
mod any;
mod auto;
#[path = "../../../testing/loom/exploration.rs"]
mod exploration;
mod instant;
mod lifetime;
mod listened;
mod lock;
mod look;
mod manual;
#[path = "../../../testing/loom/place.rs"]
mod place;
mod tasks;
mod unless;
