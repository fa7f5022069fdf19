//! Compares the table with a map of queues.

use super::*;
use crate::byte::{Byte, Kind};
use crate::listeners::locks::{SHARDS, shard_of};
use crate::listeners::waiter::state::PENDING;
use crate::listeners::waiter::{Member, Waiter, Want};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashSet;

/// Returns `each` entries of one waiter for each event, in turn.
fn entries(waiter: &Waiter, events: &[Byte], each: usize) -> Vec<Entry> {
    let members = events.iter().map(|byte| Member { byte, kind: Kind::Auto });
    let members = (0..each).flat_map(|_| members.clone());
    members.enumerate().map(|(index, member)| Entry::new(waiter, member, index)).collect()
}

fn events(len: usize) -> Vec<Byte> {
    (0..len).map(|_| Byte::new(false)).collect()
}

/// Returns the indices of the entries in the queue of an event.
fn queue(table: &Table, event: &Byte) -> Vec<usize> {
    // SAFETY: no other thread has the table.
    unsafe { table.walk(event.key()) }.map(Entry::index).collect()
}

proptest! {
    /// Each step queues an entry, or removes it if it is queued. At the end all are removed.
    #[test]
    fn every_event_has_its_queue(steps in vec(0_usize..300, 0..400)) {
        const EVENTS: usize = 100;
        let (waiter, events) = (Waiter::new(Want::Any, PENDING), events(EVENTS));
        let entries = entries(&waiter, &events, 3);
        let mut expected = vec![Vec::new(); EVENTS];
        let mut table = Table::new();
        let all = 0..entries.len();
        for (index, last) in steps.iter().map(|step| (*step, false)).chain(all.map(|all| (all, true))) {
            let (entry, expected_here) = (&entries[index], &mut expected[index % EVENTS]);
            let queued = expected_here.contains(&index);
            if queued || last {
                prop_assert_eq!(table.remove(entry), queued);
                expected_here.retain(|other| *other != index);
            } else {
                // SAFETY: the entry is not queued, and outlives the table.
                unsafe { table.push(entry) };
                expected_here.push(index);
            }
            prop_assert_eq!(table.is_empty(entry.key()), expected_here.is_empty());
            prop_assert_eq!(&queue(&table, entry.byte()), expected_here);
        }
    }
}

proptest! {
    /// Of each event, entries of a waiter with several entries and of waiters with one are queued and removed.
    #[test]
    fn groups_are_known_and_queues_drained(steps in vec(0_usize..12, 0..60)) {
        let (events, group) = (events(3), Waiter::new(Want::All, PENDING));
        let of_group = entries(&group, &events, 1);
        group.has_entries(&of_group);
        let single = Waiter::new(Want::Any, PENDING);
        let of_single = entries(&single, &events, 3);
        single.has_entries(&of_single[..1]);
        let all: Vec<&Entry> = of_group.iter().chain(&of_single).collect();
        let (mut table, mut expected) = (Table::new(), vec![Vec::new(); events.len()]);
        for step in steps {
            let here = &mut expected[step % events.len()];
            if here.contains(&step) {
                prop_assert!(table.remove(all[step]));
                here.retain(|other| *other != step);
            } else {
                // SAFETY: the entry is not queued, and outlives the table.
                unsafe { table.push(all[step]) };
                here.push(step);
            }
            for (event, queued) in events.iter().zip(&expected) {
                let has_groups = queued.iter().any(|index| all[*index].is_of_group());
                prop_assert!(!has_groups || table.may_have_groups(event.key()));
            }
        }
        for (at, event) in events.iter().enumerate() {
            // SAFETY: no other thread has the table, and the iteration goes to the end.
            let drained: Vec<*const Entry> =
                unsafe { table.drain(event.key()) }.map(ptr::from_ref).collect();
            let queued: Vec<*const Entry> =
                expected[at].iter().map(|index| ptr::from_ref(all[*index])).collect();
            prop_assert_eq!(drained, queued);
            prop_assert!(table.is_empty(event.key()) && !table.may_have_groups(event.key()));
            for (later, queued) in events.iter().zip(&expected).skip(at + 1) {
                prop_assert_eq!(queue(&table, later).len(), queued.len());
            }
        }
        prop_assert!(all.iter().all(|entry| !entry.queued.get()));
    }
}

/// Neighbouring addresses spread over the shards, and those in one shard over its chains.
#[test]
fn addresses_are_spread() {
    let keys = 0..4 * SHARDS * CHAINS;
    let shards = keys.clone().map(shard_of).collect::<HashSet<_>>();
    assert_eq!(shards, (0..SHARDS).collect());
    let table = Table::new();
    for shard in shards {
        let keys = keys.clone().filter(|key| shard_of(*key) == shard);
        let heads = keys.map(|key| ptr::from_ref(table.head(key))).collect::<HashSet<_>>();
        assert!(heads.len() >= CHAINS / 2, "{} of {CHAINS}", heads.len());
    }
}
