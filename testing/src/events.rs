//! Events and waits for any and all of them: the sequential specification, and the real objects.

use crate::lincheck::{Spec, Step, Subject};
use crate::tasks::{poll_and_drop, run};
use crate::{Limit, wait, wait_unless};
use rsevents::{
    AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, Stopped, Wait, WaitAll,
    WaitAny, WaitUnless,
};
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    Auto,
    Manual,
}

/// The events of a program. Operations name an event by its index.
pub type Setup = Vec<(Kind, EventState)>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    Set(usize),
    Reset(usize),
    Pulse(usize),
    IsSet(usize),
    Wait(usize, Limit),
    Any(Vec<usize>, Limit),
    All(Vec<usize>, Limit),
    /// A wait that the event stops.
    Unless(Box<Self>, usize),
    /// A wait of a task. The wait inside has no timeout.
    Task(Box<Self>),
    /// A wait of a task that is polled and then dropped.
    Dropped(Box<Self>),
}

impl Op {
    /// Returns how long the operation waits; `None` if it does not wait.
    fn limit(&self) -> Option<Limit> {
        match self {
            Self::Wait(_, limit) | Self::Any(_, limit) | Self::All(_, limit) => Some(*limit),
            Self::Unless(wait, _) | Self::Task(wait) => wait.limit(),
            Self::Set(_) | Self::Reset(_) | Self::Pulse(_) | Self::IsSet(_) | Self::Dropped(_) => {
                None
            }
        }
    }

    /// Returns whether the pulse of an event may have ended the operation with this result.
    fn may_end_by(&self, event: usize, ret: Ret) -> bool {
        match (self, ret) {
            (Self::Wait(waited, _), Ret::Is(true)) => *waited == event,
            (Self::Any(events, _), Ret::Index(Some(index))) => events[index] == event,
            (Self::All(events, _), Ret::Is(true)) => events.contains(&event),
            _ => false,
        }
    }

    /// Returns the events that the operation names.
    pub fn events(&self) -> Vec<usize> {
        match self {
            Self::Set(event)
            | Self::Reset(event)
            | Self::Pulse(event)
            | Self::IsSet(event)
            | Self::Wait(event, _) => vec![*event],
            Self::Any(events, _) | Self::All(events, _) => events.clone(),
            Self::Unless(wait, stop) => [wait.events(), vec![*stop]].concat(),
            Self::Task(wait) | Self::Dropped(wait) => wait.events(),
        }
    }
}

/// Prints the operation as code.
impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |event: &usize| char::from(b'a' + u8::try_from(*event).expect("few events"));
        let names = |events: &[usize]| {
            let names: Vec<_> = events.iter().map(|event| name(event).to_string()).collect();
            names.join(", ")
        };
        match self {
            Self::Set(event) => write!(f, "{}.set()", name(event)),
            Self::Reset(event) => write!(f, "{}.reset()", name(event)),
            Self::Pulse(event) => write!(f, "{}.pulse()", name(event)),
            Self::IsSet(event) => write!(f, "{}.is_set()", name(event)),
            Self::Wait(event, limit) => write!(f, "{}.{limit}", name(event)),
            Self::Any(events, limit) => write!(f, "any({}).{limit}", names(events)),
            Self::All(events, limit) => write!(f, "all({}).{limit}", names(events)),
            Self::Unless(wait, stop) => {
                let wait = wait.to_string();
                let (what, limit) = wait.split_once(".wait").expect("it is a wait");
                write!(f, "{what}.unless({}).wait{limit}", name(stop))
            }
            Self::Task(wait) => {
                let wait = wait.to_string();
                let (what, _) = wait.split_once(".wait").expect("it is a wait");
                write!(f, "{what}.await")
            }
            Self::Dropped(wait) => {
                let wait = wait.to_string();
                let (what, _) = wait.split_once(".wait").expect("it is a wait");
                write!(f, "drop(poll({what}))")
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ret {
    /// The operation returns nothing.
    Done,
    /// The state that was read, or the success of a wait.
    Is(bool),
    /// The index of the event that a `WaitAny` took.
    Index(Option<usize>),
    /// A wait was stopped.
    Stopped,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    events: Vec<(Kind, bool)>,
    pulse: Option<Pulse>,
    /// What task waits hold that are about to be dropped, by the number of their call.
    held: BTreeMap<usize, Held>,
}

/// The signals that a wait of a task holds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Held {
    /// The events whose signals the wait took, in the order of its list.
    taken: Vec<Option<usize>>,
    /// The event whose signal came from a pulse, if there is one.
    pulsed: Option<usize>,
}

/// A pulse that has begun and not ended. It releases waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pulse {
    event: usize,
    /// Whether the pulse can release one more wait.
    strong: bool,
    /// The call that repeats the pulse, if a wait that the pulse had released was dropped.
    repeated_by: Option<usize>,
}

