//! What waits of tasks cost.

use super::alternate::{Alternate, Alternation, Table};
use crate::clock::Stopwatch;
use crate::contenders::{
    Awaited, AwaitedPermits, asyncband, awaited_autos, awaited_manuals, awaited_semaphores,
    contenders, events, ours, tokio,
};
use crate::crew::Crew;
use crate::executor;
use crate::machine::Place;
use crate::question::{Contender, Named, Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Sample, Solo, count, median, nanos};
use crate::tally::Tally;
use ::tokio::runtime::{Builder, Runtime};
use std::cell::Cell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

const NOTIFY: &str = tokio::Auto::NAME;
const EVENTS: &str = events::Auto::NAME;
const THREADS: &str = "two threads";

/// How many waits there are at once where there are many.
const MANY: usize = 100_000;

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    use Measure::{Bytes, Cpu, Wall};
    use Target::{AtMost, Open};
    let threads = Alternate { place: Place::TwoCores, work: Duration::ZERO };
    let many = |phase, id, title| {
        Question::new(id, title)
            .row(Wall, AtMost(1.0))
            .against(EVENTS)
            .among(awaited_manuals!(Many { phase }))
    };
    vec![
        Question::new("task-ready", "task: set an event, poll a wait: ready")
            .row(Wall, AtMost(0.5))
            .against(NOTIFY)
            .among(awaited_autos!(SetThenPoll)),
        Question::new("task-pending", "task: poll a wait, set the event, poll: ready")
            .row(Wall, AtMost(1.0))
            .against(EVENTS)
            .among(awaited_autos!(PollSetPoll)),
        Question::new("task-drop", "task: poll a wait, drop it")
            .row(Wall, AtMost(1.0))
            .against(EVENTS)
            .among(awaited_autos!(PollThenDrop)),
        Question::new("task-turns-1", "two tasks on one thread take turns")
            .row(Wall, AtMost(1.0))
            .against(NOTIFY)
            .among(awaited_autos!(TurnsOnOneThread)),
        Question::new("task-turns-2", "two tasks on two workers of tokio take turns")
            .row(Wall, AtMost(1.0))
            .row(Cpu, Open)
            .against(NOTIFY)
            .among(awaited_autos!(TurnsOnWorkers)),
        Question::new("task-thread-turns", "a thread and a task take turns, both spin")
            .row(Wall, AtMost(1.2))
            .row(Cpu, Open)
            .against(THREADS)
            .among(vec![Contender::new::<ours::Auto>(threads).called(THREADS)])
            .among(contenders![
                TurnsWithThread;
                ours::Auto, tokio::Auto, events::Auto, event_listener::Auto, asyncband::Auto,
                async_channel::Channel
            ])
            .at(Place::TwoCores),
        many(Phase::Register, "task-many-register", "100,000 tasks: first poll of each wait")
            .row(Bytes, AtMost(96.0)),
        many(Phase::Set, "task-many-set", "100,000 tasks: set the event they wait for"),
        many(Phase::Poll, "task-many-poll", "100,000 tasks: last poll of each wait"),
        Question::new("task-join", "100,000 tasks: set the event, join them (tokio)")
            .row(Wall, AtMost(1.2))
            .row(Cpu, Open)
            // The fastest contender when the question was first asked.
            .against(asyncband::Manual::NAME)
            .among(awaited_manuals!(Join)),
        Question::new("task-semaphore-ready", "task: acquire and return the only permit")
            .row(Wall, AtMost(0.4))
            .against(tokio::Semaphore::NAME)
            .among(awaited_semaphores!(AcquireReady)),
        Question::new("task-semaphore-64x4", "semaphore: 64 tasks compete for 4 permits")
            .row(Wall, AtMost(0.9))
            .row(Cpu, Open)
            .against(tokio::Semaphore::NAME)
            .among(awaited_semaphores!(Sections { tasks: 64, permits: 4 })),
    ]
}

#[derive(Clone, Copy)]
struct SetThenPoll;

