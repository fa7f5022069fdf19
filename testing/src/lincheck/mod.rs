//! Linearizability: real threads run small random programs on real objects. Every call is recorded.
//! A search then looks for a sequential order of the calls that explains all results.
//!
//! `history`: the recorded calls · `search`: the explanation · `record`: the threads · `explore`:
//! many programs, many times, until the budget is spent.
//!
//! The budget of each test is a few seconds. `RSEVENTS_LINCHECK_SECONDS` sets another budget.

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
    /// The number of the call. All steps of one call share it, and no other call has it.
    pub call: usize,
    /// Counts from zero.
    pub number: usize,
}

/// A sequential specification: the state of the objects, and what each operation does to it.
pub trait Spec: Clone + Eq + Hash + Debug {
    type Op: Clone + Debug + Send + Sync + 'static;
    type Ret: Debug + Send + 'static;

    /// Returns the state after the operation; `None` if it cannot return `ret` in this state.
    ///
    /// An operation of several [`steps`](Self::steps) is applied once for each step.
    fn apply(&self, op: &Self::Op, ret: &Self::Ret, step: Step) -> Option<Self>;

    /// Returns in how many steps the operation takes effect. There is more than one if other
    /// operations may take effect because of this one while it lasts.
    fn steps(_op: &Self::Op) -> usize {
        1
    }

    /// Returns the state after all but the last step of an operation that has not returned.
    fn begin(&self, _op: &Self::Op) -> Self {
        self.clone()
    }

    /// Returns whether an operation that has begun and not ended has to wait in this state.
    fn must_wait(&self, op: &Self::Op) -> bool;

    /// Returns how long after its call the operation can take its last step at the earliest. For a
    /// wait that timed out, that is its timeout. This exposes a wait that sleeps on although it was
    /// released.
    fn delay(op: &Self::Op, ret: &Self::Ret) -> Duration;
}

/// The objects on which a program runs.
pub trait Subject: Send + Sync + 'static {
    type Spec: Spec;

    fn call(&self, op: &Op<Self>) -> Ret<Self>;

    /// Returns calls that release waiting threads. They are made again and again when threads have
    /// waited for long.
    fn relief(&self) -> Vec<Op<Self>>;

    /// Returns calls that read the final state, made when all threads are done.
    fn audit(&self) -> Vec<Op<Self>>;
}

pub type Op<S> = <<S as Subject>::Spec as Spec>::Op;
pub type Ret<S> = <<S as Subject>::Spec as Spec>::Ret;
