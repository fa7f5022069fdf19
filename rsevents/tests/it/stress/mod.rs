//! Many operations at once for some time. Each test states laws that hold whatever the schedule.
//!
//! `RSEVENTS_STRESS_SECONDS` sets the time for each test, 2 by default. A larger value makes a soak
//! test.

mod gates;
mod plain;
mod publication;
mod reasons;
mod stops;
mod tokens;
mod turns;

use crate::limit::{LONG, within};
use std::env;
use std::time::{Duration, Instant};

/// When a test should end.
#[derive(Clone, Copy)]
struct End(Instant);

impl End {
    fn is_near(self) -> bool {
        Instant::now() >= self.0
    }
}

/// Runs a test for the time that is set.
fn stress(test: impl FnOnce(End) + Send + 'static) {
    let seconds = env::var("RSEVENTS_STRESS_SECONDS").ok();
    let seconds = seconds.map_or(2, |text| text.parse().expect("a whole number of seconds"));
    let time = Duration::from_secs(seconds);
    within(2 * time + 4 * LONG, move || test(End(Instant::now() + time)));
}
