//! The steps of the algorithm, one at a time. The tests play the sleepers.

use super::super::permits::MOST_PASSED;
use super::super::queue::Due;
use super::*;
use crate::Semaphore;
use crate::primitive::Arc;

fn semaphore(initial: u16, max: u16) -> RawSemaphore {
    RawSemaphore::new(initial, max)
}

fn back(permits: u16) -> Gift {
    Gift { permits, new: false }
}

/// Queues the sleepers, as `enqueue` does.
fn enter(semaphore: &RawSemaphore, sleepers: &[Arc<Sleeper>]) {
    for sleeper in sleepers {
        let mut queue = semaphore.queue.lock();
        // SAFETY: the sleeper is new, and each test keeps it until the semaphore's last use.
        unsafe { queue.push(sleeper) };
        let wakes = semaphore.settle(&mut queue, semaphore.is_reserved());
        drop(queue);
        wakes.wake();
    }
}

fn is_woken(sleeper: &Arc<Sleeper>) -> bool {
    sleeper.sleep(Limit::Until(Instant::now()), None, false).is_ok()
}

/// Keeps a sleeper that finds too few permits, as `after_wake` does.
fn tries_and_fails(semaphore: &RawSemaphore, sleeper: &Sleeper) {
    let mut queue = semaphore.queue.lock();
    let wakes = semaphore.stay(&mut queue, sleeper);
    drop(queue);
    wakes.wake();
}

impl RawSemaphore {
    /// Deals the gift out, as in the middle of `give_to_sleepers`, before the wake-ups.
    fn give_in_lock(&self, gift: Gift) -> Wakes {
        let mut queue = self.queue.lock();
        self.deal(&mut queue, false, |seen| gift.added_to(seen, self.max())).expect("it fits")
    }
}

/// Makes the next hand-over due now, or in an hour.
fn hand_over_is_due(semaphore: &RawSemaphore, now: bool) {
    let interval = if now { Duration::ZERO } else { Duration::from_secs(3600) };
    semaphore.queue.lock().met(Due::Unknown(Instant::now()), interval);
}

/// Returns how many permits are available, whether gifts must take the lock, and whether permits are
/// reserved.
fn state(semaphore: &RawSemaphore) -> (u16, bool, bool) {
    let word = semaphore.permits();
    (word.available(), word.wanted(), word.reserved())
}

#[test]
fn permits_are_offered_and_newcomers_may_be_quicker() {
    let (semaphore, sleepers) = (semaphore(0, 2), [Sleeper::of_thread(1)]);
    enter(&semaphore, &sleepers);
    assert_eq!(state(&semaphore), (0, true, false));
    assert!(semaphore.give(Gift { permits: 1, new: true }));
    assert_eq!(state(&semaphore), (1, MOST_PASSED == 0, false));
    assert!(is_woken(&sleepers[0]) && !sleepers[0].was_served());
    assert!(semaphore.take(1));
    hand_over_is_due(&semaphore, false);
    tries_and_fails(&semaphore, &sleepers[0]);
    assert_eq!(state(&semaphore), (0, true, false));
    assert!(!is_woken(&sleepers[0]));
}

/// Nor is the woken sleeper woken again.
#[test]
fn permits_that_pass_a_thread_on_its_way_are_not_lost() {
    let (semaphore, sleepers) = (semaphore(0, 2), [Sleeper::of_thread(1)]);
    enter(&semaphore, &sleepers);
    hand_over_is_due(&semaphore, false);
    assert!(semaphore.give(Gift { permits: 1, new: true }) && is_woken(&sleepers[0]));
    for _ in 0..200 {
        assert!(semaphore.take(1) && semaphore.give(back(1)));
        assert_eq!(semaphore.permits().available(), 1);
    }
    assert!(!is_woken(&sleepers[0]) && sleepers[0].is_queued());
    assert!(!semaphore.give(Gift { permits: 2, new: true }), "there would be too many");

    hand_over_is_due(&semaphore, true);
    let mut passed = 0;
    while sleepers[0].is_queued() {
        assert!(passed < 64 && semaphore.take(1) && semaphore.give(back(1)));
        passed += 1;
    }
    assert!(is_woken(&sleepers[0]) && sleepers[0].was_served());
    assert_eq!(semaphore.permits(), Permits::new(0, 1));
}

/// Waits that begin and end do not reset the count of passes.
#[test]
fn passes_are_counted_although_threads_come_and_go() {
    let (semaphore, sleepers) = (semaphore(0, 9), [1, 2].map(Sleeper::of_thread));
    enter(&semaphore, &sleepers[..1]);
    hand_over_is_due(&semaphore, false);
    assert!(semaphore.give(Gift { permits: 1, new: true }));
    hand_over_is_due(&semaphore, true);
    for passed in 0.. {
        if sleepers[0].was_served() {
            break;
        }
        assert!(passed < 64 && semaphore.take(1));
        enter(&semaphore, &sleepers[1..]);
        semaphore.leave(&mut semaphore.queue.lock(), &sleepers[1]).wake();
        assert!(semaphore.give(back(1)));
    }
}

/// The thread that serves a sleeper wakes it, because the thread that offered it permits may not run.
#[test]
fn one_that_is_served_is_woken_again() {
    let (semaphore, sleepers) = (semaphore(0, 9), [1, 1].map(Sleeper::of_thread));
    enter(&semaphore, &sleepers);
    hand_over_is_due(&semaphore, false);
    let not_woken_yet = semaphore.give_in_lock(Gift { permits: 1, new: true });
    assert!(semaphore.give(Gift { permits: 1, new: true }));
    assert!(sleepers[0].was_served() && is_woken(&sleepers[0]) && is_woken(&sleepers[1]));
    not_woken_yet.wake();
}

