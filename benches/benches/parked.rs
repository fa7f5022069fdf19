//! How soon one thread runs that has been asleep for long.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::parked::questions());
}
