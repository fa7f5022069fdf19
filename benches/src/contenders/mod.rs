//! The contenders: small traits for the operations of the workloads, and a file for each library, which
//! implements them as its users would.
//!
//! A type is in the list of each kind of question ([`autos`], [`manuals`], …) that it can answer. To add a
//! contender, write its file and put it into the lists.

pub(crate) mod about;
pub(crate) mod async_channel;
pub(crate) mod async_lock;
pub(crate) mod asyncband;
pub(crate) mod atomic;
pub(crate) mod crossbeam;
pub(crate) mod event_listener;
pub(crate) mod events;
#[cfg(target_os = "linux")]
pub(crate) mod futex;
pub(crate) mod latches;
pub(crate) mod limited;
pub(crate) mod ours;
pub(crate) mod parking_lot;
pub(crate) mod published;
pub(crate) mod std_condvar;
pub(crate) mod synchronoise;
pub(crate) mod tokio;

pub(crate) use limited::WithLimit;

use crate::question::Named;
use std::time::Duration;

/// An event. Whether a wait consumes the signal is a property of the type.
pub(crate) trait Signal: Named + Send + Sync {
    fn unset() -> Self;
    fn set(&self);
    fn wait(&self);
}

pub(crate) trait Poll: Signal {
    /// Returns true if the event was set.
    fn wait0(&self) -> bool;
}

pub(crate) trait Timed: Signal {
    /// Returns false if the wait timed out.
    fn wait_for(&self, limit: Duration) -> bool;
}

pub(crate) trait Reset: Signal {
    fn reset(&self);
}

/// An event that tasks wait for, as well as threads.
pub(crate) trait Awaited: Signal {
    fn wait_async(&self) -> impl Future<Output = ()> + Send;
}

/// A semaphore.
pub(crate) trait Permits: Named + Send + Sync {
    fn new(permits: u16) -> Self;
    /// Runs `section` while it holds a permit.
    fn with<R>(&self, section: impl FnOnce() -> R) -> R;
}

/// A semaphore at which tasks wait, as well as threads.
pub(crate) trait AwaitedPermits: Permits {
    type Guard<'a>: Send
    where
        Self: 'a;

    fn acquire(&self) -> impl Future<Output = Self::Guard<'_>> + Send;
}

/// A countdown.
pub(crate) trait Latch: Named + Send + Sync {
    fn new(count: usize) -> Self;
    fn tick(&self);
    /// Returns true if the count is zero.
    fn wait0(&self) -> bool;
}

/// Lists the contenders of a workload, one for each type. Contenders after `linux` exist only there.
macro_rules! contenders {
    ($workload:expr; $($contender:ident :: $kind:ident),+ $(; linux $($floor:ident :: $floor_kind:ident),+)?) => {{
        let workload = $workload;
        vec![
            $($crate::question::Contender::new::<$crate::contenders::$contender::$kind>(workload),)+
            $($(
                #[cfg(target_os = "linux")]
                $crate::question::Contender::new::<$crate::contenders::$floor::$floor_kind>(workload),
            )+)?
        ]
    }};
}

/// All auto-reset events on which many threads can wait.
macro_rules! autos {
    ($workload:expr) => {
        $crate::contenders::contenders![
            $workload;
            ours::Auto, published::Auto, std_condvar::Auto, parking_lot::Auto, crossbeam::Channel,
            event_listener::Auto, tokio::Auto, synchronoise::Auto, events::Auto;
            linux futex::Auto
        ]
    };
}

/// The auto-reset events whose waits can time out and say so.
macro_rules! timed_autos {
    ($workload:expr) => {
        $crate::contenders::contenders![
            $workload;
            ours::Auto, published::Auto, std_condvar::Auto, parking_lot::Auto, crossbeam::Channel,
            event_listener::Auto, synchronoise::Auto;
            linux futex::Auto
        ]
    };
}

/// All manual-reset events.
macro_rules! manuals {
    ($workload:expr) => {
        $crate::contenders::contenders![
            $workload;
            ours::Manual, published::Manual, std_condvar::Manual, parking_lot::Manual,
            event_listener::Manual, tokio::Manual, synchronoise::Manual, events::Manual;
            linux futex::Manual
        ]
    };
}

/// The manual-reset events whose waits can time out.
macro_rules! timed_manuals {
    ($workload:expr) => {
        $crate::contenders::contenders![
            $workload;
            ours::Manual, published::Manual, std_condvar::Manual, parking_lot::Manual,
            event_listener::Manual, synchronoise::Manual;
            linux futex::Manual
        ]
    };
}

/// All semaphores.
macro_rules! semaphores {
    ($workload:expr) => {
        $crate::contenders::contenders![
            $workload;
            ours::Semaphore, published::Semaphore, std_condvar::Semaphore, parking_lot::Semaphore,
            tokio::Semaphore, async_lock::Semaphore;
            linux futex::Semaphore
        ]
    };
}

/// All auto-reset events on which tasks can wait.
macro_rules! awaited_autos {
    ($workload:expr) => {
        $crate::contenders::contenders![
            $workload;
            ours::Auto, tokio::Auto, events::Auto, events::EmbeddedAuto, event_listener::Auto,
            asyncband::Auto, async_channel::Channel
        ]
    };
}

/// All manual-reset events on which tasks can wait.
macro_rules! awaited_manuals {
    ($workload:expr) => {
        $crate::contenders::contenders![
            $workload;
            ours::Manual, tokio::Manual, events::Manual, events::EmbeddedManual,
            event_listener::Manual, asyncband::Manual
        ]
    };
}

/// All semaphores at which tasks can wait.
macro_rules! awaited_semaphores {
    ($workload:expr) => {
        $crate::contenders::contenders![
            $workload;
            ours::Semaphore, tokio::Semaphore, async_lock::Semaphore, asyncband::Semaphore
        ]
    };
}

/// All countdowns.
macro_rules! countdowns {
    ($workload:expr) => {
        $crate::contenders::contenders![
            $workload;
            ours::CountdownEvent, published::CountdownEvent, synchronoise::Countdown,
            latches::Countdown, atomic::Countdown
        ]
    };
}

pub(crate) use {
    autos, awaited_autos, awaited_manuals, awaited_semaphores, contenders, countdowns, manuals,
    semaphores, timed_autos, timed_manuals,
};
