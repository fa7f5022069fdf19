//! What was recorded.

use super::{Spec, search};
use std::fmt;
use std::ops::Range;

/// One call: who, what, with which result, and when.
#[derive(Clone, Debug)]
pub struct Entry<Op, Ret> {
    pub thread: usize,
    pub op: Op,
    /// `None`: it has not returned.
    pub ret: Option<Ret>,
    /// When it was called.
    pub call: usize,
    /// Its (last) effect came not before this, ...
    pub from: usize,
    /// ... and before this, when it had returned.
    pub done: usize,
}

impl<Op, Ret> Entry<Op, Ret> {
    /// A call that took effect at some time within `when`.
    pub fn new(when: Range<usize>, op: Op, ret: Ret) -> Self {
        let (call, done) = (when.start, when.end);
        Self { thread: 0, op, ret: Some(ret), call, from: call, done }
    }

    /// A call that has not returned, and that must have to wait for ever.
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

    /// Whether some sequential order of the calls has the same results; if not, what was found
    /// instead, for people to read.
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
