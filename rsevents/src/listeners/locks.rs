//! The shards, and how several of them are locked.
//!
//! # Lock order
//!
//! Shards in ascending order, then a queue of the parking lot. A thread blocks only on a shard above all
//! shards that it holds. A signal may find that it needs more shards: it only *tries* to lock those
//! ([`Locks::extend`]). If another thread holds one of them, the signal has at most marked its own event. It
//! unmarks it, unlocks everything and starts again with the larger set. So there is no cycle: a blocked
//! thread waits for the holder of a higher shard, which can only wait for a still higher shard.

use super::table::Table;
use crate::byte::Byte;
use crate::primitive::Lock;
use std::cell::UnsafeCell;

#[cfg(rsevents_loom)]
pub(super) mod model;
#[cfg(rsevents_loom)]
use model as imp;

pub(super) use imp::shard_of;

/// The number of shards. Two threads that lock one shard each contend with a chance of 1 in 1024.
#[cfg(not(rsevents_loom))]
pub(super) const SHARDS: usize = 1024;
#[cfg(rsevents_loom)]
pub(super) const SHARDS: usize = 3;

/// Padded to two cache lines, because processors fetch them in pairs. Initially all zero, so a program
/// without groups pays only address space.
#[repr(align(128))]
struct Shard {
    lock: Lock,
    table: UnsafeCell<Table>,
}

// SAFETY: only the thread that holds the lock accesses the table.
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

    /// Returns the shard of the event at an address.
    pub(in crate::listeners) fn shard_of(key: usize) -> usize {
        super::super::table::hash(key) % SHARDS
    }

    pub(super) fn shard(index: usize) -> &'static Shard {
        &TABLE[index]
    }
}

const BITS: usize = u64::BITS as usize;
const WORDS: usize = SHARDS.div_ceil(BITS);

/// A set of shards. Nearly all sets contain one shard, and writing and copying the words of [`Bits`] takes
/// longer than locking it.
#[derive(Clone, Debug)]
pub(super) enum ShardSet {
    Empty,
    One(usize),
    Many(Bits),
}

impl ShardSet {
    pub(super) fn of(key: usize) -> Self {
        Self::One(shard_of(key))
    }

    fn insert(&mut self, shard: usize) {
        match self {
            Self::Empty => *self = Self::One(shard),
            Self::One(only) if *only == shard => {}
            Self::One(only) => {
                let mut bits = Bits::NONE;
                bits.insert(*only);
                bits.insert(shard);
                *self = Self::Many(bits);
            }
            Self::Many(bits) => bits.insert(shard),
        }
    }

    fn contains(&self, shard: usize) -> bool {
        match self {
            Self::Empty => false,
            Self::One(only) => *only == shard,
            Self::Many(bits) => bits.contains(shard),
        }
    }

    /// Visits the shards in ascending order and keeps those for which `keep` returns true.
    #[inline]
    fn retain(&mut self, mut keep: impl FnMut(usize) -> bool) {
        match self {
            Self::Empty => {}
            Self::One(only) => {
                if !keep(*only) {
                    *self = Self::Empty;
                }
            }
            Self::Many(bits) => bits.retain(keep),
        }
    }
}

#[derive(Clone, Debug)]
pub(super) struct Bits {
    words: [u64; WORDS],
    /// Which words may be other than zero.
    used: u64,
}

impl Bits {
    const NONE: Self = Self { words: [0; WORDS], used: 0 };

    fn insert(&mut self, shard: usize) {
        self.words[shard / BITS] |= 1 << (shard % BITS);
        self.used |= 1 << (shard / BITS);
    }

    fn contains(&self, shard: usize) -> bool {
        self.words[shard / BITS] & 1 << (shard % BITS) != 0
    }

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

/// Returns the positions of the bits that are on, in ascending order.
#[inline]
fn ones(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (word != 0).then(|| word.trailing_zeros() as usize);
        word &= word.wrapping_sub(1);
        bit
    })
}

/// Shards that this thread has locked. Dropping the value unlocks them and wakes threads that wait for them.
#[derive(Debug)]
pub(super) struct Locks {
    held: ShardSet,
    /// Whether the shards are unlocked already: then `held` are the shards at which a thread must be woken.
    unlocked: bool,
}

