//! What was recorded.

use super::{Spec, search};
use std::fmt;
use std::ops::Range;

/// One call: who, what, with which result, and when.
#[derive(Clone, Debug)]
pub(crate) struct Entry<Op, Ret> {
    pub(crate) thread: usize,
    pub(crate) op: Op,
    pub(crate) ret: Ret,
    /// When it was called.
    pub(crate) call: usize,
    /// Its (last) effect came not before this, ...
    pub(crate) from: usize,
    /// ... and before this, when it had returned.
    pub(crate) done: usize,
}

impl<Op, Ret> Entry<Op, Ret> {
    /// A call that took effect at some time within `when`.
    pub(crate) fn new(when: Range<usize>, op: Op, ret: Ret) -> Self {
        Self { thread: 0, op, ret, call: when.start, from: when.start, done: when.end }
    }
}

/// The calls of one run, in the order in which they returned.
#[derive(Debug)]
pub(crate) struct History<S: Spec> {
    entries: Vec<Entry<S::Op, S::Ret>>,
}

impl<S: Spec> History<S> {
    pub(crate) fn new(entries: impl IntoIterator<Item = Entry<S::Op, S::Ret>>) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by_key(|entry| entry.done);
        Self { entries }
    }

    /// Whether some sequential order of the calls has the same results; if not, what was found
    /// instead, for people to read.
    pub(crate) fn check(&self, initial: &S) -> Result<(), String> {
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
            let when = format!("{call}..{done}");
            write!(f, "  thread {thread}  {when:>9}  {op:?} -> {ret:?}")?;
            if from != call {
                write!(f, "  (its limit passed after {from})")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
