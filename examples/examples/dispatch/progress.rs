//! The line that shows the progress.

use rsevents::{Awaitable, ManualResetEvent};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The time between two drawings of the line.
const INTERVAL: Duration = Duration::from_millis(100);

#[derive(Default)]
pub(crate) struct Progress {
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Progress {
    pub(crate) fn advance(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Relaxed);
    }

    pub(crate) fn finish_file(&self) {
        self.files.fetch_add(1, Relaxed);
    }

    /// Draws the line repeatedly until `done` is set, and then removes it.
    ///
    /// The event is also the clock: a wait that times out means that it is time to draw. Unlike a sleep, the
    /// wait ends at once when the work is done.
    pub(crate) fn draw_until(&self, done: &ManualResetEvent) {
        let mut width = 0;
        while !done.wait_for(INTERVAL) {
            let (files, bytes) = (self.files.load(Relaxed), self.bytes.load(Relaxed));
            let line = format!("{files} files, {} MB", bytes / 1_000_000);
            width = line.len();
            show(&line);
        }
        show(&format!("{:width$}\r", ""));
    }
}

/// A terminal that is gone is no reason to stop counting.
fn show(line: &str) {
    let _ = io::stderr().write_all(format!("\r{line}").as_bytes());
}
