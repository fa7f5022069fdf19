//! A manual-reset event as the stop signal of a whole process.
//!
//! ```sh
//! cargo run --release --example abort_flag
//! ```
//!
//! Three background jobs do something periodically. Between rounds they wait on an event instead of calling
//! `thread::sleep`. `ABORT.wait_until(next round)` returns false when the next round is due. It returns true
//! at once when the program must stop. So one `set` ends all jobs within microseconds, even the job whose
//! next round is an hour away. This needs no channel and no flag to check.
//!
//! The event stays set, so that a thread that looks later stops as well. An auto-reset event would stop only
//! one thread.
//!
//! The program ends by itself after two seconds, or on Ctrl-C, or when nobody reads its output any more (`|
//! head -1`).

use rsevents::{Awaitable, EventState, ManualResetEvent};
use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

/// One byte in a static, which the whole process can see.
static ABORT: ManualResetEvent = ManualResetEvent::new(EventState::Unset);

/// Calls `round` once per `period` until the program must stop, and returns how often.
fn every(period: Duration, mut round: impl FnMut(u32)) -> u32 {
    let mut rounds = 0;
    // Deadlines instead of timeouts, because the time that a round takes must not delay later rounds.
    let mut next = Instant::now() + period;
    while !ABORT.wait_until(next) {
        rounds += 1;
        round(rounds);
        next += period;
    }
    rounds
}

fn main() {
    let started = Instant::now();
    let say = |text: &str| {
        let time = started.elapsed().as_millis();
        if writeln!(io::stdout(), "{time:5} ms  {text}").is_err() {
            ABORT.set(); // any thread may set it: here nobody reads the output
        }
    };
    ctrlc::set_handler(|| ABORT.set()).expect("this is the only handler");

    say("running for two seconds; Ctrl-C stops at once");
    let stopping = thread::scope(|s| {
        s.spawn(|| {
            let beats = every(Duration::from_millis(250), |_| {});
            say(&format!("heartbeat: stopped after {beats} beats"));
        });
        s.spawn(|| {
            every(Duration::from_millis(600), |n| say(&format!("backup: copy no. {n}")));
            say("backup: stopped");
        });
        s.spawn(|| {
            let sweeps = every(Duration::from_secs(3600), |_| say("cleaning: swept"));
            say(&format!("cleaning: stopped after {sweeps} sweeps, one an hour"));
        });

        // The main thread waits on the event, too. Any thread may set it, any number of times.
        let early = ABORT.wait_for(Duration::from_secs(2));
        let stopping = Instant::now();
        ABORT.set();
        say(if early { "Ctrl-C: stop" } else { "time is up: stop" });
        stopping
    });
    say(&format!("all threads are gone, {:?} after the signal", stopping.elapsed()));
}