impl From<&Setup> for State {
    fn from(setup: &Setup) -> Self {
        let event = |&(kind, state)| (kind, state == EventState::Set);
        Self { events: setup.iter().map(event).collect(), pulse: None, held: BTreeMap::new() }
    }
}

impl State {
    fn is_set(&self, event: usize) -> bool {
        self.events[event].1
    }

    fn put(&self, event: usize, set: bool) -> Self {
        let mut state = self.clone();
        state.events[event].1 = set;
        state
    }

    /// Returns the state after a wait has succeeded with this event.
    fn take(&self, event: usize) -> Self {
        self.put(event, self.events[event].0 == Kind::Manual)
    }

    /// Applies an operation while no pulse is in progress.
    fn at_rest(&self, op: &Op, ret: Ret) -> Option<Self> {
        let (holds, after) = match (op, ret) {
            (&Op::Set(event), Ret::Done) => (true, self.put(event, true)),
            (&Op::Reset(event), Ret::Done) => (true, self.put(event, false)),
            (&Op::Pulse(event), Ret::Done) => {
                let pulse = Some(Pulse { event, strong: true, repeated_by: None });
                (true, Self { pulse, ..self.put(event, false) })
            }
            (&Op::IsSet(event), Ret::Is(set)) => (self.is_set(event) == set, self.clone()),
            (&Op::Wait(event, _), Ret::Is(true)) => (self.is_set(event), self.take(event)),
            (&Op::Wait(event, _), Ret::Is(false)) => (!self.is_set(event), self.clone()),
            (Op::Any(events, _), Ret::Index(index)) => (
                events.iter().position(|&event| self.is_set(event)) == index,
                index.map_or_else(|| self.clone(), |index| self.take(events[index])),
            ),
            (Op::All(events, _), Ret::Is(success)) => (
                events.iter().all(|&event| self.is_set(event)) == success,
                if success {
                    events.iter().fold(self.clone(), |state, &event| state.take(event))
                } else {
                    self.clone()
                },
            ),
            (&Op::Unless(_, stop), Ret::Stopped) => (self.is_set(stop), self.take(stop)),
            (Op::Unless(_, stop), _) if self.is_set(*stop) => (false, self.clone()),
            (Op::Unless(wait, _) | Op::Task(wait), _) => return self.at_rest(wait, ret),
            _ => (false, self.clone()),
        };
        holds.then_some(after)
    }

    /// Applies a wait that ends because of the pulse: for this wait, the event is set. A poll does
    /// not wait, so no pulse releases it.
    fn released_by(&self, pulse: Pulse, op: &Op, ret: Ret) -> Option<Self> {
        let by_it = match (op, ret) {
            (Op::Unless(_, stop), Ret::Stopped) => *stop == pulse.event,
            (Op::Unless(wait, stop), _) => {
                *stop != pulse.event && wait.may_end_by(pulse.event, ret)
            }
            (Op::Task(wait), _) => return self.released_by(pulse, wait, ret),
            _ => op.may_end_by(pulse.event, ret),
        };
        if !by_it || op.limit() == Some(Limit::Poll) || !pulse.strong {
            return None;
        }
        let after = self.put(pulse.event, true).at_rest(op, ret)?;
        let pulse = Pulse { strong: after.is_set(pulse.event), ..pulse };
        Some(Self { pulse: Some(pulse), ..after.put(pulse.event, false) })
    }
}