impl<S: Awaited> Workload<S> for SetThenPoll {
    fn rig(self) -> impl Rig + 'static {
        let event = S::unset();
        Solo(move |turns| {
            let mut context = Context::from_waker(Waker::noop());
            let ready = (0..turns).filter(|_| {
                event.set();
                pin!(event.wait_async()).poll(&mut context).is_ready()
            });
            Fault::unless_equal("polls of a set event that were ready", ready.count() as u64, turns)
        })
    }
}

#[derive(Clone, Copy)]
struct PollSetPoll;

impl<S: Awaited> Workload<S> for PollSetPoll {
    fn rig(self) -> impl Rig + 'static {
        let event = S::unset();
        Solo(move |turns| {
            let mut context = Context::from_waker(Waker::noop());
            let right = (0..turns).filter(|_| {
                let mut wait = pin!(event.wait_async());
                let was_pending = wait.as_mut().poll(&mut context).is_pending();
                event.set();
                was_pending && wait.poll(&mut context).is_ready()
            });
            Fault::unless_equal("waits that a set ended", right.count() as u64, turns)
        })
    }
}

#[derive(Clone, Copy)]
struct PollThenDrop;

impl<S: Awaited> Workload<S> for PollThenDrop {
    fn rig(self) -> impl Rig + 'static {
        let event = S::unset();
        Solo(move |turns| {
            let mut context = Context::from_waker(Waker::noop());
            let pending =
                (0..turns).filter(|_| pin!(event.wait_async()).poll(&mut context).is_pending());
            Fault::unless_equal("pending polls of an unset event", pending.count() as u64, turns)
        })
    }
}

/// A turn: there and back.
#[derive(Clone, Copy)]
struct TurnsOnOneThread;

impl<S: Awaited> Workload<S> for TurnsOnOneThread {
    fn rig(self) -> impl Rig + 'static {
        let (there, back) = (S::unset(), S::unset());
        Solo(move |turns| {
            let answers = Cell::new(0);
            let first = pin!(async {
                for _ in 0..turns {
                    there.set();
                    back.wait_async().await;
                }
            });
            let second = pin!(async {
                for _ in 0..turns {
                    there.wait_async().await;
                    answers.set(answers.get() + 1);
                    back.set();
                }
            });
            executor::run([first, second]);
            Fault::unless_equal("answers", answers.get(), turns)
        })
    }
}

fn two_workers() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).build().expect("the system has two threads")
}

/// A turn: there and back.
#[derive(Clone, Copy)]
struct TurnsOnWorkers;

impl<S: Awaited> Workload<S> for TurnsOnWorkers {
    fn rig(self) -> impl Rig + 'static {
        Workers { runtime: two_workers(), table: Arc::new(Table::<S>::lay()) }
    }
}

struct Workers<S> {
    runtime: Runtime,
    table: Arc<Table<S>>,
}

impl<S: Awaited> Workers<S> {
    fn take_turns(&self, turns: u64) -> Result<(), Fault> {
        self.table.answers.store(0, Relaxed);
        let table = Arc::clone(&self.table);
        let first = self.runtime.spawn(async move {
            for _ in 0..turns {
                table.ping.set();
                table.pong.wait_async().await;
            }
        });
        let table = Arc::clone(&self.table);
        let second = self.runtime.spawn(async move {
            for turn in 0..turns {
                table.ping.wait_async().await;
                table.answers.store(turn + 1, Relaxed);
                table.pong.set();
            }
        });
        self.runtime.block_on(async {
            first.await.expect("no panic");
            second.await.expect("no panic");
        });
        Fault::unless_equal("answers", self.table.answers.load(Relaxed), turns)
    }
}

impl<S: Awaited> Rig for Workers<S> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.take_turns(1)?;
        let watch = Stopwatch::start();
        self.take_turns(turns)?;
        Ok(watch.sample(watch.wall(), turns, Duration::ZERO))
    }
}

/// A turn: there and back. The thread waits as the contender's threads do. The task's executor spins.
#[derive(Clone, Copy)]
struct TurnsWithThread;

