//! Many sleeping threads that are woken together.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::crowd::questions());
}
