//! The report at the end.

use crate::count::Counts;
use std::cmp::Reverse;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How many of the largest files are shown.
const SHOWN: usize = 10;

/// A path that could not be read.
pub(crate) struct Failure {
    pub(crate) path: PathBuf,
    pub(crate) error: io::Error,
}

/// The results of one thread, or of several together.
#[derive(Default)]
pub(crate) struct Report {
    files: u64,
    total: Counts,
    /// At most [`SHOWN`], the largest first.
    largest: Vec<(PathBuf, Counts)>,
    failures: Vec<Failure>,
}

impl Report {
    pub(crate) fn add(&mut self, path: PathBuf, counts: Counts) {
        self.files += 1;
        self.total += counts;
        self.rank(path, counts);
    }

    pub(crate) fn add_failure(&mut self, failure: Failure) {
        self.failures.push(failure);
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.files += other.files;
        self.total += other.total;
        self.failures.extend(other.failures);
        for (path, counts) in other.largest {
            self.rank(path, counts);
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }

    /// Adds the file to the largest files, if it is one of them. Files of the same size are ordered by path,
    /// so that the list does not depend on the order of the threads.
    fn rank(&mut self, path: PathBuf, counts: Counts) {
        let rank = self.largest.partition_point(|(other_path, other)| {
            (Reverse(other.bytes), other_path) < (Reverse(counts.bytes), &path)
        });
        if rank < SHOWN {
            self.largest.truncate(SHOWN - 1);
            self.largest.insert(rank, (path, counts));
        }
    }

    pub(crate) fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out, "{:>10} {:>10} {:>12}  largest files", "lines", "words", "bytes")?;
        for (path, counts) in &self.largest {
            print_row(out, *counts, &printable(path))?;
        }
        print_row(out, self.total, &format!("total of {}", in_files(self.files)))?;
        out.flush()
    }

    pub(crate) fn print_failures(&self, out: &mut impl Write) -> io::Result<()> {
        if self.is_complete() {
            return Ok(());
        }
        writeln!(out, "could not be read: {}", self.failures.len())?;
        for Failure { path, error } in &self.failures {
            writeln!(out, "  {}: {error}", printable(path))?;
        }
        Ok(())
    }
}

fn print_row(out: &mut impl Write, counts: Counts, name: &str) -> io::Result<()> {
    let Counts { lines, words, bytes } = counts;
    writeln!(out, "{lines:>10} {words:>10} {bytes:>12}  {name}")
}

fn in_files(files: u64) -> String {
    if files == 1 { "1 file".into() } else { format!("{files} files") }
}

/// Returns the path as text on one line, without control characters that could affect the terminal.
fn printable(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.contains(char::is_control) { format!("{text:?}") } else { text.into_owned() }
}
