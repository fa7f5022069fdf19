//! What an event costs one thread, without contention.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::one_thread::questions());
}
