//! The line that shows how far the work has come.

use rsevents::{Awaitable, ManualResetEvent};
use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// From one drawing of the line to the next.
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

    /// Draws the line over and over until `done` is set, and removes it then.
    ///
    /// The event is the clock as well: a wait that times out says that it is time to draw. Unlike
    /// a sleep, it ends at once when there is nothing more to wait for.
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
