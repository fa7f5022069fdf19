//! A limit on how many threads do something at once, raised and lowered while they do it.
//!
//! ```sh
//! cargo run --release --example semaphore
//! ```
//!
//! Eight workers have jobs to do, and a `Semaphore` limits how many of them work at once. Type `+` or `-`
//! (several, if you like) and Enter to change the limit. Without a terminal, a script does it. Several times
//! a second, a line shows how many jobs were in flight.
//!
//! Raising the limit adds permits: `try_release`. Lowering it removes permits: `shrink` removes permits that
//! are available. A permit in use cannot be removed. But the program can wait for the next permit that is
//! returned, and `forget` its guard.
//!
//! A job is simulated by sleeping. The program ends by itself when all jobs are done: after about three
//! seconds with the script, or after half a minute with the keyboard if you leave the limit alone. If nobody
//! reads its output any more (`| head -3`), the remaining jobs are cancelled.

use rsevents::{AutoResetEvent, EventState, TimeoutError, WaitAny};
use rsevents_extra::{Awaitable, CountdownEvent, Semaphore};
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::atomic::{AtomicI32, AtomicU16, AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

const WORKERS: u16 = 8;
const JOB: Duration = Duration::from_millis(30);

static LIMIT: Semaphore = Semaphore::new(2, WORKERS);

/// The change of the limit that the user wishes, and the event that announces it.
static WISH: AtomicI32 = AtomicI32::new(0);
static WISHED: AutoResetEvent = AutoResetEvent::new(EventState::Unset);

fn wish(change: i32) {
    WISH.fetch_add(change, Relaxed); // `set` publishes it
    WISHED.set();
}

/// Reads lines of `+` and `-`.
fn listen() {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        let count = |sign| i32::try_from(line.matches(sign).count()).unwrap_or(i32::MAX);
        wish(count('+').saturating_sub(count('-')));
    }
}

/// Plays a user, until the jobs are done.
fn play(left: &CountdownEvent) {
    for change in [1, 1, 1, 3, -4, -1, -2, 2] {
        if left.wait_for(Duration::from_millis(400)) {
            return;
        }
        wish(change);
    }
}

/// Adds permits, up to the maximum, or removes permits, down to one.
fn change_limit(change: i32) {
    for _ in 0..change {
        if !LIMIT.try_release(1) {
            return;
        }
    }
    for _ in change..0 {
        if LIMIT.total() == 1 {
            return;
        }
        if LIMIT.shrink(1) == 0 {
            LIMIT.wait().forget(); // all are in use: remove the next that is returned
        }
    }
}

/// The jobs that are yet to begin, are yet to end, and are running.
struct Jobs {
    waiting: AtomicUsize,
    left: CountdownEvent,
    in_flight: AtomicU16,
}

impl Jobs {
    const fn new(jobs: usize) -> Self {
        Self {
            waiting: AtomicUsize::new(jobs),
            left: CountdownEvent::new(jobs),
            in_flight: AtomicU16::new(0),
        }
    }

    /// A worker: does one job after another, each with a permit.
    fn work(&self) {
        let begin = |waiting: usize| waiting.checked_sub(1);
        while self.waiting.fetch_update(Relaxed, Relaxed, begin).is_ok() {
            let _done = self.left.guard();
            let _permit = LIMIT.wait();
            self.in_flight.fetch_add(1, Relaxed);
            thread::sleep(JOB); // the expensive part
            self.in_flight.fetch_sub(1, Relaxed);
        }
    }

    /// Lets no more jobs begin, and stops the wait for the remaining jobs.
    fn cancel(&self) {
        self.waiting.store(0, Relaxed);
        self.left.reset(0); // the guards of running jobs tick at zero, which has no effect
    }

    /// Prints the progress. Fails if nobody reads the output any more.
    fn print(&self) -> io::Result<()> {
        let (limit, in_flight) = (LIMIT.total(), self.in_flight.load(Relaxed));
        assert!(in_flight <= limit, "never more than the semaphore lets in");
        let bar = "#".repeat(in_flight.into());
        let left = self.left.count();
        writeln!(io::stdout(), "limit {limit}, in flight {in_flight} {bar:8}, {left} jobs left")
    }
}

/// Says what is going to happen. Fails if nobody reads the output.
fn explain(jobs: &Jobs, by_hand: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let (count, limit) = (jobs.left.count(), LIMIT.total());
    writeln!(out, "{WORKERS} workers have {count} jobs of {JOB:?} each to do.")?;
    writeln!(out, "A semaphore limits how many of them work at once: {limit} at first.")?;
    if by_hand {
        writeln!(out, "Type + or - (several, if you like) and Enter to raise or lower the limit.")
    } else {
        writeln!(out, "The input is no terminal, so a script raises and lowers the limit.")
    }
}

fn main() {
    let by_hand = io::stdin().is_terminal();
    let jobs = Jobs::new(if by_hand { 2_000 } else { 400 });
    if explain(&jobs, by_hand).is_err() {
        return;
    }
    thread::scope(|s| {
        for _ in 0..WORKERS {
            s.spawn(|| jobs.work());
        }
        if by_hand {
            // Not scoped, because a thread that reads from the keyboard ends only with the process.
            thread::spawn(listen);
        } else {
            s.spawn(|| play(&jobs.left));
        }

        // Waits for the first of these: all jobs are done, a change is wished, or a line is due.
        let news = || WaitAny::new(&[jobs.left.event(), &WISHED]).try_wait_for(8 * JOB);
        loop {
            match news() {
                Ok(0) => break,
                Ok(_) => change_limit(WISH.swap(0, Relaxed)),
                Err(TimeoutError) => {}
            }
            if jobs.print().is_err() {
                jobs.cancel();
            }
        }
    });
    let _ = writeln!(io::stdout(), "all done");
}
