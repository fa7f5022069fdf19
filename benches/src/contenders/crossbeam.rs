//! A channel with room for one message, and a parker.

use super::{Poll, Signal, Timed};
use crate::question::Named;
use crossbeam_channel::{Receiver, Sender, bounded};
use crossbeam_utils::sync::Unparker;
use std::time::Duration;

/// A message in the channel is the signal.
pub(crate) struct Channel {
    sender: Sender<()>,
    pub(crate) receiver: Receiver<()>,
}

impl Named for Channel {
    const NAME: &'static str = "channel";
}

impl Signal for Channel {
    fn unset() -> Self {
        let (sender, receiver) = bounded(1);
        Self { sender, receiver }
    }

    fn set(&self) {
        // If the channel is full, the event is set already.
        let _ = self.sender.try_send(());
    }

    fn wait(&self) {
        self.receiver.recv().expect("the sender lives as long");
    }
}

impl Poll for Channel {
    fn wait0(&self) -> bool {
        self.receiver.try_recv().is_ok()
    }
}

impl Timed for Channel {
    fn wait_for(&self, limit: Duration) -> bool {
        self.receiver.recv_timeout(limit).is_ok()
    }
}

/// An event for one waiting thread.
pub(crate) struct Parker {
    parker: crossbeam_utils::sync::Parker,
    unparker: Unparker,
}

// SAFETY: `crossbeam`'s parker is not `Sync` so that only one thread parks with it at a time. The workloads
// for this contender have one waiting thread for each event. The parker consists of atomics, a mutex and a
// condition variable. So a second thread would get a wrong answer, or a panic, but no data race.
unsafe impl Sync for Parker {}

impl Named for Parker {
    const NAME: &'static str = "parker";
}

impl Signal for Parker {
    fn unset() -> Self {
        let parker = crossbeam_utils::sync::Parker::new();
        let unparker = parker.unparker().clone();
        Self { parker, unparker }
    }

    fn set(&self) {
        self.unparker.unpark();
    }

    fn wait(&self) {
        self.parker.park();
    }
}
