//! Histories of a countdown and of a semaphore that real threads use at the same time are
//! linearizable.

mod countdown;
mod semaphore;

use proptest::prelude::*;
use std::time::Duration;

/// How long a wait waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limit {
    Poll,
    Micros(u16),
    /// Much longer than a run: instead of a wait without a limit.
    Long,
}

impl Limit {
    const fn duration(self) -> Duration {
        match self {
            Self::Poll => Duration::ZERO,
            Self::Micros(micros) => Duration::from_micros(micros as u64),
            Self::Long => Duration::from_secs(5),
        }
    }
}

fn limit() -> impl Strategy<Value = Limit> {
    prop_oneof![
        3 => Just(Limit::Poll),
        4 => (0_u16..50).prop_map(Limit::Micros),
        1 => Just(Limit::Long),
    ]
}
