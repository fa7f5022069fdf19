//! Waits of tasks: the futures, and the traits for generic code.

use crate::auto::AutoResetEvent;
use crate::awaitable::Awaitable;
use crate::event;
use crate::group::{Event, WaitAll, WaitAny, WithStop, unless_stop};
use crate::listeners::{Group, Member, Members, One, Task, Want};
use crate::manual::ManualResetEvent;
use crate::primitive::const_unless_loom;
use crate::unless::{AwaitableUnless, Stopped, Unless};
use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

/// An awaitable that tasks can wait for, too.
///
/// Types that are built from events implement it by returning the future of an event, or a future that contains it.
///
/// # Examples
///
/// A function that works with everything a task can wait for:
///
/// ```
/// use rsevents::{AutoResetEvent, AwaitableAsync, EventState};
///
/// async fn twice<'a, A: AwaitableAsync<'a>>(awaitable: &'a A) -> (A::T, A::T) {
///     (awaitable.wait_async().await, awaitable.wait_async().await)
/// }
///
/// let event = AutoResetEvent::new(EventState::Set);
/// let both = twice(&event);
/// # drop(both);
/// ```
pub trait AwaitableAsync<'a>: Awaitable<'a> {
    /// The future that [`wait_async`](Self::wait_async) returns.
    type Wait: Future<Output = Self::T>;

    /// Returns a future that waits. It does nothing until it is polled.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AwaitableAsync, EventState, ManualResetEvent};
    /// use std::future::Future;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let ready = ManualResetEvent::new(EventState::Set);
    /// let wait = std::pin::pin!(AwaitableAsync::wait_async(&ready));
    /// assert_eq!(wait.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(()));
    /// ```
    fn wait_async(&'a self) -> Self::Wait;
}

/// An awaitable that tasks can wait for [unless](Awaitable::unless) an event is set.
///
/// # Examples
///
/// ```
/// use rsevents::{AwaitableUnlessAsync, ManualResetEvent, Stopped};
///
/// async fn next<'a, A: AwaitableUnlessAsync<'a>>(
///     awaitable: &'a A,
///     stop: &ManualResetEvent,
/// ) -> Result<A::T, Stopped> {
///     awaitable.wait_unless_async(stop).await
/// }
/// # drop(next(&rsevents::AutoResetEvent::default(), &ManualResetEvent::default()));
/// ```
pub trait AwaitableUnlessAsync<'a>: AwaitableUnless<'a> {
    /// The future that [`wait_unless_async`](Self::wait_unless_async) returns.
    type WaitUnless<'s>: Future<Output = Result<Self::T, Stopped>>
    where
        Self: 'a;

