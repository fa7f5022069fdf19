//! P-1: as soon as its wait is over, a waiter may free the event and leave the stack frame of the
//! wait. The setter may still be inside `set`.

use crate::limit::{LONG, limited, until};
use crate::random::Random;
use crate::substrate::{byte, until_listened, until_parked};
use rsevents::{AutoResetEvent, Awaitable, ManualResetEvent, WaitAll, WaitAny};
use std::hint::{black_box, spin_loop};
use std::ptr;
use std::slice;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU8, AtomicUsize};
use std::thread;

const ROUNDS: usize = 2000;

/// What a waiter does when its wait is over.
#[derive(Clone, Copy)]
enum Afterwards {
    /// Gives the memory back to the allocator. The address sanitizer, and the allocator's own
    /// checks, then notice a late access.
    Free,
    /// Overwrites the object. A byte that changes later exposes the setter.
    Overwrite,
    /// Overwrites the part of the stack where the wait was.
    OverwriteStack,
}

/// One thread makes an object, waits, and disposes of it. Other threads, one for each of `signals`,
/// signal the object, and may not have returned when it is gone.
fn gone_before_the_signal_returns<T: Default>(signals: &[fn(&T)], wait: fn(&T)) {
    for afterwards in [Afterwards::Free, Afterwards::Overwrite, Afterwards::OverwriteStack] {
        let offered = signals.iter().map(|_| AtomicPtr::default()).collect::<Vec<_>>();
        let returned = AtomicUsize::new(0);
        thread::scope(|s| {
            for (signal, offered) in signals.iter().zip(&offered) {
                s.spawn(|| serve(*signal, offered, &returned));
            }
            for round in 1..=ROUNDS {
                let object = Box::into_raw(Box::<T>::default());
                for offered in &offered {
                    offered.store(object, Release);
                }
                // SAFETY: this thread frees the object, below.
                wait(unsafe { &*object });
                let returned = || returned.load(Acquire) == round * signals.len();
                match afterwards {
                    Afterwards::Free => {}
                    // SAFETY: every thread that uses the object has signalled it.
                    Afterwards::Overwrite => unsafe { overwrite(object, round, returned) },
                    Afterwards::OverwriteStack => overwrite_stack(returned),
                }
                // SAFETY: the object came from a box, and is not used any more, as above.
                drop(unsafe { Box::from_raw(object) });
                until(returned);
            }
        });
    }
}

/// Signals each object that is offered, after a random time.
fn serve<T>(signal: fn(&T), offered: &AtomicPtr<T>, returned: &AtomicUsize) {
    let mut random = Random::new(ptr::from_ref(offered).addr());
    for _ in 0..ROUNDS {
        until(|| !offered.load(Relaxed).is_null());
        let object = offered.swap(ptr::null_mut(), Acquire);
        for _ in 0..random.below(1000) {
            spin_loop();
        }
        // SAFETY: the object is not freed before it has been signalled. This reference lives a
        // little longer, which is what the test is about.
        signal(unsafe { &*object });
        returned.fetch_add(1, Release);
    }
}

/// # Safety
///
/// The object is valid, and no thread uses it as an object any more.
unsafe fn overwrite<T>(object: *mut T, round: usize, returned: impl Fn() -> bool) {
    // A wrong write may set bits or clear them.
    let pattern = if round % 2 == 0 { 0x00 } else { 0xFF };
    // SAFETY: the caller says that the memory is valid. All accesses to it are atomic.
    let bytes = unsafe { slice::from_raw_parts(object.cast::<AtomicU8>(), size_of::<T>()) };
    for byte in bytes {
        byte.swap(pattern, Relaxed);
    }
    until(returned);
    assert!(bytes.iter().all(|byte| byte.load(Relaxed) == pattern), "written to after its end");
}

#[inline(never)]
fn overwrite_stack(returned: impl Fn() -> bool) {
    let mut frame = [0xA5_u8; 8192];
    black_box(&mut frame);
    until(returned);
    assert!(black_box(&frame).iter().all(|byte| *byte == 0xA5), "written to after its end");
}

#[test]
fn auto_event_freed_right_after_the_wait() {
    limited(|| {
        let signals: [fn(&AutoResetEvent); 1] = [AutoResetEvent::set];
        gone_before_the_signal_returns(&signals, |event| event.wait());
        gone_before_the_signal_returns(&signals, |event| assert!(event.wait_for(LONG)));
        gone_before_the_signal_returns(&signals, |event| until(|| event.wait0()));
    });
}

#[test]
fn manual_event_freed_right_after_the_wait() {
    limited(|| {
        let signals: [fn(&ManualResetEvent); 1] = [ManualResetEvent::set];
        gone_before_the_signal_returns(&signals, |event| event.wait());
        gone_before_the_signal_returns(&signals, |event| assert!(event.wait_for(LONG)));
        gone_before_the_signal_returns(&signals, |event| until(|| event.is_set()));
    });
}

#[test]
fn event_freed_right_after_a_wait_that_a_pulse_released() {
    limited(|| {
        gone_before_the_signal_returns::<AutoResetEvent>(
            &[|event| {
                until_parked(event, 1);
                event.pulse();
            }],
            |event| event.wait(),
        );
        gone_before_the_signal_returns::<ManualResetEvent>(
            &[|event| {
                until_parked(event, 1);
                event.pulse();
            }],
            |event| event.wait(),
        );
    });
}

/// The events of a group, and the group.
#[derive(Default)]
struct Group {
    auto: AutoResetEvent,
    manual: ManualResetEvent,
    never: AutoResetEvent,
}

#[test]
fn events_freed_right_after_a_wait_for_any() {
    limited(|| {
        let wait = |group: &Group| {
            WaitAny::new(&[&group.never, &group.auto, &group.manual]).wait();
        };
        gone_before_the_signal_returns(&[|group: &Group| group.auto.set()], wait);
        gone_before_the_signal_returns(&[|group: &Group| group.manual.set()], wait);
        gone_before_the_signal_returns::<Group>(
            &[|group| {
                until_listened(&group.manual);
                group.manual.pulse();
            }],
            wait,
        );
    });
}

#[test]
fn events_freed_right_after_a_wait_for_all() {
    limited(|| {
        let wait = |group: &Group| {
            WaitAll::new(&[&group.auto, &group.manual]).wait();
        };
        gone_before_the_signal_returns::<Group>(
            &[|group| {
                group.auto.set();
                group.manual.set();
            }],
            wait,
        );
        gone_before_the_signal_returns::<Group>(
            &[|group| group.manual.set(), |group| group.auto.set()],
            wait,
        );
    });
}

/// An event that a plain waiter and a group wait on.
#[derive(Default)]
struct Shared {
    event: ManualResetEvent,
    group_has_left: AtomicBool,
}

/// A plain wait that queues behind a group sleeps on memory in its own stack frame.
#[test]
fn event_freed_right_after_a_plain_wait_behind_a_group() {
    limited(|| {
        gone_before_the_signal_returns::<Shared>(
            &[
                |shared| {
                    WaitAny::new(&[&shared.event]).wait();
                    shared.group_has_left.store(true, Release);
                },
                |shared| {
                    until_listened(&shared.event);
                    shared.event.set();
                },
            ],
            |shared| {
                until(|| byte(&shared.event) != 0);
                shared.event.wait();
                until(|| shared.group_has_left.load(Acquire));
            },
        );
    });
}
