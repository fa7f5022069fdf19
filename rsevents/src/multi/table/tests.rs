//! The table against a map of queues.

use super::*;
use crate::multi::Member;
use crate::multi::shards::shard_of;
use crate::multi::waiter::{Waiter, Want};
use crate::raw::{Kind, RawEvent};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::HashSet;

/// Entries of one waiter for each of so many events, in turn.
fn entries(waiter: &Waiter, events: &[RawEvent], each: usize) -> Vec<Entry> {
    let members = events.iter().map(|raw| Member { raw, kind: Kind::Auto });
    let members = (0..each).flat_map(|_| members.clone());
    members.enumerate().map(|(index, member)| Entry::new(waiter, member, index)).collect()
}

fn events(len: usize) -> Vec<RawEvent> {
    (0..len).map(|_| RawEvent::new(false)).collect()
}

/// The indices of the entries in the queue of an event.
fn queue(table: &Table, event: &RawEvent) -> Vec<usize> {
    // SAFETY: nobody else has the table.
    unsafe { table.walk(event.key()) }.map(|entry| entry.index).collect()
}

proptest! {
    /// Each step queues an entry, or removes it if it is queued; at the end all go.
    #[test]
    fn every_event_has_its_queue(steps in vec(0_usize..300, 0..400)) {
        const EVENTS: usize = 100;
        let (waiter, events) = (Waiter::new(Want::Any), events(EVENTS));
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
                // SAFETY: the entry is not queued, and the table goes first.
                unsafe { table.push(entry) };
                expected_here.push(index);
            }
            table.trim();
            prop_assert_eq!(table.is_empty(entry.key()), expected_here.is_empty());
            prop_assert_eq!(&queue(&table, entry.event()), expected_here);
            let waited_on = expected.iter().filter(|queue| !queue.is_empty()).count();
            prop_assert_eq!(table.events, waited_on);
            let heads = table.heads().len();
            prop_assert!(waited_on <= 2 * heads);
            prop_assert!(heads == INLINE || heads / 16 <= waited_on);
        }
    }
}

/// Pushes or removes entries until so many events have some, for whom there should be so many heads.
fn change(table: &mut Table, entries: &[Entry], steps: &[(usize, usize)]) {
    for &(events, heads) in steps {
        while table.events < events {
            // SAFETY: the first so many are queued, the others are not; and the table goes first.
            unsafe { table.push(&entries[table.events]) };
        }
        while table.events > events {
            assert!(table.remove(&entries[table.events - 1]));
            table.trim();
        }
        assert_eq!(table.heads().len(), heads, "for {events} events");
    }
}

/// Four heads an event, and powers of two, where there were too few or too many before.
#[test]
fn the_table_grows_and_shrinks() {
    let (waiter, events) = (Waiter::new(Want::Any), events(300));
    let entries = entries(&waiter, &events, 1);
    let mut table = Table::new();
    change(&mut table, &entries, &[(16, INLINE), (17, 128), (256, 128), (257, 2048), (300, 2048)]);
    for entry in &entries {
        assert_eq!(queue(&table, entry.event()), [entry.index]);
    }
    change(&mut table, &entries, &[(128, 2048), (127, 512), (32, 512), (31, 128), (8, 128)]);
    change(&mut table, &entries, &[(7, 32), (64, 32), (65, 512), (31, 128), (7, 32), (2, 32)]);
    change(&mut table, &entries, &[(1, INLINE), (0, INLINE), (17, 128)]);
    for entry in &entries[3..17] {
        assert!(table.remove(entry));
    }
    assert_eq!(table.heads().len(), 128);
    table.trim();
    assert_eq!((table.heads().len(), table.grown.capacity()), (INLINE, 0));
    for entry in &entries[..3] {
        assert_eq!(queue(&table, entry.event()), [entry.index]);
    }
}

/// Neighbours do not meet: neither in a shard nor, those that do, at a head.
#[test]
fn addresses_are_spread() {
    let keys = 0..4 * SHARDS * INLINE;
    let shards = keys.clone().map(shard_of).collect::<HashSet<_>>();
    assert_eq!(shards, (0..SHARDS).collect());
    let table = Table::new();
    for shard in shards {
        let keys = keys.clone().filter(|key| shard_of(*key) == shard);
        let heads = keys.map(|key| ptr::from_ref(table.head(key))).collect::<HashSet<_>>();
        assert!(heads.len() >= INLINE / 2, "{} of {INLINE}", heads.len());
    }
}
