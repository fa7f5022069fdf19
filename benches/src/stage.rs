//! A thread for a rig to run on, and the end of our patience with it.

use crate::question::Contender;
use crate::rig::{Fault, Sample};
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// No sample takes more than a second or two, except on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(20);

/// One contender's rig, on a thread of its own.
#[derive(Debug)]
pub struct Stage {
    orders: Sender<u64>,
    reports: Receiver<Result<Sample, Fault>>,
    thread: JoinHandle<()>,
}

/// Why a contender has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It did not come to an end. Its threads are left behind.
    Hung,
    /// It broke a promise.
    Faulty(Fault),
    /// It panicked; the message is on the standard error stream.
    Panicked,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hung => f.write_str("deadlocked"),
            Self::Faulty(fault) => write!(f, "miscounted ({fault})"),
            Self::Panicked => f.write_str("panicked"),
        }
    }
}

impl Stage {
    /// Sets a contender's rig up.
    #[must_use]
    pub fn open(contender: &Contender) -> Self {
        let set_up = contender.set_up();
        let (orders, inbox) = channel();
        let (outbox, reports) = channel();
        let thread = std::thread::spawn(move || {
            let mut rig = set_up();
            for turns in inbox {
                if outbox.send(rig.run(turns)).is_err() {
                    return;
                }
            }
        });
        Self { orders, reports, thread }
    }

    /// Runs the rig.
    ///
    /// # Errors
    ///
    /// The contender failed; there is no point in running it again.
    pub fn run(&self, turns: u64) -> Result<Sample, Failure> {
        // If the rig is gone, the answer says so.
        let _ = self.orders.send(turns);
        match self.reports.recv_timeout(PATIENCE) {
            Ok(Ok(sample)) => Ok(sample),
            Ok(Err(fault)) => Err(Failure::Faulty(fault)),
            Err(RecvTimeoutError::Timeout) => Err(Failure::Hung),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::Panicked),
        }
    }

    /// Takes the rig down.
    ///
    /// # Errors
    ///
    /// That failed.
    pub fn close(self) -> Result<(), Failure> {
        drop(self.orders);
        match self.reports.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Disconnected) => {
                self.thread.join().map_err(|_| Failure::Panicked)
            }
            _ => Err(Failure::Hung),
        }
    }
}
