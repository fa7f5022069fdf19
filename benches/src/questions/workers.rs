//! One producer and several workers that wait on one event.

use crate::clock::Stopwatch;
use crate::contenders::{Signal, autos};
use crate::crew::spawn;
use crate::question::{Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Sample};
use crate::tally::Tally;
use crossbeam_utils::CachePadded;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::thread::JoinHandle;
use std::time::Duration;

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    use Measure::{Cpu, Wall};
    use Target::{AtMost, Open};
    let acknowledged = |workers, target| {
        Question::new(
            format!("acknowledged-{workers}"),
            format!("one of {workers} workers takes an item and answers"),
        )
        .row(Wall, AtMost(target))
        .row(Cpu, Open)
        .among(autos!(Acknowledged { workers }))
    };
    let ring = |workers| {
        Question::new(
            format!("ring-{workers}"),
            format!("{workers} workers empty a ring buffer, one set per item"),
        )
        .row(Wall, AtMost(1.0))
        .row(Cpu, Open)
        .among(autos!(RingBuffer { workers }))
    };
    vec![
        acknowledged(2, 0.9),
        acknowledged(8, 1.0),
        acknowledged(64, 1.0),
        ring(2),
        ring(8),
        ring(64),
    ]
}

/// Threads that work each time the event releases one of them.
struct Workers<S: Signal> {
    bell: Arc<Bell<S>>,
    threads: Vec<JoinHandle<()>>,
}

struct Bell<S> {
    event: S,
    closed: AtomicBool,
}

impl<S: Signal> Workers<S> {
    fn hire(workers: usize, work: impl Fn() + Clone + Send + 'static) -> Self {
        let bell = Arc::new(Bell { event: S::unset(), closed: AtomicBool::new(false) });
        let threads = (0..workers).map(|_| {
            let (bell, work) = (Arc::clone(&bell), work.clone());
            spawn(move || {
                loop {
                    bell.event.wait();
                    if bell.closed.load(Acquire) {
                        // Each worker that leaves releases the next.
                        return bell.event.set();
                    }
                    work();
                }
            })
        });
        Self { threads: threads.collect(), bell }
    }

    fn ring(&self) {
        self.bell.event.set();
    }
}

impl<S: Signal> Drop for Workers<S> {
    fn drop(&mut self) {
        self.bell.closed.store(true, Release);
        self.ring();
        for thread in self.threads.drain(..) {
            // If a worker panicked, it has printed a message, and its rig has hung.
            let _ = thread.join();
        }
    }
}

/// A turn: the producer sets the event, and a worker answers with another event.
#[derive(Clone, Copy)]
struct Acknowledged {
    workers: usize,
}

impl<S: Signal> Workload<S> for Acknowledged {
    fn rig(self) -> impl Rig + 'static {
        let desk = Arc::new(Desk { taken: S::unset(), items: AtomicU64::new(0) });
        let other = Arc::clone(&desk);
        let workers = Workers::hire(self.workers, move || {
            other.items.fetch_add(1, Relaxed);
            other.taken.set();
        });
        HandOff { desk, workers }
    }
}

struct Desk<S> {
    taken: S,
    items: AtomicU64,
}

struct HandOff<S: Signal> {
    desk: Arc<Desk<S>>,
    workers: Workers<S>,
}

impl<S: Signal> HandOff<S> {
    fn hand_over(&self) {
        self.workers.ring();
        self.desk.taken.wait();
    }
}

impl<S: Signal> Rig for HandOff<S> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.desk.items.store(0, Relaxed);
        self.hand_over();
        let watch = Stopwatch::start();
        for _ in 0..turns {
            self.hand_over();
        }
        let wall = watch.wall();
        Fault::unless_equal("items taken", self.desk.items.load(Relaxed), turns + 1)?;
        Ok(watch.sample(wall, turns, Duration::ZERO))
    }
}

/// A turn: the producer puts an item into the ring and sets the event. A worker that is released takes items
/// until the ring is empty.
#[derive(Clone, Copy)]
struct RingBuffer {
    workers: usize,
}

impl<S: Signal> Workload<S> for RingBuffer {
    fn rig(self) -> impl Rig + 'static {
        let ring = Arc::new(Ring::new());
        let other = Arc::clone(&ring);
        let workers: Workers<S> = Workers::hire(self.workers, move || {
            while let Some(item) = other.pop() {
                other.sum.fetch_add(item, Relaxed);
                other.left.add();
            }
        });
        Production { ring, workers }
    }
}

const CAPACITY: usize = 256;

/// A ring buffer for one producer and many consumers.
struct Ring {
    items: [AtomicU64; CAPACITY],
    head: CachePadded<AtomicUsize>,
    tail: CachePadded<AtomicUsize>,
    /// The sum of all items taken.
    sum: CachePadded<AtomicU64>,
    /// How many items are still to be taken.
    left: CachePadded<Tally>,
}

impl Ring {
    fn new() -> Self {
        Self {
            items: [const { AtomicU64::new(0) }; CAPACITY],
            head: CachePadded::default(),
            tail: CachePadded::default(),
            sum: CachePadded::default(),
            left: CachePadded::new(Tally::new()),
        }
    }

    fn slot(&self, position: usize) -> &AtomicU64 {
        &self.items[position % CAPACITY]
    }

    fn push(&self, item: u64) {
        let tail = self.tail.load(Relaxed);
        while tail - self.head.load(Acquire) == CAPACITY {
            std::thread::yield_now();
        }
        self.slot(tail).store(item, Relaxed);
        self.tail.store(tail + 1, Release);
    }

    fn pop(&self) -> Option<u64> {
        let mut head = self.head.load(Acquire);
        loop {
            if head == self.tail.load(Acquire) {
                return None;
            }
            // The slot holds this item as long as the head has not moved.
            let item = self.slot(head).load(Relaxed);
            match self.head.compare_exchange_weak(head, head + 1, AcqRel, Acquire) {
                Ok(_) => return Some(item),
                Err(moved) => head = moved,
            }
        }
    }
}

struct Production<S: Signal> {
    ring: Arc<Ring>,
    workers: Workers<S>,
}

impl<S: Signal> Production<S> {
    fn produce(&self, items: u64) {
        self.ring.left.begin(items);
        for item in 1..=items {
            self.ring.push(item);
            self.workers.ring();
        }
        self.ring.left.sleep();
    }
}

impl<S: Signal> Rig for Production<S> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.produce(1);
        self.ring.sum.store(0, Relaxed);
        let watch = Stopwatch::start();
        self.produce(turns);
        let wall = watch.wall();
        let sum = turns * (turns + 1) / 2;
        Fault::unless_equal("sum of the items taken", self.ring.sum.load(Relaxed), sum)?;
        Ok(watch.sample(wall, turns, Duration::ZERO))
    }
}
