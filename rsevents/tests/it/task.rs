//! Whether a thread sleeps, from the operating system: for waits that leave no trace elsewhere.

use crate::limit::until;
use std::fs;
use std::path::{Path, PathBuf};

/// A thread of this process.
pub(crate) struct Task(PathBuf);

impl Task {
    pub(crate) fn current() -> Self {
        let own = fs::read_link("/proc/thread-self").expect("Linux has it");
        Self(Path::new("/proc").join(own).join("stat"))
    }

    /// Waits until the thread, of which nothing else is expected, sleeps.
    pub(crate) fn until_asleep(&self) {
        until(|| {
            let stat = fs::read_to_string(&self.0).expect("the thread runs");
            // The state follows the name, which is in parentheses and may contain some.
            stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" S"))
        });
    }
}
