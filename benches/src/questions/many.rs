//! A million events.

use crate::clock::Stopwatch;
use crate::contenders::{Signal, contenders};
use crate::question::{Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Sample};
use std::time::Duration;

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    let contenders = contenders![
        Million;
        ours::Auto, published::Auto, std_condvar::Auto, parking_lot::Auto, event_listener::Auto,
        tokio::Auto, events::Auto;
        linux futex::Auto
    ];
    let question = Question::new("million", "set and wait on each of 1,000,000 events")
        .row(Measure::Wall, Target::AtMost(1.0))
        .row(Measure::Bytes, Target::AtMost(1.0))
        .among(contenders);
    vec![question]
}

#[derive(Clone, Copy)]
struct Million;

impl<S: Signal> Workload<S> for Million {
    fn rig(self) -> impl Rig + 'static {
        Sweep { events: (0..1_000_000).map(|_| S::unset()).collect::<Vec<S>>(), next: 0 }
    }
}

/// A turn is one event.
struct Sweep<S> {
    events: Vec<S>,
    next: usize,
}

impl<S: Signal> Sweep<S> {
    fn advance(&mut self, turns: u64) {
        for _ in 0..turns {
            let event = &self.events[self.next];
            event.set();
            event.wait();
            self.next = if self.next + 1 == self.events.len() { 0 } else { self.next + 1 };
        }
    }
}

impl<S: Signal> Rig for Sweep<S> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.advance(1);
        let watch = Stopwatch::start();
        self.advance(turns);
        let sample = watch.sample(watch.wall(), turns, Duration::ZERO);
        // Their memory on the heap is not counted.
        let bytes = u32::try_from(size_of::<S>()).expect("smaller than that");
        Ok(sample.with(Measure::Bytes, bytes.into()))
    }
}
