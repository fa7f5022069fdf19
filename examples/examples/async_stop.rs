//! Tasks and threads that share one stop event and one bounded pool.
//!
//! ```sh
//! cargo run --release --example async_stop
//! ```
//!
//! Tasks of a tokio runtime and plain threads both need one of three slots. They wait in the same queue of
//! the same semaphore, in FIFO order: a task with `.await`, a thread with `try_wait()`. All of these waits end
//! when one event is set. It is a static of one byte, which Ctrl-C sets.
//!
//! For a timeout, use the runtime's: `tokio::time::timeout` drops the wait. A wait that is dropped loses
//! neither a signal nor a permit.
//!
//! The program ends by itself after half a second, or on Ctrl-C.

use rsevents::{Awaitable, EventState, ManualResetEvent};
use rsevents_extra::Semaphore;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;
use tokio::time::{sleep, timeout};

const WORKERS: usize = 4;
const JOB: Duration = Duration::from_millis(5);

static STOP: ManualResetEvent = ManualResetEvent::new(EventState::Unset);
static SLOTS: Semaphore = Semaphore::with_permits(3);

static BY_TASKS: AtomicUsize = AtomicUsize::new(0);
static BY_THREADS: AtomicUsize = AtomicUsize::new(0);
static IMPATIENT: AtomicUsize = AtomicUsize::new(0);

async fn task() {
    while let Ok(_slot) = SLOTS.unless(&STOP).await {
        sleep(JOB).await;
        BY_TASKS.fetch_add(1, Relaxed);
    }
}

/// Waits briefly, gives up, and tries again.
async fn impatient_task() {
    while !STOP.is_set() {
        match timeout(JOB / 2, SLOTS.wait_async()).await {
            Ok(_slot) => sleep(JOB).await,
            Err(_elapsed) => drop(IMPATIENT.fetch_add(1, Relaxed)),
        }
    }
}

fn worker_thread() {
    while let Ok(_slot) = SLOTS.unless(&STOP).try_wait() {
        thread::sleep(JOB);
        BY_THREADS.fetch_add(1, Relaxed);
    }
}

#[tokio::main]
async fn main() {
    ctrlc::set_handler(|| STOP.set()).expect("this is the only handler");
    let threads: Vec<_> = (0..WORKERS).map(|_| thread::spawn(worker_thread)).collect();
    let mut tasks: Vec<_> = (0..WORKERS).map(|_| tokio::spawn(task())).collect();
    tasks.push(tokio::spawn(impatient_task()));

    tokio::select! {
        () = STOP.wait_async() => println!("stopped by Ctrl-C"),
        () = sleep(Duration::from_millis(500)) => println!("stopped after half a second"),
    }
    STOP.set();
    for task in tasks {
        task.await.expect("tasks do not panic");
    }
    for thread in threads {
        thread.join().expect("threads do not panic");
    }
    let count = |jobs: &AtomicUsize| jobs.load(Relaxed);
    println!("{} jobs by tasks, {} by threads", count(&BY_TASKS), count(&BY_THREADS));
    println!("an impatient task gave up {} times", count(&IMPATIENT));
    assert_eq!(SLOTS.count(), 3, "all slots are free again");
}
