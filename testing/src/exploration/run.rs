//! The executions of one program.

use super::coverage::Coverage;
use super::family::{Family, Line, ROUNDS};
use super::program::Program;
use crate::lincheck::{Entry, History, Op, Ret, Subject};
use rsevents::model::{control, listened_events};
use std::collections::HashSet;
use std::fmt::{Debug, Display};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(not(feature = "shuttle"))]
use loom as checker;
#[cfg(feature = "shuttle")]
use shuttle as checker;

/// How much to spend on one program.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pub time: Duration,
    /// The number of pre-emptions, for loom.
    pub preemptions: usize,
    pub settings: control::Settings,
    /// The seed, for shuttle.
    pub seed: u64,
    pub executions: usize,
}

/// The result of exploring a program.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    pub executions: u64,
    /// Whether all interleavings were tried.
    pub complete: bool,
    /// Whether a pair of steps occurred that had not occurred before.
    pub new: bool,
}

/// How many executions of a program are traced.
const TRACED: u64 = 3000;
/// The stack of a coroutine, in words for loom, in bytes for shuttle.
const STACK: usize = if cfg!(feature = "shuttle") { 1 << 18 } else { 1 << 15 };
/// How often the driver releases the threads that sleep at the end.
const RELIEFS: usize = 16;

type Call<S> = Entry<Op<S>, Ret<S>>;

