//! Counts the lines, words and bytes of files on all processors, as `wc` does on one.
//!
//! ```sh
//! cargo run --release --example dispatch -- [PATH…]
//! ```
//!
//! Shows how
//!
//! * events hand work from one thread to several, one item at a time (`hand_over.rs`)
//! * a wait with a timeout drives a progress line (`progress.rs`)
//! * one manual-reset event stops all threads on Ctrl-C (`STOP`, below)
//!
//! Directories are searched for regular files. Symbolic links in them are not followed. Without a PATH, the
//! current directory is searched.
//!
//! The totals are those of GNU `wc` (tried with 9.1). A line ends with a newline. A word is a run of
//! characters that are not white space, at least one of them visible. The locale decides what a character is.
//! In the C locale it is ASCII, and the totals agree for any input. In a UTF-8 locale it is Unicode. There a
//! code point without a character, as in compressed data, is visible to this program, but not to `wc`.
//!
//! Exit status:
//!
//! * 0: everything was counted
//! * 1: something could not be read, and is listed with the reason
//! * 2: the command line is invalid
//! * 130: Ctrl-C ended the program, after it had printed the totals so far

mod count;
mod hand_over;
mod progress;
mod report;
mod walk;

use count::{Charset, count};
use hand_over::HandOver;
use progress::Progress;
use report::{Failure, Report};
use rsevents::{EventState, ManualResetEvent};
use std::env;
use std::io::{self, IsTerminal, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::process::{self, ExitCode};
use std::thread;
use walk::Walk;

const USAGE: &str = "usage: dispatch [PATH…]";
const UNREADABLE: u8 = 1;
const MISUSED: u8 = 2;
/// What shells report for a program that Ctrl-C ended.
const INTERRUPTED: u8 = 130;

/// How much a worker reads between two looks at [`STOP`].
const PIECE: usize = 128 * 1024;

/// Set by Ctrl-C. Every thread checks it wherever it could continue for long.
static STOP: ManualResetEvent = ManualResetEvent::new(EventState::Unset);

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1).peekable();
    match args.peek().and_then(|arg| arg.to_str()) {
        Some("-h" | "--help") => return print(|out| writeln!(out, "{USAGE}")),
        Some("--") => drop(args.next()),
        Some(option) if option.starts_with('-') => {
            complain(|err| writeln!(err, "unknown option {option:?}\n{USAGE}"));
            return ExitCode::from(MISUSED);
        }
        _ => {}
    }
    let mut roots: Vec<PathBuf> = args.map(PathBuf::from).collect();
    if roots.iter().any(|root| root.as_os_str().is_empty()) {
        complain(|err| writeln!(err, "an argument is empty, which is not a path\n{USAGE}"));
        return ExitCode::from(MISUSED);
    }
    if roots.is_empty() {
        roots.push(".".into());
    }

    // The handler runs on its own thread, not inside the signal handler, where setting an event is not
    // allowed.
    let handler = ctrlc::set_handler(|| {
        if STOP.is_set() {
            // At the second Ctrl-C, because a thread may be blocked by a file that does not respond.
            process::exit(INTERRUPTED.into());
        }
        STOP.set();
    });
    if let Err(error) = handler {
        complain(|err| writeln!(err, "Ctrl-C will not be clean: {error}"));
    }

    let report = dispatch(roots);
    let printed = print(|out| report.print(out));
    complain(|err| report.print_failures(err));
    if STOP.is_set() {
        complain(|err| writeln!(err, "interrupted: files not finished by then are not counted"));
        ExitCode::from(INTERRUPTED)
    } else if report.is_complete() {
        printed
    } else {
        ExitCode::from(UNREADABLE)
    }
}

/// Counts everything under `roots`: this thread finds the files, and the workers count them.
fn dispatch(roots: Vec<PathBuf>) -> Report {
    let jobs = HandOver::new();
    let progress = Progress::default();
    let done = ManualResetEvent::default();
    thread::scope(|s| {
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let workers: Vec<_> = (0..workers).map(|_| s.spawn(|| work(&jobs, &progress))).collect();
        if io::stderr().is_terminal() {
            s.spawn(|| progress.draw_until(&done));
        }

        let mut report = Report::default();
        for found in Walk::new(roots).take_while(|_| !STOP.is_set()) {
            match found {
                Ok(path) => jobs.give(Some(path)),
                Err(failure) => report.add_failure(failure),
            }
        }
        // A worker that takes `None` ends, so each worker takes only one.
        for _ in &workers {
            jobs.give(None);
        }
        for worker in workers {
            report.merge(worker.join().expect("a worker does not panic"));
        }
        done.set();
        report
    })
}

/// A worker: counts the files that it is given, until it gets `None`.
fn work(jobs: &HandOver<Option<PathBuf>>, progress: &Progress) -> Report {
    let mut report = Report::default();
    let mut buffer = vec![0; PIECE];
    let charset = Charset::from_env();
    while let Some(path) = jobs.take() {
        match count(&path, charset, &mut buffer, &STOP, |bytes| progress.advance(bytes)) {
            Ok(Some(counts)) => report.add(path, counts),
            Ok(None) => {} // stopped in the middle of it
            Err(error) => report.add_failure(Failure { path, error }),
        }
        progress.finish_file();
    }
    report
}

/// Writes to the standard output. It is not an error if nobody reads all of it (`| head`).
fn print(write: impl FnOnce(&mut io::BufWriter<io::StdoutLock<'_>>) -> io::Result<()>) -> ExitCode {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(|err| writeln!(err, "standard output: {error}"));
            ExitCode::from(UNREADABLE)
        }
        _ => ExitCode::SUCCESS,
    }
}

/// Writes to the standard error. If this fails, there is nowhere to report it.
fn complain(write: impl FnOnce(&mut io::StderrLock<'_>) -> io::Result<()>) {
    let _ = write(&mut io::stderr().lock());
}