impl State {
    /// Applies one step of a wait that is polled and dropped.
    fn dropped(&self, wait: &Op, ret: Ret, step: Step) -> Option<Self> {
        let ready = match ret {
            Ret::Is(ready) => ready,
            Ret::Index(index) => index.is_some(),
            Ret::Stopped => true,
            Ret::Done => return None,
        };
        if ready {
            // The first poll took the signal, or the second poll did after a pulse.
            return match (step.number, self.pulse) {
                (0, None) => self.at_rest(wait, ret),
                (0, Some(pulse)) => self.released_by(pulse, wait, ret),
                _ => Some(self.clone()),
            };
        }
        match step.number {
            // The first poll finds nothing to take.
            0 if self.pulse.is_none() => self.at_rest(wait, ret),
            0 => None,
            1 => Some(self.hold(wait, step.call)),
            number if number % 2 == 0 => self.put_back(wait, step.call, number / 2 - 1),
            _ => match self.pulse {
                Some(pulse) if pulse.repeated_by == Some(step.call) => {
                    Some(Self { pulse: None, ..self.clone() })
                }
                _ => Some(self.clone()),
            },
        }
    }

    /// Gives a waiting task the signals that are there, if they suffice.
    fn hold(&self, wait: &Op, by: usize) -> Self {
        let pulsed = |event| self.pulse.is_some_and(|pulse| pulse.event == event);
        let is_there = |event: &usize| self.is_set(*event) || pulsed(*event);
        let (inner, stop) = match wait {
            Op::Unless(inner, stop) => (&**inner, Some(*stop)),
            _ => (wait, None),
        };
        let stopped = stop.is_some_and(|stop| is_there(&stop));
        let success = match inner {
            _ if stopped => Ret::Stopped,
            Op::Any(events, _) => Ret::Index(events.iter().position(is_there)),
            _ => Ret::Is(true),
        };
        let given = match self.pulse {
            _ if success == Ret::Index(None) => None,
            None => self.at_rest(wait, success),
            Some(pulse) => self.released_by(pulse, wait, success),
        };
        let mut held = Held { taken: Vec::new(), pulsed: None };
        if given.is_some() {
            let is_taken = |(at, event): (usize, usize)| {
                // The stop comes last in the list.
                let is_stop = at == inner.events().len();
                let is_the_one = !matches!(success, Ret::Index(index) if index != Some(at));
                (is_stop == stopped && is_the_one && self.events[event].0 == Kind::Auto)
                    .then_some(event)
            };
            held.taken = wait.events().into_iter().enumerate().map(is_taken).collect();
            held.pulsed = held.taken.iter().flatten().copied().find(|event| pulsed(*event));
        }
        let mut after = given.unwrap_or_else(|| self.clone());
        after.held.insert(by, held);
        after
    }

    /// Signals again what a dropped task held, one event per step.
    fn put_back(&self, wait: &Op, by: usize, at: usize) -> Option<Self> {
        let mut after = self.clone();
        let held = self.held.get(&by)?;
        if at + 1 == wait.events().len() {
            after.held.remove(&by);
        }
        // The pulsed signal is put back last.
        let is_pulsed = |event: &Option<usize>| event.is_some() && *event == held.pulsed;
        let others = held.taken.iter().filter(|event| !is_pulsed(event));
        let in_order = others.chain(held.taken.iter().filter(|event| is_pulsed(event)));
        let Some(event) = in_order.copied().nth(at).flatten() else { return Some(after) };
        if held.pulsed == Some(event) {
            if after.pulse.is_some() {
                return None;
            }
            after.events[event].1 = false;
            after.pulse = Some(Pulse { event, strong: true, repeated_by: Some(by) });
        } else {
            after.events[event].1 = true;
        }
        Some(after)
    }
}

