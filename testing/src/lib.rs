//! What the tests of both crates share.
//!
//! [`lincheck`]: histories, and the search for a sequential explanation · [`events`], [`countdown`],
//! [`semaphore`]: the specifications, and the objects · `exploration`: generated programs under a model
//! checker · [`limit`], [`random`], [`alone`], `task`, `gate`: tools of the tests. The folder `loom` has
//! the tools of the models, which include them by their paths.

#![expect(
    missing_debug_implementations,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "not published"
)]

pub mod alone;
pub mod countdown;
pub mod events;
#[cfg(all(rsevents_loom, feature = "explore"))]
pub mod exploration;
#[cfg(target_os = "linux")]
pub mod gate;
pub mod limit;
pub mod lincheck;
pub mod random;
pub mod semaphore;
#[cfg(target_os = "linux")]
pub mod task;

use rsevents::AutoResetEvent;
use rsevents::{Awaitable, AwaitableUnless, Event, Stopped, TimeoutError, UnlessError};
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// How long a wait waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    Poll,
    /// In a model, a time that may be over at any moment.
    Micros(u16),
    /// Much longer than a run: instead of a wait without a limit, which it is in a model.
    Long,
}

impl Limit {
    pub const fn duration(self) -> Duration {
        match self {
            Self::Poll => Duration::ZERO,
            // The clock must not decide what a model does.
            Self::Micros(_) if cfg!(rsevents_loom) => Duration::from_secs(3600),
            Self::Micros(micros) => Duration::from_micros(micros as u64),
            Self::Long => Duration::from_secs(5),
        }
    }
}

/// As code.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Poll => "wait0()",
            Self::Micros(_) => "wait_for(time)",
            Self::Long => "wait()",
        })
    }
}

/// A poll takes another path than a wait of no time.
pub fn wait<'a, A: Awaitable<'a, Error = TimeoutError>>(
    awaitable: &'a A,
    limit: Limit,
) -> Option<A::T> {
    match limit {
        Limit::Poll => awaitable.try_wait0().ok(),
        Limit::Long if cfg!(rsevents_loom) => {
            let Ok(taken) = awaitable.try_wait();
            Some(taken)
        }
        Limit::Micros(_) | Limit::Long => awaitable.try_wait_for(limit.duration()).ok(),
    }
}

/// Same as [`wait`], unless `stop` is set.
pub fn wait_unless<'a, A: AwaitableUnless<'a>>(
    awaitable: &'a A,
    stop: &dyn Event,
    limit: Limit,
) -> Result<Option<A::T>, Stopped> {
    let unless = awaitable.unless(stop);
    let ended = match limit {
        Limit::Poll => unless.try_wait0(),
        Limit::Long if cfg!(rsevents_loom) => return unless.try_wait().map(Some),
        Limit::Micros(_) | Limit::Long => unless.try_wait_for(limit.duration()),
    };
    match ended {
        Ok(taken) => Ok(Some(taken)),
        Err(UnlessError::TimedOut) => Ok(None),
        Err(UnlessError::Stopped) => Err(Stopped),
    }
}

#[cfg(rsevents_loom)]
use rsevents::model::Arc as Shared;
/// `std`'s; or of the checker, which must see who uses the event before it is freed.
#[cfg(not(rsevents_loom))]
use std::sync::Arc as Shared;

/// Wakes a thread that runs a task. Every user of the event has a share of its own, because the checker does
/// not know who has one of the waker.
struct Waking(Shared<AutoResetEvent>);

impl Wake for Waking {
    fn wake(self: Arc<Self>) {
        let event = self.0.clone();
        event.set();
    }
}

/// Polls twice, with two wakers, of which the second is to be called: it sets `woken`.
fn poll_twice<F: Future>(
    mut future: Pin<&mut F>,
    woken: &Shared<AutoResetEvent>,
) -> Poll<F::Output> {
    let mut poll = |waker: &Waker| future.as_mut().poll(&mut Context::from_waker(waker));
    match poll(Waker::noop()) {
        Poll::Pending => poll(&Arc::new(Waking(woken.clone())).into()),
        ready @ Poll::Ready(_) => ready,
    }
}

/// Runs a task on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
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

/// Polls a future that is dropped then; `None` if it was not ready.
pub fn poll_and_drop<F: Future>(future: F) -> Option<F::Output> {
    match poll_twice(pin!(future), &Shared::new(AutoResetEvent::default())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