impl<S: Awaited> Workload<S> for TurnsWithThread {
    fn rig(self) -> impl Rig + 'static {
        let place = Place::TwoCores;
        place.take(0);
        let table = Arc::new(Table::<S>::lay());
        let other = Arc::clone(&table);
        let crew = Crew::hire(1, place, move |_, turns| {
            let task = pin!(async {
                for turn in 0..turns {
                    other.ping.wait_async().await;
                    other.answers.store(turn + 1, Relaxed);
                    other.pong.set();
                }
            });
            executor::run([task]);
            Ok(())
        });
        Alternation::new(table, crew, Duration::ZERO)
    }
}

/// The phase that is timed in the life of many waits for one event.
#[derive(Clone, Copy, PartialEq)]
enum Phase {
    Register,
    Set,
    Poll,
}

/// A turn: many waits for one event, polled one after the other, as tasks would. An operation is one wait.
#[derive(Clone, Copy)]
struct Many {
    phase: Phase,
}

impl<S: Awaited> Workload<S> for Many {
    fn rig(self) -> impl Rig + 'static {
        OneThread { phase: self.phase, live: live::<S> }
    }
}

struct OneThread {
    phase: Phase,
    live: fn(Phase) -> Result<Life, Fault>,
}

/// How long a phase took, and the size of a future.
struct Life {
    time: Duration,
    bytes: usize,
}

fn live<S: Awaited>(timed: Phase) -> Result<Life, Fault> {
    let event = S::unset();
    let mut context = Context::from_waker(Waker::noop());
    let mut time = Duration::ZERO;
    let mut during = |phase, run: &mut dyn FnMut() -> usize| {
        let start = Instant::now();
        let done = run();
        if phase == timed {
            time = start.elapsed();
        }
        Fault::unless_equal("waits that ended when they should", done as u64, MANY as u64)
    };
    // An allocation for each wait, as a runtime has for each task.
    let mut waits: Vec<Pin<Box<_>>> = (0..MANY).map(|_| Box::pin(event.wait_async())).collect();
    let mut polled = |ready| {
        let polls = waits.iter_mut().map(|wait| wait.as_mut().poll(&mut context));
        polls.filter(|poll| poll.is_ready() == ready).count()
    };
    during(Phase::Register, &mut || polled(false))?;
    during(Phase::Set, &mut || {
        event.set();
        MANY
    })?;
    during(Phase::Poll, &mut || polled(true))?;
    Ok(Life { time, bytes: size_of_val(&*waits[0]) })
}

impl Rig for OneThread {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        let Life { bytes, .. } = (self.live)(self.phase)?;
        let lives: Result<Vec<_>, _> = (0..turns).map(|_| (self.live)(self.phase)).collect();
        let times = lives?.into_iter().map(|life| each(life.time)).collect();
        let bytes = u32::try_from(bytes).expect("smaller than that");
        let sample = Sample::default().with(Measure::Wall, median(times));
        Ok(sample.with(Measure::Bytes, bytes.into()))
    }
}

fn each(time: Duration) -> f64 {
    nanos(time) / count(MANY as u64)
}

/// A turn: many tasks wait for one event, which is set, and all tasks are joined. An operation is one task.
#[derive(Clone, Copy)]
struct Join;

impl<S: Awaited> Workload<S> for Join {
    fn rig(self) -> impl Rig + 'static {
        Joining { runtime: two_workers(), join: join::<S> }
    }
}

struct Joining {
    runtime: Runtime,
    join: fn(&Runtime) -> Stopped,
}

/// A stopwatch, and its reading when the last task had ended.
struct Stopped(Stopwatch, Duration);

