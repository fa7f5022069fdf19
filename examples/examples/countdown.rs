//! A batch of work spread over several threads, and a thread that waits until all of it is done.
//!
//! ```sh
//! cargo run --release --example countdown -- [PATH]
//! ```
//!
//! Looks for files with the same content under PATH (default: the current directory). Workers hash the files.
//! A `CountdownEvent` counts how many are left. The main thread waits for zero, at most a second at a time,
//! and prints the progress.
//!
//! Four things to see:
//!
//! * Every file has a guard of the countdown from the beginning. The guard ticks when it is dropped, so the
//!   file is counted as done even if reading it fails, or panics.
//! * The workers together own the queue of files and guards. If all of them panic, the last worker drops the
//!   queue, and the queue drops the guards. So the main thread never waits for files that no thread reads.
//! * When the wait returns, the main thread sees the results of *all* workers, not only those of the worker
//!   that ticked last. It need not join them first.
//! * The waiting is a `wait_for` in a loop, which returns at once when the count is zero.
//!
//! Symbolic links are not followed. Files that cannot be read are reported and left out.

use rsevents_extra::{Awaitable, CountdownEvent, CountdownGuard};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Read, Write};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{env, thread, vec};

const USAGE: &str = "usage: countdown [PATH]

Finds files with the same content under PATH (default: the current directory).";

/// The length and a hash of a file's content. Files with the same length and hash are assumed to be the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Digest {
    bytes: u64,
    hash: u64,
}

/// One item of the batch.
pub(crate) struct Item {
    path: PathBuf,
    digest: OnceLock<io::Result<Digest>>,
}

impl Item {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path, digest: OnceLock::new() }
    }
}

/// The items that no worker has begun, each with the guard that counts it as done.
type Queue<'a> = Mutex<vec::IntoIter<(&'a Item, CountdownGuard<'a>)>>;

type DigestFn = fn(&Path) -> io::Result<Digest>;

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

/// Adds the regular files under a directory to the batch, except for parts that cannot be read.
fn collect(directory: &Path, batch: &mut Vec<Item>) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() {
            collect(&path, batch).unwrap_or_else(|error| complain(&path, &error));
        } else if kind.is_file() {
            batch.push(Item::new(path));
        }
    }
    Ok(())
}

/// Does items of the queue until no items are left to begin.
fn work(queue: &Queue<'_>, digest: DigestFn) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some((item, _ticks_when_dropped)) = next else { return };
        item.digest.get_or_init(|| digest(&item.path));
    }
}

/// Does the batch, and writes the report. Returns whether all workers finished, or an error of `out`.
pub(crate) fn run(batch: &[Item], digest: DigestFn, out: &mut impl Write) -> io::Result<bool> {
    let left = CountdownEvent::default();
    let items: Vec<_> = batch.iter().map(|item| (item, left.increment_guard())).collect();
    let queue = Arc::new(Queue::new(items.into_iter()));
    thread::scope(|s| {
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let workers: Vec<_> = (0..workers)
            .map(|_| {
                let queue = queue.clone();
                s.spawn(move || work(&queue, digest))
            })
            .collect();
        drop(queue); // only the workers own it now
        while !left.wait_for(Duration::from_secs(1)) {
            eprintln!("{} of {} files to go", left.count(), batch.len());
        }
        let reported = report(batch, out);
        // All threads are joined here, because the scope would pass a panic on.
        let panicked = workers.into_iter().filter_map(|worker| worker.join().err()).count();
        reported.map(|()| panicked == 0)
    })
}

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1);
    let root = match (args.next(), args.next()) {
        (Some(arg), None) if arg == "-h" || arg == "--help" => {
            let _ = writeln!(io::stdout(), "{USAGE}");
            return ExitCode::SUCCESS;
        }
        (None, _) => ".".into(),
        (Some(arg), None) if !arg.is_empty() && !arg.as_encoded_bytes().starts_with(b"-") => {
            PathBuf::from(arg)
        }
        _ => {
            eprintln!("one PATH is expected\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let mut batch = Vec::new();
    if let Err(error) = collect(&root, &mut batch) {
        complain(&root, &error);
        return ExitCode::FAILURE;
    }
    match run(&batch, digest, &mut io::stdout().lock()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Nobody reads all of the output (`| head`).
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("standard output: {error}");
            ExitCode::FAILURE
        }
    }
}

fn complain(path: &Path, error: &io::Error) {
    eprintln!("{}: {error}", path.display());
}

/// Writes the files that occur more than once. Those that waste most come first.
fn report(batch: &[Item], out: &mut impl Write) -> io::Result<()> {
    let mut copies: HashMap<Digest, Vec<&Path>> = HashMap::new();
    for item in batch {
        match item.digest.get() {
            Some(Ok(digest)) => copies.entry(*digest).or_default().push(&item.path),
            Some(Err(error)) => complain(&item.path, error),
            None => eprintln!("{}: not read, because a worker panicked", item.path.display()),
        }
    }

    copies.retain(|digest, paths| paths.len() > 1 && digest.bytes > 0);
    let wasted = |(digest, paths): &(Digest, Vec<&Path>)| digest.bytes * (paths.len() as u64 - 1);
    let mut copies: Vec<_> = copies.into_iter().collect();
    copies.sort_by_cached_key(|group| (Reverse(wasted(group)), group.1.clone()));
    for (digest, paths) in copies.iter().take(5) {
        writeln!(out, "{} files of {} bytes each:", paths.len(), digest.bytes)?;
        for path in paths {
            writeln!(out, "  {}", path.display())?;
        }
    }
    writeln!(
        out,
        "{} files; {} are there more than once, and waste {} bytes",
        batch.len(),
        copies.len(),
        copies.iter().map(wasted).sum::<u64>(),
    )
}
