//! Stops threads in a signal handler, so that they do not run although nothing blocks them.

use crate::limit::until;
use crate::task::Task;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

static CLOSED: AtomicBool = AtomicBool::new(false);
static STOPPED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn stop(_signal: libc::c_int) {
    STOPPED.fetch_add(1, SeqCst);
    // A test that fails may never open the gate. The handler gives up after 40 s.
    for _ in 0..40_000 {
        if !CLOSED.load(SeqCst) {
            break;
        }
        // SAFETY: `usleep` may be called in a signal handler.
        unsafe { libc::usleep(1000) };
    }
    STOPPED.fetch_sub(1, SeqCst);
}

/// A gate at which threads are stopped. They go on when it is dropped. At most one gate is closed
/// at a time.
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

    /// Stops a thread and returns when it has stopped. If the thread stops itself, this call is
    /// where it stops.
    pub fn stop(&self, task: &Task) {
        let before = STOPPED.load(SeqCst);
        task.signal(libc::SIGUSR1);
        until(|| STOPPED.load(SeqCst) > before || !self.closed.load(SeqCst));
    }

    /// Waits at most `limit` until `condition` holds, then opens. Returns whether it held.
    pub fn open_when(&self, limit: Duration, condition: impl Fn() -> bool) -> bool {
        let start = Instant::now();
        while !condition() && start.elapsed() < limit {
            thread::yield_now();
        }
        let held = condition();
        self.open();
        held
    }

    /// Lets the stopped threads go on.
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
