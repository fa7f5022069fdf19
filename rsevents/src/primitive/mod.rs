//! What the state machines are written against: atomics, a lock, and a table of queues of sleeping
//! threads keyed by address.
//!
//! Two back ends: [`system`] is `std` and `parking_lot_core`; `model`, under `--cfg rsevents_loom`,
//! provides the same from the types of a model checker, which explores the interleavings of the
//! code that ships. What `parking_lot_core` offers and what the contract asks for differ; [`lot`] lies
//! between them, with either back end.
//!
//! # The contract of a back end
//!
//! Every key (an address) has a queue, and every queue a lock. All closures below run under the
//! lock of their key's queue: they are short, do not panic, take no lock, and call nothing here.
//!
//! * `park(key, validate, timed_out, deadline)` runs `validate`; if it says no, the answer is
//!   [`Parked::Refused`]. Otherwise the thread joins the end of the queue in the same critical
//!   section and sleeps, never waking spuriously. If the deadline passes while it is still queued,
//!   it leaves the queue and `timed_out(last)` runs in the same critical section, `last` telling
//!   whether the queue is empty now; the answer is [`Parked::TimedOut`].
//! * `unpark_one(key, callback)` takes the longest-waiting thread out of the queue, if there is one,
//!   and runs `callback` in the same critical section, telling it what was found. The thread wakes
//!   after that, and its `park` answers [`Parked::Released`].
//! * `unpark_all(key, decide)` runs `decide`; if it says yes, every thread then in the queue is taken
//!   out in the same critical section. One of them is woken then, and the others by
//!   [`Moved::wake`], which the caller owes them.
//!
//! What happens before an unpark, its closure included, happens before the return of the `park` it
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
    /// The only thread, which is being released.
    Last,
    /// A thread, which is being released; more are left.
    OneOfMany,
}

/// A function that is `const` where the back end's atomics can be made at compile time, which
/// loom's cannot.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis fn $($rest:tt)*) => {
        #[cfg(not(rsevents_loom))]
        $(#[$meta])* $vis const fn $($rest)*
        #[cfg(rsevents_loom)]
        $(#[$meta])* $vis fn $($rest)*
    };
}
pub(crate) use const_unless_loom;
