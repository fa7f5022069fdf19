//! A manual-reset event as the stop signal of a whole process.
//!
//! ```sh
//! cargo run --release --example abort_flag
//! ```
//!
//! Three background jobs do something every now and then. Between their rounds they sleep, but on an
//! event instead of in `thread::sleep`: `ABORT.wait_until(next round)` is false when it is time for
//! the next round, and true, at once, when the program is to stop. So one `set` ends them all within
//! microseconds, even the job whose next round is an hour away; no channel, no flag to look at.
//!
//! The event stays set, so that a thread that looks later stops as well; an auto-reset event would
//! stop only one of them.
//!
//! It ends by itself after two seconds, or on Ctrl-C, or when nobody reads its output any more
//! (`| head -1`).

use rsevents::{Awaitable, EventState, ManualResetEvent};
use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

/// One byte, in a static: everything in the process can see it.
static ABORT: ManualResetEvent = ManualResetEvent::new(EventState::Unset);

/// Calls `round` once per `period` until the program is to stop; says how often.
fn every(period: Duration, mut round: impl FnMut(u32)) -> u32 {
    let mut rounds = 0;
    // Deadlines instead of limits: the time that a round takes does not delay those to come.
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
            ABORT.set(); // one more who may set it: nobody reads this
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

        // The main thread sleeps on the event too; it does not matter who sets it, or how often.
        let early = ABORT.wait_for(Duration::from_secs(2));
        let stopping = Instant::now();
        ABORT.set();
        say(if early { "Ctrl-C: stop" } else { "time is up: stop" });
        stopping
    });
    say(&format!("all threads are gone, {:?} after the signal", stopping.elapsed()));
}
