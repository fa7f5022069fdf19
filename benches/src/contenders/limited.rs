//! Waits with a timeout that never passes.

use super::{Signal, Timed};
use crate::question::{Named, Workload};
use crate::rig::Rig;
use std::time::Duration;

/// A workload whose waits are all `wait_for(10 s)`.
#[derive(Clone, Copy)]
pub(crate) struct WithLimit<W>(pub(crate) W);

impl<S: Timed, W: Workload<Limited<S>>> Workload<S> for WithLimit<W> {
    fn rig(self) -> impl Rig + 'static {
        self.0.rig()
    }
}

/// An event whose users wait for ten seconds at most.
pub(crate) struct Limited<S>(S);

impl<S: Named> Named for Limited<S> {
    const NAME: &'static str = S::NAME;
}

impl<S: Timed> Signal for Limited<S> {
    fn unset() -> Self {
        Self(S::unset())
    }

    fn set(&self) {
        self.0.set();
    }

    fn wait(&self) {
        assert!(self.0.wait_for(Duration::from_secs(10)), "a wait timed out");
    }
}
