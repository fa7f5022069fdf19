//! Histories of a countdown and of a semaphore that real threads use at the same time: they are
//! linearizable.

mod countdown;
mod semaphore;

use proptest::prelude::*;
use rsevents_testing::Limit;

fn limit() -> impl Strategy<Value = Limit> {
    prop_oneof![
        3 => Just(Limit::Poll),
        4 => (0_u16..50).prop_map(Limit::Micros),
        1 => Just(Limit::Long),
    ]
}