/// Another thread holds a shard that [`Locks::extend`] tried to lock.
#[derive(Debug)]
pub(super) struct Taken;

impl Locks {
    pub(super) const fn none() -> Self {
        Self { held: ShardSet::Empty, unlocked: false }
    }

    /// Locks the shard of one event.
    #[inline]
    pub(super) fn one(key: usize) -> Self {
        Self::shard(shard_of(key))
    }

    /// Locks a shard.
    #[inline]
    pub(super) fn shard(shard: usize) -> Self {
        imp::shard(shard).lock.lock();
        Self { held: ShardSet::One(shard), unlocked: false }
    }

    /// Locks the shards of several events. No shard may be held before.
    pub(super) fn lock(&mut self, keys: impl Iterator<Item = usize>) {
        self.assert_none();
        keys.for_each(|key| self.held.insert(shard_of(key)));
        self.lock_all();
    }

    /// Locks these shards. Holds none before.
    #[inline]
    pub(super) fn lock_set(&mut self, wanted: &ShardSet) {
        self.assert_none();
        self.held.clone_from(wanted);
        self.lock_all();
    }

    /// Several shards are locked in ascending order, so all at once.
    fn assert_none(&self) {
        debug_assert!(!self.unlocked && matches!(self.held, ShardSet::Empty));
    }

    #[inline]
    fn lock_all(&mut self) {
        self.held.retain(|shard| {
            imp::shard(shard).lock.lock();
            true
        });
    }

    /// Tries to lock the shards of more events. Adds them to `wanted`, which contains the held shards. After
    /// an `Err` the caller starts again with the shards in `wanted`.
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

    /// Returns the table of a locked shard.
    #[inline]
    pub(super) fn table(&mut self, key: usize) -> &mut Table {
        let shard = shard_of(key);
        assert!(self.held.contains(shard) && !self.unlocked, "the shard is locked");
        // SAFETY: this thread holds the lock, and `self` is borrowed as long as the table.
        unsafe { &mut *imp::shard(shard).table.get() }
    }

    /// Returns whether an event has entries. Its shard is locked.
    pub(super) fn is_listened(&mut self, byte: &Byte) -> bool {
        !self.table(byte.key()).is_empty(byte.key())
    }

    #[cfg(test)]
    pub(super) fn holds(&self, key: usize) -> bool {
        self.held.contains(shard_of(key))
    }

    /// Unlocks without waking a thread. The caller [releases](Self::release) as soon as it may wake threads.
    #[inline]
    pub(super) fn unlock(&mut self) {
        self.held.retain(|shard| imp::shard(shard).lock.unlock());
        self.unlocked = true;
    }

    /// Unlocks, unless this is done, and wakes a thread at each lock that has parked threads. Dropping does
    /// the same.
    #[inline]
    pub(super) fn release(&mut self) {
        if !self.unlocked {
            self.unlock();
        }
        self.held.retain(|shard| {
            imp::shard(shard).lock.wake();
            false
        });
    }
}

impl Drop for Locks {
    #[inline]
    fn drop(&mut self) {
        self.release();
    }
}

#[cfg(test)]
mod tests {
    use super::ShardSet;

    #[test]
    fn a_set_contains_what_was_inserted_and_visits_it_in_order() {
        for shards in [&[] as &[usize], &[700], &[700, 700], &[700, 3, 64, 3, 63, 1023]] {
            let mut set = ShardSet::Empty;
            for &shard in shards {
                set.insert(shard);
            }
            let contained: Vec<_> = (0..super::SHARDS).filter(|&at| set.contains(at)).collect();
            let mut expected = shards.to_vec();
            expected.sort_unstable();
            expected.dedup();
            assert_eq!(contained, expected);
            let visit = |set: &mut ShardSet, keep: fn(usize) -> bool| {
                let mut visited = Vec::new();
                set.retain(|shard| {
                    visited.push(shard);
                    keep(shard)
                });
                visited
            };
            assert_eq!(visit(&mut set, |shard| shard % 2 == 0), expected);
            expected.retain(|shard| shard % 2 == 0);
            assert_eq!(visit(&mut set, |_| false), expected);
            assert!(visit(&mut set, |_| true).is_empty());
        }
    }
}
