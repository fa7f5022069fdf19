//! Code that the tests of both crates share. Not published.
//!
//! | module | contents |
//! |---|---|
//! | [`lincheck`] | histories, and the search for a sequential explanation |
//! | [`events`], [`countdown`], [`semaphore`] | the sequential specifications, and the objects they specify |
//! | `exploration` | generated programs under a model checker; needs `--cfg rsevents_loom` and the feature `explore` |
//! | [`limit`], [`random`], [`alone`], [`tasks`], `task`, `gate` | tools of the tests; the last two need Linux |
//!
//! The folder `loom` has the tools of the models, which include its files by path.

#![expect(
    missing_debug_implementations,
    clippy::must_use_candidate,
    clippy::return_self_not_must_use,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "not published"
)]

pub mod alone;
pub mod countdown;
pub mod events;
#[cfg(all(rsevents_loom, feature = "explore"))]
pub mod exploration;
#[cfg(target_os = "linux")]
pub mod gate;
pub mod limit;
pub mod lincheck;
pub mod random;
pub mod semaphore;
#[cfg(target_os = "linux")]
pub mod task;
pub mod tasks;

use rsevents::{Awaitable, AwaitableUnless, Event, Stopped, TimeoutError, UnlessError};
use std::fmt;
use std::time::{Duration, Instant};

/// How long a wait waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    Poll,
    /// A timeout. In a model, it may pass at any moment.
    Micros(u16),
    /// Longer than a run of a test. In a model, no timeout at all.
    Long,
}

impl Limit {
    pub const fn duration(self) -> Duration {
        match self {
            Self::Poll => Duration::ZERO,
            // In a model, the clock must not decide what happens.
            Self::Micros(_) if cfg!(rsevents_loom) => Duration::from_secs(3600),
            Self::Micros(micros) => Duration::from_micros(micros as u64),
            Self::Long => Duration::from_secs(5),
        }
    }
}

/// Prints the wait as code.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Poll => "wait0()",
            Self::Micros(_) => "wait_for(time)",
            Self::Long => "wait()",
        })
    }
}

/// Waits. A poll takes another path than a wait with a timeout of zero.
pub fn wait<'a, A: Awaitable<'a, Error = TimeoutError>>(
    awaitable: &'a A,
    limit: Limit,
) -> Option<A::T> {
    match limit {
        Limit::Poll => awaitable.try_wait0().ok(),
        Limit::Long if cfg!(rsevents_loom) => {
            let Ok(taken) = awaitable.try_wait();
            Some(taken)
        }
        Limit::Micros(_) | Limit::Long => awaitable.try_wait_for(limit.duration()).ok(),
    }
}

/// Same as [`wait`], but `stop` ends the wait.
pub fn wait_unless<'a, A: AwaitableUnless<'a>>(
    awaitable: &'a A,
    stop: &dyn Event,
    limit: Limit,
) -> Result<Option<A::T>, Stopped> {
    let unless = awaitable.unless(stop);
    let ended = match limit {
        Limit::Poll => unless.try_wait0(),
        Limit::Long if cfg!(rsevents_loom) => return unless.try_wait().map(Some),
        Limit::Micros(_) | Limit::Long => unless.try_wait_for(limit.duration()),
    };
    match ended {
        Ok(taken) => Ok(Some(taken)),
        Err(UnlessError::TimedOut) => Ok(None),
        Err(UnlessError::Stopped) => Err(Stopped),
    }
}

/// Waits in every form that a thread can use. `stop` must stop each form at once.
pub fn is_stopped_in_every_form<'a, A: AwaitableUnless<'a>>(awaitable: &'a A, stop: &dyn Event) {
    const LONG: Duration = Duration::from_secs(30);
    let unless = awaitable.unless(stop);
    let is_stopped = |ended: Result<A::T, UnlessError>| ended.err() == Some(UnlessError::Stopped);
    assert_eq!(unless.try_wait().err(), Some(Stopped));
    assert!(is_stopped(unless.try_wait0()));
    assert!(is_stopped(unless.try_wait_for(LONG)));
    assert!(is_stopped(unless.try_wait_for(Duration::MAX)));
    assert!(is_stopped(unless.try_wait_until(Instant::now() + LONG)));
    assert!(is_stopped(unless.try_wait_until(Instant::now())));
}
