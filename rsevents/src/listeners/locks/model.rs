//! Fewer shards, made anew for each execution of a model.

use super::{SHARDS, Shard};
use crate::primitive::model::parking_lot::number_of;
use crate::primitive::model::{control, lazy_static};

lazy_static! {
    static ref TABLE: [Shard; SHARDS] = std::array::from_fn(|_| Shard::new());
}

pub(in crate::listeners) fn shard_of(key: usize) -> usize {
    number_of(key) % control::shards(SHARDS)
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
