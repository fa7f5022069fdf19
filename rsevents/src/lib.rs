//! One-byte events with which threads and tasks wait for each other: no lost signals if nobody waits yet, and no
//! spurious wake-ups.
//!
//! An [`AutoResetEvent`] releases one wait for each signal. A [`ManualResetEvent`] releases all waits while it is
//! set. Both work as in Win32 and .NET, on every platform with a Rust standard library and threads. Waits may have a
//! timeout, a deadline or a [stop event](Awaitable::unless), and may be for [any](WaitAny) or [all](WaitAll) of several
//! events.
//!
//! # Which type?
//!
//! | you want to | use | a thread | a task |
//! |---|---|---|---|
//! | hand work or a turn to one waiter at a time | [`AutoResetEvent`] | `.wait()` | `.wait_async().await` |
//! | announce something to everybody, until further notice | [`ManualResetEvent`] | `.wait()` | `.wait_async().await` |
//! | wait for any of several events | [`WaitAny`] | `.wait()` | `.await` |
//! | wait until several events are set at the same time | [`WaitAll`] | `.wait()` | `.await`, or [`wait_owned_async`](WaitAll::wait_owned_async) |
//! | end a wait when the program stops | [`.unless(&stop)`](Awaitable::unless) | `.try_wait()` | `.await` |
//! | build a primitive of your own | [`Awaitable`], on top of an event | | [`AwaitableAsync`] |
//! | count work items down to zero, or let at most *n* users enter | the crate `rsevents-extra` | | |
//!
//! # Example
//!
//! A worker sleeps until there is news, or until it is stopped.
//!
//! ```
//! use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, WaitAny};
//! use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
//!
//! static NEWS: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
//! static NEWEST: AtomicU32 = AtomicU32::new(0);
//! static STOP: ManualResetEvent = ManualResetEvent::new(EventState::Unset);
//!
//! let reader = std::thread::spawn(|| {
//!     let mut seen = 0;
//!     // If both are set, the smaller index wins: news is read before the thread stops.
//!     while WaitAny::new(&[&NEWS, &STOP]).wait() == 0 {
//!         seen = NEWEST.load(Relaxed); // visible, because `set` came after the store
//!     }
//!     seen
//! });
//! for number in 1..=10 {
//!     NEWEST.store(number, Relaxed);
//!     NEWS.set();
//! }
//! STOP.set();
//! assert_eq!(reader.join().unwrap(), 10);
//! ```
//!
//! An event stores at most one signal. If several threads serve one queue, that matters: see
//! [the recipe](recipes#several-workers).
//!
//! # Guide
//!
//! * [`recipes`]: several workers, gates, stop signals, pools, phases, replies, debouncing, closing.
//! * [`tasks`]: `.await`, timeouts, `select!`, what blocks, cancel safety.
//! * [`porting`]: from [Win32](porting::win32) and from [.NET](porting::dotnet).
//!
//! # Guarantees
//!
//! * **Linearizable.** Each operation on an event, a poll or wait of a group included, takes effect at one instant
//!   between its call and its return. All threads agree on one order of these instants, across all events. If two
//!   threads each set an event and then read the other thread's event, at least one reads "set". A timeout never
//!   swallows a signal. A `set` never releases a wait that began after a later `reset`.
//! * **No spurious wake-ups.** A wait ends when it is released, when its time is over, or when it is stopped.
//! * **Exactly one.** A `set` of an auto-reset event hands the signal to the oldest parked thread or queued task, if
//!   there is one. No other waiter can take it.
//! * **Never early.** A timeout is measured once, from the call. A timeout too large for the clock means "wait
//!   forever". A timeout of zero polls.
//! * **Visible.** What happens before a `set` is visible after the wait that it releases, and after the `reset` that
//!   discards its signal.
//! * **Woken by the releaser.** The call that releases a wait also wakes its thread or task. No wait depends on another
//!   that was released with it. A wait with a timeout ends in time, even if it has been released and the
//!   thread that is about to wake it does not run.
//! * **Free at once.** The releasing thread never touches the event after the release, so the waiter may free it.
//! * **Cancel safe.** A future may be dropped at any time, and passes on the signal that it was given.
//! * **Panics.** Only two things panic: creating a group that makes no sense ([`WaitAny::new`], [`WaitAll::new`],
//!   [`WaitAll::wait_owned_async`]), and polling a future that has ended. If a waker panics, all other wakers are still
//!   called, and then the panic continues.
//!
//! # Limits
//!
//! * Not across processes, and not across `fork`: the queues of sleeping threads belong to the process,
//!   and a child may inherit one locked.
//! * Not in signal handlers, because every operation may take a lock.
//! * Not inside a global allocator. Waits allocate when many threads wait, for large groups, and for groups with a
//!   timeout. Besides, `parking_lot_core` may allocate when a thread first parks at a contended internal lock.
//! * On WebAssembly without threads nothing can block. Polls, `set`, `reset` and waits of tasks work. A wait that would
//!   have to block panics or aborts: in [`parking_lot_core`], or in `std` if there is no clock for the timeout.
//! * With `parking_lot_core` 0.9, a timeout of more than 49 days never passes on Windows. On macOS, a wait
//!   times out late if the system's clock is set back meanwhile. 0.10, which needs Rust 1.95, has neither fault.
//! * What happens to timeouts while the computer sleeps [depends on the
//!   platform](porting::win32#while-the-computer-sleeps).
//!
//! Non-goals: named or cross-process events, security descriptors, `no_std`.

