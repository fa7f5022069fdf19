//! The memory guarantee of events, bare: passing a value through a plain cell, without a lock.
//!
//! ```sh
//! cargo run --release --example shared_memory
//! ```
//!
//! A static cell is shared by a producer and several workers, though its type cannot be shared: it
//! has neither a lock nor an atomic in it. Two static events say whose it is at the moment:
//!
//! ```text
//! producer:  SLOT_FREE.wait() → write the cell → JOB_READY.set()
//! worker:                                        JOB_READY.wait() → read the cell → SLOT_FREE.set()
//! ```
//!
//! This is enough, because of two guarantees of `AutoResetEvent`: a `set` lets *one* wait through,
//! so no two threads ever have the cell; and what happened before the `set` *is visible* after the
//! wait, so whoever has the cell sees what the one before has written.
//!
//! The workers drain what comes and go home when no work has come for half a second: a wait with a
//! limit says so, and nobody has to tell them that it was the last job.
//!
//! The `unsafe` here is what the example is about. In safe code put the value into a `Mutex`, which
//! will never be contended; the example `dispatch` does that.

use rsevents::{AutoResetEvent, Awaitable, EventState};
use std::cell::Cell;
use std::thread;
use std::time::Duration;

const WORKERS: usize = 3;

/// When a worker goes home.
const IDLE: Duration = Duration::from_millis(500);

/// When the producer understands that all workers have gone home.
const ABANDONED: Duration = Duration::from_secs(5);

/// A number whose way to 1 is looked for: halve it if it is even, else triple it and add one.
///
/// It counts its steps in a `Cell`, so it may move to another thread, but never be seen by two.
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

// SAFETY: only one thread at a time uses the cell, and it sees what the one before did. A thread
// does so between a successful wait on one of the events and its set of the other; a set lets one
// wait through, and happens before the return of this wait; and the first turn belongs to one
// thread, since of the two events only `SLOT_FREE` is set in the beginning. The jobs are `Send`.
unsafe impl Sync for Slot {}

static SLOT: Slot = Slot(Cell::new(None));
static SLOT_FREE: AutoResetEvent = AutoResetEvent::new(EventState::Set);
static JOB_READY: AutoResetEvent = AutoResetEvent::new(EventState::Unset);

/// Puts a job down for the workers, or finds that there are none any more.
fn produce(start: u64) -> bool {
    let free = SLOT_FREE.wait_for(ABANDONED);
    if free {
        SLOT.0.set(Some(Job { start, steps: Cell::new(0) }));
        JOB_READY.set();
    }
    free
}

/// Does jobs while they come.
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
        // This thread helps to drain, lest the last job stay behind if the workers were all gone.
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
