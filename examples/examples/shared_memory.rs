//! The memory guarantee of events alone: passing a value through a plain cell, without a lock.
//!
//! ```sh
//! cargo run --release --example shared_memory
//! ```
//!
//! A producer and several workers share a static cell, although its type cannot be shared: it contains
//! neither a lock nor an atomic. Two static events say which side may use the cell:
//!
//! ```text
//! producer:  SLOT_FREE.wait() → write the cell → JOB_READY.set()
//! worker:                                        JOB_READY.wait() → read the cell → SLOT_FREE.set()
//! ```
//!
//! This suffices because of two guarantees of `AutoResetEvent`. A `set` releases *one* wait, so two threads
//! never use the cell at the same time. What happened before the `set` *is visible* after the wait. So the
//! thread that uses the cell sees what the previous thread has written.
//!
//! The workers do the jobs that come, and end when no job has come for half a second. A wait with a timeout
//! is enough for that, so no thread has to announce the last job.
//!
//! The `unsafe` here is the point of the example. In safe code, put the value into a `Mutex`, which will
//! never be contended, as the example `dispatch` does.

use rsevents::{AutoResetEvent, Awaitable, EventState};
use std::cell::Cell;
use std::thread;
use std::time::Duration;

const WORKERS: usize = 3;

/// How long a worker waits for a job before it ends.
const IDLE: Duration = Duration::from_millis(500);

/// How long the producer waits before it concludes that all workers have ended.
const ABANDONED: Duration = Duration::from_secs(5);

/// A number whose way to 1 is searched: halve it if it is even; otherwise triple it and add one.
///
/// It counts its steps in a `Cell`, so it may move to another thread, but two threads must never share it.
struct Job {
    start: u64,
    steps: Cell<u32>,
}

impl Job {
    fn run(&self) {
        let mut number = self.start;
        while number != 1 {
            number = if number % 2 == 0 { number / 2 } else { 3 * number + 1 };
            self.steps.set(self.steps.get() + 1);
        }
    }
}

/// A place for one job, which the two events below guard.
struct Slot(Cell<Option<Job>>);

// SAFETY: only one thread at a time uses the cell, and it sees what the previous thread did. A thread uses
// the cell only between a successful wait on one of the events and its `set` of the other. A `set` releases
// one wait, and happens before that wait returns. At first only `SLOT_FREE` is set, so only one thread has
// the first turn. The jobs are `Send`.
unsafe impl Sync for Slot {}

static SLOT: Slot = Slot(Cell::new(None));
static SLOT_FREE: AutoResetEvent = AutoResetEvent::new(EventState::Set);
static JOB_READY: AutoResetEvent = AutoResetEvent::new(EventState::Unset);

/// Puts a job into the slot. Returns false if there seem to be no workers any more.
fn produce(start: u64) -> bool {
    let free = SLOT_FREE.wait_for(ABANDONED);
    if free {
        SLOT.0.set(Some(Job { start, steps: Cell::new(0) }));
        JOB_READY.set();
    }
    free
}

/// Does jobs as long as they come.
fn work() -> Vec<Job> {
    let mut done = Vec::new();
    while JOB_READY.wait_for(IDLE) {
        let job = SLOT.0.take().expect("`JOB_READY` is set only after a job was put down");
        SLOT_FREE.set(); // the producer can go on while this thread works
        job.run();
        done.push(job);
    }
    done
}

fn main() {
    const LAST: u64 = 100_000;
    let (produced, done) = thread::scope(|s| {
        let workers: Vec<_> = (0..WORKERS).map(|_| s.spawn(work)).collect();
        let produced = (1..=LAST).take_while(|&start| produce(start)).count();
        // This thread takes jobs, too. Otherwise the last job would stay in the slot if all workers had
        // ended.
        let mut done = vec![work()];
        done.extend(workers.into_iter().map(|worker| worker.join().expect("no worker panics")));
        (produced, done)
    });

    for (n, jobs) in done.iter().enumerate() {
        let who = if n == 0 { "the producer itself" } else { "a worker" };
        println!("{who} did {} jobs", jobs.len());
    }
    let jobs: Vec<Job> = done.into_iter().flatten().collect();
    assert_eq!(jobs.len(), produced, "no job is lost, and none is done twice");
    let longest = jobs.iter().max_by_key(|job| job.steps.get()).expect("there were jobs");
    println!("of the numbers up to {produced}, {} has the longest way to 1:", longest.start);
    println!("{} steps", longest.steps.get());
}
