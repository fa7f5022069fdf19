//! Many sleeping threads that are woken together.

use crate::clock::Clock;
use crate::contenders::{Reset, Signal, autos, manuals};
use crate::crew::Crew;
use crate::machine::Place;
use crate::question::{Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Sample, count, median};
use crate::tally::Tally;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    use Measure::{Call, Wall};
    use Target::{AtMost, Open};
    let broadcast = |threads, call| {
        Question::new(
            format!("broadcast-{threads}"),
            format!("wake all {threads} threads parked on one event"),
        )
        .row(Wall, AtMost(1.0))
        .row(Call, call)
        .among(manuals!(Broadcast { threads }))
        .one_at_a_time()
    };
    vec![
        broadcast(8, Open),
        broadcast(64, AtMost(0.95)),
        broadcast(512, AtMost(0.95)),
        Question::new("crowd-1000", "wake 1000 threads, each parked on its own event")
            .row(Wall, AtMost(0.95))
            .row(Call, Open)
            .among(autos!(OneEach { threads: 1000 }))
            .one_at_a_time(),
    ]
}

/// All threads wait on one event.
#[derive(Clone, Copy)]
struct Broadcast {
    threads: usize,
}

impl<S: Reset> Workload<S> for Broadcast {
    fn rig(self) -> impl Rig + 'static {
        Crowd::gather(self.threads, 1, S::reset)
    }
}

/// Each thread waits on its own event.
#[derive(Clone, Copy)]
struct OneEach {
    threads: usize,
}

impl<S: Signal> Workload<S> for OneEach {
    fn rig(self) -> impl Rig + 'static {
        Crowd::gather(self.threads, self.threads, |_: &S| ())
    }
}

/// A turn: all threads wait, and later all events are set.
struct Crowd<S> {
    hall: Arc<Hall<S>>,
    crew: Crew,
    threads: usize,
    tidy: fn(&S),
}

struct Hall<S> {
    events: Vec<S>,
    clock: Clock,
    /// When the latest thread so far returned from its wait.
    last: AtomicU64,
    asleep: Tally,
}

impl<S: Signal> Crowd<S> {
    fn gather(threads: usize, events: usize, tidy: fn(&S)) -> Self {
        let hall = Arc::new(Hall {
            events: (0..events).map(|_| S::unset()).collect(),
            clock: Clock::start(),
            last: AtomicU64::new(0),
            asleep: Tally::new(),
        });
        let room = Arc::clone(&hall);
        let crew = Crew::hire(threads, Place::Anywhere, move |index, turns| {
            for _ in 0..turns {
                room.events[index % room.events.len()].wait();
                room.last.fetch_max(room.clock.now(), Relaxed);
                room.asleep.add();
            }
            Ok(())
        });
        Self { hall, crew, threads, tidy }
    }

    /// Returns how long waking all threads took, and how long the calls took: nanoseconds for each event.
    fn wake(&self) -> Result<(f64, f64), Fault> {
        let hall = &*self.hall;
        let mut events: Vec<&S> = hall.events.iter().collect();
        let random = RandomState::new();
        events.sort_by_cached_key(|event| random.hash_one(std::ptr::from_ref(*event)));

        hall.last.store(0, Relaxed);
        hall.asleep.begin(self.threads as u64);
        self.crew.start(1);
        // This leaves all threads time to park.
        let settling = 20 * u32::try_from(self.threads).expect("fewer threads than that");
        std::thread::sleep(Duration::from_micros(1000 + u64::from(settling)));
        Fault::unless_equal("asleep before the set", hall.asleep.missing(), self.threads as u64)?;

        let start = hall.clock.now();
        for event in &events {
            event.set();
        }
        let called = hall.clock.now();
        hall.asleep.sleep();
        self.crew.finish()?;
        events.into_iter().for_each(self.tidy);
        let each = |time: u64| count(time - start) / count(hall.events.len() as u64);
        Ok((each(hall.last.load(Relaxed)), each(called)))
    }
}

impl<S: Signal> Rig for Crowd<S> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.wake()?;
        let times: Result<Vec<_>, _> = (0..turns).map(|_| self.wake()).collect();
        let (up, call): (Vec<f64>, Vec<f64>) = times?.into_iter().unzip();
        Ok(Sample::default().with(Measure::Wall, median(up)).with(Measure::Call, median(call)))
    }
}
