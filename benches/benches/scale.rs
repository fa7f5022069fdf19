//! How what groups cost grows with processors.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::scale::questions());
}