impl Spec for State {
    type Op = Op;
    type Ret = Ret;

    fn apply(&self, op: &Op, ret: &Ret, step: Step) -> Option<Self> {
        if let Op::Dropped(wait) = op {
            return self.dropped(wait, *ret, step);
        }
        match self.pulse {
            None => self.at_rest(op, *ret),
            Some(pulse) if step.number == 1 && pulse.repeated_by.is_none() => {
                Some(Self { pulse: None, ..self.clone() })
            }
            Some(pulse) => self.released_by(pulse, op, *ret),
        }
    }

    /// A pulse begins and ends. A wait that is dropped queues, may take signals, and puts each
    /// back, perhaps by a pulse.
    fn steps(op: &Op) -> usize {
        match op {
            Op::Pulse(_) => 2,
            Op::Dropped(wait) => 2 + 2 * wait.events().len(),
            _ => 1,
        }
    }

    fn must_wait(&self, op: &Op) -> bool {
        self.pulse.is_none()
            && match op {
                Op::Wait(event, _) => !self.is_set(*event),
                Op::Any(events, _) => !events.iter().any(|&event| self.is_set(event)),
                Op::All(events, _) => !events.iter().all(|&event| self.is_set(event)),
                Op::Unless(wait, stop) => !self.is_set(*stop) && self.must_wait(wait),
                Op::Task(wait) => self.must_wait(wait),
                _ => false,
            }
    }

    fn delay(op: &Op, ret: &Ret) -> Duration {
        match (op, ret) {
            (Op::Wait(_, limit) | Op::All(_, limit), Ret::Is(false))
            | (Op::Any(_, limit), Ret::Index(None)) => limit.duration(),
            (Op::Unless(wait, _) | Op::Task(wait), _) => Self::delay(wait, ret),
            _ => Duration::ZERO,
        }
    }
}

/// An event of either kind.
enum OfKind {
    Auto(Arc<AutoResetEvent>),
    Manual(Arc<ManualResetEvent>),
}

macro_rules! either {
    ($of_kind:expr, $event:ident => $value:expr) => {
        match $of_kind {
            OfKind::Auto($event) => $value,
            OfKind::Manual($event) => $value,
        }
    };
}

/// The real events.
pub struct Events(Vec<OfKind>);

impl Events {
    pub fn new(setup: &Setup) -> Self {
        let event = |&(kind, state)| match kind {
            Kind::Auto => OfKind::Auto(Arc::new(AutoResetEvent::new(state))),
            Kind::Manual => OfKind::Manual(Arc::new(ManualResetEvent::new(state))),
        };
        Self(setup.iter().map(event).collect())
    }

    pub fn kind(&self, event: usize) -> Kind {
        match self.0[event] {
            OfKind::Auto(_) => Kind::Auto,
            OfKind::Manual(_) => Kind::Manual,
        }
    }

    /// Returns all events.
    pub fn all(&self) -> impl Iterator<Item = &dyn Event> {
        self.0.iter().map(|event| either!(event, e => e as &dyn Event))
    }

    fn event(&self, event: usize) -> &dyn Event {
        either!(&self.0[event], e => e)
    }

    fn owned(&self, events: &[usize]) -> Vec<Arc<dyn Event>> {
        events
            .iter()
            .map(|&event| either!(&self.0[event], e => e.clone() as Arc<dyn Event>))
            .collect()
    }

    fn group(&self, events: &[usize]) -> Vec<&dyn Event> {
        events.iter().map(|&event| either!(&self.0[event], e => e as &dyn Event)).collect()
    }
}

impl Events {
    fn call_unless(&self, op: &Op, stop: usize) -> Result<Ret, Stopped> {
        let stop = either!(&self.0[stop], e => e as &dyn Event);
        let done = |success: Option<()>| Ret::Is(success.is_some());
        match op {
            Op::Wait(event, limit) => {
                either!(&self.0[*event], e => wait_unless(&**e, stop, *limit)).map(done)
            }
            Op::Any(events, limit) => {
                wait_unless(&WaitAny::new(&self.group(events)), stop, *limit).map(Ret::Index)
            }
            Op::All(events, limit) => {
                wait_unless(&WaitAll::new(&self.group(events)), stop, *limit).map(done)
            }
            _ => unreachable!("it is a wait"),
        }
    }
}

