//! The other threads of a workload, kept from one run to the next.

use crate::machine::Place;
use crate::rig::Fault;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Barrier};
use std::thread::{Builder, JoinHandle};

/// Enough for what they do: some rigs have a thousand of them.
const STACK: usize = 128 * 1024;

pub(crate) struct Crew {
    orders: Vec<Sender<u64>>,
    reports: Receiver<Result<(), Fault>>,
    line: Arc<Barrier>,
    threads: Vec<JoinHandle<()>>,
}

impl Crew {
    /// Starts threads that do `work(index, turns)` each time they are told to.
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
                        // Fails only if the other side has panicked.
                        let _ = report.send(work(index, turns));
                    }
                };
                (order, spawn(member))
            })
            .unzip();
        Self { orders, reports, line, threads }
    }

    /// Gives every member its turns; returns when all of them are awake and start.
    pub(crate) fn start(&self, turns: u64) {
        for order in &self.orders {
            order.send(turns).expect("members run as long as there may be orders");
        }
        self.line.wait();
    }

    /// Waits until all members are done.
    pub(crate) fn finish(&self) -> Result<(), Fault> {
        self.reports.iter().take(self.threads.len()).collect()
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.orders.clear();
        for thread in self.threads.drain(..) {
            // A member that panicked has said so, and its rig has hung.
            let _ = thread.join();
        }
    }
}

pub(crate) fn spawn(work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    Builder::new().stack_size(STACK).spawn(work).expect("the system has threads to spare")
}
