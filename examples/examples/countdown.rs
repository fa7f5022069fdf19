//! A batch of work spread over several threads, and one that waits until all of it is done.
//!
//! ```sh
//! cargo run --release --example countdown -- [PATH]
//! ```
//!
//! Looks for files with the same content under PATH (default: the current directory). Workers hash
//! the files; a `CountdownEvent` counts how many are left. The main thread waits for zero, at most a
//! second at a time, to say how far the work has come.
//!
//! Three things to see:
//!
//! * A worker holds a guard while it works on a file. The guard ticks when it is dropped, so the file
//!   is off the list even if reading it fails, or panics.
//! * When the wait returns, the main thread sees the results of *all* workers, not just those of the
//!   one that ticked last. It need not join them first.
//! * The waiting is a `wait_for` in a loop: it returns at once when the count is zero.
//!
//! Symbolic links are not followed. What cannot be read is reported and left out.

use rsevents_extra::{Awaitable, CountdownEvent};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;
use std::{env, thread};

/// The length and a hash of a file's content. Files that agree in both are taken for the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Digest {
    bytes: u64,
    hash: u64,
}

/// One item of the batch.
struct Item {
    path: PathBuf,
    digest: OnceLock<io::Result<Digest>>,
}

fn digest(path: &Path) -> io::Result<Digest> {
    let mut file = File::open(path)?;
    let (mut bytes, mut hasher, mut buffer) = (0, DefaultHasher::new(), vec![0; 64 * 1024]);
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(Digest { bytes, hash: hasher.finish() }),
            Ok(length) => {
                bytes += length as u64;
                hasher.write(&buffer[..length]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Adds the regular files under a directory to the batch, as far as it can be read.
fn collect(directory: &Path, batch: &mut Vec<Item>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() {
            collect(&path, batch).unwrap_or_else(|error| complain(&path, &error));
        } else if kind.is_file() {
            batch.push(Item { path, digest: OnceLock::new() });
        }
    }
    Ok(())
}

/// Does items of the batch until none is left to begin with.
fn work(batch: &[Item], next: &AtomicUsize, left: &CountdownEvent) {
    while let Some(item) = batch.get(next.fetch_add(1, Relaxed)) {
        let _ticks_when_dropped = left.guard();
        item.digest.get_or_init(|| digest(&item.path));
    }
}

fn main() -> ExitCode {
    let root = env::args_os().nth(1).map_or_else(|| ".".into(), PathBuf::from);
    let mut batch = Vec::new();
    if let Err(error) = collect(&root, &mut batch) {
        complain(&root, &error);
        return ExitCode::FAILURE;
    }

    let left = CountdownEvent::new(batch.len());
    let next = AtomicUsize::new(0);
    thread::scope(|s| {
        for _ in 0..thread::available_parallelism().map_or(1, NonZero::get) {
            s.spawn(|| work(&batch, &next, &left));
        }
        while !left.wait_for(Duration::from_secs(1)) {
            eprintln!("{} of {} files to go", left.count(), batch.len());
        }
        report(&batch);
    });
    ExitCode::SUCCESS
}

fn complain(path: &Path, error: &io::Error) {
    eprintln!("{}: {error}", path.display());
}

/// Prints the files that occur more than once, those first that waste most.
fn report(batch: &[Item]) {
    let mut copies: HashMap<Digest, Vec<&Path>> = HashMap::new();
    for item in batch {
        match item.digest.get() {
            Some(Ok(digest)) => copies.entry(*digest).or_default().push(&item.path),
            Some(Err(error)) => complain(&item.path, error),
            None => eprintln!("{}: the worker that read it panicked", item.path.display()),
        }
    }

    copies.retain(|digest, paths| paths.len() > 1 && digest.bytes > 0);
    let wasted = |(digest, paths): &(Digest, Vec<&Path>)| digest.bytes * (paths.len() as u64 - 1);
    let mut copies: Vec<_> = copies.into_iter().collect();
    copies.sort_by_cached_key(|group| (Reverse(wasted(group)), group.1.clone()));
    for (digest, paths) in copies.iter().take(5) {
        println!("{} files of {} bytes each:", paths.len(), digest.bytes);
        for path in paths {
            println!("  {}", path.display());
        }
    }
    println!(
        "{} files; {} are there more than once, and waste {} bytes",
        batch.len(),
        copies.len(),
        copies.iter().map(wasted).sum::<u64>(),
    );
}
