//! Controls for the sanitizers: programs with one planted error, which must be found, and correct
//! programs, which must not be reported.
//!
//! `probe thread` and `probe address` list the names of programs. Names of programs with an error begin
//! with `bad_`. `probe NAME` runs one program.

use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent};
use std::cell::UnsafeCell;
use std::hint::black_box;
use std::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::sync::{Arc, Barrier, Condvar, Mutex, OnceLock, mpsc};
use std::thread;

/// Data that threads share. A program must synchronise its accesses.
#[derive(Default)]
struct Plain(UnsafeCell<u64>);

// SAFETY: `Plain` alone does not make this sound. Each program says whether it synchronises.
unsafe impl Sync for Plain {}

impl Plain {
    fn write(&self) {
        // SAFETY: unsound in the bad programs. In the others, the program orders all accesses.
        unsafe { *self.0.get() += 1 }
    }

    fn read(&self) -> u64 {
        // SAFETY: as `write`.
        unsafe { *self.0.get() }
    }
}

/// The fast paths of an event, with orderings of the caller's choice. A wait spins.
struct Toy {
    set: AtomicBool,
    publish: Ordering,
    acquire: Ordering,
}

impl Toy {
    fn set(&self) {
        self.set.store(true, self.publish);
    }

    fn wait(&self) {
        while !self.set.load(self.acquire) {
            thread::yield_now();
        }
    }
}

/// One thread writes and then sets. Another waits and then writes.
fn hand_over(publish: Ordering, acquire: Ordering) {
    let (data, toy) = (Plain::default(), Toy { set: AtomicBool::new(false), publish, acquire });
    together(
        || {
            data.write();
            toy.set();
        },
        || {
            toy.wait();
            data.write();
        },
    );
}

/// Runs two threads that overlap, because the sanitizer sees no race between threads if one ends before
/// the other begins. The counter is relaxed, so it does not order the threads.
fn together(a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    let begun = AtomicU32::new(0);
    let meet = || {
        begun.fetch_add(1, Relaxed);
        while begun.load(Relaxed) < 2 {
            thread::yield_now();
        }
    };
    thread::scope(|s| {
        s.spawn(|| {
            meet();
            a();
        });
        s.spawn(|| {
            meet();
            b();
        });
    });
}

fn bad_relaxed_set() {
    hand_over(Relaxed, Acquire);
}

fn bad_relaxed_wait() {
    hand_over(Release, Relaxed);
}

fn ok_release_acquire() {
    hand_over(Release, Acquire);
}

/// A failed wait orders nothing.
fn bad_read_after_failed_wait() {
    let (data, event) = (Plain::default(), ManualResetEvent::default());
    together(
        || {
            data.write();
            event.set();
        },
        || {
            let _ = event.wait0();
            black_box(data.read());
        },
    );
}

/// A set does not publish what is written after it.
fn bad_write_after_set() {
    let (data, event) = (Plain::default(), AutoResetEvent::default());
    together(
        || {
            event.set();
            data.write();
        },
        || {
            event.wait();
            data.write();
        },
    );
}

fn ok_auto_reset_event() {
    let (data, turn) = (Plain::default(), AutoResetEvent::new(EventState::Set));
    thread::scope(|s| {
        for _ in 0..8 {
            s.spawn(|| {
                for _ in 0..200 {
                    turn.wait();
                    data.write();
                    turn.set();
                }
            });
        }
    });
    assert_eq!(data.read(), 1600);
}

fn ok_manual_reset_event() {
    for _ in 0..200 {
        let (data, ready) = (Plain::default(), ManualResetEvent::default());
        thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| {
                    ready.wait();
                    black_box(data.read());
                });
            }
            data.write();
            ready.set();
        });
    }
}

// The following programs show that std is instrumented. Without that, the sanitizer would report them.

fn ok_join() {
    let value = thread::spawn(|| vec![1_u8; 4096]).join().unwrap();
    drop(black_box(value));
}

fn ok_scope() {
    let data = Plain::default();
    thread::scope(|s| {
        s.spawn(|| data.write());
    });
    data.write();
}

fn ok_arc() {
    for _ in 0..100 {
        let data = Arc::new(Plain::default());
        let readers = [0; 2].map(|_| {
            let data = Arc::clone(&data);
            thread::spawn(move || black_box(data.read()))
        });
        drop(data);
        for reader in readers {
            reader.join().unwrap();
        }
    }
}

