//! The other threads of a workload, kept from one run to the next.

use crate::machine::Place;
use crate::rig::Fault;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

/// Enough stack for the members' work. It is small because some rigs have a thousand members.
const STACK: usize = 128 * 1024;

pub(crate) struct Crew {
    orders: Vec<Sender<u64>>,
    reports: Receiver<Result<Shift, Fault>>,
    line: Arc<Barrier>,
    threads: Vec<JoinHandle<()>>,
}

/// The time during which a member worked.
struct Shift {
    start: Instant,
    end: Instant,
}

impl Crew {
    /// Starts threads that call `work(index, turns)` for each order.
    pub(crate) fn hire(
        members: usize,
        place: Place,
        work: impl Fn(usize, u64) -> Result<(), Fault> + Send + Sync + 'static,
    ) -> Self {
        let work = Arc::new(work);
        let line = Arc::new(Barrier::new(members + 1));
        let (report, reports) = channel();
        let (orders, threads) = (0..members)
            .map(|index| {
                let (order, orders) = channel();
                let (work, line, report) = (Arc::clone(&work), Arc::clone(&line), report.clone());
                let member = move || {
                    place.take(index + 1);
                    for turns in orders {
                        line.wait();
                        let start = Instant::now();
                        let done = work(index, turns);
                        let shift = Shift { start, end: Instant::now() };
                        // Fails only if the receiver has panicked.
                        let _ = report.send(done.map(|()| shift));
                    }
                };
                (order, spawn(member))
            })
            .unzip();
        Self { orders, reports, line, threads }
    }

    /// Gives every member its turns, and returns when all members are awake and start.
    pub(crate) fn start(&self, turns: u64) {
        for order in &self.orders {
            order.send(turns).expect("members run as long as there may be orders");
        }
        self.line.wait();
    }

    /// Waits until all members are done. Returns the time from the first member's start to the last member's
    /// end.
    pub(crate) fn finish(&self) -> Result<Duration, Fault> {
        let shifts: Result<Vec<Shift>, _> = self.reports.iter().take(self.threads.len()).collect();
        let shifts = shifts?;
        let start = shifts.iter().map(|shift| shift.start).min();
        let end = shifts.iter().map(|shift| shift.end).max();
        Ok(end.zip(start).map_or(Duration::ZERO, |(end, start)| end - start))
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.orders.clear();
        for thread in self.threads.drain(..) {
            // If a member panicked, it has printed a message, and its rig has hung.
            let _ = thread.join();
        }
    }
}

pub(crate) fn spawn(work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    Builder::new().stack_size(STACK).spawn(work).expect("the system has threads to spare")
}
