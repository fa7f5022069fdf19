//! Tasks that wait.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::tasks::questions());
}
