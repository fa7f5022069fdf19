//! Linearizability: real threads run small random programs on real objects, every call is recorded,
//! and a search looks for a sequential order of the calls that explains all results.
//!
//! `history`: what was recorded · `search`: the explanation · `record`: the threads ·
//! `explore`: many programs, many times, until the budget is spent.
//!
//! The budget of each test is a few seconds. `RSEVENTS_LINCHECK_SECONDS` sets another one.

mod explore;
mod history;
mod record;
mod search;

pub use explore::{Effort, Program, explore};
pub use history::{Entry, History};

use std::fmt::Debug;
use std::hash::Hash;
use std::time::Duration;

/// One of the steps of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Of all steps of the same operation, and of no other: two threads may call the same.
    pub call: usize,
    /// From zero on.
    pub number: usize,
}

/// A sequential specification: the state of the objects, and what each operation does to it.
pub trait Spec: Clone + Eq + Hash + Debug {
    type Op: Clone + Debug + Send + Sync + 'static;
    type Ret: Debug + Send + 'static;

    /// The state after the operation, if it can return `ret` in this state.
    ///
    /// An operation of several [`steps`](Self::steps) is applied once for each.
    fn apply(&self, op: &Self::Op, ret: &Self::Ret, step: Step) -> Option<Self>;

    /// In how many steps the operation takes effect: more than one, if others may take effect by it,
    /// while it lasts.
    fn steps(_op: &Self::Op) -> usize {
        1
    }

    /// The state after all but the last step of an operation that has not returned.
    fn begin(&self, _op: &Self::Op) -> Self {
        self.clone()
    }

    /// Whether an operation, which has begun and not ended, has to wait in this state.
    fn must_wait(&self, op: &Self::Op) -> bool;

    /// How long after its call the operation takes its last step at the earliest: for a wait that
    /// timed out, its limit. A wait that sleeps on although it was released is found out by this.
    fn delay(op: &Self::Op, ret: &Self::Ret) -> Duration;
}

/// The objects on which a program runs.
pub trait Subject: Send + Sync + 'static {
    type Spec: Spec;

    fn call(&self, op: &Op<Self>) -> Ret<Self>;

    /// What is called, again and again, when threads have been waiting for long: it lets them go.
    fn relief(&self) -> Vec<Op<Self>>;

    /// What is called when all threads are done: it looks at what they have left behind.
    fn audit(&self) -> Vec<Op<Self>>;
}

pub type Op<S> = <<S as Subject>::Spec as Spec>::Op;
pub type Ret<S> = <<S as Subject>::Spec as Spec>::Ret;
