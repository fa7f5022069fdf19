//! The countdown and the semaphore under loom, as the events are in `rsevents`:
//!
//! ```sh
//! RUSTFLAGS="--cfg rsevents_loom" LOOM_MAX_PREEMPTIONS=2 \
//!     cargo test --release -p rsevents-extra --features loom --test loom
//! ```
//!
//! | module | subject |
//! |---|---|
//! | `countdown`, `semaphore` | one type each |
//! | `exploration`, `place` | tools, from `testing/loom` |
//!
//! Comments such as R-1 name rows of `.github/PROMISES.md`.

#![cfg(rsevents_loom)]

mod countdown;
#[expect(dead_code, reason = "shared with the models of the events")]
#[path = "../../../testing/loom/exploration.rs"]
mod exploration;
#[expect(dead_code, reason = "shared with the models of the events")]
#[path = "../../../testing/loom/place.rs"]
mod place;
mod semaphore;
