//! The integration tests of `rsevents`. Comments such as R-1 name rows of `.github/PROMISES.md`.
//!
//! | module | subject |
//! |---|---|
//! | `auto`, `manual`, `any`, `all` | one type each |
//! | `pulse`, `timeouts`, `unless`, `tasks`, `spinning` | one feature each: pulses, timeouts and deadlines, stop events, futures, spinning |
//! | `api`, `downstream` | sizes and traits; programs for the published versions |
//! | `memory`, `scale` | allocations; very many events and threads |
//! | `lifetime`, `tls` | freeing an event as soon as a wait is over; destructors of thread-locals |
//! | `forced` | rare schedules, forced by holding the queue of an event |
//! | `histories` | random programs whose histories must be linearizable |
//! | `stress` | random programs under laws of conservation |
//! | `allocations`, `groups`, `substrate` | tools: the counting allocator, many events, the inside of an event |
//!
//! Tools that both crates use come from `rsevents_testing`.

mod all;
mod allocations;
mod any;
mod api;
mod auto;
mod downstream;
mod forced;
mod groups;
mod histories;
mod lifetime;
mod manual;
mod memory;
mod pulse;
mod scale;
mod spinning;
mod stress;
mod substrate;
mod tasks;
mod timeouts;
mod tls;
mod unless;

use rsevents_testing::{limit, random};
