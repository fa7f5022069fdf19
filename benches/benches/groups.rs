//! Waiting for several events, compared with plain waits of the same crates, because no other contender does so.

mod harness;

fn main() {
    harness::run(rsevents_benches::questions::groups::questions());
}
