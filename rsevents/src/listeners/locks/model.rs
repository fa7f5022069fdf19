//! Fewer shards, made anew for each execution of a model.

use super::{SHARDS, Shard};
use crate::primitive::model::{control, lazy_static};

lazy_static! {
    static ref TABLE: [Shard; SHARDS] = std::array::from_fn(|_| Shard::new());
    // Addresses differ from one execution to the next; the order of first use does not.
    static ref KEYS: std::sync::Mutex<Vec<usize>> = std::sync::Mutex::default();
}

pub(in crate::listeners) fn shard_of(key: usize) -> usize {
    let mut keys = KEYS.lock().unwrap();
    let position = keys.iter().position(|&known| known == key).unwrap_or_else(|| {
        keys.push(key);
        keys.len() - 1
    });
    position % control::shards(SHARDS)
}

pub(super) fn shard(index: usize) -> &'static Shard {
    &TABLE[index]
}

/// How many events have entries. For the endgame of an execution.
#[must_use]
pub fn listened_events() -> usize {
    // SAFETY: in the endgame one thread runs at a time, and none is interrupted under a lock.
    TABLE.iter().map(|shard| unsafe { &*shard.table.get() }.events()).sum()
}
