//! The search for a sequential order, after Wing and Gong, with Lowe's memory of visited states. If
//! two orders lead to the same set of calls and the same state, what can follow is the same.

use super::history::Entry;
use super::{Spec, Step};
use std::collections::HashSet;

/// The longest order that was found, if no order explains everything.
#[derive(Debug)]
pub(super) struct Stuck<S> {
    /// Indices of the entries.
    pub(super) order: Vec<usize>,
    pub(super) state: S,
}

/// A set of steps, by index.
type Set = u128;

struct Search<'h, S: Spec> {
    entries: &'h [Entry<S::Op, S::Ret>],
    /// The steps to be ordered, as pairs of an entry and a step. The steps of an entry are
    /// adjacent.
    steps: Vec<(usize, usize)>,
    tried: HashSet<(Set, S)>,
    order: Vec<usize>,
    stuck: Stuck<S>,
}

pub(super) fn explain<S: Spec>(
    entries: &[Entry<S::Op, S::Ret>],
    initial: &S,
) -> Result<(), Stuck<S>> {
    // A call that has not returned has not taken its last step.
    let taken =
        |entry: &Entry<S::Op, S::Ret>| S::steps(&entry.op) - usize::from(entry.ret.is_none());
    let steps: Vec<_> = (0..entries.len())
        .flat_map(|index| (0..taken(&entries[index])).map(move |step| (index, step)))
        .collect();
    assert!(steps.len() <= Set::BITS as usize, "a history of at most {} steps", Set::BITS);
    let mut search = Search {
        entries,
        steps,
        tried: HashSet::new(),
        order: Vec::new(),
        stuck: Stuck { order: Vec::new(), state: initial.clone() },
    };
    if search.extend(0, initial) { Ok(()) } else { Err(search.stuck) }
}

impl<S: Spec> Search<'_, S> {
    /// Returns whether the steps outside `taken` can follow in some order on `state`.
    fn extend(&mut self, taken: Set, state: &S) -> bool {
        let is_taken = |at: usize| taken & (1 << at) != 0;
        let left = (0..self.steps.len()).filter(|&at| !is_taken(at));
        // A call that began after another had returned comes after it.
        let Some(horizon) = left.clone().map(|at| self.entries[self.steps[at].0].done).min() else {
            let mut unfinished = self.entries.iter().filter(|entry| entry.ret.is_none());
            return unfinished.all(|entry| state.must_wait(&entry.op));
        };
        if !self.tried.insert((taken, state.clone())) {
            return false;
        }
        if self.order.len() >= self.stuck.order.len() {
            self.stuck = Stuck { order: self.order.clone(), state: state.clone() };
        }
        let next: Vec<_> = left
            .filter(|&at| {
                let (index, step) = self.steps[at];
                let Entry { op, call, from, .. } = &self.entries[index];
                let is_last = step + 1 == S::steps(op);
                let begin = if is_last { from } else { call };
                *begin < horizon && (step == 0 || is_taken(at - 1))
            })
            .collect();
        next.into_iter().any(|at| {
            let (index, step) = self.steps[at];
            let Entry { op, ret, .. } = &self.entries[index];
            let state = match ret {
                Some(ret) => state.apply(op, ret, Step { call: index, number: step }),
                None => Some(state.begin(op)),
            };
            let Some(state) = state else { return false };
            self.order.push(index);
            let explained = self.extend(taken | 1 << at, &state);
            self.order.pop();
            explained
        })
    }
}
