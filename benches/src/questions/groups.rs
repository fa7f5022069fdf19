//! Waiting for several events. Only this repository's crates do so, and they are compared with their own
//! plain waits.

use super::one_thread::SetThenWait;
use super::parked::Parked;
use crate::contenders::{Poll, Signal, ours};
use crate::crew::spawn;
use crate::machine::Place;
use crate::question::{Contender, Named, OURS, Question, Target, Workload};
use crate::rig::{Fault, Measure, Rig, Sample, Solo};
use rsevents::{AutoResetEvent, Awaitable, Event, ManualResetEvent, WaitAll, WaitAny};
use std::array;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::JoinHandle;
use std::time::Duration;

/// The questions of this theme.
#[must_use]
pub fn questions() -> Vec<Question> {
    [wakes(), polls(), bystanders()].concat()
}

const PLAIN_WAIT: &str = "our wait";
const PLAIN_POLL: &str = "our wait0";
const ALONE: &str = "alone";

fn wakes() -> Vec<Question> {
    let question = |events, target, contender| {
        Question::new(
            format!("any-wake-{events}"),
            format!("wake a thread that waits for any of {events} events"),
        )
        .row(Measure::Wall, target)
        .row(Measure::Call, Target::Open)
        .against(PLAIN_WAIT)
        .among(vec![Contender::new::<ours::Auto>(Parked).called(PLAIN_WAIT), contender])
        .at(Place::TwoCores)
    };
    vec![
        question(2, Target::AtMost(1.2), Contender::new::<AnyOf<2>>(Parked)),
        question(8, Target::Open, Contender::new::<AnyOf<8>>(Parked)),
        question(64, Target::Open, Contender::new::<AnyOf<64>>(Parked)),
    ]
}

/// Several events, of which each is set in turn, and a wait for any of them.
struct AnyOf<const N: usize> {
    events: [AutoResetEvent; N],
    next: AtomicUsize,
}

impl<const N: usize> Named for AnyOf<N> {
    const NAME: &'static str = OURS;
}

impl<const N: usize> Signal for AnyOf<N> {
    fn unset() -> Self {
        Self { events: array::from_fn(|_| Signal::unset()), next: AtomicUsize::new(0) }
    }

    fn set(&self) {
        self.events[self.next.fetch_add(1, Relaxed) % N].set();
    }

    fn wait(&self) {
        let group = self.events.each_ref().map(|event| event as &dyn Event);
        WaitAny::new(&group).wait();
    }
}

fn polls() -> Vec<Question> {
    let question = |id: &str, title: &str, plain: Contender, group: Contender| {
        Question::new(id, title)
            .row(Measure::Wall, Target::AtMost(8.0))
            .against(PLAIN_POLL)
            .among(vec![plain, group])
    };
    let one = |event: &ManualResetEvent, _: &[&dyn Event]| Awaitable::wait0(event);
    let any = |_: &ManualResetEvent, group: &[&dyn Event]| WaitAny::new(group).try_wait0().is_ok();
    let all = |_: &ManualResetEvent, group: &[&dyn Event]| WaitAll::new(group).wait0();
    let one_auto = |event: &AutoResetEvent, _: &[&dyn Event]| Awaitable::wait0(event);
    let any_auto =
        |_: &AutoResetEvent, group: &[&dyn Event]| WaitAny::new(group).try_wait0().is_ok();
    let all_auto = |_: &AutoResetEvent, group: &[&dyn Event]| WaitAll::new(group).wait0();
    vec![
        question(
            "any-poll-manual",
            "poll for any of 8 set manual-reset events",
            polling(PLAIN_POLL, 0, one),
            polling(OURS, 0, any),
        ),
        question(
            "any-poll-auto",
            "poll for any of 8 auto-reset events, and set it",
            polling(PLAIN_POLL, 1, one_auto),
            polling(OURS, 1, any_auto),
        ),
        question(
            "all-poll-manual",
            "poll for all of 8 set manual-reset events",
            polling(PLAIN_POLL, 0, one),
            polling(OURS, 0, all),
        ),
        question(
            "all-poll-auto",
            "poll for all of 8 auto-reset events, and set them",
            polling(PLAIN_POLL, 1, one_auto),
            polling(OURS, 8, all_auto),
        ),
    ]
}

/// Polls eight set events. Each poll takes the signals of the first `taken`.
fn polling<E: Poll + Event>(
    name: &'static str,
    taken: usize,
    poll: impl Fn(&E, &[&dyn Event]) -> bool + Copy + Send + Sync + 'static,
) -> Contender {
    Contender::with_rig(name, move || {
        let events: [E; 8] = array::from_fn(|_| E::unset());
        events.iter().for_each(Signal::set);
        Solo(move |turns| {
            let group = events.each_ref().map(|event| event as &dyn Event);
            let poll = || {
                let success = poll(&events[0], &group);
                events[..taken].iter().for_each(Signal::set);
                success
            };
            let failures = (0..turns).filter(|_| !poll()).count();
            Fault::unless_equal("failed polls of set events", failures as u64, 0)
        })
    })
}

fn bystanders() -> Vec<Question> {
    let question = |id: &str, title: &str| Question::new(id, title).against(ALONE).one_at_a_time();
    vec![
        question("bystander-set-wait", "set and wait beside 4000 events in group waits")
            .row(Measure::Wall, Target::Within(0.05))
            .among(amid(SetThenWait)),
        question("bystander-parked", "wake a thread beside 4000 events in group waits")
            .row(Measure::Wall, Target::Within(0.05))
            .row(Measure::Call, Target::Within(0.05))
            .among(amid(Parked))
            .at(Place::TwoCores),
    ]
}

/// A workload alone, and the same workload while other threads each wait for any of a thousand events.
fn amid(workload: impl Workload<ours::Auto>) -> Vec<Contender> {
    let amid = move || Amid { rig: workload.rig(), groups: array::from_fn(|_| Group::start()) };
    vec![Contender::new::<ours::Auto>(workload).called(ALONE), Contender::with_rig(OURS, amid)]
}

struct Amid<R> {
    rig: R,
    #[expect(dead_code, reason = "they only have to be there")]
    groups: [Group; 4],
}

impl<R: Rig> Rig for Amid<R> {
    fn run(&mut self, turns: u64) -> Result<Sample, Fault> {
        self.rig.run(turns)
    }
}

struct Group {
    events: Arc<[ManualResetEvent]>,
    waiter: Option<JoinHandle<()>>,
}

impl Group {
    /// Starts a group wait. It returns when the wait has probably begun.
    fn start() -> Self {
        let events: Arc<[_]> = (0..1000).map(|_| ManualResetEvent::default()).collect();
        let waiting = Arc::new(AutoResetEvent::default());
        let (theirs, soon) = (Arc::clone(&events), Arc::clone(&waiting));
        let waiter = spawn(move || {
            let group: Vec<&dyn Event> = theirs.iter().map(|event| event as &dyn Event).collect();
            soon.set();
            WaitAny::new(&group).wait();
        });
        Awaitable::wait(&*waiting);
        std::thread::sleep(Duration::from_millis(1));
        Self { events, waiter: Some(waiter) }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.events[0].set();
        if let Some(waiter) = self.waiter.take() {
            // If the waiter panicked, it has printed a message.
            let _ = waiter.join();
        }
    }
}
