//! The shards, and how to lock several of them.
//!
//! # The order
//!
//! Shards in ascending order, then a queue of parked threads. Nobody *blocks* on a shard unless all it holds come
//! before. Who holds some and finds that it needs others only *tries* them ([`Locks::extend`]); if one is taken,
//! it has changed nothing yet: it gives all back and begins again with what it needs. So whoever waits for a
//! shard waits for a thread that waits for a higher one, or for none: there is no cycle.

use super::table::Table;
use crate::primitive::Lock;
use std::cell::UnsafeCell;

#[cfg(rsevents_loom)]
pub(super) mod model;
#[cfg(rsevents_loom)]
use model as imp;

pub(super) use imp::shard_of;

/// Enough for many processors: two threads that lock one shard each meet once in so many times.
#[cfg(not(rsevents_loom))]
pub(super) const SHARDS: usize = 1024;
#[cfg(rsevents_loom)]
pub(super) const SHARDS: usize = 3;

/// On cache lines of its own: two, because processors fetch them in pairs. All zero at first, so that it takes
/// address space only until it is used.
#[repr(align(128))]
struct Shard {
    lock: Lock,
    table: UnsafeCell<Table>,
}

// SAFETY: the table is accessed by the thread that has the lock only.
unsafe impl Sync for Shard {}

impl Shard {
    crate::primitive::const_unless_loom! {
        fn new() -> Self {
            Self { lock: Lock::new(), table: UnsafeCell::new(Table::new()) }
        }
    }
}

#[cfg(not(rsevents_loom))]
mod imp {
    use super::{SHARDS, Shard};

    static TABLE: [Shard; SHARDS] = [const { Shard::new() }; SHARDS];

    /// The shard of the event at an address.
    pub(in crate::listeners) fn shard_of(key: usize) -> usize {
        super::super::table::hash(key) % SHARDS
    }

    pub(super) fn shard(index: usize) -> &'static Shard {
        &TABLE[index]
    }
}

const BITS: usize = u64::BITS as usize;
const WORDS: usize = SHARDS.div_ceil(BITS);

/// A set of shards.
#[derive(Clone, Debug)]
pub(super) struct ShardSet {
    words: [u64; WORDS],
    /// Which words are not zero.
    used: u64,
}

impl ShardSet {
    const NONE: Self = Self { words: [0; WORDS], used: 0 };

    pub(super) fn of(key: usize) -> Self {
        let mut set = Self::NONE;
        set.insert(shard_of(key));
        set
    }

    fn insert(&mut self, shard: usize) {
        self.words[shard / BITS] |= 1 << (shard % BITS);
        self.used |= 1 << (shard / BITS);
    }

    fn contains(&self, shard: usize) -> bool {
        self.words[shard / BITS] & 1 << (shard % BITS) != 0
    }

    /// In ascending order; keeps those of which it is true.
    #[inline]
    fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        for at in ones(self.used) {
            for bit in ones(self.words[at]) {
                if !keep(at * BITS + bit) {
                    self.words[at] &= !(1 << bit);
                }
            }
        }
    }
}

/// The bits that are on.
#[inline]
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize);
        word &= word.wrapping_sub(1);
        bit
    })
}

/// Locked shards.
#[derive(Debug)]
pub(super) struct Locks {
    held: ShardSet,
    /// They are free again, and those that are left are to be woken.
    free: bool,
}

/// A shard that was to be locked is locked by another thread.
#[derive(Debug)]
pub(super) struct Taken;

impl Locks {
    pub(super) const fn none() -> Self {
        Self { held: ShardSet::NONE, free: false }
    }

    /// The shard of one event.
    pub(super) fn one(key: usize) -> Self {
        Self::of(&ShardSet::of(key))
    }

    /// The shards of these events.
    pub(super) fn lock(&mut self, keys: impl Iterator<Item = usize>) {
        debug_assert!(self.held.used == 0, "several are locked in ascending order");
        keys.for_each(|key| self.held.insert(shard_of(key)));
        self.lock_all();
    }

    pub(super) fn of(wanted: &ShardSet) -> Self {
        let mut locks = Self { held: wanted.clone(), free: false };
        locks.lock_all();
        locks
    }

    fn lock_all(&mut self) {
        self.held.retain(|shard| {
            imp::shard(shard).lock.lock();
            true
        });
    }

    /// Locks the shards of these events, too, if they are free. They are added to `wanted`, in which all those are
    /// that are held: what to begin again with.
    pub(super) fn extend(
        &mut self,
        keys: impl Iterator<Item = usize>,
        wanted: &mut ShardSet,
    ) -> Result<(), Taken> {
        let mut result = Ok(());
        for shard in keys.map(shard_of) {
            wanted.insert(shard);
            if result.is_err() || self.held.contains(shard) {
                continue;
            }
            if imp::shard(shard).lock.try_lock() {
                self.held.insert(shard);
            } else {
                result = Err(Taken);
            }
        }
        result
    }

    /// The table of a locked shard.
    #[inline]
    pub(super) fn table(&mut self, key: usize) -> &mut Table {
        let shard = shard_of(key);
        assert!(self.held.contains(shard) && !self.free, "the shard is locked");
        // SAFETY: this is the thread that has the lock, and `self` is borrowed for as long as the table.
        unsafe { &mut *imp::shard(shard).table.get() }
    }

    #[cfg(test)]
    pub(super) fn holds(&self, key: usize) -> bool {
        self.held.contains(shard_of(key))
    }

    /// Frees the shards. Wakes nobody: that is the caller's business as soon as it may.
    pub(super) fn unlock(mut self) -> Sleepers {
        self.free();
        Sleepers { _wakes: self }
    }

    #[inline]
    fn free(&mut self) {
        self.held.retain(|shard| imp::shard(shard).lock.unlock());
        self.free = true;
    }
}

impl Drop for Locks {
    #[inline]
    fn drop(&mut self) {
        if !self.free {
            self.free();
        }
        self.held.retain(|shard| {
            imp::shard(shard).lock.wake();
            false
        });
    }
}

/// Shards that somebody sleeps at, until this is dropped.
#[derive(Debug)]
#[must_use = "they sleep until they are woken"]
pub(super) struct Sleepers {
    _wakes: Locks,
}
