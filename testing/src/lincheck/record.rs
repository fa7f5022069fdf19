//! Runs the threads of a program, and records their calls.

use super::{Entry, History, Op, Ret, Spec, Subject};
use std::hint;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// How long a run may last before the relief calls. Each further period is twice as long.
const PATIENCE: Duration = Duration::from_micros(150);

/// Runs the program on one subject after the other. Each element of `threads` has its own thread.
pub(super) fn record<S: Subject>(
    subjects: impl IntoIterator<Item = S>,
    threads: &[Vec<Op<S>>],
) -> Vec<History<S::Spec>> {
    let runs: Vec<_> =
        subjects.into_iter().map(|subject| Run::new(subject, threads.len())).collect();
    let panicked = AtomicBool::new(false);
    thread::scope(|s| {
        for (index, ops) in threads.iter().enumerate() {
            let (runs, panicked) = (&runs, &panicked);
            s.spawn(move || {
                let _alarm = Alarm(panicked);
                let mut pauses = Pauses(index as u64);
                for run in runs {
                    run.begin.pass(panicked);
                    run.perform(index, ops, &mut pauses);
                }
            });
        }
        for run in &runs {
            run.relieve(&panicked);
        }
    });
    runs.into_iter().map(Run::into_history).collect()
}

/// A point in time: its position in the order of all points, and the reading of the clock.
#[derive(Clone, Copy)]
struct Stamp {
    order: usize,
    at: Instant,
}

struct Record<Op, Ret> {
    thread: usize,
    op: Op,
    ret: Ret,
    call: Stamp,
    done: Stamp,
}

/// One run of a program on one subject.
struct Run<S: Subject> {
    subject: S,
    threads: usize,
    begin: Gate,
    finished: AtomicUsize,
    clock: AtomicUsize,
    calls: Mutex<Vec<Record<Op<S>, Ret<S>>>>,
}

impl<S: Subject> Run<S> {
    fn new(subject: S, threads: usize) -> Self {
        Self {
            subject,
            threads,
            begin: Gate(AtomicUsize::new(threads)),
            finished: AtomicUsize::new(0),
            clock: AtomicUsize::new(0),
            calls: Mutex::default(),
        }
    }

    /// Runs the calls of one thread. The last thread to finish does the audit.
    fn perform(&self, thread: usize, ops: &[Op<S>], pauses: &mut Pauses) {
        let calls = ops.iter().map(|op| {
            pauses.pause();
            self.call(thread, op)
        });
        self.file(calls.collect());
        if self.finished.fetch_add(1, SeqCst) + 1 == self.threads {
            self.call_all(&self.subject.audit());
        }
    }

    /// Returns when the threads have finished. Relieves them if they take long.
    fn relieve(&self, panicked: &AtomicBool) {
        let mut patience = PATIENCE;
        while self.finished.load(SeqCst) < self.threads && !panicked.load(SeqCst) {
            thread::sleep(patience);
            patience *= 2;
            if self.finished.load(SeqCst) < self.threads {
                self.call_all(&self.subject.relief());
            }
        }
    }

    fn call_all(&self, ops: &[Op<S>]) {
        self.file(ops.iter().map(|op| self.call(self.threads, op)).collect());
    }

    fn call(&self, thread: usize, op: &Op<S>) -> Record<Op<S>, Ret<S>> {
        let call = self.now();
        let ret = self.subject.call(op);
        Record { thread, op: op.clone(), ret, call, done: self.now() }
    }

    /// Reads the clock last, so a stamp whose clock is before a given time was taken before it.
    fn now(&self) -> Stamp {
        let order = self.clock.fetch_add(1, SeqCst);
        Stamp { order, at: Instant::now() }
    }

    fn file(&self, calls: Vec<Record<Op<S>, Ret<S>>>) {
        self.calls.lock().expect("nobody panics with this lock").extend(calls);
    }

    fn into_history(self) -> History<S::Spec> {
        let calls = self.calls.into_inner().expect("nobody panics with this lock");
        let stamps: Vec<_> = calls.iter().flat_map(|call| [call.call, call.done]).collect();
        History::new(calls.into_iter().map(|Record { thread, op, ret, call, done }| {
            let due = call.at + S::Spec::delay(&op, &ret);
            let before_due = stamps.iter().filter(|stamp| stamp.at <= due).map(|stamp| stamp.order);
            let from = before_due.max().unwrap_or(call.order).max(call.order);
            Entry { thread, op, ret: Some(ret), call: call.order, from, done: done.order }
        }))
    }
}

/// A gate that opens when all threads have arrived. It spins, so they start closer together than
/// after a barrier.
struct Gate(AtomicUsize);

impl Gate {
    fn pass(&self, panicked: &AtomicBool) {
        self.0.fetch_sub(1, SeqCst);
        while self.0.load(SeqCst) != 0 {
            assert!(!panicked.load(SeqCst), "another thread has panicked");
            thread::yield_now();
        }
    }
}

/// Tells the other threads when its thread panics.
struct Alarm<'a>(&'a AtomicBool);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, SeqCst);
        }
    }
}

/// Pseudo-random pauses, so that runs of a program differ.
struct Pauses(u64);

impl Pauses {
    fn pause(&mut self) {
        match self.next() % 16 {
            0 => thread::yield_now(),
            magnitude @ 1..8 => (0..self.next() % (1 << magnitude)).for_each(|_| hint::spin_loop()),
            _ => {}
        }
    }

    /// A linear congruential step. Its high bits are the random ones.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1).wrapping_mul(0x5851_F42D_4C95_7F2D);
        self.0 >> 33
    }
}
