//! Two threads take turns: each sets an event that the other waits for.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::alternate::questions());
}
