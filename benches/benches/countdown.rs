//! What countdowns cost one thread.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::countdown::questions());
}