    /// Returns a future that waits unless `stop` is set. Users call [`Unless::wait_async`] instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, AwaitableUnlessAsync, EventState, ManualResetEvent};
    /// use std::future::Future;
    /// use std::task::{Context, Poll, Waker};
    ///
    /// let (work, stop) = (AutoResetEvent::new(EventState::Set), ManualResetEvent::default());
    /// let wait = std::pin::pin!(work.wait_unless_async(&stop));
    /// assert_eq!(wait.poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(())));
    /// ```
    fn wait_unless_async<'s>(&'a self, stop: &'s dyn Event) -> Self::WaitUnless<'s>;
}

/// A task's wait for one event, which it borrows or owns: `Wait<&AutoResetEvent>`,
/// `Wait<Arc<ManualResetEvent>>`, `Wait<&dyn Event>`.
///
/// The events' `wait_async` and `wait_owned_async` create it, and so does [`Wait::new`], also in a constant. It needs
/// no runtime. [`tasks`](crate::tasks) shows it with a timeout, `select!`, `spawn` and in a struct.
///
/// # Semantics
///
/// * Creating the wait has no effect. The first poll takes the signal if the event is set. Otherwise the task
///   joins the queue of the event, in which threads and tasks are released in FIFO order.
/// * A wait that was released keeps its signal until it is polled, whatever happens to the event meanwhile.
/// * Every release calls the waker of the last poll, once, unless the task is polled or dropped before. A wait does not wake its task for any other reason.
///   Threads that [`set`](AutoResetEvent::set) an event may have to call a waker; they hold no lock then.
/// * No waker is called, cloned or dropped under a lock, so wakers may use the event.
///
/// # Blocking
///
/// A poll or drop never blocks until the event is set. Like every operation, it may block briefly while another
/// thread holds an internal lock. So it also works on WebAssembly without threads, where nothing can block.
///
/// A poll does not yield to the runtime. A task that waits in a loop for an event that is always set must yield itself,
/// or other tasks of its thread starve.
///
/// # Cancel safety
///
/// The future may be dropped at any time. A wait that was not released leaves the queue. A wait that an auto-reset
/// event released, and that was not polled since, passes its signal on. The dropping thread then acts as if it called
/// `set`, or `pulse` if a pulse released the wait. So `select!` and timeouts lose no signal.
///
/// A future that is neither polled nor dropped keeps its signal. A future that is leaked with [`std::mem::forget`]
/// after its first poll stays in the queue of the event's address for ever. Later signals may then be lost.
///
/// # Memory ordering
///
/// The same as for a thread's wait. What was done before the `set` that released the wait is visible when the poll
/// returns `Ready`. This also holds if another wait passed the signal on.
///
/// # Panics
///
/// Polling panics if the wait has ended, that is, after a poll has returned `Ready`.
///
/// If a waker panics, `set` calls the wakers of all other released waits before the panic goes on. The wait
/// whose waker panicked keeps its signal.
///
/// # Examples
///
/// ```
/// use rsevents::{AutoResetEvent, Wait};
/// use std::future::Future;
/// use std::task::{Context, Poll, Waker};
///
/// let event = AutoResetEvent::default();
/// let mut wait = std::pin::pin!(Wait::new(&event));
/// let mut context = Context::from_waker(Waker::noop());
/// assert_eq!(wait.as_mut().poll(&mut context), Poll::Pending);
/// event.set();
/// assert!(!event.is_set()); // the signal is the wait's
/// assert_eq!(wait.poll(&mut context), Poll::Ready(()));
/// ```
#[must_use = "futures do nothing unless polled"]
pub struct Wait<E: Event> {
    event: E,
    task: Task<One>,
}

impl<E: Event> Wait<E> {
    const_unless_loom! {
        /// Creates a wait for an event.
        ///
        /// # Examples
        ///
        /// ```
        /// use rsevents::{Event, ManualResetEvent, Wait};
        ///
        /// static READY: ManualResetEvent = ManualResetEvent::new(rsevents::EventState::Unset);
        /// const fn wait(event: &ManualResetEvent) -> Wait<&ManualResetEvent> {
        ///     Wait::new(event)
        /// }
        /// let dynamic: Wait<&dyn Event> = Wait::new(&READY);
        /// # drop((wait(&READY), dynamic));
        /// ```
        pub fn new(event: E) -> Self {
            Self { event, task: Task::new(Want::Any) }
        }
    }

    /// Returns the event.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Wait};
    /// use std::sync::Arc;
    ///
    /// let wait = Wait::new(Arc::new(AutoResetEvent::default()));
    /// wait.event().set();
    /// ```
    pub const fn event(&self) -> &E {
        &self.event
    }
}

impl<E: Event> Future for Wait<E> {
    type Output = ();

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // SAFETY: the task is not moved, and the event is only borrowed.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        let task = unsafe { Pin::new_unchecked(&mut this.task) };
        task.poll(&this.event.member(), cx.waker()).map(|_index| ())
    }
}

impl<E: Event> Drop for Wait<E> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the task is not moved any more.
        unsafe { Pin::new_unchecked(&mut self.task) }.leave();
    }
}

/// Shows the state of the event. Never blocks.
impl<E: Event> fmt::Debug for Wait<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = event::shown(self.event.member().byte);
        f.debug_struct("Wait").field("event", state).finish_non_exhaustive()
    }
}

/// A task's wait for a group. The public futures wrap it.
struct Grouped<G: Members> {
    group: G,
    task: Task<Group>,
}

impl<G: Members> Grouped<G> {
    fn new(group: G, want: Want) -> Self {
        Self { group, task: Task::new(want) }
    }

    fn poll(self: Pin<&mut Self>, cx: &Context<'_>) -> Poll<usize> {
        // SAFETY: the task is not moved, and the group is only borrowed.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: as above.
        unsafe { Pin::new_unchecked(&mut this.task) }.poll(&this.group, cx.waker())
    }
}

impl<G: Members> Drop for Grouped<G> {
    fn drop(&mut self) {
        // SAFETY: the task is not moved any more.
        unsafe { Pin::new_unchecked(&mut self.task) }.leave();
    }
}

/// A group of one event, which is borrowed or owned.
struct Only<E>(E);

impl<E: Event> Members for Only<E> {
    fn len(&self) -> usize {
        1
    }

    fn member(&self, _: usize) -> Member<'_> {
        self.0.member()
    }
}

