//! What semaphores cost one thread, and many threads that compete.

use crate::clock::Stopwatch;
use crate::contenders::{Permits, contenders, semaphores};
use crate::crew::Crew;
use crate::machine::Place;
use crate::question::{Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Sample, Solo, count};
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Relaxed};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize};
use std::time::Duration;

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    use Measure::Wall;
    use Target::AtMost;
    let uncontended = |permits| {
        let permit = if permits == 1 { "the only permit" } else { "1 of 1000 permits" };
        Question::new(
            format!("semaphore-uncontended-{permits}"),
            format!("semaphore: acquire and return {permit}"),
        )
        .row(Wall, AtMost(0.7))
        .among(semaphores!(Acquire { permits }))
    };
    let mut questions = vec![uncontended(1), uncontended(1000)];
    for threads in [2, 8, 32] {
        for permits in [1, 2, 8] {
            let sections = Sections { threads, permits };
            let title = format!("semaphore: {threads} threads compete for {}", counted(permits));
            questions.push(
                Question::new(format!("semaphore-{threads}x{permits}"), title)
                    .row(Wall, AtMost(1.0))
                    .row(Measure::Cpu, Target::Open)
                    .among(semaphores!(sections)),
            );
            questions.push(
                Question::new(
                    format!("semaphore-share-{threads}x{permits}"),
                    format!("semaphore: smallest share, {threads} threads, {}", counted(permits)),
                )
                .row(Measure::Share, Target::AtLeast(0.1))
                .of_given_length()
                .among(contenders![Shares(sections); ours::Semaphore, published::Semaphore]),
            );
        }
    }
    questions
}

fn counted(permits: u16) -> String {
    format!("{permits} permit{}", if permits == 1 { "" } else { "s" })
}

#[derive(Clone, Copy)]
struct Acquire {
    permits: u16,
}

impl<P: Permits> Workload<P> for Acquire {
    fn rig(self) -> impl Rig + 'static {
        let semaphore = P::new(self.permits);
        Solo(move |turns| {
            for _ in 0..turns {
                semaphore.with(|| ());
            }
            Ok(())
        })
    }
}

/// A turn is one critical section.
#[derive(Clone, Copy)]
struct Sections {
    threads: usize,
    permits: u16,
}

/// The state that all threads of a workload share.
struct Room<P> {
    semaphore: P,
    permits: usize,
    inside: AtomicUsize,
    /// Whether more threads than permits were ever inside.
    crowded: AtomicBool,
}

impl<P: Permits> Room<P> {
    fn new(permits: u16) -> Self {
        Self {
            semaphore: P::new(permits),
            permits: permits.into(),
            inside: AtomicUsize::new(0),
            crowded: AtomicBool::new(false),
        }
    }

    /// Runs a short section, of about 100 ns.
    fn enter(&self) {
        self.semaphore.with(|| {
            if self.inside.fetch_add(1, AcqRel) >= self.permits {
                self.crowded.store(true, Relaxed);
            }
            for _ in 0..10 {
                std::hint::spin_loop();
            }
            self.inside.fetch_sub(1, AcqRel);
        });
    }

    fn verify(&self) -> Result<(), Fault> {
        let crowded = u64::from(self.crowded.load(Relaxed));
        Fault::unless_equal("times with more inside than permits", crowded, 0)
    }
}

impl<P: Permits> Workload<P> for Sections {
    fn rig(self) -> impl Rig + 'static {
        let room = Arc::new(Room::<P>::new(self.permits));
        let shared = Arc::clone(&room);
        let crew = Crew::hire(self.threads, Place::Anywhere, move |_, turns| {
            for _ in 0..turns {
                shared.enter();
            }
            Ok(())
        });
        Throughput { room, crew, threads: self.threads as u64 }
    }
}

struct Throughput<P> {
    room: Arc<Room<P>>,
    crew: Crew,
    threads: u64,
}

impl<P: Permits> Rig for Throughput<P> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.room.enter();
        let each = turns.div_ceil(self.threads);
        let watch = Stopwatch::start();
        self.crew.start(each);
        let wall = self.crew.finish()?;
        self.room.verify()?;
        Ok(watch.sample(wall, each * self.threads, Duration::ZERO))
    }
}

/// A turn is a second of sections.
#[derive(Clone, Copy)]
struct Shares(Sections);

impl<P: Permits> Workload<P> for Shares {
    fn rig(self) -> impl Rig + 'static {
        let Self(Sections { threads, permits }) = self;
        let room = Arc::new(Room::<P>::new(permits));
        let shares = Arc::new(Counted {
            over: AtomicBool::new(false),
            sections: (0..threads).map(|_| AtomicU64::new(0)).collect(),
        });
        let (inner, counted) = (Arc::clone(&room), Arc::clone(&shares));
        let crew = Crew::hire(threads, Place::Anywhere, move |index, _| {
            let mut sections = 0;
            while !counted.over.load(Relaxed) {
                inner.enter();
                sections += 1;
            }
            counted.sections[index].store(sections, Relaxed);
            Ok(())
        });
        Sharing { room, shares, crew }
    }
}

struct Counted {
    over: AtomicBool,
    sections: Vec<AtomicU64>,
}

struct Sharing<P> {
    room: Arc<Room<P>>,
    shares: Arc<Counted>,
    crew: Crew,
}

impl<P: Permits> Rig for Sharing<P> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        let seconds = u32::try_from(turns).expect("nobody has so much time");
        self.shares.over.store(false, Relaxed);
        self.crew.start(turns);
        std::thread::sleep(seconds * Duration::from_secs(1));
        self.shares.over.store(true, Relaxed);
        self.crew.finish()?;
        self.room.verify()?;
        let sections: Vec<u64> =
            self.shares.sections.iter().map(|sections| sections.load(Relaxed)).collect();
        let mean = count(sections.iter().sum()) / count(sections.len() as u64);
        let least = sections.into_iter().min().map_or(0.0, count);
        Ok(Sample::default().with(Measure::Share, least / mean))
    }
}
