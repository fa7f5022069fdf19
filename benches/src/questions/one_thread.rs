//! What an event costs one thread, without contention.

use crate::contenders::{
    Poll, Reset, Signal, WithLimit, autos, contenders, manuals, timed_manuals,
};
use crate::question::{Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Solo};

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    use Measure::Wall;
    use Target::AtMost;
    vec![
        Question::new("set-wait", "set an auto-reset event, then wait on it")
            .row(Wall, AtMost(1.0))
            .among(autos!(SetThenWait))
            .among(contenders![SetThenWait; crossbeam::Parker, atomic::Auto]),
        Question::new("set-on-set", "set an event that is already set")
            .row(Wall, AtMost(0.6))
            .among(autos!(SetAgain))
            .among(contenders![SetAgain; crossbeam::Parker, atomic::Auto]),
        Question::new("manual-set-reset", "set a manual-reset event, then reset it")
            .row(Wall, AtMost(1.0))
            .among(manuals!(SetThenReset)),
        Question::new("wait0-on-unset", "poll an event that is not set (wait0)")
            .row(Wall, AtMost(0.15))
            .among(autos!(PollUnset))
            .among(contenders![PollUnset; atomic::Auto]),
        Question::new("wait-on-set", "wait on an event that is set")
            .row(Wall, AtMost(1.0))
            .among(manuals!(WaitOnSet)),
        Question::new("wait-for-on-set", "wait with a timeout on an event that is set")
            .row(Wall, AtMost(1.0))
            .among(timed_manuals!(WithLimit(WaitOnSet))),
    ]
}

#[derive(Clone, Copy)]
pub(super) struct SetThenWait;

impl<S: Signal> Workload<S> for SetThenWait {
    fn rig(self) -> impl Rig + 'static {
        let event = S::unset();
        Solo(move |turns| {
            for _ in 0..turns {
                event.set();
                event.wait();
            }
            Ok(())
        })
    }
}

#[derive(Clone, Copy)]
struct SetThenReset;

impl<S: Reset> Workload<S> for SetThenReset {
    fn rig(self) -> impl Rig + 'static {
        let event = S::unset();
        Solo(move |turns| {
            for _ in 0..turns {
                event.set();
                event.reset();
            }
            Ok(())
        })
    }
}

#[derive(Clone, Copy)]
struct SetAgain;

impl<S: Signal> Workload<S> for SetAgain {
    fn rig(self) -> impl Rig + 'static {
        let event = S::unset();
        Solo(move |turns| {
            for _ in 0..turns {
                event.set();
            }
            Ok(())
        })
    }
}

#[derive(Clone, Copy)]
struct PollUnset;

impl<S: Poll> Workload<S> for PollUnset {
    fn rig(self) -> impl Rig + 'static {
        let event = S::unset();
        Solo(move |turns| {
            let successes = (0..turns).filter(|_| event.wait0()).count();
            Fault::unless_equal("successful waits on an unset event", successes as u64, 0)
        })
    }
}

#[derive(Clone, Copy)]
struct WaitOnSet;

impl<S: Signal> Workload<S> for WaitOnSet {
    fn rig(self) -> impl Rig + 'static {
        let event = S::unset();
        event.set();
        Solo(move |turns| {
            for _ in 0..turns {
                event.wait();
            }
            Ok(())
        })
    }
}
