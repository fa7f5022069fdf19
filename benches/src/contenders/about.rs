//! Descriptions of the contenders, for readers of the charts.

use crate::question::{OURS, PUBLISHED};

/// The contenders that are not libraries: the least that the processor or the system costs.
pub const FLOORS: [&str; 2] = ["atomic", "futex"];

const ABOUT: [(&str, &str); 14] = [
    (OURS, "this repository"),
    (PUBLISHED, "crates.io: rsevents 0.3.1, extra 0.2.2"),
    ("std condvar", "a flag, Mutex and Condvar of std"),
    ("parking_lot", "a flag, its Mutex and Condvar"),
    ("channel", "crossbeam-channel, room for one message"),
    ("parker", "crossbeam-utils, for one waiting thread"),
    ("event-listener", "a flag and an Event"),
    ("tokio", "Notify and Semaphore, with block_on"),
    ("synchronoise", "SignalEvent and CountdownEvent"),
    ("events", "asynchronous events, with block_on"),
    ("latches", "a latch for threads"),
    ("async-lock", "Semaphore, with acquire_blocking"),
    ("futex", "a bare Linux futex that never spins"),
    ("atomic", "bare atomic instructions; never sleeps"),
];

/// Describes the contender of this name in a few words, if it competes with the published versions.
#[must_use]
pub fn about(name: &str) -> Option<&'static str> {
    ABOUT.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::questions;

    #[test]
    fn every_contender_of_the_charts_is_explained() {
        for question in questions::all() {
            if question.baseline == PUBLISHED {
                for contender in &question.contenders {
                    assert!(about(contender.name()).is_some(), "{}", contender.name());
                }
            }
        }
    }

    #[test]
    fn the_published_versions_are_those_that_compete() {
        let manifest = include_str!("../../Cargo.toml");
        let text = about(PUBLISHED).expect("explained");
        for version in manifest.lines().filter_map(|line| line.split_once("version = \"=")) {
            let version = version.1.split('"').next().expect("a version");
            assert!(text.contains(version), "{text} lacks {version}");
        }
    }
}
