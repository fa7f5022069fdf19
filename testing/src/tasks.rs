//! Polls, runs and drops tasks. (The module `task` is about threads of the system.)

use crate::Limit;
use crate::limit::LONG;
use rsevents::{AutoResetEvent, Awaitable};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

pub fn poll<F: Future + ?Sized>(future: Pin<&mut F>, waker: &Waker) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(waker))
}

pub fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    poll(future, Waker::noop())
}

/// Counts how often its wakers are called.
#[derive(Default)]
pub struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

impl Wakes {
    pub fn new() -> (Arc<Self>, Waker) {
        let counter = Arc::<Self>::default();
        let waker = counter.clone().into();
        (counter, waker)
    }

    pub fn count(&self) -> usize {
        self.0.load(SeqCst)
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a task on this thread. The thread parks between polls by `std`, so that nothing under test
/// is involved.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Arc::new(Unpark(thread::current())).into();
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = poll(future.as_mut(), &waker) {
            return output;
        }
        thread::park_timeout(LONG);
    }
}

#[cfg(rsevents_loom)]
use rsevents::model::Arc as Shared;
/// `std`'s type here. The checker's own type under loom, which must see who uses the event before
/// it is freed.
#[cfg(not(rsevents_loom))]
use std::sync::Arc as Shared;

/// Wakes a thread that runs a task. Each user of the event has its own share, because the checker
/// does not know who has a share of the waker.
struct Waking(Shared<AutoResetEvent>);

impl Wake for Waking {
    fn wake(self: Arc<Self>) {
        let event = self.0.clone();
        event.set();
    }
}

/// Polls twice, with two wakers. Only the second must be called, and it sets `woken`.
fn poll_twice<F: Future>(
    mut future: Pin<&mut F>,
    woken: &Shared<AutoResetEvent>,
) -> Poll<F::Output> {
    match poll_once(future.as_mut()) {
        Poll::Pending => poll(future, &Arc::new(Waking(woken.clone())).into()),
        ready @ Poll::Ready(_) => ready,
    }
}

/// Runs a task on this thread, polling it twice each time. Works in models as well.
pub fn run<F: Future>(future: F) -> F::Output {
    let woken = Shared::new(AutoResetEvent::default());
    let mut future = pin!(future);
    let mut polled = poll_twice(future.as_mut(), &woken);
    loop {
        if let Poll::Ready(output) = polled {
            return output;
        }
        if cfg!(rsevents_loom) {
            woken.wait();
        } else {
            let _late = woken.wait_for(Limit::Long.duration());
        }
        polled = poll_twice(future.as_mut(), &woken);
    }
}

/// Polls a future and drops it. Returns `None` if it was not ready.
pub fn poll_and_drop<F: Future>(future: F) -> Option<F::Output> {
    match poll_twice(pin!(future), &Shared::new(AutoResetEvent::default())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
