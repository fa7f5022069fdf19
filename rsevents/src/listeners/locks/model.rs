//! The shards of a model: fewer, and made anew for each execution.

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

/// Returns how many events have entries. For the endgame of an execution.
#[must_use]
pub fn listened_events() -> usize {
    // SAFETY: in the endgame one thread runs at a time, and none is interrupted while it holds a lock.
    TABLE.iter().map(|shard| unsafe { &*shard.table.get() }.events()).sum()
}