/// Permits beyond those that the woken sleeper wants are dealt out at once.
#[test]
fn a_woken_sleeper_holds_up_no_sleeper_behind_it() {
    let (semaphore, sleepers) = (semaphore(0, 9), [1, 1, 2].map(Sleeper::of_thread));
    enter(&semaphore, &sleepers);
    hand_over_is_due(&semaphore, false);
    let more = |permits| assert!(semaphore.give(Gift { permits, new: true }));
    more(1);
    assert!(is_woken(&sleepers[0]) && sleepers[0].is_queued());
    more(1);
    assert!(sleepers[0].was_served() && is_woken(&sleepers[1]) && sleepers[1].is_queued());
    more(2);
    assert!(sleepers[1].was_served() && is_woken(&sleepers[2]) && sleepers[2].is_queued());
    assert_eq!(state(&semaphore), (2, MOST_PASSED == 0, false));
    semaphore.leave(&mut semaphore.queue.lock(), &sleepers[2]).wake();
}

/// Returns a semaphore with this many permits. All were held when the sleepers came, and one has been
/// returned. It is reserved for the first sleeper, which wants two.
fn reserved_for_the_first(permits: u16, sleepers: &[Arc<Sleeper>]) -> RawSemaphore {
    let semaphore = semaphore(permits, permits);
    assert!(semaphore.take(permits));
    enter(&semaphore, sleepers);
    hand_over_is_due(&semaphore, true);
    assert!(semaphore.give(back(1)));
    assert_eq!(state(&semaphore), (0, true, true));
    semaphore
}

#[test]
fn nothing_is_reserved_before_the_turn_of_a_larger_request() {
    let (semaphore, sleepers) = (semaphore(3, 3), [Sleeper::of_thread(2)]);
    assert!(semaphore.take(3));
    enter(&semaphore, &sleepers);
    hand_over_is_due(&semaphore, false);
    assert!(semaphore.give(back(1)));
    assert_eq!(state(&semaphore), (1, true, false));
    assert!(semaphore.take(1));
    hand_over_is_due(&semaphore, true);
    assert!(semaphore.give(back(1)));
    assert_eq!(state(&semaphore), (0, true, true));
}

#[test]
fn reserved_permits_stay_reserved_when_others_come_and_go() {
    let sleepers = [2, 1, 1].map(Sleeper::of_thread);
    let semaphore = reserved_for_the_first(3, &sleepers[..1]);
    enter(&semaphore, &sleepers[1..]);
    assert_eq!(state(&semaphore), (0, true, true));
    semaphore.leave(&mut semaphore.queue.lock(), &sleepers[1]).wake();
    assert_eq!(state(&semaphore), (0, true, true));
    assert!(!sleepers.iter().any(is_woken));
    assert!(semaphore.give(back(1)));
    assert!(is_woken(&sleepers[0]) && sleepers[0].was_served());
    assert_eq!(state(&semaphore), (0, true, false));
}

#[test]
fn nothing_is_reserved_for_a_sleeper_that_has_left() {
    let sleepers = [2, 1].map(Sleeper::of_thread);
    let semaphore = reserved_for_the_first(3, &sleepers);
    semaphore.leave(&mut semaphore.queue.lock(), &sleepers[0]).wake();
    assert!(is_woken(&sleepers[1]) && !sleepers[1].was_served());
    assert_eq!(semaphore.permits().available(), 1);
    semaphore.leave(&mut semaphore.queue.lock(), &sleepers[1]).wake();
    assert_eq!(semaphore.permits(), Permits::new(1, 3));
}

#[test]
fn nothing_is_reserved_for_a_request_that_cannot_be_met() {
    let sleepers = [Sleeper::of_thread(2)];
    let semaphore = reserved_for_the_first(2, &sleepers);
    semaphore.forget(1);
    assert_eq!(state(&semaphore), (1, true, false));
}

/// A sleeper that arrives while nothing is reserved has nothing reserved.
#[test]
fn newcomers_take_what_is_too_few_for_a_sleeper() {
    let (semaphore, sleepers) = (semaphore(1, 3), [Sleeper::of_thread(2)]);
    enter(&semaphore, &sleepers);
    assert_eq!(state(&semaphore), (1, true, false));
    assert!(semaphore.take(1));
}

/// When a hand-over is due, the idle permits are reserved for a sleeper that tried and found too few.
#[test]
fn a_sleeper_that_has_tried_and_failed_has_its_turn() {
    let (semaphore, sleepers) = (semaphore(3, 3), [Sleeper::of_thread(2)]);
    assert!(semaphore.take(3));
    enter(&semaphore, &sleepers);
    hand_over_is_due(&semaphore, false);
    assert!(semaphore.give(back(2)) && is_woken(&sleepers[0]));
    assert!(semaphore.take(1));
    hand_over_is_due(&semaphore, true);
    tries_and_fails(&semaphore, &sleepers[0]);
    assert_eq!(state(&semaphore), (0, true, true));
}

/// Nor does dropping it reserve permits.
#[test]
fn a_guard_without_permits_gives_nothing_back() {
    let (semaphore, sleepers) = (Semaphore::new(2, 3), [Sleeper::of_thread(2)]);
    let mut one = semaphore.wait();
    let none = one.split(0).expect("it has as many");
    enter(&semaphore.raw, &sleepers);
    hand_over_is_due(&semaphore.raw, true);
    drop(none);
    assert_eq!(state(&semaphore.raw), (1, true, false));
    semaphore.raw.leave(&mut semaphore.raw.queue.lock(), &sleepers[0]).wake();
}
