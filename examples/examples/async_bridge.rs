//! A blocking library that signals a task.
//!
//! ```sh
//! cargo run --release --example async_bridge
//! ```
//!
//! Some libraries call back on their own threads: drivers, sound, foreign code. Here such a thread produces
//! samples, and a task consumes them. The thread puts samples into a queue and sets an auto-reset event. The
//! task drains the queue and waits for the event. It must drain the whole queue each time: an event stores at
//! most one signal, so a wake-up may stand for several samples.
//!
//! In the other direction, the task asks the thread to pause, and waits for the answer. This uses events,
//! too, because a thread waits for the same objects without a runtime.
//!
//! The program ends by itself.

use rsevents::{AutoResetEvent, Awaitable, Event, ManualResetEvent, WaitAny};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

const SAMPLES: u32 = 1000;

#[derive(Default)]
struct Shared {
    samples: Mutex<Vec<u32>>,
    /// Set when there may be samples.
    arrived: AutoResetEvent,
    /// Set when there will be no more samples.
    finished: ManualResetEvent,
    pause: AutoResetEvent,
    paused: AutoResetEvent,
    go_on: AutoResetEvent,
}

impl Shared {
    /// Returns how many samples wait to be drained.
    fn waiting(&self) -> usize {
        self.samples.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn drain(&self) -> Vec<u32> {
        std::mem::take(&mut self.samples.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The library, which knows nothing of tasks.
fn produce(shared: &Shared) {
    for sample in 0..SAMPLES {
        shared.samples.lock().unwrap_or_else(PoisonError::into_inner).push(sample);
        shared.arrived.set();
        if shared.pause.wait0() {
            shared.paused.set();
            shared.go_on.wait();
        }
        if sample % 100 == 0 {
            thread::sleep(Duration::from_millis(1));
        }
    }
    shared.finished.set();
}

/// The task. Returns how many samples it got, and in how many wake-ups.
async fn consume(shared: &Shared) -> (usize, usize) {
    let (mut received, mut wake_ups) = (0, 0);
    loop {
        let events: [&dyn Event; 2] = [&shared.arrived, &shared.finished];
        let finished = WaitAny::new(&events).await == 1;
        received += shared.drain().len();
        wake_ups += 1;
        if finished {
            return (received, wake_ups);
        }
        if wake_ups == 3 {
            shared.pause.set();
            // The thread may have finished instead.
            WaitAny::new(&[&shared.paused, &shared.finished]).await;
            println!("the thread pauses after {} samples", received + shared.waiting());
            shared.go_on.set();
        }
    }
}

#[tokio::main]
async fn main() {
    let shared = Arc::new(Shared::default());
    let library = thread::spawn({
        let shared = shared.clone();
        move || produce(&shared)
    });
    let (received, wake_ups) = consume(&shared).await;
    library.join().expect("the library does not panic");
    println!("{received} samples in {wake_ups} wake-ups");
    assert_eq!(received, SAMPLES as usize);
}
