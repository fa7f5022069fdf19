//! P-1, R-15: as soon as its wait is over, a thread may free the countdown or the semaphore, and
//! leave the stack frame of its wait. The tick or release that ended the wait may still be
//! returning.

use crate::limit::{LONG, limited, until};
use crate::random::Random;
use rsevents::WaitAny;
use rsevents_extra::{Awaitable, CountdownEvent, Semaphore};
use std::hint::{black_box, spin_loop};
use std::mem::{MaybeUninit, forget, needs_drop};
use std::slice;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicUsize};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: usize = 300;

/// What the owner of an object does when its wait is over.
#[derive(Clone, Copy)]
enum Afterwards {
    /// Gives the memory back to the allocator. The address sanitizer, and the allocator's own
    /// checks, then notice a late access.
    Free,
    /// Overwrites the object. A byte that changes later exposes the other threads.
    Overwrite,
    /// Overwrites the part of the stack where the wait was.
    OverwriteStack,
}

/// What another thread does to end the wait.
type Signal = Box<dyn FnOnce() + Send>;

fn signal(f: impl FnOnce() + Send + 'static) -> Signal {
    Box::new(f)
}

/// One thread makes an object, waits, and disposes of it. Others end the wait, with one of
/// `signals` each, and may not have returned by then.
fn gone_before_the_signals_return<T: 'static, const N: usize>(
    make: fn() -> T,
    signals: fn(&'static T) -> [Signal; N],
    wait: fn(&'static T),
) {
    const { assert!(!needs_drop::<T>()) };
    for afterwards in [Afterwards::Free, Afterwards::Overwrite, Afterwards::OverwriteStack] {
        let returned = AtomicUsize::new(0);
        thread::scope(|s| {
            let others = [(); N].map(|()| {
                let (others, inbox) = channel::<Signal>();
                let returned = &returned;
                s.spawn(move || {
                    let mut random = Random::new(N);
                    for signal in inbox {
                        (0..random.below(1000)).for_each(|_| spin_loop());
                        signal();
                        returned.fetch_add(1, Release);
                    }
                });
                others
            });
            for round in 1..=ROUNDS {
                let object = Box::into_raw(Box::new(make()));
                // SAFETY: the object is freed below, after its last use. The other threads'
                // references live a little longer, which is what the test is about.
                let borrowed: &'static T = unsafe { &*object };
                for (other, signal) in others.iter().zip(signals(borrowed)) {
                    other.send(signal).unwrap();
                }
                wait(borrowed);
                let returned = || returned.load(Acquire) == round * N;
                let object = object.cast::<MaybeUninit<T>>();
                match afterwards {
                    Afterwards::Free => {}
                    // SAFETY: the object is valid, and no other thread uses it any more.
                    Afterwards::Overwrite => unsafe { overwrite(object, round, returned) },
                    Afterwards::OverwriteStack => overwrite_stack(returned),
                }
                // SAFETY: the object came from a box of the same layout, and is not used any more,
                // as above.
                drop(unsafe { Box::from_raw(object) });
                until(returned);
            }
        });
    }
}

/// # Safety
///
/// The object is valid, and no thread uses it as an object any more.
unsafe fn overwrite<T>(object: *mut MaybeUninit<T>, round: usize, returned: impl FnMut() -> bool) {
    // A wrong write may set bits or clear them.
    let pattern = if round % 2 == 0 { 0x00 } else { 0xFF };
    // SAFETY: the caller says that the memory is valid.
    unsafe { object.write_bytes(pattern, 1) };
    // SAFETY: as above; and it has been initialised.
    let bytes = unsafe { slice::from_raw_parts(object.cast::<AtomicU8>(), size_of::<T>()) };
    until(returned);
    assert!(bytes.iter().all(|byte| byte.load(Relaxed) == pattern), "written to after its end");
}

#[inline(never)]
fn overwrite_stack(returned: impl FnMut() -> bool) {
    let mut frame = [0xA5_u8; 8192];
    black_box(&mut frame);
    until(returned);
    assert!(black_box(&frame).iter().all(|byte| *byte == 0xA5), "written to after its end");
}

/// The ways to wait for a countdown.
const COUNTDOWN_WAITS: [fn(&'static CountdownEvent); 6] = [
    |countdown| countdown.wait(),
    |countdown| assert!(countdown.wait_for(LONG)),
    |countdown| until(|| countdown.wait_for(Duration::from_micros(20))),
    |countdown| until(|| countdown.wait0()),
    |countdown| until(|| countdown.count() == 0),
    |countdown| assert_eq!(WaitAny::new(&[countdown.event()]).wait(), 0),
];

#[test]
fn a_countdown_freed_while_the_last_tick_returns() {
    limited(|| {
        for wait in COUNTDOWN_WAITS {
            gone_before_the_signals_return(
                || CountdownEvent::new(1),
                |countdown| [signal(|| countdown.tick())],
                wait,
            );
        }
    });
}

#[test]
fn a_countdown_freed_while_two_ticks_return() {
    limited(|| {
        for wait in COUNTDOWN_WAITS {
            gone_before_the_signals_return(
                || CountdownEvent::new(2),
                |countdown| [signal(|| countdown.tick()), signal(|| drop(countdown.guard()))],
                wait,
            );
        }
    });
}

#[test]
fn a_countdown_freed_while_whatever_reached_zero_returns() {
    limited(|| {
        let ways: [fn(&'static CountdownEvent) -> [Signal; 1]; 4] = [
            |countdown| [signal(|| countdown.reset(0))],
            |countdown| [signal(|| countdown.tick_by(5))],
            |countdown| [signal(|| (0..5).for_each(|_| countdown.decrement()))],
            |countdown| {
                let item = countdown.guard();
                countdown.tick_by(4);
                [signal(|| drop(item))]
            },
        ];
        for signals in ways {
            gone_before_the_signals_return(
                || CountdownEvent::new(5),
                signals,
                |countdown| {
                    countdown.wait();
                },
            );
        }
    });
}

/// The ways to wait for a permit, which is never returned.
const PERMIT_WAITS: [fn(&'static Semaphore); 4] = [
    |semaphore| forget(semaphore.wait()),
    |semaphore| forget(semaphore.wait_for(LONG).unwrap()),
    |semaphore| until(|| semaphore.wait_for(Duration::from_micros(20)).map(forget).is_ok()),
    |semaphore| until(|| semaphore.wait0().map(forget).is_ok()),
];

#[test]
fn a_semaphore_freed_while_the_drop_of_a_guard_returns() {
    limited(|| {
        for wait in PERMIT_WAITS {
            gone_before_the_signals_return(
                || Semaphore::with_permits(1),
                |semaphore| {
                    let held = semaphore.wait();
                    [signal(|| drop(held))]
                },
                wait,
            );
        }
    });
}

#[test]
fn a_semaphore_freed_while_a_release_returns() {
    limited(|| {
        for wait in PERMIT_WAITS {
            gone_before_the_signals_return(
                || Semaphore::new(0, 1),
                |semaphore| [signal(|| semaphore.release(1))],
                wait,
            );
        }
    });
}

#[test]
fn a_semaphore_freed_while_two_drops_and_a_release_return() {
    limited(|| {
        let waits: [fn(&'static Semaphore); 3] = [
            |semaphore| forget(semaphore.many(4).wait()),
            |semaphore| {
                let limit = Duration::from_micros(20);
                until(|| semaphore.many(4).try_wait_for(limit).map(forget).is_ok());
            },
            |semaphore| {
                forget(semaphore.wait());
                forget(semaphore.many(2).wait());
                forget(semaphore.wait());
            },
        ];
        for wait in waits {
            gone_before_the_signals_return(
                || Semaphore::new(3, 4),
                |semaphore| {
                    let mut three = semaphore.many(3).wait();
                    let one = three.split(1);
                    let release = signal(|| assert!(semaphore.try_release(1)));
                    [signal(|| drop(one)), signal(|| drop(three)), release]
                },
                wait,
            );
        }
    });
}

/// One release serves many sleepers, and the timeout of one of them ends at about that time. This
/// sleeper may have its permit by then, but not its wake-up: the others come first.
#[test]
fn a_stack_frame_left_at_the_limit_while_a_release_returns() {
    const OTHERS: u16 = 30;
    limited(|| {
        let mut random = Random::new(0);
        let mut micros = |from, to| Duration::from_micros((from + random.below(to - from)) as u64);
        for _ in 0..100 {
            let (semaphore, returned) = (Semaphore::new(0, OTHERS + 1), AtomicUsize::new(0));
            let limit = micros(200, 1000);
            let release = limit + micros(0, 200);
            thread::scope(|s| {
                for _ in 0..OTHERS {
                    s.spawn(|| forget(semaphore.wait_for(LONG).unwrap()));
                }
                let hasty = s.spawn(|| {
                    let taken = semaphore.wait_for(limit).map(forget).is_ok();
                    overwrite_stack(|| returned.load(Acquire) == 1);
                    u16::from(taken)
                });
                let start = Instant::now();
                until(|| start.elapsed() >= release);
                semaphore.release(OTHERS + 1);
                returned.store(1, Release);
                let taken = hasty.join().unwrap();
                until(|| semaphore.count() == 1 - taken);
            });
        }
    });
}
