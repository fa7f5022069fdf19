//! Semaphores: what they cost one thread, and many that compete.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::semaphore::questions());
}
