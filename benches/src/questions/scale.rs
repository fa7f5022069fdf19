//! How the cost of groups grows with the number of processors. One thread (or pair of threads) does some
//! work, and then several do the same work at once, each on its own processor. Independent work should cost
//! the same.

use crate::clock::Stopwatch;
use crate::contenders::crossbeam::Channel;
use crate::contenders::{Signal, ours};
use crate::crew::Crew;
use crate::machine::Place;
use crate::question::{Contender, Named, OURS, Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Sample};
use crossbeam_channel::{Receiver, Sender, bounded, select};
use crossbeam_utils::CachePadded;
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::sync::OnceLock;
use std::time::Duration;

/// How many threads, or pairs of threads, work at once.
const COUNTS: [usize; 5] = [1, 2, 4, 8, 16];

const ONE: &str = "one thread";
const PLAIN: &str = "plain events";
const CHANNEL: &str = Channel::NAME;

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    COUNTS.into_iter().flat_map(|count| [each(count), pairs(count)].concat()).collect()
}

fn each(threads: usize) -> Vec<Question> {
    let counted = if threads == 1 { "1 thread".into() } else { format!("{threads} threads") };
    let question = |id: &str, what: &str| {
        Question::new(format!("{id}-{threads}"), format!("{counted}: {what}"))
            .at(Place::Cores(threads))
    };
    let any = question("scale-any-poll", "poll for any of 2 unset events each");
    let all = question("scale-all-poll", "poll for all of 2 set events each");
    let stop = question("scale-own-or-stop", "set own event, wait for it or stop");
    let work = Repeat { threads };
    let any_contenders = vec![Contender::new::<PollAny>(work), Contender::new::<SelectUnset>(work)];
    let all_contenders = vec![Contender::new::<PollAll>(work)];
    let stop_contenders =
        vec![Contender::new::<OwnOrStop>(work), Contender::new::<SelectOwnOrStop>(work)];
    if threads == 1 {
        // No contender has anything like `WaitAll` to compare with.
        return vec![
            any.row(Measure::Wall, Target::AtMost(0.5)).against(CHANNEL).among(any_contenders),
            stop.row(Measure::Wall, Target::Open).against(CHANNEL).among(stop_contenders),
        ];
    }
    let one = Repeat { threads: 1 };
    vec![
        any.row(Measure::Wall, Target::AtMost(1.3))
            .against(ONE)
            .among(vec![Contender::new::<PollAny>(one).called(ONE)])
            .among(any_contenders),
        all.row(Measure::Wall, Target::AtMost(1.3))
            .against(ONE)
            .among(vec![Contender::new::<PollAll>(one).called(ONE)])
            .among(all_contenders),
        stop.row(Measure::Wall, Target::AtMost(1.5))
            .against(ONE)
            .among(vec![Contender::new::<OwnOrStop>(one).called(ONE)])
            .among(stop_contenders),
    ]
}

/// What a thread does repeatedly with its own events.
trait Work: Named {
    fn new() -> Self;
    /// Returns whether the result is as expected.
    fn once(&self) -> bool;
}

/// A turn: each of the threads does the work once.
#[derive(Clone, Copy)]
struct Repeat {
    threads: usize,
}

impl<W: Work> Workload<W> for Repeat {
    fn rig(self) -> impl Rig + 'static {
        let crew = Crew::hire(self.threads, Place::Cores(self.threads), |_, turns| {
            let work = CachePadded::new(W::new());
            let failures = (0..turns).filter(|_| !work.once()).count();
            Fault::unless_equal("wrong results", failures as u64, 0)
        });
        Shift { crew }
    }
}

struct Shift {
    crew: Crew,
}

impl Rig for Shift {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.crew.start(1);
        self.crew.finish()?;
        let watch = Stopwatch::start();
        self.crew.start(turns);
        let wall = self.crew.finish()?;
        Ok(watch.sample(wall, turns, Duration::ZERO))
    }
}

struct PollAny(AutoResetEvent, AutoResetEvent);

impl Named for PollAny {
    const NAME: &'static str = OURS;
}

impl Work for PollAny {
    fn new() -> Self {
        Self(AutoResetEvent::default(), AutoResetEvent::default())
    }

    fn once(&self) -> bool {
        WaitAny::new(&[&self.0, &self.1]).try_wait0().is_err()
    }
}

struct PollAll(ManualResetEvent, ManualResetEvent);

impl Named for PollAll {
    const NAME: &'static str = OURS;
}

impl Work for PollAll {
    fn new() -> Self {
        let set = || ManualResetEvent::new(EventState::Set);
        Self(set(), set())
    }

