//! Fewer shards, made anew for each execution of a loom test.

use super::{Mutex, SHARDS, Shard, Table};
use crate::primitive::model::{control, lazy_static};

lazy_static! {
    static ref TABLE: [Shard; SHARDS] = std::array::from_fn(|_| Shard(Mutex::new(Table::new())));
    static ref GROUP: Mutex<()> = Mutex::new(());
    // Addresses differ from one execution to the next; the order of first use does not.
    static ref KEYS: std::sync::Mutex<Vec<usize>> = std::sync::Mutex::default();
}

pub(in crate::multi) fn shard_of(key: usize) -> usize {
    let mut keys = KEYS.lock().unwrap();
    let position = keys.iter().position(|&known| known == key).unwrap_or_else(|| {
        keys.push(key);
        keys.len() - 1
    });
    position % control::shards(SHARDS)
}

pub(in crate::multi) fn shard(index: usize) -> &'static Mutex<Table> {
    &TABLE[index].0
}

/// How many events have entries. For the endgame of an execution.
#[must_use]
pub fn listened_events() -> usize {
    TABLE.iter().map(|shard| shard.0.lock().events()).sum()
}

pub(in crate::multi) fn group_lock() -> &'static Mutex<()> {
    &GROUP
}
