//! What countdowns cost one thread.

use crate::contenders::{Latch, countdowns};
use crate::question::{Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Solo};

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    vec![
        Question::new("countdown-tick", "countdown: tick")
            .row(Measure::Wall, Target::AtMost(1.0))
            .among(countdowns!(Tick)),
        Question::new("countdown-wait0", "countdown: poll it before it is at zero (wait0)")
            .row(Measure::Wall, Target::AtMost(0.3))
            .among(countdowns!(PollLatch)),
    ]
}

#[derive(Clone, Copy)]
struct Tick;

impl<L: Latch> Workload<L> for Tick {
    fn rig(self) -> impl Rig + 'static {
        Solo(|turns| {
            let countdown = L::new(usize::try_from(turns).expect("fewer turns than that"));
            for _ in 0..turns {
                countdown.tick();
            }
            Fault::unless_equal("countdowns that are not at zero", u64::from(!countdown.wait0()), 0)
        })
    }
}

#[derive(Clone, Copy)]
struct PollLatch;

impl<L: Latch> Workload<L> for PollLatch {
    fn rig(self) -> impl Rig + 'static {
        let countdown = L::new(1);
        Solo(move |turns| {
            let successes = (0..turns).filter(|_| countdown.wait0()).count();
            Fault::unless_equal("successful waits above zero", successes as u64, 0)
        })
    }
}