    fn once(&self) -> bool {
        WaitAll::new(&[&self.0, &self.1]).wait0()
    }
}

/// The stop event, which all threads share and no thread sets.
static STOP: ManualResetEvent = ManualResetEvent::new(EventState::Unset);

/// Returns the counterpart of the stop event for channels.
fn stop() -> &'static Receiver<()> {
    static STOP: OnceLock<(Sender<()>, Receiver<()>)> = OnceLock::new();
    &STOP.get_or_init(|| bounded(0)).1
}

/// A thread's own event, for a wait together with the stop event.
struct OwnOrStop(AutoResetEvent);

impl Named for OwnOrStop {
    const NAME: &'static str = OURS;
}

impl Signal for OwnOrStop {
    fn unset() -> Self {
        Self(AutoResetEvent::default())
    }

    fn set(&self) {
        self.0.set();
    }

    fn wait(&self) {
        let index = WaitAny::new(&[&STOP, &self.0]).wait();
        assert_eq!(index, 1, "nobody sets the stop event");
    }
}

struct SelectOwnOrStop(Channel);

impl Named for SelectOwnOrStop {
    const NAME: &'static str = CHANNEL;
}

impl Signal for SelectOwnOrStop {
    fn unset() -> Self {
        Self(Channel::unset())
    }

    fn set(&self) {
        self.0.set();
    }

    fn wait(&self) {
        select! {
            recv(stop()) -> _ => panic!("nobody sends a stop"),
            recv(self.0.receiver) -> _ => {}
        }
    }
}

/// A thread sets the signal and then waits for it.
impl<S: Signal> Work for S {
    fn new() -> Self {
        S::unset()
    }

    fn once(&self) -> bool {
        self.set();
        self.wait();
        true
    }
}

struct SelectUnset(Channel, Channel);

impl Named for SelectUnset {
    const NAME: &'static str = CHANNEL;
}

impl Work for SelectUnset {
    fn new() -> Self {
        Self(Channel::unset(), Channel::unset())
    }

    fn once(&self) -> bool {
        select! {
            recv(self.0.receiver) -> _ => false,
            recv(self.1.receiver) -> _ => false,
            default => true,
        }
    }
}

fn pairs(pairs: usize) -> Vec<Question> {
    let counted = if pairs == 1 { "1 pair takes".into() } else { format!("{pairs} pairs take") };
    let question = |id: &str, what: &str, target, contenders: Vec<Contender>| {
        let plain = Contender::new::<ours::Auto>(Pairs { pairs }).called(PLAIN);
        Question::new(format!("{id}-{pairs}"), format!("{counted} turns by {what}"))
            .row(Measure::Wall, Target::AtMost(target))
            .against(PLAIN)
            .among(vec![plain])
            .among(contenders)
            .at(Place::Cores(2 * pairs))
    };
    vec![
        question(
            "scale-pairs-any",
            "WaitAny of own and stop",
            2.0,
            vec![
                Contender::new::<OwnOrStop>(Pairs { pairs }),
                Contender::new::<SelectOwnOrStop>(Pairs { pairs }),
            ],
        ),
        question(
            "scale-pairs-all",
            "WaitAll of two events",
            2.5,
            vec![Contender::new::<Both>(Pairs { pairs })],
        ),
    ]
}

/// Two events, for setting one after the other and waiting for both.
struct Both(AutoResetEvent, AutoResetEvent);

impl Named for Both {
    const NAME: &'static str = OURS;
}

impl Signal for Both {
    fn unset() -> Self {
        Self(AutoResetEvent::default(), AutoResetEvent::default())
    }

    fn set(&self) {
        self.0.set();
        self.1.set();
    }

    fn wait(&self) {
        let group: [&dyn Event; 2] = [&self.0, &self.1];
        Awaitable::wait(&WaitAll::new(&group));
    }
}

/// A turn: in each pair one thread signals and the other answers.
#[derive(Clone, Copy)]
struct Pairs {
    pairs: usize,
}

impl<S: Signal> Workload<S> for Pairs {
    fn rig(self) -> impl Rig + 'static {
        let table: Vec<_> =
            (0..self.pairs).map(|_| CachePadded::new((S::unset(), S::unset()))).collect();
        let place = Place::Cores(2 * self.pairs);
        let crew = Crew::hire(2 * self.pairs, place, move |member, turns| {
            let (there, back) = &*table[member / 2];
            for _ in 0..turns {
                if member % 2 == 0 {
                    there.set();
                    back.wait();
                } else {
                    there.wait();
                    back.set();
                }
            }
            Ok(())
        });
        Shift { crew }
    }
}
