//! Finds out from the operating system whether a thread sleeps, because a wait leaves no other
//! trace.

use crate::limit::{LONG, until};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::thread::{Scope, ScopedJoinHandle};

/// A thread of this process.
pub struct Task(PathBuf);

impl Task {
    pub fn current() -> Self {
        let own = fs::read_link("/proc/thread-self").expect("Linux has it");
        Self(Path::new("/proc").join(own).join("status"))
    }

    /// Sends a signal to the thread.
    pub fn signal(&self, signal: libc::c_int) {
        let mut path = self.0.components().rev().skip(1);
        let id = path.next().and_then(|id| id.as_os_str().to_str()?.parse::<libc::pid_t>().ok());
        let id = id.expect("the path ends with /task/ID/status");
        let process = std::process::id();
        // SAFETY: a system call that accesses no memory.
        let failed = unsafe { libc::syscall(libc::SYS_tgkill, process, id, signal) };
        assert_eq!(failed, 0);
    }

    /// Returns a field of the thread's status; `None` after the thread has ended.
    fn status(&self, field: &str) -> Option<String> {
        let status = fs::read_to_string(&self.0).ok()?;
        let mut lines = status.lines();
        let value = lines.find_map(|line| line.strip_prefix(field)?.strip_prefix(":\t"));
        Some(value.expect("Linux tells it of every thread").to_owned())
    }

    /// Waits until the thread sleeps or has ended. Returns how often it has gone to sleep so far.
    pub fn until_asleep(&self) -> Option<String> {
        until(|| self.status("State").is_none_or(|state| state.starts_with('S')));
        self.status("voluntary_ctxt_switches")
    }
}

/// A thread that sleeps in `body`, or has slept there.
pub struct Sleeper<'s, T> {
    pub task: Task,
    thread: ScopedJoinHandle<'s, T>,
}

impl<T> Sleeper<'_, T> {
    pub fn is_over(&self) -> bool {
        self.thread.is_finished()
    }

    pub fn join(self) -> T {
        self.thread.join().expect("a sleeper failed")
    }
}

/// Starts a thread. Returns when it sleeps.
pub fn asleep<'s, T: Send + 's>(
    s: &'s Scope<'s, '_>,
    body: impl FnOnce() -> T + Send + 's,
) -> Sleeper<'s, T> {
    let (tell, task) = channel();
    let thread = s.spawn(move || {
        tell.send(Task::current()).expect("the test waits for it");
        body()
    });
    let task: Task = task.recv_timeout(LONG).expect("the thread starts");
    task.until_asleep();
    Sleeper { task, thread }
}
