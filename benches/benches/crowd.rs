//! Many threads that are asleep, and are woken together.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::crowd::questions());
}
