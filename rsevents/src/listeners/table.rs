//! The queues of waiters: a hash table from the address of an event to a FIFO list of entries.
//!
//! The table is intrusive: its nodes are the entries, which are where their waiters are, so queueing
//! allocates nothing. The table does not grow. All shards together have 8192 chains, which become longer if
//! more events than that have entries at the same time.
//!
//! ```text
//! head of a chain ─► A1 ──chain──► B1 ──chain──► null      the first entries of events A and B
//!                    │ ▲           │
//!                  next prev      next
//!                    ▼ │           ▼
//!                    A2            null                    A1's prev leads to A2, the last
//! ```
//!
//! The first entry of a queue represents it. Its `chain` leads to the first entries of other events in the
//! same chain, its `prev` to the last entry of its own queue. In every other entry, `prev` leads to the entry
//! before. In the last entry, `next` is null.

use super::waiter::{Entry, Link};
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::{self, null};

/// Returns the high half of the product in Knuth's multiplicative hash, with the golden ratio.
pub(super) fn hash(key: usize) -> usize {
    let product = (key as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (product >> 32) as u32 as usize
}

/// Chains per shard. With the lock, they fit into the shard's two cache lines. Models have one chain, so that
/// events share it.
const CHAINS: usize = if cfg!(rsevents_loom) { 1 } else { 8 };

/// One shard's part of the table. Every method needs the shard's lock: having the reference stands for it.
pub(super) struct Table {
    chains: [Link; CHAINS],
}

// SAFETY: queued entries are valid in every thread, and the shard's lock orders all accesses to their links.
unsafe impl Send for Table {}

impl Table {
    pub(super) const fn new() -> Self {
        Self { chains: [const { Cell::new(null()) }; CHAINS] }
    }

    /// Returns how many events have entries.
    #[cfg(rsevents_loom)]
    pub(super) fn events(&self) -> usize {
        let chain = |head: &Link| {
            // SAFETY: heads and chains are null or lead to queued entries.
            std::iter::successors(unsafe { head.get().as_ref() }, |first| unsafe {
                first.links.chain.get().as_ref()
            })
            .count()
        };
        self.chains.iter().map(chain).sum()
    }

    /// Returns whether the event at `key` has no entries.
    pub(super) fn is_empty(&self, key: usize) -> bool {
        self.first(key).is_none()
    }

    /// Returns the entries of the event at `key`, in order. The entry returned last may be removed on the
    /// way.
    ///
    /// # Safety
    ///
    /// The caller holds the lock as long as it uses the iterator and the entries. It releases no waiter
    /// before it has stopped using that waiter's entry.
    pub(super) unsafe fn walk<'e>(&self, key: usize) -> Walk<'e> {
        let next = self.first(key).map_or(null(), ptr::from_ref);
        Walk { next, entries: PhantomData }
    }

    /// Returns whether waiters with entries at several events may be in the queue of the event at `key`.
    /// `false` means that there are none. This is one look instead of one at each entry: with it and
    /// [`drain`](Self::drain), the `set` for 100,000 tasks takes 0.5 of the time (Intel, November 2026).
    pub(super) fn may_have_groups(&self, key: usize) -> bool {
        self.first(key).is_some_and(|first| first.before_groups.get())
    }

    fn first(&self, key: usize) -> Option<&Entry> {
        let mut at = self.head(key).get();
        loop {
            // SAFETY: heads and links of queued entries are null or lead to queued entries. These do not move
            // until they are removed, which needs `&mut self`.
            let entry = unsafe { at.as_ref() }?;
            if entry.key() == key {
                return Some(entry);
            }
            at = entry.links.chain.get();
        }
    }

    /// Adds `entry` at the end of the queue of its event.
    ///
    /// # Safety
    ///
    /// `entry` is not queued, and does not move until it has been removed.
    pub(super) unsafe fn push(&mut self, entry: &Entry) {
        let links = &entry.links;
        entry.queued.set(true);
        links.next.set(null());
        entry.before_groups.set(entry.is_of_group());
        if let Some(first) = self.first(entry.key()) {
            if entry.is_of_group() {
                first.before_groups.set(true);
            }
            let last = first.links.prev.replace(entry);
            links.prev.set(last);
            // SAFETY: the `prev` of a first entry leads to the last entry of the queue.
            unsafe { &*last }.links.next.set(entry);
            return;
        }
        links.prev.set(entry);
        let head = self.head(entry.key());
        links.chain.set(head.replace(entry));
    }

    /// Removes `entry` from its queue. Returns false if it is not queued.
    pub(super) fn remove(&mut self, entry: &Entry) -> bool {
        let links = &entry.links;
        if !entry.queued.replace(false) {
            return false;
        }
        let (next, prev) = (links.next.get(), links.prev.get());
        let Some(first) = self.first(entry.key()) else { return false };
        if !ptr::eq(first, entry) {
            // SAFETY: the `prev` of an entry that is not the first leads to the queued entry before it.
            unsafe { &*prev }.links.next.set(next);
            // SAFETY: a link of a queued entry is null or leads to a queued entry. After the last comes the
            // first, whose `prev` leads to the last.
            unsafe { next.as_ref() }.unwrap_or(first).links.prev.set(prev);
        // SAFETY: as above.
        } else if let Some(next) = unsafe { next.as_ref() } {
            next.links.prev.set(prev);
            next.links.chain.set(links.chain.get());
            if entry.before_groups.get() {
                next.before_groups.set(true);
            }
            self.link_to(entry).set(next);
        } else {
            self.link_to(entry).set(links.chain.get());
        }
        true
    }

    /// Removes all entries from the queue of the event at `key`, as the caller iterates over them.
    ///
    /// # Safety
    ///
    /// As for [`walk`](Self::walk); and the caller iterates to the end.
    pub(super) unsafe fn drain<'e>(&mut self, key: usize) -> impl Iterator<Item = &'e Entry> {
        // SAFETY: as our caller promises.
        let queue = unsafe { self.walk(key) };
        if let Some(first) = self.first(key) {
            self.link_to(first).set(first.links.chain.get());
        }
        queue.inspect(|entry| entry.queued.set(false))
    }

    /// Returns the head of the chain of the event's queue. High bits of the hash choose it, because low bits
    /// chose the shard.
    fn head(&self, key: usize) -> &Link {
        &self.chains[(hash(key) >> 24) & (CHAINS - 1)]
    }

    /// Returns the head or `chain` that leads to `first`, the first entry of its queue.
    fn link_to(&self, first: &Entry) -> &Link {
        let mut link = self.head(first.key());
        while !ptr::eq(link.get(), first) {
            // SAFETY: heads and chains lead to queued entries, and the chain contains `first`, so it does not
            // end before.
            link = &unsafe { &*link.get() }.links.chain;
        }
        link
    }
}

/// See [`Table::walk`].
#[derive(Clone)]
pub(super) struct Walk<'e> {
    next: *const Entry,
    entries: PhantomData<&'e Entry>,
}

impl<'e> Iterator for Walk<'e> {
    type Item = &'e Entry;

    fn next(&mut self) -> Option<&'e Entry> {
        // SAFETY: the caller of `walk` holds the lock, so queued entries are valid. The link to this entry
        // was read before the previous entry could be removed.
        let entry = unsafe { self.next.as_ref() }?;
        self.next = entry.links.next.get();
        Some(entry)
    }
}

#[cfg(test)]
mod tests;
