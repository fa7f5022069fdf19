//! The families of programs: their objects in every initial state, and all operations on them.

use super::program::{Program, Random};
use crate::Limit;
use crate::countdown::{self, Count};
use crate::events::{self, Events, Kind};
use crate::lincheck::{Op, Subject};
use crate::semaphore::{self, Permits};
use rsevents::EventState;
use rsevents_extra::CountdownEvent;
use std::fmt;
use std::hash::Hash;
use std::mem;

/// One line of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Line<Op> {
    Call(Op),
    /// Takes a signal and gives it back, at most [`ROUNDS`] times: `while take == last { give }`.
    TakeAndGive {
        take: Op,
        give: Op,
        last: usize,
    },
}

/// The bound of such a loop, which otherwise might never end.
pub const ROUNDS: usize = 2;

impl<Op: fmt::Display> fmt::Display for Line<Op> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(op) => op.fmt(f),
            Self::TakeAndGive { take, give, last } => {
                write!(f, "while {take} == {last} {{ {give} }}")
            }
        }
    }
}

/// A kind of program.
pub trait Family: 'static {
    type Subject: Subject<Spec: Send + Sync>;
    type Setup: Clone + PartialEq + Send + Sync;

    const NAME: &'static str;

    fn setups() -> Vec<Self::Setup>;
    fn describe(setup: &Self::Setup) -> String;
    fn begin(setup: &Self::Setup) -> (Self::Subject, <Self::Subject as Subject>::Spec);
    fn lines(setup: &Self::Setup) -> Vec<Line<Op<Self::Subject>>>;

    /// Returns how often the line is drawn, compared with the others.
    fn weight(_line: &Line<Op<Self::Subject>>) -> usize {
        1
    }

    /// Returns a program that is likely to race, if the family can make one.
    fn race(_random: &mut Random) -> Option<Program<Self>>
    where
        Self: Sized,
    {
        None
    }

    /// Returns the setup under each possible renaming of its objects, with the renaming of the
    /// lines.
    fn renamings(setup: &Self::Setup) -> Vec<(Self::Setup, Vec<usize>)>;
    fn rename(line: &Line<Op<Self::Subject>>, names: &[usize]) -> Line<Op<Self::Subject>>;

    /// Returns the objects that a line names, as bits.
    fn touches(line: &Line<Op<Self::Subject>>) -> u32;

    /// Returns lines that can replace a line in a smaller program.
    fn simpler(line: &Line<Op<Self::Subject>>) -> Vec<Line<Op<Self::Subject>>>;

    /// Returns the setup without the objects that no line names, and the new names of the others.
    fn without(setup: &Self::Setup, unused: u32) -> Option<(Self::Setup, Vec<usize>)>;

    /// Returns a description of anything that must not be left after all threads have ended.
    fn remains(subject: &Self::Subject) -> Option<String>;
}

/// Events, plain waits and group waits.
pub struct OfEvents;

const TIME: Limit = Limit::Micros(1);

fn limits() -> [Limit; 3] {
    [Limit::Long, TIME, Limit::Poll]
}

/// Returns the wait itself, and simpler waits wrapped by `outer`.
fn simpler_within(
    wait: &events::Op,
    outer: impl Fn(Box<events::Op>) -> events::Op,
) -> Vec<events::Op> {
    let simpler = OfEvents::simpler(&Line::Call(wait.clone())).into_iter();
    let within = simpler.filter_map(|line| match line {
        Line::Call(wait) => Some(outer(Box::new(wait))),
        Line::TakeAndGive { .. } => None,
    });
    within.chain([wait.clone()]).collect()
}

/// Returns lists in which the first event occurs twice.
fn twice(events: usize) -> impl Iterator<Item = Vec<usize>> {
    let lists = lists(events).into_iter().filter(|list| list.len() < 3);
    lists.map(|list| [&list[..], &list[..1]].concat())
}

/// Returns the non-empty lists of distinct events, in every order.
fn lists(events: usize) -> Vec<Vec<usize>> {
    let mut lists: Vec<Vec<usize>> = (0..events).map(|event| vec![event]).collect();
    let mut from = 0;
    while from < lists.len() {
        for event in 0..events {
            if !lists[from].contains(&event) {
                let longer = [lists[from].as_slice(), &[event]].concat();
                lists.push(longer);
            }
        }
        from += 1;
    }
    lists
}

