//! What an event costs a thread that nobody disturbs.

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
        Question::new("set-wait", "one thread: auto set + wait")
            .row(Wall, AtMost(1.0))
            .among(autos!(SetThenWait))
            .among(contenders![SetThenWait; crossbeam::Parker, atomic::Auto]),
        Question::new("set-on-set", "set on a set event")
            .row(Wall, AtMost(0.6))
            .among(autos!(SetAgain))
            .among(contenders![SetAgain; crossbeam::Parker, atomic::Auto]),
        Question::new("manual-set-reset", "one thread: manual set + reset")
            .row(Wall, AtMost(1.0))
            .among(manuals!(SetThenReset)),
        Question::new("wait0-on-unset", "wait0 on an unset auto event")
            .row(Wall, AtMost(0.15))
            .among(autos!(PollUnset))
            .among(contenders![PollUnset; atomic::Auto]),
        Question::new("wait-on-set", "wait on a set manual event")
            .row(Wall, AtMost(1.0))
            .among(manuals!(WaitOnSet)),
        Question::new("wait-for-on-set", "wait_for(10 s) on a set manual event")
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
