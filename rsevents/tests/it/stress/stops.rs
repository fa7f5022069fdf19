//! Waits that a stop event ends.

use super::stress;
use crate::substrate::byte;
use rsevents::{AutoResetEvent, Awaitable, Event, ManualResetEvent, UnlessError, WaitAll, WaitAny};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

/// Each signal of both events is taken exactly once, by waits of every kind.
#[test]
fn neither_stops_nor_signals_are_lost() {
    const WAITERS: usize = 4;
    stress(|over| {
        let (work, stop) = (AutoResetEvent::default(), AutoResetEvent::default());
        let (done, stopped) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let end = ManualResetEvent::default();
        let signals = thread::scope(|s| {
            for waiter in 0..WAITERS {
                let (work, stop, done, stopped, end) = (&work, &stop, &done, &stopped, &end);
                s.spawn(move || {
                    let group: [&dyn Event; 1] = [work];
                    while !end.is_set() {
                        let timeout = Duration::from_micros(50);
                        let ended = match waiter % 3 {
                            0 => work.unless(stop).try_wait_for(timeout),
                            1 => {
                                let any = WaitAny::new(&group);
                                any.unless(stop).try_wait_for(timeout).map(|index| {
                                    assert_eq!(index, 0);
                                })
                            }
                            _ => WaitAll::new(&group).unless(stop).try_wait_for(timeout),
                        };
                        match ended {
                            Ok(()) => done.fetch_add(1, Relaxed),
                            Err(UnlessError::Stopped) => stopped.fetch_add(1, Relaxed),
                            Err(UnlessError::TimedOut) => 0,
                        };
                    }
                });
            }
            let give = |event: &AutoResetEvent, taken: &AtomicUsize, total: usize| {
                event.set();
                while taken.load(Relaxed) < total {
                    thread::yield_now();
                }
            };
            let mut signals = 0;
            while !over.is_near() {
                signals += 1;
                give(&work, &done, signals);
                give(&stop, &stopped, signals);
            }
            end.set();
            signals
        });
        assert_eq!((done.into_inner(), stopped.into_inner()), (signals, signals));
        assert_eq!((byte(&work), byte(&stop)), (0, 0));
    });
}
