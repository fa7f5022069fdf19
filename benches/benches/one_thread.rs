//! What an event costs a thread that nobody disturbs.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::one_thread::questions());
}
