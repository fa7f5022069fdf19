//! The locks of the registry: a static array of shards, each a lock around its part of the table.

use super::table::Table;
use crate::primitive::Mutex;

#[cfg(rsevents_loom)]
pub(super) mod model;
pub(super) use imp::{group_lock, shard, shard_of};
#[cfg(rsevents_loom)]
use model as imp;

/// Enough for the contention of many processors; few enough that a group wait can hold them all.
#[cfg(not(rsevents_loom))]
pub(super) const SHARDS: usize = 64;
#[cfg(rsevents_loom)]
pub(super) const SHARDS: usize = 3;

/// On a cache line of its own.
#[repr(align(128))]
struct Shard(Mutex<Table>);

#[cfg(not(rsevents_loom))]
mod imp {
    use super::{Mutex, SHARDS, Shard, Table};

    static TABLE: [Shard; SHARDS] = [const { Shard(Mutex::new(Table::new())) }; SHARDS];
    static GROUP: Mutex<()> = Mutex::new(());

    /// The shard of the event at an address.
    pub(in crate::multi) fn shard_of(key: usize) -> usize {
        super::super::table::hash(key) % SHARDS
    }

    pub(in crate::multi) fn shard(index: usize) -> &'static Mutex<Table> {
        &TABLE[index].0
    }

    /// The lock that waits for all events, and the signals that complete them, take before any
    /// shard's.
    pub(in crate::multi) fn group_lock() -> &'static Mutex<()> {
        &GROUP
    }
}
