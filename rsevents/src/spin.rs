//! How long a waiter spins before it parks, and why.
//!
//! Parking and being unparked costs two context switches: on a virtual machine, 20 to 50 microseconds until
//! the thread runs again. A hand-over to a running thread costs a tenth of a microsecond. So a waiter spins
//! first, for as long as spinning has paid before:
//!
//! * Each thread remembers, for each event (by a few bits of its address), how long to spin: a [`Habit`]. A
//!   spin that succeeds after time *t* sets the next limit to 2 *t* plus [`SLACK`]. A spin that ends in
//!   parking doubles the limit, in case it was slightly too short.
//! * If even the longest spin ([`MAX`]) fails, spinning rests: the next [`REST`] waits park at once. Then one
//!   wait probes by spinning for `MAX`. Each failed probe doubles the rest, up to [`LONGEST_REST`]. A program
//!   whose waits are always long therefore spends, in the long run, `MAX / LONGEST_REST` per wait on
//!   spinning: 5 nanoseconds. After one success the rest is short again.
//! * A spin that ends at the deadline has failed, too, unless the timeout is shorter than parking costs
//!   ([`LEAST`]). However late such a spin ends, parking would have been later.
//! * A thread stops spinning if others are already parked or queued for an auto-reset event, because they get
//!   the signal. A plain wait for a manual-reset event stops, too.
//!
//! Rejected, because no measurement defended it (November 2026, two Intel processors, one or both in use,
//! ratios to the published version):
//!
//! * Learning what parking costs from the latency of wake-ups, and spinning for up to twice that, at most 50
//!   microseconds. The results were within the noise of a fixed 20 microseconds, with one exception. The
//!   first hundred timeouts of a thread took 1.4 times the processor time (now 1.1).
//! * Beginning with a rest on one processor, to make the first hundred timeouts cheaper. They took 1.2 times the
//!   processor time with and without it.
//! * `MAX` of 50 microseconds: two threads that take turns of 20 microseconds then spun for each other's
//!   whole turn, and used 4 times the processor time.
//!
//! [`set_spinning`] turns spinning off for the process, [`without_spinning`] for a thread.

use crate::deadline::Deadline;
use crate::primitive::{can_spin, fixed_looks, relax};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// The longest spin, in nanoseconds. A probe is this long.
const MAX: u16 = 20_000;
/// The least that parking and being unparked costs, in nanoseconds.
const LEAST: u16 = 4_000;
/// The first spin of a thread on an event, in nanoseconds.
const FIRST: u16 = 6_000;
/// What is added to twice the time of the last success, in nanoseconds.
const SLACK: u16 = 2_000;
/// How many waits park at once after a spin of `MAX` has failed: the first time, and at most.
const REST: u16 = 8;
const LONGEST_REST: u16 = 4096;
/// Pauses per look. A look takes the cache line from the thread that is about to write to it: to freeze and thaw
/// the event, or to set another event beside it. With one pause, two threads that take turns in groups need 1.2
/// to 1.3 of the time (Intel, November 2026). Eight are slower where each event has its own line.
const PAUSES: u32 = 4;
/// Looks per reading of the clock.
const LOOKS: usize = 8;
/// The most events that a spin looks at: looking at more takes about as long as waking up.
const LARGEST_GROUP: usize = 512;
/// The number of habits that a thread remembers. Events beyond that share them.
const PLACES: usize = 16;

/// What a thread has learned about spinning on an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Habit {
    /// How long to spin, in nanoseconds.
    limit: u16,
    /// How many waits park at once before the next probe.
    resting: u16,
    /// How many waits the next rest will take.
    rest: u16,
}

impl Habit {
    const NEW: Self = Self { limit: FIRST, resting: 0, rest: REST };

    /// Returns the habit after a wait that does not spin; `None` if the wait is to spin.
    const fn resting(self) -> Option<Self> {
        match self.resting.checked_sub(1) {
            Some(resting) => Some(Self { resting, ..self }),
            None => None,
        }
    }

    /// Returns the habit after a spin that succeeded after this time.
    fn after_success(after: Duration) -> Self {
        let limit = nanos(after).saturating_mul(2).saturating_add(SLACK);
        Self { limit: limit.min(MAX), resting: 0, rest: REST }
    }

    /// Returns the habit after a spin that ended in parking.
    fn failed(self) -> Self {
        if self.limit < MAX {
            return Self { limit: self.limit.saturating_mul(2).min(MAX), ..self };
        }
        let rest = self.rest.saturating_mul(2).min(LONGEST_REST);
        Self { limit: MAX, resting: self.rest, rest }
    }
}

