//! Recorded calls, and histories of them.

use super::{Spec, search};
use std::fmt;
use std::ops::Range;

/// One call: the thread, the operation, its result, and when it happened.
#[derive(Clone, Debug)]
pub struct Entry<Op, Ret> {
    pub thread: usize,
    pub op: Op,
    /// `None` if the call has not returned.
    pub ret: Option<Ret>,
    /// When the call began.
    pub call: usize,
    /// The earliest point at which its last effect may have taken place.
    pub from: usize,
    /// When the call had returned. Its effect took place before.
    pub done: usize,
}

impl<Op, Ret> Entry<Op, Ret> {
    /// Returns a call that took effect at some time within `when`.
    pub fn new(when: Range<usize>, op: Op, ret: Ret) -> Self {
        let (call, done) = (when.start, when.end);
        Self { thread: 0, op, ret: Some(ret), call, from: call, done }
    }

    /// Returns a call that has not returned, and that must have to wait forever.
    pub fn unfinished(thread: usize, call: usize, op: Op) -> Self {
        Self { thread, op, ret: None, call, from: call, done: usize::MAX }
    }
}

/// The calls of one run, in the order in which they returned.
#[derive(Debug)]
pub struct History<S: Spec> {
    entries: Vec<Entry<S::Op, S::Ret>>,
}

impl<S: Spec> History<S> {
    pub fn new(entries: impl IntoIterator<Item = Entry<S::Op, S::Ret>>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by_key(|entry| entry.done);
        Self { entries }
    }

    /// Checks whether some sequential order of the calls has the same results. Otherwise returns,
    /// for people to read, the longest order that fits.
    pub fn check(&self, initial: &S) -> Result<(), String> {
        search::explain(&self.entries, initial).map_err(|stuck| {
            let best = stuck.order.iter().map(|&index| format!("{:?}", self.entries[index].op));
            format!(
                "no sequential order explains this history:\n{self}\
                 what comes furthest is {}\nand then nothing fits to {:?}",
                best.collect::<Vec<_>>().join("; "),
                stuck.state
            )
        })
    }
}

impl<S: Spec> fmt::Display for History<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut by_call: Vec<_> = self.entries.iter().collect();
        by_call.sort_by_key(|entry| entry.call);
        for Entry { thread, op, ret, call, from, done } in by_call {
            let (when, ret) = match ret {
                Some(ret) => (format!("{call}..{done}"), format!("{ret:?}")),
                None => (format!("{call}.."), "still waits".into()),
            };
            write!(f, "  thread {thread}  {when:>9}  {op:?} -> {ret}")?;
            if from != call {
                write!(f, "  (its limit passed after {from})")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
