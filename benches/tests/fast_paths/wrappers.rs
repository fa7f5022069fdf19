//! One function for each fast path, to show what the compiler makes of it. `main.rs` compiles this file as a
//! separate crate.

use rsevents::{AutoResetEvent, Awaitable, ManualResetEvent};
use std::time::Duration;

#[unsafe(no_mangle)]
pub fn auto_set(event: &AutoResetEvent) {
    event.set();
}

#[unsafe(no_mangle)]
pub fn auto_wait(event: &AutoResetEvent) {
    event.wait();
}

#[unsafe(no_mangle)]
pub fn auto_wait0(event: &AutoResetEvent) -> bool {
    event.wait0()
}

#[unsafe(no_mangle)]
pub fn auto_wait_for(event: &AutoResetEvent, limit: Duration) -> bool {
    event.wait_for(limit)
}

#[unsafe(no_mangle)]
pub fn auto_is_set(event: &AutoResetEvent) -> bool {
    event.is_set()
}

#[unsafe(no_mangle)]
pub fn auto_reset(event: &AutoResetEvent) {
    event.reset();
}

#[unsafe(no_mangle)]
pub fn manual_set(event: &ManualResetEvent) {
    event.set();
}

#[unsafe(no_mangle)]
pub fn manual_wait(event: &ManualResetEvent) {
    event.wait();
}

#[unsafe(no_mangle)]
pub fn manual_wait0(event: &ManualResetEvent) -> bool {
    event.wait0()
}

#[unsafe(no_mangle)]
pub fn manual_wait_for(event: &ManualResetEvent, limit: Duration) -> bool {
    event.wait_for(limit)
}

#[unsafe(no_mangle)]
pub fn manual_is_set(event: &ManualResetEvent) -> bool {
    event.is_set()
}

#[unsafe(no_mangle)]
pub fn manual_reset(event: &ManualResetEvent) {
    event.reset();
}