fn join<S: Awaited>(runtime: &Runtime) -> Stopped {
    let (event, asleep) = (Arc::new(S::unset()), Arc::new(Tally::new()));
    asleep.begin(MANY as u64);
    let tasks: Vec<_> = (0..MANY)
        .map(|_| {
            let (event, asleep) = (Arc::clone(&event), Arc::clone(&asleep));
            runtime.spawn(async move {
                let mut wait = pin!(event.wait_async());
                let mut was_polled = false;
                poll_fn(|context| {
                    let poll = wait.as_mut().poll(context);
                    if !was_polled {
                        was_polled = true;
                        asleep.add();
                    }
                    poll
                })
                .await;
            })
        })
        .collect();
    asleep.sleep();
    let watch = Stopwatch::start();
    event.set();
    runtime.block_on(async {
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    let wall = watch.wall();
    Stopped(watch, wall)
}

impl Rig for Joining {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        (self.join)(&self.runtime);
        let samples = (0..turns).map(|_| {
            let Stopped(watch, wall) = (self.join)(&self.runtime);
            watch.sample(wall, MANY as u64, Duration::ZERO)
        });
        let samples: Vec<Sample> = samples.collect();
        Ok([Measure::Wall, Measure::Cpu].into_iter().fold(Sample::default(), |sample, measure| {
            let figures: Vec<f64> = samples.iter().filter_map(|it| it.get(measure)).collect();
            if figures.is_empty() { sample } else { sample.with(measure, median(figures)) }
        }))
    }
}

#[derive(Clone, Copy)]
struct AcquireReady;

impl<P: AwaitedPermits> Workload<P> for AcquireReady {
    fn rig(self) -> impl Rig + 'static {
        let semaphore = P::new(1);
        Solo(move |turns| {
            let mut context = Context::from_waker(Waker::noop());
            let ready =
                (0..turns).filter(|_| pin!(semaphore.acquire()).poll(&mut context).is_ready());
            Fault::unless_equal("permits acquired", ready.count() as u64, turns)
        })
    }
}

/// Tasks on two workers. They yield while they hold their permits, because otherwise only as many tasks as
/// workers would compete. A turn is one critical section.
#[derive(Clone, Copy)]
struct Sections {
    tasks: usize,
    permits: u16,
}

impl<P: AwaitedPermits> Workload<P> for Sections {
    fn rig(self) -> impl Rig + 'static {
        Crowd {
            runtime: two_workers(),
            tasks: self.tasks as u64,
            room: Arc::new(Room {
                semaphore: P::new(self.permits),
                permits: self.permits.into(),
                inside: AtomicUsize::new(0),
                is_crowded: AtomicBool::new(false),
            }),
        }
    }
}

struct Room<P> {
    semaphore: P,
    permits: usize,
    inside: AtomicUsize,
    /// Whether more tasks than permits were ever inside.
    is_crowded: AtomicBool,
}

impl<P: AwaitedPermits> Room<P> {
    async fn enter(&self) {
        let _permit = self.semaphore.acquire().await;
        if self.inside.fetch_add(1, AcqRel) >= self.permits {
            self.is_crowded.store(true, Relaxed);
        }
        ::tokio::task::yield_now().await;
        self.inside.fetch_sub(1, AcqRel);
    }
}

struct Crowd<P> {
    runtime: Runtime,
    tasks: u64,
    room: Arc<Room<P>>,
}

impl<P: AwaitedPermits> Crowd<P> {
    fn enter(&self, each: u64) -> Result<(), Fault> {
        let task = |_| {
            let room = Arc::clone(&self.room);
            self.runtime.spawn(async move {
                for _ in 0..each {
                    room.enter().await;
                }
            })
        };
        let tasks: Vec<_> = (0..self.tasks).map(task).collect();
        self.runtime.block_on(async {
            for task in tasks {
                task.await.expect("no panic");
            }
        });
        let crowded = u64::from(self.room.is_crowded.load(Relaxed));
        Fault::unless_equal("times with more inside than permits", crowded, 0)
    }
}

impl<P: AwaitedPermits> Rig for Crowd<P> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.enter(1)?;
        let each = turns.div_ceil(self.tasks);
        let watch = Stopwatch::start();
        self.enter(each)?;
        Ok(watch.sample(watch.wall(), each * self.tasks, Duration::ZERO))
    }
}
