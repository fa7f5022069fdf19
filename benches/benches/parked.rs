//! One thread that has been asleep for long, and how soon it runs.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::parked::questions());
}
