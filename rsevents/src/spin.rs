//! How long a waiter spins before it parks, and why.
//!
//! Parking and being woken costs two context switches, on a virtual machine some 20 to 50
//! microseconds until the thread runs again; a hand-over to a thread that is running costs a tenth of
//! one. So a waiter spins first, for as long as experience says that it pays:
//!
//! * It never spins for longer than parking would have cost, so that a wait takes at most twice what
//!   the better choice would have taken. A thread that was woken sees how long ago that was; parking
//!   costs about twice as much, for the other side pays as well. Each thread keeps a running mean of
//!   some samples: its [`Cost`]. Whatever that says, the longest spin is no less than [`LEAST`] and no more
//!   than [`MAX`].
//! * Each thread remembers, for each event (by a few bits of its address), how long to spin: a
//!   [`Habit`]. A spin that ends in success after time *t* makes the next limit 2 *t* plus
//!   [`SLACK`]. One that ends in parking doubles the limit, in case it was too short by a little.
//! * If even the longest spin was not enough, spinning rests: the next waits park at once, first
//!   [`REST`] of them, then twice as many each time that a single probe fails again, up to
//!   [`LONGEST_REST`]. A program whose waits are always long therefore spends on spinning,
//!   per wait, `MAX / LONGEST_REST` at most: 12 nanoseconds. One success, and the rest is short again.
//! * A spin that ends at the deadline was in vain, too, unless a thread that had parked could not have
//!   been woken by then.
//! * Nobody spins where threads are parked or queued already, for the signal goes to them.
//! * A thread that has one processor to itself, because the machine or its affinity has no more, has
//!   to be shown that spinning pays (the other thread may be pinned elsewhere): it begins with a rest,
//!   and each probe in vain is followed by one of [`LONG_REST`] waits or more. Threads ask the system
//!   for their affinity, which takes longer than a spin, until one of them has more than one processor.
//!   (Rejected: to ask again when a rest begins. A thread's first hundred timeouts then took twice the
//!   processor time.)
//!
//! [`set_spinning`] turns it off for the process, [`without_spinning`] for a thread.

use crate::deadline::Deadline;
use crate::primitive::{can_spin, fixed_looks, processors, relax};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Nanoseconds: the bounds of the longest spin, which is also the one of a probe.
const LEAST: u16 = 4_000;
const MAX: u16 = 50_000;
/// Nanoseconds: the first spin of a thread on an event.
const FIRST: u16 = 6_000;
/// Nanoseconds: what is added to twice the time that was needed last.
const SLACK: u16 = 2_000;
/// Waits that park at once after a spin of `MAX` was in vain, the first time and at the most.
const REST: u16 = 8;
const LONGEST_REST: u16 = 4096;
/// The same with one processor: at first.
const LONG_REST: u16 = 1024;
/// Looks at the event between two looks at the clock, which costs about as much as two of them.
const LOOKS: usize = 32;
/// Events: to look at more takes about as long as to wake up.
const LARGEST_GROUP: usize = 512;
/// Events that a thread remembers; others share a place.
const PLACES: usize = 16;

/// What a thread has learned about spinning on an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Habit {
    /// Nanoseconds to spin.
    limit: u16,
    /// Waits left until the next probe.
    resting: u16,
    /// How many waits the next rest will take.
    rest: u16,
}

impl Habit {
    const NEW: Self = Self { limit: FIRST, resting: 0, rest: REST };

    /// Before a wait: the habit after it, if this wait is not to spin.
    const fn resting(self) -> Option<Self> {
        match self.resting.checked_sub(1) {
            Some(resting) => Some(Self { resting, ..self }),
            None => None,
        }
    }

    /// The habit to begin with if there is one processor.
    const ALONE: Self = Self { limit: MAX, resting: 64, rest: LONG_REST };

    /// The habit to begin with.
    const fn first(processors: usize) -> Self {
        if processors > 1 { Self::NEW } else { Self::ALONE }
    }

    /// After a spin that paid.
    fn after_success(after: Duration) -> Self {
        let limit = nanos(after).saturating_mul(2).saturating_add(SLACK);
        Self { limit: limit.min(MAX), resting: 0, rest: REST }
    }

    /// After a spin that ended in parking; `most` was the longest.
    fn failed(self, most: u16) -> Self {
        if self.limit < most {
            return Self { limit: self.limit.saturating_mul(2).min(most), ..self };
        }
        let rest = self.rest.saturating_mul(2).min(LONGEST_REST);
        Self { limit: MAX, resting: self.rest, rest }
    }
}

/// How long it takes to wake up, in nanoseconds: a running mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cost(u16);