fn nanos(time: Duration) -> u16 {
    u16::try_from(time.as_nanos()).unwrap_or(u16::MAX)
}

/// Whether waiters may spin before they park.
static ALLOWED: AtomicBool = AtomicBool::new(true);

/// Enables or disables brief spinning before a thread parks, process-wide.
///
/// Spinning is enabled by default. It makes hand-overs between running threads much faster, takes 20
/// microseconds at most, and becomes rare where it does not pay. Disable it where no processor time may be spent on
/// waiting, such as on battery or under real-time priorities. It takes effect for waits that begin later.
///
/// # Examples
///
/// ```
/// rsevents::set_spinning(false);
/// ```
pub fn set_spinning(allowed: bool) {
    // ORDERING: Relaxed, because nothing is published with it.
    ALLOWED.store(allowed, Relaxed);
}

/// Calls `f` and returns its result. Meanwhile this thread does not spin before it parks.
///
/// Use it for waits that are known to be long, such as that of a thread that queues behind others.
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
    // Not in models, whose threads share their thread-locals.
    let _before = (!cfg!(rsevents_loom)).then(|| Before(FORBIDDEN.replace(true)));
    f()
}

thread_local! {
    // These have no destructors, so that destructors of other thread-locals can use them.
    static HABITS: [Cell<Habit>; PLACES] = const { [const { Cell::new(Habit::NEW) }; PLACES] };
    static FORBIDDEN: Cell<bool> = const { Cell::new(false) };
}

/// Spins: calls `look`, which looks at `events` events, until it says how the spin ended, spinning has lasted
/// long enough, or the deadline passes.
#[inline]
pub(crate) fn spin(
    key: usize,
    events: usize,
    deadline: &mut Deadline,
    mut look: impl FnMut() -> Option<Spun>,
) -> Spun {
    // ORDERING: Relaxed, see `set_spinning`.
    if !can_spin() || !ALLOWED.load(Relaxed) || FORBIDDEN.get() || events > LARGEST_GROUP {
        return Spun::Failed;
    }
    if let Some(looks) = fixed_looks() {
        return repeat(looks, &mut look).unwrap_or(Spun::Failed);
    }
    let is_short = deadline.is_within(Duration::from_nanos(LEAST.into()));
    let looks = if is_short { 1 } else { u32::try_from(LOOKS / events).unwrap_or(1).max(1) };
    HABITS.with(|habits| {
        let habit = &habits[place_of(key)];
        if let Some(next) = habit.get().resting() {
            habit.set(next);
            return Spun::Failed;
        }
        let (spun, after) = spin_for(habit.get().limit, looks, deadline, look);
        match spun {
            Spun::Succeeded => habit.set(Habit::after_success(after)),
            Spun::Failed => habit.set(habit.get().failed()),
            Spun::Expired if !is_short => habit.set(habit.get().failed()),
            Spun::Expired | Spun::Stopped => {}
        }
        spun
    })
}

/// Returns the place of an event's habit, by Knuth's multiplicative hash.
fn place_of(key: usize) -> usize {
    key.wrapping_mul(0x9E37_79B9) >> 16 & (PLACES - 1)
}

/// How a spin ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spun {
    Succeeded,
    /// The thread should park: the spin was long enough, or no spin would pay.
    Failed,
    /// The spin was cut short, because others already wait.
    Stopped,
    /// The deadline has passed.
    Expired,
}

/// Calls `look` up to `looks` times. Returns `None` if the spin goes on.
#[inline]
fn repeat(looks: u32, look: &mut impl FnMut() -> Option<Spun>) -> Option<Spun> {
    (0..looks).find_map(|_| {
        look().or_else(|| {
            (0..PAUSES).for_each(|_| relax());
            None
        })
    })
}

