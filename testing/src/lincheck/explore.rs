//! Runs many programs, each many times, until one is refused or the budget is spent.

use super::{Op, Subject, record};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use std::cell::Cell;
use std::fmt::{self, Debug};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// How often a program runs. It is a race, so one run proves nothing.
const RUNS: usize = 60;
/// How often a smaller program runs, to find out whether it fails like the original.
const RUNS_TO_SHRINK: usize = 300;

/// A program: a setup of objects, and the operations of each thread.
#[derive(Clone, Debug)]
pub struct Program<Setup, Op> {
    pub setup: Setup,
    pub threads: Vec<Vec<Op>>,
}

impl<Setup: Debug, Op: Debug> fmt::Display for Program<Setup, Op> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.setup)?;
        for (index, ops) in self.threads.iter().enumerate() {
            let ops: Vec<_> = ops.iter().map(|op| format!("{op:?}")).collect();
            writeln!(f, "  thread {index}: {}", ops.join("; "))?;
        }
        Ok(())
    }
}

/// How much time to spend.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    pub search: Duration,
    pub shrink: Duration,
    /// A program that takes longer counts as hanging.
    pub hang: Duration,
}

impl Effort {
    /// Returns the budget that the environment sets, or else `seconds`.
    pub fn of_seconds(seconds: u64) -> Self {
        let seconds = match std::env::var("RSEVENTS_LINCHECK_SECONDS") {
            Ok(value) => value.parse().expect("RSEVENTS_LINCHECK_SECONDS is a number of seconds"),
            Err(_) => seconds,
        };
        let minute = Duration::from_secs(60);
        Self { search: Duration::from_secs(seconds), shrink: minute, hang: minute }
    }
}

/// Runs programs of `strategy` on the subjects that `begin` makes, and checks their histories.
/// `begin` also returns the initial state of the specification. The error is text for people to
/// read: the smallest program that was refused, and a history of it.
pub fn explore<Setup, S, P, B>(effort: Effort, strategy: &P, begin: B) -> Result<(), String>
where
    Setup: Clone + Debug + Send + 'static,
    S: Subject,
    P: Strategy<Value = Program<Setup, Op<S>>>,
    B: Fn(&Setup) -> (S, S::Spec) + Copy + Send + 'static,
{
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        max_shrink_time: u32::try_from(effort.shrink.as_millis()).unwrap_or(u32::MAX),
        max_shrink_iters: u32::MAX - 1,
        ..Config::default()
    });
    let runs = Cell::new(RUNS);
    let start = Instant::now();
    while start.elapsed() < effort.search {
        let case = |program: Program<Setup, Op<S>>| {
            attempt(&program, runs.get(), effort.hang, begin).map_err(|why| {
                runs.set(RUNS_TO_SHRINK);
                TestCaseError::fail(format!("{program}{why}"))
            })
        };
        let tree = strategy.new_tree(&mut runner).expect("no program is rejected");
        match runner.run_one(tree, case) {
            Ok(_) => {}
            Err(TestError::Fail(why, _)) => return Err(why.to_string()),
            Err(TestError::Abort(why)) => panic!("{why}"),
        }
    }
    Ok(())
}

/// Runs one program `runs` times on another thread, in case it hangs.
fn attempt<Setup, S, B>(
    program: &Program<Setup, Op<S>>,
    runs: usize,
    hang: Duration,
    begin: B,
) -> Result<(), String>
where
    Setup: Clone + Send + 'static,
    S: Subject,
    B: Fn(&Setup) -> (S, S::Spec) + Send + 'static,
{
    let (sender, receiver) = mpsc::channel();
    let Program { setup, threads } = program.clone();
    thread::spawn(move || {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let (subjects, initial): (Vec<_>, Vec<_>) = (0..runs).map(|_| begin(&setup)).unzip();
            let histories = record::record(subjects, &threads);
            histories.iter().zip(&initial).try_for_each(|(history, state)| history.check(state))
        }));
        // The receiver is gone if the run took too long.
        let _ = sender.send(result.unwrap_or_else(|_| Err("a thread panicked".into())));
    });
    receiver.recv_timeout(hang).unwrap_or_else(|_| Err("it hangs".into()))
}
