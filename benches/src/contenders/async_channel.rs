//! A channel between threads and tasks, with room for one message: the signal.

use super::{Awaited, Signal};
use crate::question::Named;
use ::async_channel::{Receiver, Sender, bounded};

pub(crate) struct Channel {
    sender: Sender<()>,
    receiver: Receiver<()>,
}

impl Named for Channel {
    const NAME: &'static str = "async-channel";
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
        self.receiver.recv_blocking().expect("the sender lives as long");
    }
}

impl Awaited for Channel {
    async fn wait_async(&self) {
        self.receiver.recv().await.expect("the sender lives as long");
    }
}
