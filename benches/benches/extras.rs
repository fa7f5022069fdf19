//! Semaphores and countdowns: what they cost one thread, and a semaphore that threads compete for.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::extras::questions());
}
