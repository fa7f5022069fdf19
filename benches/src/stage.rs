//! A thread for a rig to run on, which is given up after a time.

use crate::question::Contender;
use crate::rig::{Fault, Sample};
use std::fmt;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// A sample takes a second or two at most, except on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(20);

/// A contender's rig, on its own thread.
#[derive(Debug)]
pub struct Stage {
    orders: Sender<u64>,
    reports: Receiver<Result<Sample, Fault>>,
    thread: JoinHandle<()>,
}

/// Why a contender has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The contender did not finish. Its threads are left behind.
    Hung,
    /// The contender broke a promise.
    Faulty(Fault),
    /// The contender panicked. The message is on the standard error stream.
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
    /// Returns the failure of the contender, after which there is no point in running it again.
    pub fn run(&self, turns: u64) -> Result<Sample, Failure> {
        // If the rig's thread has ended, `recv_timeout` reports it.
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
    /// Returns the failure if the rig could not be taken down.
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
