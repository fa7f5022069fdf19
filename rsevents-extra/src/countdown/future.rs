//! Waits of tasks for zero.

use super::CountdownEvent;
use rsevents::{AwaitableAsync, AwaitableUnlessAsync, Event, Wait, WaitUnless};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A task's wait for zero that owns a share of the countdown, made by [`CountdownEvent::wait_owned_async`].
///
/// Polls and drops have the effects that [`Wait`] documents.
///
/// # Examples
///
/// ```
/// use rsevents_extra::{CountdownEvent, OwnedCountdownWait};
/// use std::sync::Arc;
///
/// let countdown = Arc::new(CountdownEvent::new(1));
/// let wait: OwnedCountdownWait = countdown.wait_owned_async();
/// drop(countdown); // the future keeps it alive
/// # drop(wait);
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct OwnedCountdownWait {
    /// Borrows from the countdown, so it is dropped first.
    wait: Wait<&'static dyn Event>,
    countdown: Arc<CountdownEvent>,
}

impl Future for OwnedCountdownWait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: the wait is pinned with its owner.
        unsafe { self.map_unchecked_mut(|this| &mut this.wait) }.poll(cx)
    }
}

/// Shows the countdown.
impl fmt::Debug for OwnedCountdownWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedCountdownWait")
            .field("countdown", &self.countdown)
            .finish_non_exhaustive()
    }
}

impl CountdownEvent {
    /// Returns a future with which a task waits for zero, as a thread does with
    /// [`wait`](rsevents::Awaitable::wait).
    ///
    /// Cancel safe: see [`Wait`](rsevents::Wait#cancel-safety).
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    ///
    /// async fn finish(left: &CountdownEvent) {
    ///     left.wait_async().await;
    /// }
    /// # drop(finish(&CountdownEvent::new(0)));
    /// ```
    pub fn wait_async(&self) -> Wait<&dyn Event> {
        Wait::new(self.event())
    }

    /// Returns a future as [`wait_async`](Self::wait_async) does, which owns a share of the countdown. Use it in
    /// tasks that must not borrow.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::CountdownEvent;
    /// use std::sync::Arc;
    ///
    /// async fn finish(left: Arc<CountdownEvent>) {
    ///     left.wait_owned_async().await;
    /// }
    /// # drop(finish(Arc::default()));
    /// ```
    pub fn wait_owned_async(self: &Arc<Self>) -> OwnedCountdownWait {
        // SAFETY: the countdown stays where it is, because it is shared, and lives as long as the future. If the
        // future is leaked, so is the countdown.
        let this: &'static CountdownEvent = unsafe { &*Arc::as_ptr(self) };
        let event = this.event();
        OwnedCountdownWait { wait: Wait::new(event), countdown: self.clone() }
    }
}

impl<'a> AwaitableAsync<'a> for CountdownEvent {
    type Wait = Wait<&'a dyn Event>;

    fn wait_async(&'a self) -> Wait<&'a dyn Event> {
        self.wait_async()
    }
}

impl<'a> AwaitableUnlessAsync<'a> for CountdownEvent {
    type WaitUnless<'s> = WaitUnless<'s, &'a dyn Event>;

    fn wait_unless_async<'s>(&'a self, stop: &'s dyn Event) -> WaitUnless<'s, &'a dyn Event> {
        WaitUnless::new(self.event(), stop)
    }
}
