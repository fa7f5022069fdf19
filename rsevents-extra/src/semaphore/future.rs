//! Waits of tasks for permits.

use super::queue::Sleeper;
use super::raw::{Step, is_stopped};
use super::{Many, Owned, OwnedSemaphoreGuard, Semaphore, SemaphoreGuard};
use crate::primitive::Arc as Shared;
use rsevents::{
    AutoResetEvent, AwaitableAsync, AwaitableUnlessAsync, Event, Limit, Stopped, UnlessError, Wait,
    WaitUnless,
};
use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomPinned;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// A task's wait for permits of the semaphore to which `S` refers.
///
/// The task sleeps in the same queue as threads, with its own [`Sleeper`], and takes the same steps. But it
/// awaits the sleeper's event with a future, where a thread blocks.
struct Acquiring<'s, S: Deref<Target = Semaphore>> {
    semaphore: S,
    permits: u16,
    stop: Option<&'s dyn Event>,
    state: State<'s>,
    /// The event's list of waiters has the address of the wait in `state`.
    _pinned: PhantomPinned,
}

enum State<'s> {
    New,
    Asleep(Asleep<'s>),
    Done,
}

struct Asleep<'s> {
    /// Borrows the event of `me`, so it is dropped first.
    wait: Woken<'s>,
    me: Shared<Sleeper>,
}

/// The wait for a sleeper's event.
enum Woken<'s> {
    Plain(Wait<&'static AutoResetEvent>),
    Unless(WaitUnless<'s, &'static AutoResetEvent>),
}

impl<'s> Woken<'s> {
    /// # Safety
    ///
    /// The result must be dropped before the sleeper, and must not be moved out of [`Asleep`].
    unsafe fn new(me: &Shared<Sleeper>, stop: Option<&'s dyn Event>) -> Self {
        // SAFETY: the sleeper does not move, because it is shared, and our caller keeps it for long enough.
        // If the future is leaked, so is the sleeper.
        let event: &'static AutoResetEvent = unsafe { &*std::ptr::from_ref(me.event()) };
        match stop {
            None => Self::Plain(event.wait_async()),
            Some(stop) => Self::Unless(event.wait_unless_async(stop)),
        }
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Stopped>> {
        // SAFETY: the wait in it is not moved.
        match unsafe { self.get_unchecked_mut() } {
            // SAFETY: as above.
            Self::Plain(wait) => unsafe { Pin::new_unchecked(wait) }.poll(cx).map(Ok),
            // SAFETY: as above.
            Self::Unless(wait) => unsafe { Pin::new_unchecked(wait) }.poll(cx),
        }
    }
}

impl<'s, S: Deref<Target = Semaphore>> Acquiring<'s, S> {
    const fn new(semaphore: S, permits: u16, stop: Option<&'s dyn Event>) -> Self {
        Self { semaphore, permits, stop, state: State::New, _pinned: PhantomPinned }
    }

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Stopped>> {
        // SAFETY: `state` is not moved here. The other fields are not pinned.
        let this = unsafe { self.get_unchecked_mut() };
        if matches!(this.state, State::New) {
            let stopped = this.stop.is_some_and(is_stopped);
            if stopped || this.semaphore.raw.take(this.permits) {
                this.state = State::Done;
                return Poll::Ready(if stopped { Err(Stopped) } else { Ok(()) });
            }
        }
        // SAFETY: as above.
        unsafe { Pin::new_unchecked(this) }.poll_slow(cx)
    }