/// The calls of an execution, with stamps.
///
/// The stamps follow the order in which the calls happen, and the checker does not see them. It
/// would not try both orders of two calls that touch no common object. Therefore loom is told of
/// every stamp as an access to an object that orders nothing.
struct Log<S: Subject> {
    calls: Mutex<Vec<Call<S>>>,
    #[cfg(not(feature = "shuttle"))]
    stamps: loom::sync::Condvar,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<S: Subject> Log<S> {
    fn new() -> Self {
        Self {
            calls: Mutex::default(),
            #[cfg(not(feature = "shuttle"))]
            stamps: loom::sync::Condvar::new(),
        }
    }

    fn stamp(&self) {
        #[cfg(not(feature = "shuttle"))]
        if !control::is_endgame() {
            self.stamps.notify_one();
        }
    }

    fn call(&self, subject: &S, clock: &AtomicUsize, thread: usize, op: &Op<S>) -> Ret<S>
    where
        Ret<S>: Clone,
    {
        self.stamp();
        let call = clock.fetch_add(1, Relaxed);
        let index = {
            let mut calls = lock(&self.calls);
            calls.push(Entry::unfinished(thread, call, op.clone()));
            calls.len() - 1
        };
        let ret = subject.call(op);
        self.stamp();
        // In the endgame, the driver has already taken the record.
        if let Some(entry) = lock(&self.calls).get_mut(index) {
            entry.ret = Some(ret.clone());
            entry.done = clock.fetch_add(1, Relaxed);
        }
        control::returned();
        ret
    }
}

/// What is kept from one execution of a program to the next.
struct Shared<F: Family> {
    program: Program<F>,
    settings: control::Settings,
    executions: AtomicU64,
    explained: Mutex<HashSet<u64>>,
    failure: Mutex<Option<String>>,
    coverage: Mutex<(Coverage, bool)>,
}

/// Explores a program. The error is text for people to read.
pub fn explore<F: Family>(
    program: &Program<F>,
    effort: &Effort,
    coverage: &mut Coverage,
) -> Result<Outcome, String>
where
    Op<F::Subject>: Display + Hash + Eq,
    Ret<F::Subject>: Clone + Hash + Eq + AsIndex,
{
    let shared = Arc::new(Shared {
        program: program.clone(),
        settings: effort.settings,
        executions: AtomicU64::new(0),
        explained: Mutex::default(),
        failure: Mutex::default(),
        coverage: Mutex::new((mem::take(coverage), false)),
    });
    let begin = Instant::now();
    let body = {
        let shared = shared.clone();
        move || execute(&shared)
    };
    let result = catch_unwind(AssertUnwindSafe(|| run(effort, body)));
    let (met, new) = {
        let mut met = lock(&shared.coverage);
        (mem::take(&mut met.0), met.1)
    };
    *coverage = met;
    let executions = shared.executions.load(Relaxed);
    match result {
        Ok(complete) => {
            let complete = complete && begin.elapsed() < effort.time;
            Ok(Outcome { executions, complete, new })
        }
        Err(panic) => {
            let said = lock(&shared.failure).take().unwrap_or_else(|| {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                format!("the checker says: {}", text.unwrap_or("a panic"))
            });
            Err(format!("{program:#}\n  in execution {executions}: {said}"))
        }
    }
}

/// Returns whether all interleavings were tried before the time ended.
#[cfg(not(feature = "shuttle"))]
fn run(effort: &Effort, body: impl Fn() + Send + Sync + 'static) -> bool {
    let mut loom = loom::model::Builder::new();
    loom.preemption_bound = Some(effort.preemptions);
    loom.max_duration = Some(effort.time);
    loom.checkpoint_interval = 256;
    loom.max_branches = 5000;
    loom.check(move || {
        loom::stop_exploring();
        initialise_statics();
        loom::explore();
        body();
    });
    true
}

#[cfg(feature = "shuttle")]
fn run(effort: &Effort, body: impl Fn() + Send + Sync + 'static) -> bool {
    use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
    let mut config = shuttle::Config::new();
    config.failure_persistence = shuttle::FailurePersistence::None;
    config.silence_warnings = true;
    config.max_time = Some(effort.time);
    let (seed, executions) = (effort.seed, effort.executions);
    let scheduler: Box<dyn Scheduler + Send> = if seed % 2 == 0 {
        Box::new(RandomScheduler::new_from_seed(seed, executions))
    } else {
        Box::new(PctScheduler::new_from_seed(seed, 2 + seed as usize / 2 % 3, executions))
    };
    shuttle::Runner::new(scheduler, config).run(move || {
        initialise_statics();
        body();
    });
    false
}

/// Uses all statics before there are threads, because loom orders the first use of a static before
/// all others.
fn initialise_statics() {
    use rsevents::{AutoResetEvent, Awaitable, EventState, WaitAll};
    control::begin(0, control::Settings::default());
    assert!(WaitAll::new(&[&AutoResetEvent::new(EventState::Set)]).wait0());
}

/// What a loop needs from a result: the index, if the operation returned one.
pub trait AsIndex {
    fn as_index(&self) -> Option<usize> {
        None
    }
}

impl AsIndex for crate::events::Ret {
    fn as_index(&self) -> Option<usize> {
        match self {
            Self::Index(index) => *index,
            _ => None,
        }
    }
}
impl AsIndex for crate::countdown::Ret {}
impl AsIndex for crate::semaphore::Ret {}

/// Runs one execution.
fn execute<F: Family>(shared: &Arc<Shared<F>>)
where
    Op<F::Subject>: Display + Hash + Eq,
    Ret<F::Subject>: Clone + Hash + Eq + AsIndex,
{
    let executions = shared.executions.fetch_add(1, Relaxed);
    let trace = executions < TRACED;
    let threads = shared.program.threads.len();
    control::begin(threads, control::Settings { trace, ..shared.settings });
    let (subject, initial) = F::begin(&shared.program.setup);
    let (subject, log) = (Arc::new(subject), Arc::new(Log::<F::Subject>::new()));
    let clock = Arc::new(AtomicUsize::new(0));
    let handles: Vec<_> = (0..threads)
        .map(|number| {
            let (shared, subject) = (shared.clone(), subject.clone());
            let (log, clock) = (log.clone(), clock.clone());
            // With the default size, an overflow looks like a thread that waits.
            let builder = checker::thread::Builder::new().stack_size(STACK);
            let body = move || {
                control::enter(number);
                for line in &shared.program.threads[number] {
                    perform(line, |op| log.call(&subject, &clock, number, op));
                }
                drop((shared, subject, log));
                control::leave();
            };
            builder.spawn(body).expect("a coroutine can be made")
        })
        .collect();
    let all_left = control::until_all_rest();
    if trace {
        let (coverage, new) = &mut *lock(&shared.coverage);
        *new |= coverage.add(&control::trace());
    }
    let calls = mem::take(&mut *lock(&log.calls));
    check::<F>(shared, calls, &initial);
    if !all_left {
        control::endgame();
        relieve::<F>(shared, &subject);
    }
    for handle in handles {
        handle.join().expect("a panic ends the execution");
    }
    if let Some(remains) = F::remains(&subject) {
        fail(shared, &remains);
    }
    drop((subject, log));
    control::endgame();
    match (control::sleepers(), listened_events()) {
        (0, 0) => {}
        (sleepers, events) => {
            fail(
                shared,
                &format!("{sleepers} threads are left in queues, entries at {events} events"),
            );
        }
    }
}

fn perform<Op, Ret: AsIndex>(line: &Line<Op>, mut call: impl FnMut(&Op) -> Ret) {
    match line {
        Line::Call(op) => drop(call(op)),
        Line::TakeAndGive { take, give, last } => {
            for _ in 0..ROUNDS {
                if call(take).as_index() != Some(*last) {
                    break;
                }
                call(give);
            }
        }
    }
}

fn fail<F: Family>(shared: &Shared<F>, why: &str) -> ! {
    *lock(&shared.failure) = Some(why.into());
    control::endgame();
    panic!("the execution is refused");
}

fn check<F: Family>(
    shared: &Shared<F>,
    calls: Vec<Call<F::Subject>>,
    initial: &<F::Subject as Subject>::Spec,
) where
    Op<F::Subject>: Hash,
    Ret<F::Subject>: Hash + Debug,
{
    let mut hasher = DefaultHasher::new();
    for Entry { thread, op, ret, call, done, .. } in &calls {
        (thread, op, ret, call, done).hash(&mut hasher);
    }
    if !lock(&shared.explained).insert(hasher.finish()) {
        return;
    }
    // The search is recursive, and coroutines have small stacks.
    let checked = thread::scope(|s| {
        s.spawn(|| History::<<F::Subject as Subject>::Spec>::new(calls).check(initial)).join()
    });
    if let Err(why) = checked.expect("the checker does not panic") {
        fail(shared, &why);
    }
}

/// Releases the threads that sleep, so that they end.
fn relieve<F: Family>(shared: &Shared<F>, subject: &F::Subject) {
    for _ in 0..RELIEFS {
        for op in subject.relief() {
            subject.call(&op);
        }
        if control::until_all_rest() {
            return;
        }
    }
    fail(shared, "a thread sleeps on whatever releases it");
}