/// Events that outlive every future: see [`WaitAllFuture`].
enum Kept {
    Static(&'static [&'static dyn Event]),
    Owned(Box<[Arc<dyn Event>]>),
}

impl Members for Kept {
    fn len(&self) -> usize {
        match self {
            Self::Static(events) => events.len(),
            Self::Owned(events) => events.len(),
        }
    }

    fn member(&self, index: usize) -> Member<'_> {
        match self {
            Self::Static(events) => events[index].member(),
            Self::Owned(events) => events[index].member(),
        }
    }
}

macro_rules! group_futures {
    ($(
        $(#[$meta:meta])*
        $name:ident $(<$($parameter:tt $(: $bound:ident)?),*>)? ($group:ty) -> $output:ty = $of_index:expr;
    )*) => {$(
        $(#[$meta])*
        #[must_use = "futures do nothing unless polled"]
        pub struct $name $(<$($parameter $(: $bound)?),*>)? (Grouped<$group>);

        impl $(<$($parameter $(: $bound)?),*>)? Future for $name $(<$($parameter),*>)? {
            type Output = $output;

            fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<$output> {
                // SAFETY: the only field is pinned if the future is.
                let index = ready!(unsafe { self.map_unchecked_mut(|this| &mut this.0) }.poll(cx));
                Poll::Ready($of_index(index))
            }
        }

        /// Shows how many events it waits for.
        impl $(<$($parameter $(: $bound)?),*>)? fmt::Debug for $name $(<$($parameter),*>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let events = self.0.group.len();
                f.debug_struct(stringify!($name)).field("events", &events).finish()
            }
        }
    )*};
}

group_futures! {
    /// A task's wait for any of several events, made by [`WaitAny::wait_async`]. It yields the index.
    ///
    /// Polls and drops have the effects that [`Wait`] documents. If it is dropped with a signal, it passes on the
    /// signal of the one event that released it. It makes one allocation if it has to wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, ManualResetEvent, WaitAny, WaitAnyFuture};
    ///
    /// let (work, stop) = (AutoResetEvent::default(), ManualResetEvent::default());
    /// let events: [&dyn rsevents::Event; 2] = [&stop, &work];
    /// let future: WaitAnyFuture<'_> = WaitAny::new(&events).wait_async();
    /// # drop(future);
    /// ```
    WaitAnyFuture<'e>(&'e [&'e dyn Event]) -> usize = |index| index;

    /// A task's wait until all of several events are set at one instant, made by [`WaitAll::wait_async`] and
    /// [`WaitAll::wait_owned_async`].
    ///
    /// Polls and drops have the effects that [`Wait`] documents. If it is dropped with signals, it passes all of
    /// them on. It makes one allocation if it has to wait.
    ///
    /// It does not borrow its events, because the `set` of one of them uses the others on behalf of the
    /// wait. Borrowed events could have been freed by then, if the future was leaked with [`std::mem::forget`].
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Event, ManualResetEvent, WaitAll};
    /// use std::sync::Arc;
    ///
    /// let (part, open) = (Arc::new(AutoResetEvent::default()), Arc::new(ManualResetEvent::default()));
    /// let future = WaitAll::wait_owned_async([part as Arc<dyn Event>, open]);
    /// # drop(future);
    /// ```
    WaitAllFuture(Kept) -> () = |_| ();

    /// A task's wait for an event [unless](Awaitable::unless) another is set.
    ///
    /// Polls and drops have the effects that [`Wait`] documents.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, ManualResetEvent, WaitUnless};
    ///
    /// let (work, stop) = (AutoResetEvent::default(), ManualResetEvent::default());
    /// let future: WaitUnless<'_, &AutoResetEvent> = work.unless(&stop).wait_async();
    /// # drop(future);
    /// ```
    WaitUnless<'s, E: Event>(WithStop<'s, Only<E>>) -> Result<(), Stopped> =
        |index| unless_stop(index).map(|_only| ());

    /// A task's wait for any of several events [unless](Awaitable::unless) another is set.
    ///
    /// Polls and drops have the effects that [`Wait`] documents.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, Event, ManualResetEvent, WaitAny, WaitAnyUnless};
    ///
    /// let (a, b, stop) = (AutoResetEvent::default(), AutoResetEvent::default(), ManualResetEvent::default());
    /// let events: [&dyn Event; 2] = [&a, &b];
    /// let any = WaitAny::new(&events);
    /// let future: WaitAnyUnless<'_, '_> = any.unless(&stop).wait_async();
    /// # drop(future);
    /// ```
    WaitAnyUnless<'s, 'e>(WithStop<'s, &'e [&'e dyn Event]>) -> Result<usize, Stopped> = unless_stop;

    /// A task's wait for all of several events [unless](Awaitable::unless) another is set.
    ///
    /// Polls and drops have the effects that [`Wait`] and [`WaitAllFuture`] document.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, WaitAll, WaitAllUnless};
    ///
    /// static A: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
    /// static B: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
    /// static BOTH: [&dyn rsevents::Event; 2] = [&A, &B];
    /// let (all, stop) = (WaitAll::new(&BOTH), ManualResetEvent::default());
    /// let future: WaitAllUnless<'_> = all.unless(&stop).wait_async();
    /// # drop(future);
    /// ```
    WaitAllUnless<'s>(WithStop<'s, Kept>) -> Result<(), Stopped> =
        |index| unless_stop(index).map(|_last| ());
}

impl<'s, E: Event> WaitUnless<'s, E> {
    /// Creates a wait for an event unless `stop` is set. The wait borrows or owns the event.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Event, ManualResetEvent, WaitUnless};
    ///
    /// let (work, stop) = (AutoResetEvent::default(), ManualResetEvent::default());
    /// let wait: WaitUnless<'_, &dyn Event> = WaitUnless::new(&work, &stop);
    /// # drop(wait);
    /// ```
    pub fn new(event: E, stop: &'s dyn Event) -> Self {
        let group = WithStop { stop: stop.member(), events: Only(event) };
        Self(Grouped::new(group, Want::Any))
    }
}

macro_rules! event {
    ($($event:ident)*) => {$(
        impl $event {
            /// Returns a future with which a task waits for the event, as a thread does with
            /// [`wait`](Awaitable::wait).
            ///
            /// Cancel safe: dropping the future loses its place in the queue, and no signal. See
            /// [`Wait`](Wait#cancel-safety).
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use rsevents::", stringify!($event), ";")]
            ///
            #[doc = concat!("async fn served(event: &", stringify!($event), ") {")]
            ///     event.wait_async().await;
            /// }
            #[doc = concat!("# drop(served(&", stringify!($event), "::default()));")]
            /// ```
            #[inline]
            pub fn wait_async(&self) -> Wait<&Self> {
                Wait::new(self)
            }

            /// Returns a future as [`wait_async`](Self::wait_async) does, which owns a share of the event. Use it in
            /// tasks that must not borrow.
            ///
            /// # Examples
            ///
            /// ```
            #[doc = concat!("use rsevents::{", stringify!($event), ", Wait};")]
            /// use std::sync::Arc;
            ///
            #[doc = concat!("let event = Arc::new(", stringify!($event), "::default());")]
            #[doc = concat!("let wait: Wait<Arc<", stringify!($event), ">> = event.wait_owned_async();")]
            /// drop(event); // the future keeps it alive
            /// # drop(wait);
            /// ```
            #[inline]
            pub fn wait_owned_async(self: &Arc<Self>) -> Wait<Arc<Self>> {
                Wait::new(self.clone())
            }
        }

        impl<'a> AwaitableAsync<'a> for $event {
            type Wait = Wait<&'a Self>;

            fn wait_async(&'a self) -> Wait<&'a Self> {
                Wait::new(self)
            }
        }

        impl<'a> AwaitableUnlessAsync<'a> for $event {
            type WaitUnless<'s> = WaitUnless<'s, &'a Self>;

            fn wait_unless_async<'s>(&'a self, stop: &'s dyn Event) -> WaitUnless<'s, &'a Self> {
                WaitUnless::new(self, stop)
            }
        }
    )*};
}
event!(AutoResetEvent ManualResetEvent);

impl<'e> WaitAny<'e> {
    /// Returns a future with which a task waits. `.await` on the group does the same.
    ///
    /// Cancel safe: dropping the future loses its places in the queues, and no signal. See
    /// [`Wait`](Wait#cancel-safety).
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, ManualResetEvent, WaitAny};
    ///
    /// async fn work(work: &AutoResetEvent, stop: &ManualResetEvent) {
    ///     while WaitAny::new(&[stop, work]).await == 1 {
    ///         // … one job …
    ///     }
    /// }
    /// # drop(work(&AutoResetEvent::default(), &ManualResetEvent::default()));
    /// ```
    pub fn wait_async(&self) -> WaitAnyFuture<'e> {
        WaitAnyFuture(Grouped::new(self.events, Want::Any))
    }
}

