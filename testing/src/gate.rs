//! Threads that do not run although nothing keeps them from it: they are stopped in a signal handler.

use crate::limit::until;
use crate::task::Task;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

static CLOSED: AtomicBool = AtomicBool::new(false);
static STOPPED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn stop(_signal: libc::c_int) {
    STOPPED.fetch_add(1, SeqCst);
    // A test that has failed may not come to opening it.
    for _ in 0..40_000 {
        if !CLOSED.load(SeqCst) {
            break;
        }
        // SAFETY: a signal handler may call it.
        unsafe { libc::usleep(1000) };
    }
    STOPPED.fetch_sub(1, SeqCst);
}

/// Threads that have been stopped go on when it is dropped. One at a time.
pub struct Gate {
    closed: &'static AtomicBool,
}

impl Gate {
    pub fn closed() -> Self {
        let handler: extern "C" fn(libc::c_int) = stop;
        // SAFETY: the handler only uses atomics and sleeps.
        let before = unsafe { libc::signal(libc::SIGUSR1, handler as libc::sighandler_t) };
        assert_ne!(before, libc::SIG_ERR);
        CLOSED.store(true, SeqCst);
        Self { closed: &CLOSED }
    }

    /// Stops a thread, and returns when it has been. A thread that stops itself is stopped in here.
    pub fn stop(&self, task: &Task) {
        let before = STOPPED.load(SeqCst);
        task.signal(libc::SIGUSR1);
        until(|| STOPPED.load(SeqCst) > before || !self.closed.load(SeqCst));
    }

    /// Waits until `condition` holds, but not longer than `limit`, and then opens; whether it held.
    pub fn open_when(&self, limit: Duration, condition: impl Fn() -> bool) -> bool {
        let start = Instant::now();
        while !condition() && start.elapsed() < limit {
            thread::yield_now();
        }
        let held = condition();
        self.open();
        held
    }

    /// Lets those go on that are stopped.
    pub fn open(&self) {
        self.closed.store(false, SeqCst);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.open();
        while STOPPED.load(SeqCst) > 0 {
            thread::yield_now();
        }
    }
}
