//! What the state machines are written against: atomics, a lock, and a table of queues of sleeping threads,
//! keyed by address.
//!
//! There are two back ends. [`system`] is `std` and `parking_lot_core`. `model`, under `--cfg rsevents_loom`,
//! provides the same from the types of a model checker, which explores the interleavings of the code that
//! ships.
//!
//! # What a back end supplies
//!
//! `Arc`, `AtomicU8`, `AtomicUsize`, `Lock`, `relax`, `can_spin`, `fixed_looks`, and a module `parking_lot` with
//! `park`, `unpark_one` and `unpark_requeue` as `parking_lot_core` has them. [`lot`] builds the contract below from
//! these three. `model/parking_lot.rs` is an example. A back end that cannot requeue replaces `lot` instead.
//!
//! # The contract with the rest of the crate
//!
//! Every key (an address) has a queue, and every queue has a lock. All closures below run under the lock of
//! their key's queue. They are short, do not panic, take no lock, and call nothing here.
//!
//! * `park(key, validate, timed_out, deadline)` runs `validate`. If that returns false, `park` returns
//!   [`Parked::Refused`]. Otherwise the thread joins the end of the queue in the same critical section and
//!   sleeps, without spurious wake-ups. If the deadline passes while the thread is queued, it leaves the
//!   queue and runs `timed_out(last)` in the same critical section: `last` tells whether the queue is empty
//!   now. `park` then returns [`Parked::TimedOut`].
//! * `unpark_one(key, callback)` removes the longest-waiting thread from the queue, if any, and runs `callback`
//!   with what it found in the same critical section. Afterwards the thread wakes up, and its
//!   `park` returns [`Parked::Released`].
//! * `unpark_all(key, decide)` runs `decide`. If that returns true, it removes all threads from the queue in
//!   the same critical section. Then it wakes one of them. The caller must wake the others by
//!   [`Moved::wake`].
//!
//! What happens before an unpark, its closure included, happens before the return of the `park` that it
//! releases. No memory is accessed through a key: it may dangle as soon as the closures have run.

#[cfg_attr(not(rsevents_loom), expect(unreachable_pub, reason = "its models use it"))]
mod lock;
mod lot;
#[cfg(rsevents_loom)]
pub(crate) mod model;
#[cfg(not(rsevents_loom))]
mod system;

#[cfg(rsevents_loom)]
use model as back_end;
#[cfg(not(rsevents_loom))]
use system as back_end;

pub(crate) use back_end::{Arc, AtomicU8, AtomicUsize, Lock, can_spin, fixed_looks, relax};
#[cfg(rsevents_loom)]
pub use lock::SpinLock;
pub(crate) use lot::{Moved, park, unpark_all, unpark_one};

/// How a call of `park` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parked {
    /// An unpark released the thread.
    Released,
    /// `validate` refused: the thread did not sleep.
    Refused,
    /// The deadline passed first.
    TimedOut,
}

/// What `unpark_one` found in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unparked {
    /// No thread.
    None,
    /// The only thread, which is now released.
    Last,
    /// A thread, which is now released. Others stay in the queue.
    OneOfMany,
}

/// Defines a function that is `const` unless the back end is the model: loom's atomics cannot be made at
/// compile time.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis fn $($rest:tt)*) => {
        #[cfg(not(rsevents_loom))]
        $(#[$meta])* $vis const fn $($rest)*
        #[cfg(rsevents_loom)]
        $(#[$meta])* $vis fn $($rest)*
    };
}
pub(crate) use const_unless_loom;
