//! Threads that set an event as fast as they can, and one that waits on it.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::storm::questions());
}
