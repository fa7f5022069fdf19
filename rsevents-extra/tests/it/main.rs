//! The integration tests of `rsevents-extra`, by subject.

mod api;
mod countdown;
mod groups;
mod guards;
mod histories;
mod lifetime;
mod limit;
mod model;
mod panics;
mod published;
mod random;
mod semaphore;
mod stress;
mod timeouts;
mod unless;