/// Spins, for about `limit` nanoseconds at most. Returns how the spin ended, and after how long.
fn spin_for(
    limit: u16,
    looks: u32,
    deadline: &mut Deadline,
    mut look: impl FnMut() -> Option<Spun>,
) -> (Spun, Duration) {
    let limit = Duration::from_nanos(limit.into());
    // The clock is not read before the first `looks` looks have failed.
    let mut start = None;
    loop {
        if let Some(spun) = repeat(looks, &mut look) {
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

    const SUCCEEDS: fn() -> Option<Spun> = || Some(Spun::Succeeded);

    /// Returns which of the first `waits` waits spin, and their limits, in a thread whose spins never pay.
    fn failing_spins(waits: usize) -> Vec<(usize, u16)> {
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
        assert_eq!(limit(Duration::from_micros(5)), 10_000 + SLACK);
        assert_eq!(limit(Duration::ZERO), SLACK);
        assert_eq!(limit(Duration::from_secs(1)), MAX);
    }

    #[test]
    fn failures_double_the_limit_then_rest_then_probe() {
        let spins = failing_spins(100);
        let limits: Vec<_> = spins[..5].iter().map(|&(_, limit)| limit).collect();
        assert_eq!(limits[..3], [6_000, 12_000, 20_000]);
        let rest = usize::from(REST);
        assert_eq!(spins[3..6], [(3 + rest, MAX), (4 + 3 * rest, MAX), (5 + 7 * rest, MAX)]);
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
    fn a_thread_spins_unless_it_is_forbidden() {
        let spins =
            || (0..100).any(|_| spin(0, 1, &mut Deadline::Never, SUCCEEDS) == Spun::Succeeded);
        assert!(spins());
        set_spinning(false);
        assert!(!spins());
        set_spinning(true);
        assert!(spins());
    }

    #[test]
    fn a_thread_does_not_spin_where_it_forbids_it() {
        let spins =
            || (0..100).any(|_| spin(0, 1, &mut Deadline::Never, SUCCEEDS) == Spun::Succeeded);
        assert!(!without_spinning(|| without_spinning(spins) || spins()));
        let panics = std::panic::catch_unwind(|| without_spinning(|| panic!("on purpose")));
        assert!(panics.is_err() && spins());
    }

    /// Returns how a thread's spins end that never succeed, with this timeout.
    fn ends_with_limit(limit: Duration) -> [Spun; 30] {
        let attempt = move |_| spin(0, 1, &mut Deadline::In(limit), || None);
        thread::spawn(move || std::array::from_fn(attempt)).join().unwrap()
    }

    #[test]
    fn limits_that_end_the_spin_end_the_spinning_unless_parking_takes_longer() {
        for longer in [10, 45] {
            let ends = ends_with_limit(Duration::from_micros(longer));
            assert!(ends[20..].contains(&Spun::Failed), "{ends:?}");
        }
        let ends = ends_with_limit(Duration::from_micros(2));
        assert!(ends.contains(&Spun::Expired), "{ends:?}");
    }

    /// A thread with a short timeout may be pre-empted while it spins. That must not end its spinning, because
    /// parking takes longer than the timeout.
    #[test]
    fn spins_with_short_timeouts_do_not_fail_by_being_late() {
        let look = || {
            thread::sleep(Duration::from_micros(u64::from(LEAST / 500)));
            None
        };
        let attempt = |_| spin(0, 1, &mut Deadline::In(Duration::from_micros(2)), look);
        assert!((0..30).map(attempt).all(|spun| spun == Spun::Expired));
    }

    #[test]
    fn long_waits_cost_almost_nothing_in_the_long_run() {
        const WAITS: usize = 1_000_000;
        let spent: u64 = failing_spins(WAITS).iter().map(|&(_, limit)| u64::from(limit)).sum();
        assert!(spent / (WAITS as u64) < 20, "{spent} ns in {WAITS} waits");
    }

    #[test]
    fn one_success_ends_the_long_rests() {
        let habit = Habit::after_success(Duration::from_micros(1));
        assert_eq!(habit, Habit { limit: 2_000 + SLACK, resting: 0, rest: REST });
    }

    #[test]
    fn a_spin_ends_with_success_with_its_time_or_when_told() {
        let never = || None;
        let mut unlimited = Deadline::Never;
        let at_once = spin_for(MAX, 32, &mut unlimited, SUCCEEDS);
        assert_eq!(at_once, (Spun::Succeeded, Duration::ZERO));
        let start = Instant::now();
        let (spun, after) = spin_for(MAX, 32, &mut unlimited, never);
        assert_eq!(spun, Spun::Failed);
        assert!(nanos(after) >= MAX && start.elapsed() >= after);
        let told = spin_for(MAX, 32, &mut unlimited, || Some(Spun::Stopped));
        assert_eq!(told, (Spun::Stopped, Duration::ZERO));
        let mut short = Deadline::In(Duration::ZERO);
        assert_eq!(spin_for(MAX, 1, &mut short, never).0, Spun::Expired);
        assert!(short.has_passed());
    }
}
