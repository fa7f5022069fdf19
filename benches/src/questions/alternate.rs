//! Two threads take turns: each sets an event that the other waits for.

use crate::clock::Stopwatch;
use crate::contenders::{Signal, WithLimit, autos, contenders, ours, timed_autos};
use crate::crew::Crew;
use crate::machine::{Place, work};
use crate::question::{Contender, Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Sample};
use crossbeam_utils::CachePadded;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// The question whose answer the chart of hand-overs shows.
pub const ACROSS_CORES: &str = "alternate-two-cores";

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    use Measure::{Cpu, Wall};
    use Target::{AtMost, Open};

    let two_cores = Alternate { place: Place::TwoCores, work: Duration::ZERO };
    let one_core = Alternate { place: Place::OneCore, ..two_cores };
    let anywhere = Alternate { place: Place::Anywhere, ..two_cores };
    let busy = |micros| Alternate { work: Duration::from_micros(micros), ..two_cores };
    vec![
        Question::new(ACROSS_CORES, "two threads on two cores take turns")
            .row(Wall, AtMost(0.03))
            .row(Cpu, AtMost(0.03))
            .among(singles(two_cores))
            .among(contenders![two_cores; atomic::Auto])
            .at(Place::TwoCores),
        Question::new("alternate-one-core", "two threads on one core take turns")
            .row(Wall, AtMost(1.05))
            .row(Cpu, Open)
            .among(singles(one_core))
            .at(Place::OneCore),
        Question::new("alternate-unpinned", "two threads, not pinned to a core, take turns")
            .row(Wall, AtMost(0.6))
            .row(Cpu, Open)
            .among(singles(anywhere)),
        Question::new("alternate-work-2us", "overhead of taking turns, 2 µs of work each")
            .row(Wall, AtMost(0.1))
            .row(Cpu, Open)
            .among(singles(busy(2)))
            .at(Place::TwoCores),
        Question::new("alternate-work-20us", "overhead of taking turns, 20 µs of work each")
            .row(Wall, AtMost(1.0))
            .row(Cpu, AtMost(0.75))
            .among(singles(busy(20)))
            .at(Place::TwoCores),
        Question::new("alternate-work-200us", "overhead of taking turns, 200 µs of work each")
            .row(Wall, AtMost(1.03))
            .row(Cpu, AtMost(1.15))
            .among(singles(busy(200)))
            .at(Place::TwoCores),
        Question::new("alternate-with-limit", "two threads take turns, waiting with a timeout")
            .row(Wall, AtMost(1.2))
            .row(Cpu, Open)
            .against("our wait")
            .among(vec![Contender::new::<ours::Auto>(two_cores).called("our wait")])
            .among(timed_autos!(WithLimit(two_cores)))
            .at(Place::TwoCores),
    ]
}

/// All contenders with which one thread waits on each event.
fn singles(workload: Alternate) -> Vec<Contender> {
    [autos!(workload), contenders![workload; crossbeam::Parker]].concat()
}

/// Two threads that signal each other in turns. Both are always pinned, to the same processor or to two. So a
/// contender that asks for a thread's affinity does not learn where the other thread is.
///
/// A turn is one round: there and back.
#[derive(Clone, Copy)]
pub(super) struct Alternate {
    pub(super) place: Place,
    /// The work that each side does before it signals.
    pub(super) work: Duration,
}

impl<S: Signal> Workload<S> for Alternate {
    fn rig(self) -> impl Rig + 'static {
        self.place.take(0);
        let table = Arc::new(Table::<S>::lay());
        let other = Arc::clone(&table);
        let crew = Crew::hire(1, self.place, move |_, turns| {
            for turn in 0..turns {
                other.ping.wait();
                work(self.work);
                other.answers.store(turn + 1, Relaxed);
                other.pong.set();
            }
            Ok(())
        });
        Alternation::new(table, crew, self.work)
    }
}

pub(super) struct Table<S> {
    pub(super) ping: CachePadded<S>,
    pub(super) pong: CachePadded<S>,
    /// How often the other side has signalled in this run.
    pub(super) answers: CachePadded<AtomicU64>,
}

impl<S: Signal> Table<S> {
    pub(super) fn lay() -> Self {
        Self {
            ping: CachePadded::new(S::unset()),
            pong: CachePadded::new(S::unset()),
            answers: CachePadded::default(),
        }
    }

    /// Checks that both sides are in the same turn. A wait that returns too early puts them out of step for
    /// good, so a check now and then suffices. Checking each turn would cost as much as the hand-over.
    fn in_step(&self, turn: u64) -> Result<(), Fault> {
        Fault::unless_equal("answers", self.answers.load(Relaxed), turn)
    }
}

/// The side that begins, which is a thread.
pub(super) struct Alternation<S> {
    table: Arc<Table<S>>,
    crew: Crew,
    work: Duration,
}

impl<S> Alternation<S> {
    pub(super) fn new(table: Arc<Table<S>>, crew: Crew, work: Duration) -> Self {
        Self { table, crew, work }
    }
}

impl<S: Signal> Rig for Alternation<S> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.table.answers.store(0, Relaxed);
        self.crew.start(turns + 1);
        self.table.ping.set();
        self.table.pong.wait();
        let watch = Stopwatch::start();
        for turn in 0..turns {
            if turn % 64 == 0 {
                self.table.in_step(turn + 1)?;
            }
            work(self.work);
            self.table.ping.set();
            self.table.pong.wait();
        }
        let wall = watch.wall();
        self.table.in_step(turns + 1)?;
        self.crew.finish()?;
        let ideal = 2 * self.work * u32::try_from(turns).expect("fewer turns than that");
        Ok(watch.sample(wall, turns, ideal))
    }
}