/// How a wait of a task is used.
#[derive(Clone, Copy)]
enum Polled {
    ToTheEnd,
    AndDropped,
}

impl Polled {
    /// Polls the wait. Returns `None` if it was dropped before it was ready.
    fn end<F: Future>(self, wait: F) -> Option<F::Output> {
        match self {
            Self::ToTheEnd => Some(run(wait)),
            Self::AndDropped => poll_and_drop(wait),
        }
    }

    fn end_unless<F: Future<Output = Result<T, Stopped>>, T>(
        self,
        wait: F,
        ret: impl Fn(Option<T>) -> Ret,
    ) -> Ret {
        match self.end(wait) {
            Some(Err(Stopped)) => Ret::Stopped,
            ended => ret(ended.and_then(Result::ok)),
        }
    }
}

impl Events {
    fn call_task(&self, wait: &Op, polled: Polled) -> Ret {
        let done = |success: Option<()>| Ret::Is(success.is_some());
        match wait {
            Op::Wait(event, _) => done(polled.end(Wait::new(self.event(*event)))),
            Op::Any(events, _) => {
                Ret::Index(polled.end(WaitAny::new(&self.group(events)).wait_async()))
            }
            Op::All(events, _) => done(polled.end(WaitAll::wait_owned_async(self.owned(events)))),
            Op::Unless(wait, stop) => {
                let stop = self.event(*stop);
                match &**wait {
                    Op::Wait(event, _) => {
                        polled.end_unless(WaitUnless::new(self.event(*event), stop), done)
                    }
                    Op::Any(events, _) => {
                        let group = self.group(events);
                        polled
                            .end_unless(WaitAny::new(&group).unless(stop).wait_async(), Ret::Index)
                    }
                    Op::All(events, _) => {
                        let group = self.group(events);
                        // SAFETY: the wait ends or is dropped before `group` and the events are dropped.
                        let group = unsafe {
                            mem::transmute::<&[&dyn Event], &'static [&'static dyn Event]>(&group)
                        };
                        polled.end_unless(WaitAll::new(group).unless(stop).wait_async(), done)
                    }
                    _ => unreachable!("it is a wait"),
                }
            }
            _ => unreachable!("it is a wait"),
        }
    }
}

impl Subject for Events {
    type Spec = State;

    fn call(&self, op: &Op) -> Ret {
        match op {
            Op::Set(event) => either!(&self.0[*event], e => e.set()),
            Op::Reset(event) => either!(&self.0[*event], e => e.reset()),
            Op::Pulse(event) => either!(&self.0[*event], e => e.pulse()),
            Op::IsSet(event) => return Ret::Is(either!(&self.0[*event], e => e.is_set())),
            Op::Wait(event, limit) => {
                return Ret::Is(either!(&self.0[*event], e => wait(&**e, *limit).is_some()));
            }
            Op::Any(events, limit) => {
                return Ret::Index(wait(&WaitAny::new(&self.group(events)), *limit));
            }
            Op::All(events, limit) => {
                return Ret::Is(wait(&WaitAll::new(&self.group(events)), *limit).is_some());
            }
            Op::Unless(wait, stop) => {
                return self.call_unless(wait, *stop).unwrap_or(Ret::Stopped);
            }
            Op::Task(wait) => return self.call_task(wait, Polled::ToTheEnd),
            Op::Dropped(wait) => return self.call_task(wait, Polled::AndDropped),
        }
        Ret::Done
    }

    fn relief(&self) -> Vec<Op> {
        (0..self.0.len()).map(Op::Set).collect()
    }

    fn audit(&self) -> Vec<Op> {
        (0..self.0.len()).map(Op::IsSet).collect()
    }
}
