//! A million events.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::many::questions());
}