fn ok_mutex_and_condvar() {
    let (count, changed) = (Mutex::new(0), Condvar::new());
    thread::scope(|s| {
        for _ in 0..3 {
            s.spawn(|| drop(changed.wait_while(count.lock().unwrap(), |count| *count < 100)));
        }
        for _ in 0..100 {
            *count.lock().unwrap() += 1;
            changed.notify_all();
        }
    });
}

fn ok_barrier() {
    let (data, barrier) = (Plain::default(), Barrier::new(2));
    thread::scope(|s| {
        s.spawn(|| {
            data.write();
            barrier.wait();
        });
        barrier.wait();
        data.write();
    });
}

fn ok_channel() {
    let (sender, receiver) = mpsc::channel();
    thread::scope(|s| {
        s.spawn(move || (0..500).for_each(|_| sender.send(vec![1_u8; 64]).unwrap()));
        receiver.into_iter().for_each(|mut message| message[0] = 2);
    });
}

fn ok_once() {
    let once = OnceLock::new();
    thread::scope(|s| {
        for _ in 0..4 {
            s.spawn(|| black_box(once.get_or_init(|| vec![1_u8; 64]).len()));
        }
    });
}

fn ok_park() {
    let (data, ready) = (Plain::default(), AtomicBool::new(false));
    thread::scope(|s| {
        let parked = s.spawn(|| {
            while !ready.load(Relaxed) {
                thread::park();
            }
            thread::park_timeout(std::time::Duration::from_secs(1));
        });
        data.write();
        ready.store(true, Relaxed);
        parked.thread().unpark();
    });
    data.write();
}

fn bad_read_of_freed_memory() {
    let boxed = Box::new(7_u64);
    let freed = &raw const *boxed;
    drop(boxed);
    // SAFETY: unsound on purpose: the sanitizer must report it.
    black_box(unsafe { freed.read_volatile() });
}

fn bad_read_of_left_stack_frame() {
    #[inline(never)]
    fn address_of_local() -> *const u64 {
        let local = 5_u64;
        black_box(&raw const local)
    }
    // SAFETY: unsound on purpose: the sanitizer must report it.
    black_box(unsafe { address_of_local().read_volatile() });
}

fn bad_set_of_freed_event() {
    let boxed = Box::new(ManualResetEvent::default());
    let freed = &raw const *boxed;
    drop(boxed);
    // SAFETY: unsound on purpose: the sanitizer must report it.
    unsafe { (*freed).set() };
}

/// Allowed: a released waiter may free the event while its setter is still returning.
fn ok_free_after_wait() {
    for _ in 0..500 {
        let event = Box::new(ManualResetEvent::default());
        let address = (&raw const *event).expose_provenance();
        let setter = thread::spawn(move || {
            let event = std::ptr::with_exposed_provenance::<ManualResetEvent>(address);
            // SAFETY: the event lives until this call has released the wait.
            unsafe { (*event).set() };
        });
        event.wait();
        drop(event);
        setter.join().unwrap();
    }
}

macro_rules! programs {
    ($($name:ident)*) => { &[$((stringify!($name), $name as fn())),*] };
}

const RACES: &[(&str, fn())] = programs! {
    bad_relaxed_set bad_relaxed_wait bad_read_after_failed_wait bad_write_after_set
    ok_release_acquire ok_auto_reset_event ok_manual_reset_event ok_free_after_wait
    ok_join ok_scope ok_arc ok_mutex_and_condvar ok_barrier ok_channel ok_once ok_park
};

const LIFETIMES: &[(&str, fn())] = programs! {
    bad_read_of_freed_memory bad_read_of_left_stack_frame bad_set_of_freed_event
    ok_free_after_wait ok_auto_reset_event ok_manual_reset_event ok_arc ok_scope ok_channel
};

fn main() {
    let name = std::env::args().nth(1).expect("an argument");
    let list = |programs: &[(&str, fn())]| programs.iter().for_each(|(name, _)| println!("{name}"));
    match &*name {
        "thread" => list(RACES),
        "address" => list(LIFETIMES),
        name => {
            let mut programs = RACES.iter().chain(LIFETIMES);
            programs.find(|(listed, _)| *listed == name).expect("the name of a program").1();
        }
    }
}