impl<'e> IntoFuture for WaitAny<'e> {
    type Output = usize;
    type IntoFuture = WaitAnyFuture<'e>;

    fn into_future(self) -> WaitAnyFuture<'e> {
        self.wait_async()
    }
}

impl<'e> AwaitableAsync<'_> for WaitAny<'e> {
    type Wait = WaitAnyFuture<'e>;

    fn wait_async(&self) -> WaitAnyFuture<'e> {
        self.wait_async()
    }
}

impl<'u, 'e> AwaitableUnlessAsync<'u> for WaitAny<'e> {
    type WaitUnless<'s>
        = WaitAnyUnless<'s, 'e>
    where
        Self: 'u;

    fn wait_unless_async<'s>(&self, stop: &'s dyn Event) -> WaitAnyUnless<'s, 'e> {
        let group = WithStop { stop: stop.member(), events: self.events };
        WaitAnyUnless(Grouped::new(group, Want::Any))
    }
}

impl WaitAll<'static> {
    /// Returns a future with which a task waits for events with a `'static` lifetime. `.await` on the group does the
    /// same. For other events see [`wait_owned_async`](Self::wait_owned_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, EventState, ManualResetEvent, WaitAll};
    ///
    /// static PART: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
    /// static OPEN: ManualResetEvent = ManualResetEvent::new(EventState::Unset);
    /// static BOTH: [&dyn rsevents::Event; 2] = [&PART, &OPEN];
    ///
    /// async fn assemble() {
    ///     WaitAll::new(&BOTH).await;
    /// }
    /// # drop(assemble());
    /// ```
    pub fn wait_async(&self) -> WaitAllFuture {
        WaitAllFuture(Grouped::new(Kept::Static(self.events), Want::All))
    }

    /// Returns a future with which a task waits until all of `events`, which it owns, are set at one instant.
    ///
    /// # Panics
    ///
    /// Panics if an auto-reset event occurs twice, as [`WaitAll::new`] does.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Event, WaitAll};
    /// use std::sync::Arc;
    ///
    /// async fn both(a: Arc<AutoResetEvent>, b: Arc<AutoResetEvent>) {
    ///     WaitAll::wait_owned_async([a as Arc<dyn Event>, b]).await;
    /// }
    /// # drop(both(Arc::default(), Arc::default()));
    /// ```
    #[track_caller]
    pub fn wait_owned_async(events: impl IntoIterator<Item = Arc<dyn Event>>) -> WaitAllFuture {
        let events: Box<[Arc<dyn Event>]> = events.into_iter().collect();
        let borrowed: Vec<&dyn Event> = events.iter().map(|event| &**event).collect();
        // `new` checks that no auto-reset event occurs twice.
        let _ = WaitAll::new(&borrowed);
        drop(borrowed);
        WaitAllFuture(Grouped::new(Kept::Owned(events), Want::All))
    }
}