    /// Polls after the first poll has found too few permits: queues the task, or continues its sleep.
    fn poll_slow(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Stopped>> {
        // SAFETY: as in `poll`.
        let this = unsafe { self.get_unchecked_mut() };
        let raw = &this.semaphore.raw;
        match this.state {
            State::New => {
                let me = Sleeper::spare(this.permits, true);
                // SAFETY: both will be in `state`, which is pinned. `Asleep` drops them in the right order.
                let wait = unsafe { Woken::new(&me, this.stop) };
                // SAFETY: the sleeper is new. It has left the queue when `state` changes, or is leaked.
                let (_, wakes) = unsafe { raw.enqueue(&me) };
                this.state = State::Asleep(Asleep { wait, me });
                wakes.wake_quietly();
            }
            State::Asleep(_) => {}
            State::Done => panic!("a wait was polled after it had ended"),
        }
        loop {
            let State::Asleep(asleep) = &mut this.state else { unreachable!("it sleeps") };
            // SAFETY: the wait is pinned with `state`.
            let woken = ready!(unsafe { Pin::new_unchecked(&mut asleep.wait) }.poll(cx));
            let me = asleep.me.clone();
            match raw.after_wake(&me, woken.map_err(UnlessError::from), Limit::None) {
                Step::Leave(ended, others) => {
                    // Before the wakers of other tasks run: whatever they do, this wait is over.
                    this.state = State::Done;
                    Sleeper::keep(me);
                    return Poll::Ready(result_of(raw.finish(ended, others, this.permits)));
                }
                Step::Stay(others) => {
                    // SAFETY: as above. The old wait is dropped in place.
                    asleep.wait = unsafe { Woken::new(&me, this.stop) };
                    others.wake_quietly();
                }
            }
        }
    }
}

fn result_of(result: Result<(), UnlessError>) -> Result<(), Stopped> {
    match result {
        Ok(()) => Ok(()),
        Err(UnlessError::Stopped) => Err(Stopped),
        Err(UnlessError::TimedOut) => unreachable!("a task waits without a limit"),
    }
}

impl<S: Deref<Target = Semaphore>> Drop for Acquiring<'_, S> {
    #[inline]
    fn drop(&mut self) {
        if let State::Asleep(asleep) = &self.state {
            self.semaphore.raw.give_up(&asleep.me);
        }
    }
}

impl<S: Deref<Target = Semaphore>> UnwindSafe for Acquiring<'_, S> {}
impl<S: Deref<Target = Semaphore>> RefUnwindSafe for Acquiring<'_, S> {}

// SAFETY: the semaphore's lock protects the sleeper, and everything else is `Send` if `S` is.
unsafe impl<S: Deref<Target = Semaphore> + Send> Send for Acquiring<'_, S> {}
// SAFETY: every change needs exclusive access.
unsafe impl<S: Deref<Target = Semaphore> + Sync> Sync for Acquiring<'_, S> {}

macro_rules! futures {
    ($(
        $(#[$meta:meta])*
        $name:ident<$($lifetime:lifetime),*>($acquire:ty) -> $output:ty = $of_result:expr;
    )*) => {$(
        $(#[$meta])*
        #[must_use = "futures do nothing unless polled"]
        pub struct $name<$($lifetime),*>($acquire);

        impl<$($lifetime),*> Future for $name<$($lifetime),*> {
            type Output = $output;

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<$output> {
                // SAFETY: its only field is pinned with it.
                let acquire = unsafe { self.as_mut().map_unchecked_mut(|this| &mut this.0) };
                let result = ready!(acquire.poll(cx));
                Poll::Ready($of_result(&self.0, result))
            }
        }

        /// Shows the number of permits that the task waits for.
        impl<$($lifetime),*> fmt::Debug for $name<$($lifetime),*> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("permits", &self.0.permits).finish()
            }
        }
    )*};
}

fn guard<'a>(acquire: &Acquiring<'_, &'a Semaphore>) -> SemaphoreGuard<'a> {
    SemaphoreGuard::new(acquire.semaphore, acquire.permits)
}

fn owned_guard(acquire: &Acquiring<'_, Arc<Semaphore>>) -> OwnedSemaphoreGuard {
    OwnedSemaphoreGuard::new(acquire.semaphore.clone(), acquire.permits)
}

/// Checks that a wait that nothing stops has succeeded.
fn acquired<S: Deref<Target = Semaphore>>(result: Result<(), Stopped>, acquire: &Acquiring<'_, S>) {
    debug_assert!(result.is_ok() && acquire.stop.is_none());
}

futures! {
    /// A task's wait for permits, made by [`Semaphore::wait_async`] and [`Many::wait_async`].
    ///
    /// # Semantics
    ///
    /// * Creating the wait has no effect. The first poll acquires the permits if they are available. Otherwise
    ///   the task joins the queue of the semaphore, in FIFO order with threads.
    /// * The future may be dropped at any time. If it was served, its drop returns the permits. If it was woken to try,
    ///   its drop wakes the next waiter. A future that is neither polled nor dropped keeps what it was given.
    /// * A poll blocks only while another thread holds an internal lock. It does not yield to the runtime
    ///   if the permits are available. Polling after the wait has ended panics.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// async fn work(slots: &Semaphore) {
    ///     let _two = slots.many(2).await;
    ///     // … as many tasks as there are permits …
    /// }
    /// # drop(work(&Semaphore::with_permits(2)));
    /// ```
    SemaphoreWait<'a>(Acquiring<'a, &'a Semaphore>) -> SemaphoreGuard<'a> = |acquire, result| {
        acquired(result, acquire);
        guard(acquire)
    };

    /// A task's wait for permits, with a guard that owns a share of the semaphore, made by [`Owned::wait_async`].
    ///
    /// Polls and drops have the effects that [`SemaphoreWait`] documents.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::{OwnedSemaphoreWait, Semaphore};
    /// use std::sync::Arc;
    ///
    /// let slots = Arc::new(Semaphore::with_permits(2));
    /// let wait: OwnedSemaphoreWait<'static> = slots.owned().wait_async();
    /// # drop(wait);
    /// ```
    OwnedSemaphoreWait<'s>(Acquiring<'s, Arc<Semaphore>>) -> OwnedSemaphoreGuard = |acquire, result| {
        acquired(result, acquire);
        owned_guard(acquire)
    };