/// Returns a program of a group of two events and two threads. Each thread sets one of the events, and
/// one thread then looks at the other event, which it must not see half changed.
fn watched(random: &mut Random) -> Program<OfEvents> {
    use events::Op::{All, Any, IsSet, Pulse, Set, Wait};
    let kinds = [Kind::Auto, Kind::Manual];
    let setup = (0..2).map(|_| (*random.pick(&kinds), EventState::Unset)).collect();
    let [mut one, mut other] = [vec![0, 1], vec![1, 0]];
    if random.below(2) == 0 {
        mem::swap(&mut one, &mut other);
    }
    let limit = *random.pick(&[Limit::Long, Limit::Long, TIME]);
    let list = if random.below(2) == 0 { one.clone() } else { other };
    let group = random.pick(&[Any(list.clone(), limit), All(list, limit)]).clone();
    let signal =
        |event, random: &mut Random| random.pick(&[Set(event), Set(event), Pulse(event)]).clone();
    let first = signal(one[0], random);
    let look = random.pick(&[IsSet(one[1]), Wait(one[1], Limit::Poll)]).clone();
    let threads = vec![vec![group], vec![first, look], vec![signal(one[1], random)]];
    let threads = threads.into_iter().map(|ops| ops.into_iter().map(Line::Call).collect());
    Program { setup, threads: threads.collect() }
}

impl Family for OfEvents {
    type Subject = Events;
    type Setup = events::Setup;

    const NAME: &'static str = "events";

    fn setups() -> Vec<Self::Setup> {
        let mut setups: Vec<Self::Setup> = vec![vec![]];
        let mut from = 0;
        while from < setups.len() {
            if setups[from].len() < 3 {
                for kind in [Kind::Auto, Kind::Manual] {
                    for state in [EventState::Unset, EventState::Set] {
                        let mut setup = setups[from].clone();
                        setup.push((kind, state));
                        setups.push(setup);
                    }
                }
            }
            from += 1;
        }
        setups.split_off(1)
    }

    fn describe(setup: &Self::Setup) -> String {
        let events = setup
            .iter()
            .zip('a'..)
            .map(|((kind, state), name)| format!("{name}: {kind:?} {state:?}").to_lowercase());
        events.collect::<Vec<_>>().join(", ")
    }

    fn begin(setup: &Self::Setup) -> (Events, events::State) {
        (Events::new(setup), events::State::from(setup))
    }

    fn lines(setup: &Self::Setup) -> Vec<Line<events::Op>> {
        use events::Op::{All, Any, Dropped, IsSet, Pulse, Reset, Set, Task, Unless, Wait};
        let mut ops = Vec::new();
        for event in 0..setup.len() {
            ops.extend([Set(event), Reset(event), Pulse(event), IsSet(event)]);
            ops.extend(limits().map(|limit| Wait(event, limit)));
        }
        for list in lists(setup.len()) {
            ops.extend(limits().map(|limit| Any(list.clone(), limit)));
            ops.extend(limits().map(|limit| All(list.clone(), limit)));
        }
        for list in twice(setup.len()) {
            ops.extend(limits().map(|limit| Any(list.clone(), limit)));
            // One signal could not serve both entries of an auto-reset event.
            if setup[list[0]].0 == Kind::Manual {
                ops.extend(limits().map(|limit| All(list.clone(), limit)));
            }
        }
        for wait in ops.clone() {
            if matches!(wait, Wait(..) | Any(..) | All(..)) && wait.events().len() < 4 {
                let unless = |stop| Unless(Box::new(wait.clone()), stop);
                ops.extend((0..setup.len()).map(unless));
            }
        }
        for wait in ops.clone() {
            let plain = if let Unless(wait, _) = &wait { wait } else { &wait };
            if matches!(plain, Wait(_, Limit::Long) | Any(_, Limit::Long) | All(_, Limit::Long)) {
                ops.extend([Task(Box::new(wait.clone())), Dropped(Box::new(wait))]);
            }
        }
        let mut lines: Vec<_> = ops.into_iter().map(Line::Call).collect();
        for list in lists(setup.len()).into_iter().filter(|list| list.len() > 1) {
            let (last, event) = (list.len() - 1, list[list.len() - 1]);
            let (take, give) = (Any(list, Limit::Long), Set(event));
            lines.push(Line::TakeAndGive { take, give, last });
        }
        lines
    }

