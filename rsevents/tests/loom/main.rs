//! The state machine under loom: small programs in every interleaving, up to a number of
//! pre-emptions. Loads return every value that the memory model allows.
//!
//! ```sh
//! RUSTFLAGS="--cfg rsevents_loom" LOOM_MAX_PREEMPTIONS=2 \
//!     cargo test --release -p rsevents --features loom --test loom
//! ```
//!
//! Each test states a property of the results, the state that is left, and what is visible. Loom
//! refuses an access to a `Cell` that is not ordered after the write it reads. From a relaxed load
//! that is not ordered after the last write, it may return an older value. A wait that is never
//! released is a deadlock, which loom reports.
//!
//! | module | subject |
//! |---|---|
//! | `auto`, `manual`, `any`, `all` | one type each |
//! | `listened` | events on which threads wait alone and in groups |
//! | `instant`, `look` | changes and polls of several events are atomic |
//! | `unless`, `tasks` | stop events, and waits of tasks |
//! | `lifetime` | an event is freed as soon as a wait is over |
//! | `lock` | the lock of a shard |
//! | `exploration`, `place` | tools, from `testing/loom` |
//!
//! Comments such as R-1 name rows of `.github/PROMISES.md`.

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
