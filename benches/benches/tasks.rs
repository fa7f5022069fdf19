//! What waits of tasks cost.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::tasks::questions());
}
