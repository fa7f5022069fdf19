//! One producer and several workers that wait on one event.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::workers::questions());
}
