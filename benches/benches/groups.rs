//! Waiting for several events, which no contender but ours does: compared with our own plain waits.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::groups::questions());
}
