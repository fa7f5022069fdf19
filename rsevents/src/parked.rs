//! Threads parked at the address of an event: how they wait, and the signals that release them.
//!
//! Functions return `None` or false if the event has listeners: then [`listeners`](crate::listeners) must
//! act.

use crate::byte::{Byte, CHANGING, Kind, LISTENED, PARKED, SET, Signal};
use crate::deadline::Deadline;
use crate::primitive::{Parked, Unparked, park, unpark_all, unpark_one};

/// Delivers a signal. Returns false if the listeners must deliver it.
#[cold]
pub(crate) fn signal(byte: &Byte, kind: Kind, signal: Signal) -> bool {
    loop {
        let seen = byte.bits();
        let done = match kind {
            // Parked threads are older than any listener, so they are served first.
            Kind::Auto if seen & PARKED != 0 => hand_over(byte, signal),
            _ if seen & (LISTENED | CHANGING) != 0 => return false,
            Kind::Manual if seen & PARKED != 0 => release_all(byte, signal),
            _ => byte.exchange(seen, signal.leaves()),
        };
        if done {
            return true;
        }
    }
}

/// Clears the signal; parked threads stay parked. Returns false if this needs the lock of the listeners.
#[cold]
pub(crate) fn reset(byte: &Byte) -> bool {
    byte.update(|seen| (seen & (LISTENED | CHANGING) == 0).then_some(seen & !SET))
}

/// Hands the signal of an auto-reset event to the thread that has been parked longest. Returns false
/// if no thread is parked and listeners must be served instead.
fn hand_over(byte: &Byte, signal: Signal) -> bool {
    let mut done = true;
    let callback = |found| match found {
        Unparked::OneOfMany => {}
        Unparked::Last => byte.nobody_parked(),
        Unparked::None => {
            done = keep_signal(byte, signal);
            if !done {
                // The queue is empty, so PARKED is stale. A thread about to park re-checks it under Q and
                // retries.
                byte.nobody_parked();
            }
        }
    };
    // SAFETY: the key is the address of this event, and the callback touches nothing but its byte.
    unsafe { unpark_one(byte.key(), callback) };
    done
}

/// Changes a manual-reset event and releases every parked thread in one critical section. Returns
/// false if there are listeners: they must be released in the same critical section.
fn release_all(byte: &Byte, signal: Signal) -> bool {
    let mut done = false;
    let decide = || {
        done = keep_signal(byte, signal);
        done
    };
    // SAFETY: the key is the address of this event, and the closure touches nothing but its byte.
    unsafe { unpark_all(byte.key(), decide) }.wake();
    done
}

/// Writes the state that the signal leaves. Under Q, when no thread stays queued. Returns false, without a
/// change, if there are listeners.
fn keep_signal(byte: &Byte, signal: Signal) -> bool {
    byte.update(|seen| (seen & (LISTENED | CHANGING) == 0).then_some(signal.leaves()))
}

/// Takes the signal, or parks until a signal releases the thread. Returns false if the deadline passes first,
/// and `None` if the thread must queue behind listeners.
pub(crate) fn wait(byte: &Byte, kind: Kind, deadline: Deadline) -> Option<bool> {
    loop {
        if byte.poll(kind)? {
            return Some(true);
        }
        if !byte.announce() {
            if byte.bits() & (LISTENED | CHANGING) != 0 {
                return None;
            }
            continue;
        }
        if let Some(released) = park_announced(byte, deadline) {
            return Some(released);
        }
    }
}

/// Parks a thread that has been announced. Returns whether it was released before the deadline, or
/// `None` if it did not park because the event has changed.
pub(crate) fn park_announced(byte: &Byte, deadline: Deadline) -> Option<bool> {
    // The thread parks even if a waiter has queued since it was announced: otherwise PARKED would
    // stay on without a thread.
    let validate = || byte.bits() & PARKED != 0;
    let timed_out = |last| {
        if last {
            byte.nobody_parked();
        }
    };
    // SAFETY: the key is the address of this event, and the closures touch nothing but its byte.
    match unsafe { park(byte.key(), validate, timed_out, deadline.instant()) } {
        Parked::Released => Some(true),
        Parked::TimedOut => Some(false),
        Parked::Refused => None,
    }
}