impl Cost {
    /// Not known yet: let spinning have its chance.
    const UNKNOWN: Self = Self(MAX / 2);

    /// A sample that has nothing to do with the cost, because the processor was busy, is one of many.
    fn with(self, sample: Duration) -> Self {
        Self(self.0 - self.0 / 4 + nanos(sample).min(MAX / 2) / 4)
    }

    /// How long it takes to wake up.
    fn mean(self) -> Duration {
        Duration::from_nanos(self.0.into())
    }

    /// The longest spin.
    fn most(self) -> u16 {
        self.0.saturating_mul(2).clamp(LEAST, MAX)
    }
}

fn nanos(time: Duration) -> u16 {
    u16::try_from(time.as_nanos()).unwrap_or(u16::MAX)
}

/// To be told when a thread that had parked is awake: how long ago it was woken.
pub(crate) fn learn(woken_in: Duration) {
    COST.set(COST.get().with(woken_in));
}

/// Whether a thread has been seen that can run on more than one processor.
static SEVERAL: AtomicBool = AtomicBool::new(false);

thread_local! {
    static LOOKED_AROUND: Cell<bool> = const { Cell::new(false) };
}

/// The first time in this thread: finds out about its processors.
#[cold]
fn look_around(habits: &[Cell<Habit>; PLACES]) {
    if LOOKED_AROUND.replace(true) {
        return;
    }
    let first = Habit::first(processors());
    if first == Habit::NEW {
        // ORDERING: Relaxed, for nothing is published with it.
        SEVERAL.store(true, Relaxed);
    }
    for habit in habits {
        habit.set(first);
    }
}

/// Whether waiters may spin before they park.
static ALLOWED: AtomicBool = AtomicBool::new(true);

/// Allows or forbids, for the whole process, that a thread spins for a moment before it sleeps.
///
/// It is allowed by default: spinning makes hand-overs between running threads much faster, is
/// bounded by what sleeping would have cost, and stops by itself where it does not pay. Forbid it where
/// no processor time may be spent on waiting, however little, such as on battery or under
/// real-time priorities. It takes effect for waits that begin later.
///
/// # Examples
///
/// ```
/// rsevents::set_spinning(false);
/// ```
pub fn set_spinning(allowed: bool) {
    // ORDERING: Relaxed, for nothing is published with it.
    ALLOWED.store(allowed, Relaxed);
}

/// Calls `f`, in which this thread does not spin before it sleeps; returns its result.
///
/// For waits that are known to be long: of a thread that queues behind others, for example.
/// [`set_spinning`] is for the whole process.
///
/// # Examples
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, without_spinning};
/// use std::time::Duration;
///
/// let event = AutoResetEvent::default();
/// assert!(!without_spinning(|| event.wait_for(Duration::from_millis(1))));
/// ```
pub fn without_spinning<T>(f: impl FnOnce() -> T) -> T {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            FORBIDDEN.set(self.0);
        }
    }
    // The threads of a model have their locals in common.
    let _before = (!cfg!(rsevents_loom)).then(|| Before(FORBIDDEN.replace(true)));
    f()
}

thread_local! {
    // Without destructors, so they can be used in those of other thread-locals.
    static HABITS: [Cell<Habit>; PLACES] = const { [const { Cell::new(Habit::NEW) }; PLACES] };
    static COST: Cell<Cost> = const { Cell::new(Cost::UNKNOWN) };
    static FORBIDDEN: Cell<bool> = const { Cell::new(false) };
}

/// Calls `poll`, which looks at so many events, for a while: until it says true, it is time to park, or
/// `stop` says that there is no point in spinning.
#[inline]
pub(crate) fn spin(
    key: usize,
    events: usize,
    deadline: &mut Deadline,
    mut poll: impl FnMut() -> bool,
    mut stop: impl FnMut() -> bool,
) -> Spun {
    // ORDERING: Relaxed, see `set_spinning`.
    if !can_spin() || !ALLOWED.load(Relaxed) || FORBIDDEN.get() || events > LARGEST_GROUP {
        return Spun::Failed;
    }
    if let Some(looks) = fixed_looks() {
        return look(looks, &mut poll, &mut stop).unwrap_or(Spun::Failed);
    }
    let looks = if deadline.is_within(Duration::from_nanos(LEAST.into())) {
        1
    } else {
        u32::try_from(LOOKS / events).unwrap_or(1).max(1)
    };
    HABITS.with(|habits| {
        if !SEVERAL.load(Relaxed) {
            look_around(habits);
        }
        let habit = &habits[place_of(key)];
        if let Some(next) = habit.get().resting() {
            habit.set(next);
            return Spun::Failed;
        }
        let most = COST.get().most();
        let (spun, after) = spin_for(habit.get().limit.min(most), looks, deadline, poll, stop);
        match spun {
            Spun::Succeeded => habit.set(Habit::after_success(after)),
            Spun::Failed => habit.set(habit.get().failed(most)),
            // A thread that had parked would have been woken in time.
            Spun::Expired if after >= COST.get().mean() => {
                habit.set(habit.get().failed(most));
            }
            Spun::Expired | Spun::Stopped => {}
        }
        spun
    })
}

