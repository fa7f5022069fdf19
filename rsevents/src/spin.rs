//! How long a waiter spins before it parks, and why.
//!
//! Parking and being woken costs two context switches, on a virtual machine some 20 to 50
//! microseconds until the thread runs again; a hand-over to a thread that is running costs a tenth of
//! one. So a waiter spins first, for as long as experience says that it pays:
//!
//! * It never spins for longer than [`MAX`], which is about what parking would have cost. So a wait
//!   takes at most twice the time of the better choice.
//! * Each thread remembers, for each event (by a few bits of its address), how long to spin: a
//!   [`Habit`]. A spin that ends in success after time *t* makes the next limit 2 *t* plus
//!   [`SLACK`]. One that ends in parking doubles the limit, in case it was too short by a little.
//! * If even `MAX` was not enough, spinning rests: the next waits park at once, first
//!   [`REST`] of them, then twice as many each time that a single probe fails again, up to
//!   [`LONGEST_REST`]. A program whose waits are always long therefore spends on spinning,
//!   per wait, `MAX / LONGEST_REST`: 12 nanoseconds. One success, and the rest is short again.
//! * Nobody spins where threads are parked or queued already, for the signal goes to them.
//! * A thread that has one processor to itself, because the machine or its affinity has no more, has
//!   to be shown that spinning pays (the other thread may be pinned elsewhere): it begins with a rest,
//!   and each probe in vain is followed by one of [`LONG_REST`] waits or more. Threads ask the system
//!   for their affinity, which takes about as long as a spin, until one of them has more than one
//!   processor, and when a rest begins.
//!
//! [`set_spinning`] turns it off for the process.

use crate::deadline::Deadline;
use crate::primitive::{can_spin, processors, relax};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Nanoseconds: the longest spin, and the one of a probe.
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
const LOOKS: u32 = 32;
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
    const ALONE: Self = Self { limit: MAX, resting: 8 * REST, rest: LONG_REST };

    /// After a spin that paid.
    fn after_success(after: Duration) -> Self {
        let after = u16::try_from(after.as_nanos()).unwrap_or(MAX);
        let limit = after.saturating_mul(2).saturating_add(SLACK);
        Self { limit: if limit < MAX { limit } else { MAX }, resting: 0, rest: REST }
    }

    /// After a spin that ended in parking.
    const fn failed(self) -> Self {
        if self.limit < MAX {
            let limit = self.limit.saturating_mul(2);
            return Self { limit: if limit < MAX { limit } else { MAX }, ..self };
        }
        let rest = self.rest.saturating_mul(2);
        let rest = if rest < LONGEST_REST { rest } else { LONGEST_REST };
        Self { limit: MAX, resting: self.rest, rest }
    }

    /// At the beginning of a rest, with one processor.
    const fn rest_long(self) -> Self {
        Self { resting: LONG_REST, rest: LONGEST_REST, ..self }
    }
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
    if processors() > 1 {
        // ORDERING: Relaxed, for nothing is published with it.
        SEVERAL.store(true, Relaxed);
    } else {
        for habit in habits {
            habit.set(Habit::ALONE);
        }
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

thread_local! {
    // Without a destructor, so it can be used in those of other thread-locals.
    static HABITS: [Cell<Habit>; PLACES] = const { [const { Cell::new(Habit::NEW) }; PLACES] };
}

/// Calls `poll` for a while: true as soon as it says so; false when it is time to park, or when
/// `stop` says that there is no point in spinning.
#[inline]
pub(crate) fn spin(
    key: usize,
    deadline: Deadline,
    poll: impl FnMut() -> bool,
    stop: impl FnMut() -> bool,
) -> bool {
    // ORDERING: Relaxed, see `set_spinning`.
    if !can_spin() || !ALLOWED.load(Relaxed) {
        return false;
    }
    HABITS.with(|habits| {
        if !SEVERAL.load(Relaxed) {
            look_around(habits);
        }
        let habit = &habits[place_of(key)];
        if let Some(next) = habit.get().resting() {
            habit.set(next);
            return false;
        }
        match spin_for(habit.get().limit, deadline, poll, stop) {
            Spun::Succeeded(after) => {
                habit.set(Habit::after_success(after));
                true
            }
            Spun::Failed => {
                let next = habit.get().failed();
                let alone = next.resting > 0 && next.resting < LONG_REST && processors() == 1;
                habit.set(if alone { next.rest_long() } else { next });
                false
            }
            Spun::Stopped => false,
        }
    })
}

/// By Knuth's multiplicative hash.
fn place_of(key: usize) -> usize {
    key.wrapping_mul(0x9E37_79B9) >> 16 & (PLACES - 1)
}

/// How a spin ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spun {
    Succeeded(Duration),
    Failed,
    /// Before its time, because others queue already or the deadline has come.
    Stopped,
}

fn spin_for(
    limit: u16,
    deadline: Deadline,
    mut poll: impl FnMut() -> bool,
    mut stop: impl FnMut() -> bool,
) -> Spun {
    let limit = Duration::from_nanos(limit.into());
    // The clock is first read when the first looks were in vain.
    let mut start = None;
    loop {
        for _ in 0..LOOKS {
            if poll() {
                return Spun::Succeeded(
                    start.map_or(Duration::ZERO, |start: Instant| start.elapsed()),
                );
            }
            if stop() {
                return Spun::Stopped;
            }
            relax();
        }
        let now = Instant::now();
        if deadline.instant().is_some_and(|deadline| now >= deadline) {
            return Spun::Stopped;
        }
        if now.duration_since(*start.get_or_insert(now)) >= limit {
            return Spun::Failed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Habit, MAX, REST, SLACK, Spun, spin_for};
    use crate::deadline::Deadline;
    use std::time::Duration;

    /// The waits that spin, among the first `waits` of a thread whose spins never pay.
    fn spins_in_vain(waits: usize) -> Vec<(usize, u16)> {
        let mut habit = Habit::NEW;
        let mut spins = Vec::new();
        for wait in 0..waits {
            if let Some(next) = habit.resting() {
                habit = next;
            } else {
                spins.push((wait, habit.limit));
                habit = habit.failed();
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
    fn long_waits_cost_almost_nothing_in_the_long_run() {
        const WAITS: usize = 1_000_000;
        let spent: u64 = spins_in_vain(WAITS).iter().map(|&(_, limit)| u64::from(limit)).sum();
        assert!(spent / (WAITS as u64) < 20, "{spent} ns in {WAITS} waits");
    }

    #[test]
    fn one_success_ends_the_long_rests() {
        let habit = Habit::after_success(Duration::from_micros(1));
        assert_eq!(habit, Habit { limit: 2_000 + SLACK, resting: 0, rest: REST });
    }

    #[test]
    fn a_spin_ends_with_success_with_its_time_or_when_told() {
        let never = || false;
        assert_eq!(spin_for(MAX, Deadline::NEVER, || true, never), Spun::Succeeded(Duration::ZERO));
        assert_eq!(spin_for(1, Deadline::NEVER, never, never), Spun::Failed);
        assert_eq!(spin_for(MAX, Deadline::NEVER, never, || true), Spun::Stopped);
        let past = Deadline::after(Duration::ZERO);
        assert_eq!(spin_for(MAX, past, never, never), Spun::Stopped);
    }
}
