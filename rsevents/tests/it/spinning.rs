//! Waits give the same results whether threads may spin before they park or not.

use crate::limit::{LONG, limited};
use crate::substrate::byte;
use rsevents::{AutoResetEvent, Awaitable, set_spinning};
use std::thread;

#[test]
fn turns_are_taken_with_and_without_spinning() {
    limited(|| {
        for allowed in [false, true] {
            set_spinning(allowed);
            let turns = [AutoResetEvent::default(), AutoResetEvent::default()];
            thread::scope(|s| {
                for side in 0..2 {
                    let turns = &turns;
                    s.spawn(move || {
                        for _ in 0..2000 {
                            assert!(turns[side].wait_for(LONG));
                            turns[1 - side].set();
                        }
                    });
                }
                turns[0].set();
            });
            assert!(turns[0].wait0());
            assert_eq!(byte(&turns[1]), 0);
        }
    });
}
