//! `latches`' latch for threads.

use super::Latch;
use crate::question::Named;

pub(crate) struct Countdown(::latches::sync::Latch);

impl Named for Countdown {
    const NAME: &'static str = "latches";
}

impl Latch for Countdown {
    fn new(count: usize) -> Self {
        Self(::latches::sync::Latch::new(count))
    }

    fn tick(&self) {
        self.0.count_down();
    }

    fn wait0(&self) -> bool {
        self.0.try_wait().is_ok()
    }
}