    /// A task's wait for permits [unless](rsevents::Awaitable::unless) an event is set.
    ///
    /// Polls and drops have the effects that [`SemaphoreWait`] documents.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::ManualResetEvent;
    /// use rsevents_extra::{Awaitable, Semaphore, Stopped};
    ///
    /// async fn work(slots: &Semaphore, closed: &ManualResetEvent) -> Result<(), Stopped> {
    ///     let _slot = slots.unless(closed).await?;
    ///     Ok(())
    /// }
    /// # drop(work(&Semaphore::with_permits(2), &ManualResetEvent::default()));
    /// ```
    SemaphoreWaitUnless<'a, 's>(Acquiring<'s, &'a Semaphore>) -> Result<SemaphoreGuard<'a>, Stopped> =
        |acquire, result: Result<(), Stopped>| result.map(|()| guard(acquire));

    /// A task's wait for permits [unless](rsevents::Awaitable::unless) an event is set. Its guard owns a share of the
    /// semaphore.
    ///
    /// Polls and drops have the effects that [`SemaphoreWait`] documents.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::ManualResetEvent;
    /// use rsevents_extra::{Awaitable, OwnedSemaphoreGuard, Semaphore, Stopped};
    /// use std::sync::Arc;
    ///
    /// async fn slot(
    ///     slots: &Arc<Semaphore>,
    ///     closed: &ManualResetEvent,
    /// ) -> Result<OwnedSemaphoreGuard, Stopped> {
    ///     slots.owned().unless(closed).await
    /// }
    /// # drop(slot(&Arc::new(Semaphore::with_permits(2)), &ManualResetEvent::default()));
    /// ```
    OwnedSemaphoreWaitUnless<'s>(Acquiring<'s, Arc<Semaphore>>) -> Result<OwnedSemaphoreGuard, Stopped> =
        |acquire, result: Result<(), Stopped>| result.map(|()| owned_guard(acquire));
}

impl Semaphore {
    /// Returns a future with which a task waits for a permit, as a thread does with [`wait`](Self::wait).
    ///
    /// Cancel safe: dropping the future loses its place in the queue, and no permit. See [`SemaphoreWait`].
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// async fn work(slots: &Semaphore) {
    ///     let _slot = slots.wait_async().await;
    ///     // … as many tasks as there are permits …
    /// }
    /// # drop(work(&Semaphore::with_permits(2)));
    /// ```
    pub const fn wait_async(&self) -> SemaphoreWait<'_> {
        SemaphoreWait(Acquiring::new(self, 1, None))
    }
}

