//! Threads that set an event as fast as they can, and one that waits on it.

use crate::clock::Stopwatch;
use crate::contenders::{Signal, autos, contenders};
use crate::crew::{Crew, spawn};
use crate::machine::Place;
use crate::question::{Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Sample};
use crate::tally::Tally;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::thread::JoinHandle;
use std::time::Duration;

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    let storm = |setters| {
        let workload = Storm { setters };
        let threads = if setters == 1 { "thread sets" } else { "threads set" };
        Question::new(
            format!("storm-{setters}"),
            format!("{setters} {threads} one event without pause, 1 waits"),
        )
        .row(Measure::Wall, Target::AtMost(1.0))
        .among(autos!(workload))
        .among(contenders![workload; crossbeam::Parker])
    };
    (1..=4).map(storm).collect()
}

/// A turn: each setter sets the event once.
#[derive(Clone, Copy)]
struct Storm {
    setters: usize,
}

impl<S: Signal> Workload<S> for Storm {
    fn rig(self) -> impl Rig + 'static {
        let sky = Arc::new(Sky {
            event: S::unset(),
            finished: AtomicUsize::new(0),
            seen: Tally::new(),
            over: AtomicBool::new(false),
        });
        let consumer = {
            let sky = Arc::clone(&sky);
            spawn(move || sky.watch(self.setters))
        };
        let cloud = Arc::clone(&sky);
        let crew = Crew::hire(self.setters, Place::Anywhere, move |_, turns| {
            for _ in 1..turns {
                cloud.event.set();
            }
            cloud.finished.fetch_add(1, AcqRel);
            cloud.event.set();
            Ok(())
        });
        Storming { sky, crew, consumer: Some(consumer), setters: self.setters }
    }
}

struct Sky<S> {
    event: S,
    /// How many setters have only one set left.
    finished: AtomicUsize,
    /// Signalled when the consumer has seen that all setters are finished.
    seen: Tally,
    over: AtomicBool,
}

impl<S: Signal> Sky<S> {
    fn watch(&self, setters: usize) {
        while !self.over.load(Acquire) {
            self.event.wait();
            if self.finished.compare_exchange(setters, 0, AcqRel, Relaxed).is_ok() {
                self.seen.add();
            }
        }
    }
}

struct Storming<S: Signal> {
    sky: Arc<Sky<S>>,
    crew: Crew,
    consumer: Option<JoinHandle<()>>,
    setters: usize,
}

impl<S: Signal> Rig for Storming<S> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.sky.seen.begin(1);
        let watch = Stopwatch::start();
        self.crew.start(turns);
        let wall = self.crew.finish()?;
        self.sky.seen.sleep();
        Ok(watch.sample(wall, turns * self.setters as u64, Duration::ZERO))
    }
}

impl<S: Signal> Drop for Storming<S> {
    fn drop(&mut self) {
        self.sky.over.store(true, Release);
        self.sky.event.set();
        if let Some(consumer) = self.consumer.take() {
            // If the consumer panicked, it has printed a message, and the rig has hung.
            let _ = consumer.join();
        }
    }
}
