//! Threads parked at the address of an event: who waits, and the signals that release them.
//!
//! Everything here is for events without listeners. Functions answer `None`, or false, where there are
//! some.

use crate::byte::{Byte, CHANGING, Kind, LISTENED, PARKED, SET, Signal};
use crate::deadline::Deadline;
use crate::primitive::{Parked, Unparked, park, unpark_all, unpark_one};
use crate::spin;

/// Gives a signal. False: the listeners must be asked.
#[cold]
pub(crate) fn signal(byte: &Byte, kind: Kind, signal: Signal) -> bool {
    loop {
        let seen = byte.bits();
        let done = match kind {
            // Parked threads are older than any listener: they go first.
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

/// Discards the signal; `PARKED` stays, its threads wait on. False: the listeners must be asked.
#[cold]
pub(crate) fn reset(byte: &Byte) -> bool {
    byte.update(|seen| (seen & (LISTENED | CHANGING) == 0).then_some(seen & !SET))
}

/// Auto-reset: gives the signal to the thread that has been parked for longest. False: nobody
/// was parked, and there are listeners to be served instead.
fn hand_over(byte: &Byte, signal: Signal) -> bool {
    let mut done = true;
    let callback = |found| match found {
        Unparked::OneOfMany => {}
        Unparked::Last => byte.nobody_parked(),
        Unparked::None => {
            done = leave_as(byte, signal);
            if !done {
                // The queue is empty. Whoever comes finds `PARKED` off under its lock, and looks again.
                byte.nobody_parked();
            }
        }
    };
    // SAFETY: the key is the address of this event, and the callback touches nothing but its byte.
    unsafe { unpark_one(byte.key(), callback) };
    done
}

/// Manual-reset: changes the state and releases every parked thread in one critical section.
/// False: listeners have come and must be released at the same instant, which is not done here.
fn release_all(byte: &Byte, signal: Signal) -> bool {
    let mut done = false;
    let decide = || {
        done = leave_as(byte, signal);
        done
    };
    // SAFETY: the key is the address of this event, and the closure touches nothing but its byte.
    unsafe { unpark_all(byte.key(), decide) };
    done
}

/// Under Q, with nobody in the queue or all about to be released: what the signal leaves. False, with nothing
/// changed, if there are listeners.
fn leave_as(byte: &Byte, signal: Signal) -> bool {
    byte.update(|seen| (seen & (LISTENED | CHANGING) == 0).then_some(signal.leaves()))
}

/// Takes the signal, or parks until one comes: whether it came before the deadline. `None`: the listeners must be
/// asked.
pub(crate) fn wait(byte: &Byte, kind: Kind, deadline: Deadline) -> Option<bool> {
    loop {
        if byte.poll(kind)? {
            return Some(true);
        }
        match byte.bits() {
            0 if !byte.announce() => continue,
            0 | PARKED => {}
            seen if seen & (LISTENED | CHANGING) != 0 => return None,
            _ => continue,
        }
        if let Some(released) = park_announced(byte, deadline) {
            return Some(released);
        }
    }
}

/// Parks a thread that has been announced: whether it was released before the deadline. `None`: the event has
/// changed.
pub(crate) fn park_announced(byte: &Byte, deadline: Deadline) -> Option<bool> {
    // A listener that came after PARKED was turned on is no reason to refuse: the bit would stay
    // behind without a thread.
    let validate = || byte.bits() & PARKED != 0;
    let timed_out = |last| {
        if last {
            byte.nobody_parked();
        }
    };
    // SAFETY: the key is the address of this event, and the closures touch nothing but its byte.
    match unsafe { park(byte.key(), validate, timed_out, deadline.instant()) } {
        Parked::Released(woken_in) => {
            woken_in.inspect(|&woken_in| spin::learn(woken_in));
            Some(true)
        }
        Parked::TimedOut => Some(false),
        Parked::Refused => None,
    }
}
