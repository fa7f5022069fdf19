//! Events for signalling between threads, as Win32 has them: [`AutoResetEvent`] lets one wait through
//! for each `set`, [`ManualResetEvent`] lets every wait through while it is set. One byte each, in
//! statics and structs by the million; waits without a limit, with one, or not at all; and waits for
//! [any](WaitAny) or [all](WaitAll) of many events at once.
//!
//! # Which type?
//!
//! | you want to | use |
//! |---|---|
//! | hand work or a turn to one thread at a time | [`AutoResetEvent`] |
//! | announce a condition to everybody, until further notice | [`ManualResetEvent`] |
//! | serve whichever of several events comes first | [`WaitAny`] |
//! | go on when several events are set at the same instant | [`WaitAll`] |
//! | build a primitive of your own that can be waited for | [`Awaitable`] on top of an event |
//! | count work items down to zero, or limit how many threads enter | the crate `rsevents-extra` |
//!
//! # Example
//!
//! ```
//! use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent};
//! use std::time::Duration;
//!
//! static WORK: AutoResetEvent = AutoResetEvent::new(EventState::Unset);
//! static STOP: ManualResetEvent = ManualResetEvent::new(EventState::Unset);
//!
//! let worker = std::thread::spawn(|| {
//!     let mut served = 0;
//!     while !STOP.wait0() {
//!         served += u32::from(WORK.wait_for(Duration::from_millis(10)));
//!     }
//!     served + u32::from(WORK.wait0())
//! });
//! WORK.set();
//! STOP.set();
//! assert_eq!(worker.join().unwrap(), 1);
//! ```
//!
//! # Guarantees
//!
//! * **Linearizable.** Every operation takes effect at one instant between its call and its return,
//!   in one order that all threads agree on: a timeout never swallows a signal, a `set` that is
//!   still returning never releases a thread that began to wait after a later `reset`. The order spans
//!   all events: if two threads each set an event and then read the other's, at least one finds it set.
//! * **No spurious wake-ups.** A wait returns when it was released or when its time is over.
//! * **Exactly one.** A `set` of an auto-reset event that finds a parked thread gives the signal to
//!   that thread, and no other can take it.
//! * **Never early.** A time limit counts once, from the call. One that is too large for the clock
//!   is no limit; zero polls.
//! * **Visible.** What happens before a `set` is visible after the wait it releases, and after the
//!   `reset` that discards it.
//! * **Woken by the releaser.** The call that releases a wait also wakes its thread. No wait depends on
//!   another that was released with it, and a wait with a limit that has been released ends in time even if
//!   the thread that is about to wake it does not run.
//! * **Done when released.** After it has released a wait, a setter does not touch the event's memory.
//! * **No panics.** Nothing here panics, but for [`WaitAny::new`] and [`WaitAll::new`] on groups that
//!   make no sense.
//!
//! # Limits
//!
//! * Not across processes, and not across `fork`: the queues of sleeping threads belong to the process,
//!   and a child may inherit one locked.
//! * Not in signal handlers: `set` may take a lock, and so may all others.
//! * Not inside a global allocator. Waits allocate when many threads wait, for large groups, and for
//!   groups with a limit; and the first time that a thread parks at a contended internal lock,
//!   `parking_lot_core` may allocate.
//! * On WebAssembly without threads nothing can block: polls, `set` and `reset` work, a wait that would
//!   have to block panics or aborts (in [`parking_lot_core`], or where `std` has no clock to take its
//!   limit from).
//! * With `parking_lot_core` 0.9, a limit of more than 49 days never passes on Windows, and a wait on macOS
//!   times out late if the system's clock is set back meanwhile. 0.10, which needs Rust 1.95, has neither.
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

/// Recipes: several workers, gates, stop signals, pools, phases, replies, debouncing.
///
// The examples use `rsevents-extra` and tokio, so the package `examples` tests them.
#[cfg_attr(not(doctest), doc = include_str!("guide/recipes.md"))]
pub mod recipes {}

/// Tasks: `.await` on the objects that threads wait for.
///
#[cfg_attr(not(doctest), doc = include_str!("guide/tasks.md"))]
pub mod tasks {}

/// Porting from other platforms: every call of the event, semaphore and wait families.
pub mod porting {
    /// Porting from Win32.
    ///
    #[cfg_attr(not(doctest), doc = include_str!("guide/win32.md"))]
    pub mod win32 {}

    /// Porting from .NET.
    ///
    #[cfg_attr(not(doctest), doc = include_str!("guide/dotnet.md"))]
    pub mod dotnet {}
}

/// The atomics of models, for those of crates built on this one; and what the driver of generated
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