/// By Knuth's multiplicative hash.
fn place_of(key: usize) -> usize {
    key.wrapping_mul(0x9E37_79B9) >> 16 & (PLACES - 1)
}

/// How a spin ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spun {
    Succeeded,
    /// It does not pay, as far as this thread knows.
    Failed,
    /// Before its time, because others queue already.
    Stopped,
    /// The deadline has come.
    Expired,
}

/// Looks some times; `None` if that ended nothing.
#[inline]
fn look(
    looks: u32,
    poll: &mut impl FnMut() -> bool,
    stop: &mut impl FnMut() -> bool,
) -> Option<Spun> {
    for _ in 0..looks {
        if poll() {
            return Some(Spun::Succeeded);
        }
        if stop() {
            return Some(Spun::Stopped);
        }
        relax();
    }
    None
}

/// How it ended, and after how long.
fn spin_for(
    limit: u16,
    looks: u32,
    deadline: &mut Deadline,
    mut poll: impl FnMut() -> bool,
    mut stop: impl FnMut() -> bool,
) -> (Spun, Duration) {
    let limit = Duration::from_nanos(limit.into());
    // The clock is first read when the first looks were in vain.
    let mut start = None;
    loop {
        if let Some(spun) = look(looks, &mut poll, &mut stop) {
            return (spun, start.map_or(Duration::ZERO, |start: Instant| start.elapsed()));
        }
        let now = Instant::now();
        deadline.fix(|| now);
        let spent = now.duration_since(*start.get_or_insert(now));
        if deadline.instant().is_some_and(|deadline| now >= deadline) {
            return (Spun::Expired, spent);
        }
        if spent >= limit {
            return (Spun::Failed, spent);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{ptr, thread};

    /// The waits that spin, among the first `waits` of a thread whose spins never pay.
    fn spins_in_vain(waits: usize) -> Vec<(usize, u16)> {
        let mut habit = Habit::NEW;
        let mut spins = Vec::new();
        for wait in 0..waits {
            if let Some(next) = habit.resting() {
                habit = next;
            } else {
                spins.push((wait, habit.limit));
                habit = habit.failed(MAX);
            }
        }
        spins
    }

    #[test]
    fn a_success_sets_the_limit_to_twice_its_time_and_some() {
        let limit = |after| Habit::after_success(after).limit;
        assert_eq!(limit(Duration::from_micros(10)), 20_000 + SLACK);
        assert_eq!(limit(Duration::ZERO), SLACK);
        assert_eq!(limit(Duration::from_secs(1)), MAX);
    }

    #[test]
    fn failures_double_the_limit_then_rest_then_probe() {
        let spins = spins_in_vain(100);
        let limits: Vec<_> = spins[..5].iter().map(|&(_, limit)| limit).collect();
        assert_eq!(limits, [6_000, 12_000, 24_000, 48_000, 50_000]);
        let rest = usize::from(REST);
        assert_eq!(spins[5..8], [(5 + rest, MAX), (6 + 3 * rest, MAX), (7 + 7 * rest, MAX)]);
    }

    #[test]
    fn with_one_processor_probes_are_rare() {
        assert_eq!((Habit::first(0), Habit::first(1)), (Habit::ALONE, Habit::ALONE));
        assert_eq!((Habit::first(2), Habit::first(64)), (Habit::NEW, Habit::NEW));
        assert!(Habit::ALONE.resting > 0 && Habit::ALONE.failed(MAX).resting == LONG_REST);
    }

    #[test]
    fn a_thread_looks_around_once() {
        let first = Habit::first(processors());
        let found = thread::spawn(|| {
            HABITS.with(|habits| {
                look_around(habits);
                let found = habits.each_ref().map(Cell::get);
                habits[0].set(Habit::NEW.failed(MAX));
                look_around(habits);
                assert_eq!(habits[0].get(), Habit::NEW.failed(MAX));
                found
            })
        });
        assert_eq!(found.join().unwrap(), [first; PLACES]);
        assert!(first == Habit::ALONE || SEVERAL.load(Relaxed));
    }

    #[test]
    fn every_place_is_used() {
        let events = [0_u8; 100 * PLACES];
        let mut used = [false; PLACES];
        for event in &events {
            used[place_of(ptr::from_ref(event).addr())] = true;
        }
        assert_eq!(used, [true; PLACES]);
    }

    #[test]
    fn a_thread_learns_what_waking_takes() {
        let cost = thread::spawn(|| {
            (0..100).for_each(|_| learn(Duration::ZERO));
            COST.get()
        });
        assert_eq!(cost.join().unwrap().most(), LEAST);
    }

    #[test]
    fn a_thread_looks_around_and_spins_unless_it_is_forbidden() {
        // With one processor it begins with a rest.
        let spins = || {
            (0..100).any(|_| spin(0, 1, &mut Deadline::Never, || true, || false) == Spun::Succeeded)
        };
        assert!(spins());
        assert!(LOOKED_AROUND.get() || SEVERAL.load(Relaxed));
        set_spinning(false);
        assert!(!spins());
        set_spinning(true);
        assert!(spins());
    }

    #[test]
    fn a_thread_does_not_spin_where_it_forbids_it() {
        let spins = || {
            (0..100).any(|_| spin(0, 1, &mut Deadline::Never, || true, || false) == Spun::Succeeded)
        };
        assert!(!without_spinning(|| without_spinning(spins) || spins()));
        let panics = std::panic::catch_unwind(|| without_spinning(|| panic!("on purpose")));
        assert!(panics.is_err() && spins());
    }

    /// How a thread's spins end that never succeed, with this limit.
    fn ends_with_limit(limit: Duration) -> [Spun; 30] {
        let attempt = move |_| spin(0, 1, &mut Deadline::In(limit), || false, || false);
        thread::spawn(move || std::array::from_fn(attempt)).join().unwrap()
    }

    /// G-5
    #[test]
    fn limits_that_end_the_spin_end_the_spinning_unless_parking_takes_longer() {
        let ends = ends_with_limit(Duration::from_micros(45));
        assert!(ends[20..].contains(&Spun::Failed), "{ends:?}");
        let ends = ends_with_limit(Duration::from_micros(2));
        assert!(processors() == 1 || ends.contains(&Spun::Expired), "{ends:?}");
    }

    #[test]
    fn long_waits_cost_almost_nothing_in_the_long_run() {
        const WAITS: usize = 1_000_000;
        let spent: u64 = spins_in_vain(WAITS).iter().map(|&(_, limit)| u64::from(limit)).sum();
        assert!(spent / (WAITS as u64) < 20, "{spent} ns in {WAITS} waits");
    }

    /// Waits that last longer than it takes to wake up are not worth a longer spin.
    #[test]
    fn the_longest_spin_is_what_parking_is_seen_to_cost() {
        let after = |samples: &[u64]| {
            let samples = samples.iter().map(|&micros| Duration::from_micros(micros));
            samples.fold(Cost::UNKNOWN, Cost::with).most()
        };
        assert_eq!(after(&[]), MAX);
        assert!((10_000..12_000).contains(&after(&[5; 100])));
        assert_eq!(after(&[0; 100]), LEAST);
        assert!(after(&[25; 100]) > MAX - 100 && after(&[10_000; 100]) > MAX - 100);
        assert_eq!(Habit::NEW.failed(10_000).failed(10_000).resting, REST);
    }

    #[test]
    fn one_success_ends_the_long_rests() {
        let habit = Habit::after_success(Duration::from_micros(1));
        assert_eq!(habit, Habit { limit: 2_000 + SLACK, resting: 0, rest: REST });
    }

    #[test]
    fn a_spin_ends_with_success_with_its_time_or_when_told() {
        let never = || false;
        let mut unlimited = Deadline::Never;
        let at_once = spin_for(MAX, 32, &mut unlimited, || true, never);
        assert_eq!(at_once, (Spun::Succeeded, Duration::ZERO));
        let start = Instant::now();
        let (spun, after) = spin_for(MAX, 32, &mut unlimited, never, never);
        assert_eq!(spun, Spun::Failed);
        assert!(nanos(after) >= MAX && start.elapsed() >= after);
        let told = spin_for(MAX, 32, &mut unlimited, never, || true);
        assert_eq!(told, (Spun::Stopped, Duration::ZERO));
        let mut short = Deadline::In(Duration::ZERO);
        assert_eq!(spin_for(MAX, 1, &mut short, never, never).0, Spun::Expired);
        assert!(short.has_passed());
    }
}
