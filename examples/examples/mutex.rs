//! A custom lock, made from an `AutoResetEvent`.
//!
//! ```sh
//! cargo run --release --example mutex
//! ```
//!
//! An auto-reset event that is set in the beginning is already a lock: a wait locks it, and `set` unlocks it.
//! In between, no other wait succeeds. What is left to do is to keep the value in the lock, and to unlock it
//! when a guard is dropped.
//!
//! By implementing `Awaitable` (two methods), the lock gets all forms of waiting: `wait`, `try_wait_for`,
//! `try_wait_until`, `try_wait0`. It also works with code that is generic over what is waited for. Its waits
//! yield a guard: that is what `Awaitable::T` is for.
//!
//! By implementing `AwaitableUnless` (one method, one line), it gets waits that an event can stop:
//! `mutex.unless(&stop)`.
//!
//! For real work, use `std::sync::Mutex`. This is a pattern for primitives that do not exist yet.

use rsevents::{
    AutoResetEvent, Awaitable, AwaitableUnless, Event, EventState, Limit, ManualResetEvent,
    TimeoutError, UnlessError,
};
use std::cell::UnsafeCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::thread;
use std::time::Duration;

/// A value that one thread at a time may use.
struct Mutex<T> {
    free: AutoResetEvent,
    value: UnsafeCell<T>,
}

// SAFETY: a shared lock gives its value to one thread after another. For each thread, this is as if the value
// had been sent to it.
unsafe impl<T: Send> Sync for Mutex<T> {}

/// The right to use the value, until the guard is dropped.
struct Guard<'a, T> {
    mutex: &'a Mutex<T>,
    /// Makes the guard `Send` and `Sync` as a `&mut T` is, because a shared guard shares the value.
    value: PhantomData<&'a mut T>,
}

impl<T> Mutex<T> {
    const fn new(value: T) -> Self {
        Self { free: AutoResetEvent::new(EventState::Set), value: UnsafeCell::new(value) }
    }

    fn into_inner(self) -> T {
        self.value.into_inner()
    }

    /// Creates the guard. Call it only after a successful wait for `free`.
    fn guard(&self) -> Guard<'_, T> {
        Guard { mutex: self, value: PhantomData }
    }
}

impl<'a, T: 'a> Awaitable<'a> for Mutex<T> {
    type T = Guard<'a, T>;
    type Error = TimeoutError;

    fn try_wait(&'a self) -> Result<Guard<'a, T>, Infallible> {
        self.free.try_wait().map(|()| self.guard())
    }

    fn try_wait_for(&'a self, limit: Duration) -> Result<Guard<'a, T>, TimeoutError> {
        self.free.try_wait_for(limit).map(|()| self.guard())
    }
}

impl<'a, T: 'a> AwaitableUnless<'a> for Mutex<T> {
    fn try_wait_unless(
        &'a self,
        stop: &dyn Event,
        limit: Limit,
    ) -> Result<Guard<'a, T>, UnlessError> {
        self.free.try_wait_unless(stop, limit).map(|()| self.guard())
    }
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: there is no other guard, because the event releases one wait and is set again only when
        // this guard is dropped. The wait has made visible what earlier guards did.
        unsafe { &*self.mutex.value.get() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and this guard is borrowed mutably.
        unsafe { &mut *self.mutex.value.get() }
    }
}

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        self.mutex.free.set();
    }
}

/// Works with every `Awaitable` that may time out, whatever its waits yield.
fn is_available<'a>(what: &'a impl Awaitable<'a, Error = TimeoutError>) -> bool {
    what.try_wait_for(Duration::from_millis(20)).is_ok()
}

fn main() {
    const TEXT: &str = include_str!("mutex.rs");
    const THREADS: usize = 4;

    // Several threads count words in one map.
    let words = Mutex::new(BTreeMap::new());
    let lines: Vec<&str> = TEXT.lines().collect();
    thread::scope(|s| {
        for part in lines.chunks(lines.len().div_ceil(THREADS)) {
            s.spawn(|| {
                for word in part.iter().flat_map(|line| line.split_whitespace()) {
                    *words.wait().entry(word).or_insert(0_usize) += 1;
                }
            });
        }
    });
    let words = words.into_inner();
    assert_eq!(words.values().sum::<usize>(), TEXT.split_whitespace().count());
    println!("{THREADS} threads found {} different words in this program", words.len());

    // The main thread holds the lock, so the other threads have to wait.
    let account = Mutex::new(100);
    let mut held = account.wait();
    thread::scope(|s| {
        s.spawn(|| println!("held: available within 20 ms? {}", is_available(&account)));
    });
    // A thread that waits for the lock can be stopped.
    let stop = ManualResetEvent::default();
    thread::scope(|s| {
        let waiting = s.spawn(|| account.unless(&stop).try_wait().is_err());
        stop.set();
        println!("held: a wait was stopped? {}", waiting.join().unwrap());
    });
    *held -= 30;
    drop(held);
    println!("let go: available within 20 ms? {}", is_available(&account));

    let balance = account.try_wait0().expect("nobody holds it");
    assert_eq!(*balance, 70);
    println!("and it holds {}", *balance);
}