impl IntoFuture for WaitAll<'static> {
    type Output = ();
    type IntoFuture = WaitAllFuture;

    fn into_future(self) -> WaitAllFuture {
        self.wait_async()
    }
}

impl AwaitableAsync<'_> for WaitAll<'static> {
    type Wait = WaitAllFuture;

    fn wait_async(&self) -> WaitAllFuture {
        self.wait_async()
    }
}

impl AwaitableUnlessAsync<'_> for WaitAll<'static> {
    type WaitUnless<'s> = WaitAllUnless<'s>;

    fn wait_unless_async<'s>(&self, stop: &'s dyn Event) -> WaitAllUnless<'s> {
        // The stop may be borrowed, because signals of the other events use its address only.
        let group = WithStop { stop: stop.member(), events: Kept::Static(self.events) };
        WaitAllUnless(Grouped::new(group, Want::AllUnless))
    }
}

impl<'a, 's, A: AwaitableUnlessAsync<'a> + ?Sized> Unless<'a, 's, A> {
    /// Returns a future with which a task waits. `.await` on the value does the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, ManualResetEvent};
    ///
    /// async fn work(work: &AutoResetEvent, stop: &ManualResetEvent) {
    ///     while work.unless(stop).await.is_ok() {
    ///         // … one job …
    ///     }
    /// }
    /// # drop(work(&AutoResetEvent::default(), &ManualResetEvent::default()));
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub fn wait_async(&self) -> A::WaitUnless<'s> {
        self.awaitable().wait_unless_async(self.stop())
    }
}

impl<'a, 's, A: AwaitableUnlessAsync<'a> + ?Sized> IntoFuture for Unless<'a, 's, A> {
    type Output = Result<A::T, Stopped>;
    type IntoFuture = A::WaitUnless<'s>;

    fn into_future(self) -> A::WaitUnless<'s> {
        self.wait_async()
    }
}
