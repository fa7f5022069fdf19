//! A countdown and a semaphore for threads and tasks, built from the one-byte events of [`rsevents`].
//!
//! A [`CountdownEvent`] is set while a count is zero. A [`Semaphore`] limits how many users enter. Both can live in a
//! `static`, and wait through `rsevents`' events only. Both implement [`Awaitable`] and [`AwaitableAsync`], so threads
//! call `wait()` and tasks write `.await`. Waits may have a timeout, a deadline or a
//! [stop event](Awaitable::unless).
//!
//! # Which type?
//!
//! | you want to | use | a thread | a task |
//! |---|---|---|---|
//! | wait until a known or growing number of work items is done | [`CountdownEvent`] | `.wait()` | `.wait_async().await` |
//! | let at most *n* users do something at once | [`Semaphore`] | `.wait()` | `.wait_async().await` |
//! | acquire several permits at once | [`semaphore.many(n)`](Semaphore::many) | `.wait()` | `.await` |
//! | keep a permit in a struct, a thread or a task | [`semaphore.owned()`](Semaphore::owned) | `.wait()` | `.await` |
//! | end a wait when the program stops | [`.unless(&stop)`](Awaitable::unless) | `.try_wait()` | `.await` |
//! | let exactly one thread at a time use a value | a mutex: these are not mutexes | | |
//! | signal without counting | the events of [`rsevents`] | | |
//!
//! [`rsevents::recipes`] has programs with both: several workers, a bounded pool, phases, closing. For tasks see
//! [`rsevents::tasks`].
//!
//! # Example
//!
//! ```
//! use rsevents_extra::{Awaitable, CountdownEvent, Semaphore};
//!
//! static TWO_AT_ONCE: Semaphore = Semaphore::with_permits(2);
//! static LEFT: CountdownEvent = CountdownEvent::new(5);
//!
//! for _ in 0..5 {
//!     std::thread::spawn(|| {
//!         let _item = LEFT.guard(); // ticks when it is dropped, also by a panic
//!         let _permit = TWO_AT_ONCE.wait(); // returned when it is dropped
//!         // … the expensive part …
//!     });
//! }
//! LEFT.wait();
//! ```
//!
//! # Limits
//!
//! Those of [`rsevents`](rsevents#limits): not across processes or `fork`, not in signal handlers, not inside a global
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
