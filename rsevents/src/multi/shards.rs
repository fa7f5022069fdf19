//! The locks of the registry: a static array of shards, each a lock around its part of the table.

use super::table::Table;
use crate::primitive::Mutex;

pub(super) use imp::{group_lock, shard, shard_of};

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

#[cfg(rsevents_loom)]
mod imp {
    use super::{Mutex, SHARDS, Shard, Table};

    loom::lazy_static! {
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
        position % SHARDS
    }

    pub(in crate::multi) fn shard(index: usize) -> &'static Mutex<Table> {
        &TABLE[index].0
    }

    pub(in crate::multi) fn group_lock() -> &'static Mutex<()> {
        &GROUP
    }
}