impl<'a> Many<'a> {
    /// Returns a future with which a task waits. `.await` on the value does the same.
    ///
    /// Cancel safe: dropping the future loses its place in the queue, and no permit. See [`SemaphoreWait`].
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    ///
    /// async fn work(slots: &Semaphore) {
    ///     assert_eq!(slots.many(2).wait_async().await.permits(), 2);
    /// }
    /// # drop(work(&Semaphore::with_permits(2)));
    /// ```
    pub const fn wait_async(&self) -> SemaphoreWait<'a> {
        SemaphoreWait(Acquiring::new(self.semaphore, self.permits, None))
    }
}

impl Owned {
    /// Returns a future with which a task waits. `.await` on the value does the same.
    ///
    /// Cancel safe: dropping the future loses its place in the queue, and no permit. See [`SemaphoreWait`].
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents_extra::Semaphore;
    /// use std::sync::Arc;
    ///
    /// async fn work(slots: Arc<Semaphore>) {
    ///     assert_eq!(slots.owned().wait_async().await.permits(), 1);
    /// }
    /// # drop(work(Arc::new(Semaphore::with_permits(2))));
    /// ```
    pub fn wait_async(&self) -> OwnedSemaphoreWait<'static> {
        OwnedSemaphoreWait(Acquiring::new(self.semaphore.clone(), self.permits, None))
    }
}

impl<'a> IntoFuture for Many<'a> {
    type Output = SemaphoreGuard<'a>;
    type IntoFuture = SemaphoreWait<'a>;

    fn into_future(self) -> SemaphoreWait<'a> {
        self.wait_async()
    }
}

impl IntoFuture for Owned {
    type Output = OwnedSemaphoreGuard;
    type IntoFuture = OwnedSemaphoreWait<'static>;

    fn into_future(self) -> OwnedSemaphoreWait<'static> {
        self.wait_async()
    }
}

impl<'a> AwaitableAsync<'a> for Semaphore {
    type Wait = SemaphoreWait<'a>;

    fn wait_async(&'a self) -> SemaphoreWait<'a> {
        self.wait_async()
    }
}

impl<'a> AwaitableAsync<'_> for Many<'a> {
    type Wait = SemaphoreWait<'a>;

    fn wait_async(&self) -> SemaphoreWait<'a> {
        self.wait_async()
    }
}

impl AwaitableAsync<'_> for Owned {
    type Wait = OwnedSemaphoreWait<'static>;

    fn wait_async(&self) -> OwnedSemaphoreWait<'static> {
        self.wait_async()
    }
}

impl<'a> AwaitableUnlessAsync<'a> for Semaphore {
    type WaitUnless<'s> = SemaphoreWaitUnless<'a, 's>;

    fn wait_unless_async<'s>(&'a self, stop: &'s dyn Event) -> SemaphoreWaitUnless<'a, 's> {
        SemaphoreWaitUnless(Acquiring::new(self, 1, Some(stop)))
    }
}

impl<'u, 'a> AwaitableUnlessAsync<'u> for Many<'a> {
    type WaitUnless<'s>
        = SemaphoreWaitUnless<'a, 's>
    where
        Self: 'u;

    fn wait_unless_async<'s>(&'u self, stop: &'s dyn Event) -> SemaphoreWaitUnless<'a, 's> {
        SemaphoreWaitUnless(Acquiring::new(self.semaphore, self.permits, Some(stop)))
    }
}

impl AwaitableUnlessAsync<'_> for Owned {
    type WaitUnless<'s> = OwnedSemaphoreWaitUnless<'s>;

    fn wait_unless_async<'s>(&self, stop: &'s dyn Event) -> OwnedSemaphoreWaitUnless<'s> {
        OwnedSemaphoreWaitUnless(Acquiring::new(self.semaphore.clone(), self.permits, Some(stop)))
    }
}
