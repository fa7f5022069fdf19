//! Windows as the oracle: random programs give the same results with the events of this crate and
//! with those of Win32. Runs on Windows, or under Wine (`.ci/run oracle`).
//!
//! | module | contents |
//! |---|---|
//! | `program` | the random programs, and how they run |
//! | `ours`, `win32` | the events of this crate, and those of Win32 |
#![cfg(windows)]

mod ours;
mod program;
mod win32;

use program::{Program, Results, program};
use proptest::prelude::*;
use std::time::Duration;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Runs the program with both. A program with waiters assumes that a thread blocks, or continues,
/// within a time. A difference counts only if it occurs with a very long time as well.
fn agree(program: &Program, patience: &[u64]) -> Result<(), TestCaseError> {
    let run = |&milliseconds: &u64| {
        let patience = Duration::from_millis(milliseconds);
        (program.run::<ours::Events>(patience), program.run::<win32::Events>(patience))
    };
    let differ = |(ours, theirs): &(Results, Results)| ours != theirs;
    let results: Vec<_> = patience.iter().map(run).take_while(differ).collect();
    prop_assert!(results.len() < patience.len(), "ours, and those of Win32: {results:?}");
    Ok(())
}

proptest! {
    #![proptest_config(config(500))]

    #[test]
    fn sequences_of_operations_agree(program in program(0..=0, 40)) {
        agree(&program, &[0])?;
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn operations_on_events_that_are_waited_for_agree(program in program(1..=3, 8)) {
        agree(&program, &[20, 200, 2000])?;
    }
}
