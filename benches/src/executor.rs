//! The simplest executor: it polls the tasks that were woken, in a loop that never parks the thread. So what
//! is measured is the contender's cost.

use crossbeam_utils::CachePadded;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::task::{Context, Wake, Waker};

/// Whether a task must be polled.
struct Woken(CachePadded<AtomicBool>);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Release);
    }
}

/// Runs tasks on this thread until all of them have ended.
pub(crate) fn run<const TASKS: usize>(tasks: [Pin<&mut dyn Future<Output = ()>>; TASKS]) {
    let mut tasks = tasks.map(|task| {
        let woken = Arc::new(Woken(CachePadded::new(AtomicBool::new(true))));
        (task, Waker::from(Arc::clone(&woken)), woken)
    });
    let mut left = TASKS;
    while left > 0 {
        for (task, waker, Woken(woken)) in tasks.iter_mut().map(|(t, w, woken)| (t, w, &**woken)) {
            // Nothing else clears the flag.
            if woken.load(Relaxed) && woken.swap(false, Acquire) {
                left -= usize::from(task.as_mut().poll(&mut Context::from_waker(waker)).is_ready());
            }
        }
        std::hint::spin_loop();
    }
}