    /// Gives groups small weights. There are so many lines of groups that equal weights would leave no
    /// room for what releases them.
    fn weight(line: &Line<events::Op>) -> usize {
        use events::Op::{All, Any, Dropped, IsSet, Pulse, Reset, Set, Task, Unless, Wait};
        match line {
            Line::Call(Unless(..)) => 1,
            Line::Call(Task(wait) | Dropped(wait)) if matches!(**wait, Wait(..)) => 30,
            Line::Call(Task(wait) | Dropped(wait)) if matches!(**wait, Unless(..)) => 3,
            Line::Call(Task(_) | Dropped(_)) => 6,
            Line::Call(Set(_)) => 180,
            Line::Call(Wait(..)) => 36,
            Line::Call(Reset(_) | Pulse(_)) => 30,
            Line::Call(IsSet(_)) => 15,
            Line::Call(Any(events, _) | All(events, _)) if events.len() == 1 => 3,
            Line::Call(Any(..) | All(..)) => 9,
            Line::TakeAndGive { .. } => 12,
        }
    }

    /// Returns two groups that share an event, and the sets that complete one of them. Meanwhile
    /// the other group withdraws, takes the event, or loses its claim.
    fn race(random: &mut Random) -> Option<Program<Self>> {
        use events::Op::{All, Any, Dropped, IsSet, Pulse, Reset, Set, Task, Unless, Wait};
        if random.below(4) == 0 {
            return Some(watched(random));
        }
        let count = 2 + random.below(2);
        let all_lists = lists(count);
        let kinds = [Kind::Auto, Kind::Auto, Kind::Manual];
        let states = [EventState::Unset, EventState::Unset, EventState::Set];
        let setup: Self::Setup =
            (0..count).map(|_| (*random.pick(&kinds), *random.pick(&states))).collect();
        let limit =
            |random: &mut Random| *random.pick(&[Limit::Long, Limit::Long, TIME, Limit::Poll]);
        let group = |random: &mut Random| {
            let events = loop {
                let events = random.pick(&all_lists);
                if events.len() > 1 {
                    break events.clone();
                }
            };
            let wait = |limit, random: &mut Random| {
                let waits = [Wait(events[0], limit), All(events.clone(), limit)];
                random.pick(&[&waits[..], &[Any(events.clone(), limit)]].concat()).clone()
            };
            let unless = |wait, random: &mut Random| Unless(Box::new(wait), random.below(count));
            match random.below(11) {
                kind @ 7.. => {
                    let mut wait = wait(Limit::Long, random);
                    if random.below(2) == 0 {
                        wait = unless(wait, random);
                    }
                    let wait = Box::new(wait);
                    Line::Call(if kind < 9 { Task(wait) } else { Dropped(wait) })
                }
                0 | 1 => Line::Call(All(events, limit(random))),
                2 | 3 => Line::Call(Any(events, limit(random))),
                4 | 5 => {
                    let wait = wait(limit(random), random);
                    Line::Call(unless(wait, random))
                }
                _ => {
                    let last = events.len() - 1;
                    let give = Set(events[last]);
                    Line::TakeAndGive { take: Any(events, Limit::Long), give, last }
                }
            }
        };
        let first = group(random);
        let second = group(random);
        // Each event that is unset and waited for is set, in random order, by one thread or by two.
        let touched = Self::touches(&first) | Self::touches(&second);
        let is_unset = |event: &usize| setup[*event].1 == EventState::Unset;
        let mut sets: Vec<_> = (0..count)
            .filter(|event| touched & 1 << event != 0 && is_unset(event))
            .map(|event| Line::Call(Set(event)))
            .collect();
        if random.below(3) == 0 {
            let event = random.below(count);
            let others = [Set(event), Reset(event), Pulse(event), Wait(event, limit(random))];
            sets.push(Line::Call(random.pick(&others).clone()));
        }
        for at in (1..sets.len()).rev() {
            sets.swap(at, random.below(at + 1));
        }
        // A setter that then reads an event may see another thread's change half done.
        if random.below(3) > 0 && !sets.is_empty() {
            let event = random.below(count);
            let looks = [IsSet(event), Wait(event, Limit::Poll)];
            let after = 1 + random.below(sets.len());
            sets.insert(after, Line::Call(random.pick(&looks).clone()));
        }
        let mut threads = vec![vec![first], vec![second]];
        if random.below(3) == 0 {
            // Leave only one group and its setters.
            threads.pop();
        }
        if sets.len() > 1 && random.below(2) == 0 {
            threads.push(sets.split_off(1 + random.below(sets.len() - 1)));
        }
        if !sets.is_empty() {
            threads.push(sets);
        }
        for at in (1..threads.len()).rev() {
            threads.swap(at, random.below(at + 1));
        }
        Some(Program { setup, threads })
    }

