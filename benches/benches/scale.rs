//! How the cost of groups grows with the number of processors.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::scale::questions());
}
