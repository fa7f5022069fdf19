//! What semaphores cost one thread, and many threads that compete.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::semaphore::questions());
}