    fn renamings(setup: &Self::Setup) -> Vec<(Self::Setup, Vec<usize>)> {
        let orders = lists(setup.len()).into_iter().filter(|list| list.len() == setup.len());
        // `order[new]` is the old name.
        let renamed = orders.map(|order| {
            let names = (0..setup.len())
                .map(|old| order.iter().position(|&name| name == old).expect("a permutation"));
            (order.iter().map(|&old| setup[old]).collect(), names.collect())
        });
        renamed.collect()
    }

    fn rename(line: &Line<events::Op>, names: &[usize]) -> Line<events::Op> {
        use events::Op::{All, Any, Dropped, IsSet, Pulse, Reset, Set, Task, Unless, Wait};
        let list = |events: &[usize]| events.iter().map(|&event| names[event]).collect();
        let plain = |op: &events::Op| match op {
            Set(event) => Set(names[*event]),
            Reset(event) => Reset(names[*event]),
            Pulse(event) => Pulse(names[*event]),
            IsSet(event) => IsSet(names[*event]),
            Wait(event, limit) => Wait(names[*event], *limit),
            Any(events, limit) => Any(list(events), *limit),
            All(events, limit) => All(list(events), *limit),
            Unless(..) | Task(_) | Dropped(_) => unreachable!("it is a plain operation"),
        };
        let unless = |op: &events::Op| match op {
            Unless(wait, stop) => Unless(Box::new(plain(wait)), names[*stop]),
            _ => plain(op),
        };
        let op = |op: &events::Op| match op {
            Task(wait) => Task(Box::new(unless(wait))),
            Dropped(wait) => Dropped(Box::new(unless(wait))),
            _ => unless(op),
        };
        match line {
            Line::Call(call) => Line::Call(op(call)),
            Line::TakeAndGive { take, give, last } => {
                Line::TakeAndGive { take: op(take), give: op(give), last: *last }
            }
        }
    }

    fn touches(line: &Line<events::Op>) -> u32 {
        let (Line::Call(op) | Line::TakeAndGive { take: op, .. }) = line;
        op.events().iter().fold(0, |bits, event| bits | 1 << event)
    }

    fn simpler(line: &Line<events::Op>) -> Vec<Line<events::Op>> {
        use events::Op::{All, Any, Dropped, Task, Unless, Wait};
        let shorter = |events: &Vec<usize>| {
            let events = events.clone();
            (0..events.len()).map(move |at| {
                let mut shorter = events.clone();
                shorter.remove(at);
                shorter
            })
        };
        let ops: Vec<events::Op> = match line {
            Line::TakeAndGive { take, give, .. } => vec![take.clone(), give.clone()],
            Line::Call(Any(events, limit) | All(events, limit)) if events.len() == 1 => {
                vec![Wait(events[0], *limit)]
            }
            Line::Call(Any(events, limit)) => shorter(events).map(|few| Any(few, *limit)).collect(),
            Line::Call(All(events, limit)) => shorter(events).map(|few| All(few, *limit)).collect(),
            Line::Call(Unless(wait, stop)) => simpler_within(wait, |wait| Unless(wait, *stop)),
            Line::Call(Task(wait)) => simpler_within(wait, Task),
            Line::Call(Dropped(wait)) => simpler_within(wait, Dropped),
            Line::Call(_) => vec![],
        };
        ops.into_iter().map(Line::Call).collect()
    }

    fn without(setup: &Self::Setup, unused: u32) -> Option<(Self::Setup, Vec<usize>)> {
        let is_used = |event: &usize| unused & 1 << event == 0;
        let mut names = Vec::new();
        let mut used = 0;
        for event in 0..setup.len() {
            names.push(used);
            used += usize::from(is_used(&event));
        }
        let kept: Vec<_> = (0..setup.len()).filter(is_used).map(|event| setup[event]).collect();
        (!kept.is_empty() && kept.len() < setup.len()).then_some((kept, names))
    }

