//! Bare atomic instructions, without parking: the least that the processor costs.

use super::{Latch, Poll, Signal};
use crate::question::Named;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};

#[derive(Default)]
pub(crate) struct Auto(AtomicBool);

impl Named for Auto {
    const NAME: &'static str = "atomic";
}

impl Signal for Auto {
    fn unset() -> Self {
        Self::default()
    }

    fn set(&self) {
        self.0.swap(true, Release);
    }

    fn wait(&self) {
        while !self.wait0() {
            std::hint::spin_loop();
        }
    }
}

impl Poll for Auto {
    fn wait0(&self) -> bool {
        self.0.load(Relaxed) && self.0.swap(false, Acquire)
    }
}

pub(crate) struct Countdown(AtomicUsize);

impl Named for Countdown {
    const NAME: &'static str = Auto::NAME;
}

impl Latch for Countdown {
    fn new(count: usize) -> Self {
        Self(AtomicUsize::new(count))
    }

    fn tick(&self) {
        self.0.fetch_sub(1, AcqRel);
    }

    fn wait0(&self) -> bool {
        self.0.load(Acquire) == 0
    }
}