#![warn(missing_docs, clippy::print_stdout, clippy::print_stderr)]

mod auto;
mod awaitable;
mod byte;
mod deadline;
mod event;
mod future;
mod group;
mod listeners;
mod manual;
mod parked;
mod primitive;
mod spin;
mod state;
mod unless;

pub use auto::AutoResetEvent;
pub use awaitable::{Awaitable, AwaitableError, TimeoutError};
pub use future::{
    AwaitableAsync, AwaitableUnlessAsync, Wait, WaitAllFuture, WaitAllUnless, WaitAnyFuture,
    WaitAnyUnless, WaitUnless,
};
pub use group::{Event, WaitAll, WaitAny};
pub use manual::ManualResetEvent;
pub use spin::{set_spinning, without_spinning};
pub use state::EventState;
pub use unless::{AwaitableUnless, Limit, Stopped, Unless, UnlessError};

// The text of the guide is also read in the repository. Links in it are references. Rustdoc uses the definitions
// here, because the first definition of a reference counts; the files end with definitions for the repository.

/// Recipes: several workers, gates, stop signals, pools, phases, replies, debouncing.
///
// The examples use `rsevents-extra` and tokio, so the package `examples` tests them.
#[cfg_attr(not(doctest), doc = include_str!("guide/recipes.md"))]
pub mod recipes {}

/// Tasks: `.await` on the objects that threads wait for.
///
/// [Wait]: crate::Wait
///
#[cfg_attr(not(doctest), doc = include_str!("guide/tasks.md"))]
pub mod tasks {}

/// Porting from other platforms: every call of the event, semaphore and wait families.
pub mod porting {
    /// Porting from Win32.
    ///
    /// [AutoResetEvent::new]: crate::AutoResetEvent::new
    /// [ManualResetEvent::new]: crate::ManualResetEvent::new
    /// [EventState]: crate::EventState
    /// [WaitAny]: crate::WaitAny
    /// [WaitAll]: crate::WaitAll
    /// [Awaitable::wait_until]: crate::Awaitable::wait_until
    /// [Awaitable::unless]: crate::Awaitable::unless
    /// [tasks]: crate::tasks
    /// [ManualResetEvent]: crate::ManualResetEvent
    ///
    #[cfg_attr(not(doctest), doc = include_str!("guide/win32.md"))]
    pub mod win32 {}

    /// Porting from .NET.
    ///
    /// [AutoResetEvent::new]: crate::AutoResetEvent::new
    /// [ManualResetEvent::new]: crate::ManualResetEvent::new
    /// [Awaitable::unless]: crate::Awaitable::unless
    /// [set_spinning]: crate::set_spinning
    /// [tasks]: crate::tasks
    /// [WaitAny]: crate::WaitAny
    /// [WaitAll]: crate::WaitAll
    /// [porting::win32#what-groups-cannot-contain]: crate::porting::win32#what-groups-cannot-contain
    /// [ManualResetEvent]: crate::ManualResetEvent
    /// [Stopped]: crate::Stopped
    /// [recipes#phase-change]: crate::recipes#phase-change
    /// [porting::win32#while-the-computer-sleeps]: crate::porting::win32#while-the-computer-sleeps
    ///
    #[cfg_attr(not(doctest), doc = include_str!("guide/dotnet.md"))]
    pub mod dotnet {}
}

/// Atomics for the models of crates that are built on this crate. Also contains what the driver of generated
/// programs needs.
#[cfg(rsevents_loom)]
#[doc(hidden)]
pub mod model {
    pub use crate::listeners::listened_events;
    pub use crate::primitive::SpinLock;
    pub use crate::primitive::model::control;
    pub use crate::primitive::model::{Arc, AtomicU8, AtomicU64, AtomicUsize, lazy_static};

    /// The bits of an event, without the checker's knowledge.
    #[must_use]
    pub fn bits(event: &dyn crate::Event) -> u8 {
        event.member().byte.latest()
    }
}

/// The name of [`EventState`] in early versions of this crate, kept for programs that use it.
#[doc(hidden)]
pub type State = EventState;
