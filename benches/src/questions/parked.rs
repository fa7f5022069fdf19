//! How soon one thread runs that has been asleep for long.

use crate::clock::Clock;
use crate::contenders::{Signal, Timed, autos, contenders, timed_autos};
use crate::crew::Crew;
use crate::machine::Place;
use crate::question::{Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Sample, Solo, count, median};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::time::{Duration, Instant};

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    use Measure::{Call, Cpu, Wall};
    use Target::AtMost;
    vec![
        Question::new("parked", "wake a parked thread: from set until it runs")
            .row(Wall, AtMost(1.0))
            .row(Call, AtMost(1.0))
            .among(autos!(Parked))
            .among(contenders![Parked; crossbeam::Parker])
            .at(Place::TwoCores),
        Question::new("timeout", "wait for a timeout of 1 ms")
            .row(Cpu, AtMost(1.05))
            .row(Wall, Target::Open)
            .among(timed_autos!(TimeOut)),
        Question::new("timeout-first", "a thread's first 100 timeouts of 1 ms")
            .row(Cpu, AtMost(1.3))
            .row(Wall, Target::Open)
            .among(timed_autos!(FirstTimeOuts)),
    ]
}

/// How long a thread has slept when it is woken: far longer than any contender spins.
const LONG: Duration = Duration::from_millis(1);

/// A turn: a thread waits, and later the event is set.
#[derive(Clone, Copy)]
pub(super) struct Parked;

impl<S: Signal> Workload<S> for Parked {
    fn rig(self) -> impl Rig + 'static {
        Place::TwoCores.take(0);
        let bed = Arc::new(Bed {
            event: S::unset(),
            clock: Clock::start(),
            lain_down: AtomicU64::new(0),
            got_up_at: AtomicU64::new(ASLEEP),
        });
        let sleeper = Arc::clone(&bed);
        let crew = Crew::hire(1, Place::TwoCores, move |_, turns| {
            for turn in 1..=turns {
                sleeper.lain_down.store(turn, Release);
                sleeper.event.wait();
                sleeper.got_up_at.store(sleeper.clock.now(), Release);
            }
            Ok(())
        });
        Waking { bed, crew }
    }
}

const ASLEEP: u64 = u64::MAX;

struct Bed<S> {
    event: S,
    clock: Clock,
    /// The turn for which the sleeper is about to wait.
    lain_down: AtomicU64,
    /// When the sleeper returned from its wait, or `ASLEEP`.
    got_up_at: AtomicU64,
}

impl<S> Bed<S> {
    fn is_up(&self) -> bool {
        self.got_up_at.load(Acquire) != ASLEEP
    }
}

struct Waking<S> {
    bed: Arc<Bed<S>>,
    crew: Crew,
}

impl<S: Signal> Waking<S> {
    /// Returns how long waking the sleeper took, and how long the call took, in nanoseconds.
    fn wake(&self, turn: u64) -> Result<(f64, f64), Fault> {
        let bed = &*self.bed;
        while bed.lain_down.load(Acquire) != turn {
            std::thread::yield_now();
        }
        std::thread::sleep(LONG);
        Fault::unless_equal("woken before the set", u64::from(bed.is_up()), 0)?;
        let before = bed.clock.now();
        bed.event.set();
        let after = bed.clock.now();
        while !bed.is_up() {
            std::thread::yield_now();
        }
        let up = bed.got_up_at.swap(ASLEEP, Acquire);
        let since = |time: u64| count(time.saturating_sub(before));
        Ok((since(up), since(after)))
    }
}

impl<S: Signal> Rig for Waking<S> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.bed.lain_down.store(0, Release);
        self.crew.start(turns + 1);
        self.wake(1)?;
        let times: Result<Vec<_>, _> = (2..turns + 2).map(|turn| self.wake(turn)).collect();
        let (up, call): (Vec<f64>, Vec<f64>) = times?.into_iter().unzip();
        self.crew.finish()?;
        Ok(Sample::default().with(Measure::Wall, median(up)).with(Measure::Call, median(call)))
    }
}

#[derive(Clone, Copy)]
struct TimeOut;

impl<S: Timed> Workload<S> for TimeOut {
    fn rig(self) -> impl Rig + 'static {
        let event = S::unset();
        Solo(move |turns| time_out(&event, turns))
    }
}

/// Time-outs on a new thread for every hundred, because a new thread has not learnt from earlier spins.
#[derive(Clone, Copy)]
struct FirstTimeOuts;

impl<S: Timed> Workload<S> for FirstTimeOuts {
    fn rig(self) -> impl Rig + 'static {
        const OF_A_THREAD: u64 = 100;
        let event = S::unset();
        Solo(move |turns: u64| {
            let mut left = turns;
            while left > 0 {
                let waits = left.min(OF_A_THREAD);
                let thread = || std::thread::scope(|s| s.spawn(|| time_out(&event, waits)).join());
                thread().expect("it returns its faults")?;
                left -= waits;
            }
            Ok(())
        })
    }
}

/// Waits `waits` times for a millisecond.
fn time_out(event: &impl Timed, waits: u64) -> Result<(), Fault> {
    let limit = Duration::from_millis(1);
    let is_wrong = |_: &u64| {
        let start = Instant::now();
        event.wait_for(limit) || start.elapsed() < limit
    };
    let wrong = (0..waits).filter(is_wrong).count();
    Fault::unless_equal("waits that ended early", wrong as u64, 0)
}