    fn remains(events: &Events) -> Option<String> {
        let bits: Vec<u8> = events.all().map(rsevents::model::bits).collect();
        bits.iter().any(|bits| bits & !1 != 0).then(|| format!("bits other than SET: {bits:x?}"))
    }
}

/// A countdown.
pub struct OfCountdown;

impl Family for OfCountdown {
    type Subject = countdown::Shared;
    type Setup = usize;

    const NAME: &'static str = "countdown";

    fn setups() -> Vec<usize> {
        vec![0, 1, 2, 3]
    }

    fn describe(setup: &usize) -> String {
        format!("c: {setup}")
    }

    fn begin(&count: &usize) -> (countdown::Shared, Count) {
        (countdown::Shared(CountdownEvent::new(count)), Count(count))
    }

    fn lines(_: &usize) -> Vec<Line<countdown::Op>> {
        use countdown::Op::{Any, Count, Increment, IsSet, Reset, Tick, TryIncrement, Wait};
        let mut ops = vec![Count, IsSet, Reset(0), Reset(1), Reset(2)];
        ops.extend([1, 2].map(Tick));
        ops.push(Tick(1));
        ops.extend([1, 2].map(Increment));
        ops.extend([1, 2].map(TryIncrement));
        ops.extend(limits().map(Wait));
        ops.extend(limits().map(Any));
        ops.into_iter().map(Line::Call).collect()
    }

    fn renamings(setup: &usize) -> Vec<(usize, Vec<usize>)> {
        vec![(*setup, vec![])]
    }

    fn rename(line: &Line<countdown::Op>, _: &[usize]) -> Line<countdown::Op> {
        line.clone()
    }

    fn touches(_: &Line<countdown::Op>) -> u32 {
        1
    }

    fn simpler(_: &Line<countdown::Op>) -> Vec<Line<countdown::Op>> {
        vec![]
    }

    fn without(_: &usize, _: u32) -> Option<(usize, Vec<usize>)> {
        None
    }

    fn remains(countdown: &countdown::Shared) -> Option<String> {
        let bits = rsevents::model::bits(countdown.0.event());
        (bits & !1 != 0).then(|| format!("bits other than SET: {bits:x}"))
    }
}

/// A semaphore.
pub struct OfSemaphore;

impl Family for OfSemaphore {
    type Subject = semaphore::Shared;
    type Setup = u16;

    const NAME: &'static str = "semaphore";

    fn setups() -> Vec<u16> {
        (0..=semaphore::MAX).collect()
    }

    fn describe(setup: &u16) -> String {
        format!("s: {setup} of {}", semaphore::MAX)
    }

    fn begin(&permits: &u16) -> (semaphore::Shared, Permits) {
        (semaphore::Shared::new(permits), Permits::new(permits))
    }

    fn lines(_: &u16) -> Vec<Line<semaphore::Op>> {
        use semaphore::Op::{
            Count, Dropped, Forget, GiveBack, IsStopSet, Release, Shrink, Stop, Task, TaskUnless,
            Total, TryShrink, Wait, WaitUnless,
        };
        let mut ops = vec![Count, Total, GiveBack, GiveBack, GiveBack, Forget];
        ops.extend([Stop, Stop, IsStopSet]);
        for n in 1..=2 {
            ops.extend(limits().map(|limit| Wait(n, limit)));
            ops.extend(limits().map(|limit| WaitUnless(n, limit)));
            ops.extend([Task(n), TaskUnless(n), Dropped(n)]);
            ops.extend([Release(n), Release(n), Shrink(n), TryShrink(n)]);
        }
        ops.into_iter().map(Line::Call).collect()
    }

    fn renamings(setup: &u16) -> Vec<(u16, Vec<usize>)> {
        vec![(*setup, vec![])]
    }

    fn rename(line: &Line<semaphore::Op>, _: &[usize]) -> Line<semaphore::Op> {
        line.clone()
    }

    fn touches(_: &Line<semaphore::Op>) -> u32 {
        1
    }

    fn simpler(_: &Line<semaphore::Op>) -> Vec<Line<semaphore::Op>> {
        vec![]
    }

    fn without(_: &u16, _: u32) -> Option<(u16, Vec<usize>)> {
        None
    }

    fn remains(semaphore: &semaphore::Shared) -> Option<String> {
        (!semaphore.is_at_rest()).then(|| "a sleeper or a flag".to_owned())
    }
}
