//! Synchronisation objects built from the events of [`rsevents`]: a [`CountdownEvent`], which is set
//! when a count has reached zero, and a [`Semaphore`], which limits how many can enter.
//!
//! Both wait through `rsevents`' events and nothing else, can live in a `static`, and implement
//! [`Awaitable`], so that everything can be waited for without a limit, with one, or not at all.
//!
//! # Which type?
//!
//! | you want to | use |
//! |---|---|
//! | wait until a known or growing number of work items is done | [`CountdownEvent`] |
//! | let at most *n* threads do something at once | [`Semaphore`] |
//! | let exactly one thread at a time do something | a mutex: these are not mutexes |
//! | signal without counting | the events of [`rsevents`] |
//!
//! # Example
//!
//! ```
//! use rsevents_extra::{Awaitable, CountdownEvent, Semaphore};
//!
//! static TWO_AT_ONCE: Semaphore = Semaphore::with_permits(2);
//! static ALL_DONE: CountdownEvent = CountdownEvent::new(5);
//!
//! for _ in 0..5 {
//!     std::thread::spawn(|| {
//!         let _permit = TWO_AT_ONCE.wait();
//!         // … the expensive part …
//!         ALL_DONE.tick();
//!     });
//! }
//! ALL_DONE.wait();
//! ```
//!
//! # Limits
//!
//! Those of `rsevents`: not across processes or `fork`, not in signal handlers, not inside a global
//! allocator.

#![warn(missing_docs, clippy::print_stdout, clippy::print_stderr)]

mod countdown;
mod lock;
mod primitive;
mod semaphore;

pub use countdown::{CountdownEvent, CountdownGuard, OwnedCountdownGuard, OwnedCountdownWait};
pub use rsevents::{
    Awaitable, AwaitableAsync, AwaitableUnless, AwaitableUnlessAsync, Event, Limit, Stopped,
    TimeoutError, Unless, UnlessError,
};
pub use semaphore::{
    Many, Owned, OwnedSemaphoreGuard, OwnedSemaphoreWait, OwnedSemaphoreWaitUnless, Semaphore,
    SemaphoreGuard, SemaphoreWait, SemaphoreWaitUnless,
};
