//! Generates programs and explores them, in several processes: `.ci/run explore`.
//!
//! ```text
//! explore                    for RSEVENTS_EXPLORE_SECONDS, or two minutes
//! explore enumerate          all programs of two threads with up to three lines, over two events
//! explore check PROGRAM      one, as it was printed
//! ```
//!
//! `RSEVENTS_EXPLORE_SEED` repeats a run as far as time allows.

#![expect(clippy::print_stdout, reason = "it is for people to read")]

#[cfg(not(rsevents_loom))]
fn main() {
    panic!("needs RUSTFLAGS=\"--cfg rsevents_loom\"");
}

#[cfg(rsevents_loom)]
fn main() {
    driver::main();
}

#[cfg(rsevents_loom)]
mod driver {
    use rsevents::model::control::Settings;
    use rsevents_testing::exploration::coverage::Coverage;
    use rsevents_testing::exploration::family::{Family, Line, OfCountdown, OfEvents, OfSemaphore};
    use rsevents_testing::exploration::program::{Program, Random};
    use rsevents_testing::exploration::run::{AsIndex, Effort, Outcome, explore};
    use rsevents_testing::lincheck::{Op, Ret};
    use std::collections::HashSet;
    use std::env;
    use std::fmt::Display;
    use std::hash::Hash;
    use std::io::{BufRead, BufReader, Write, stdout};
    use std::process::{Child, Command, Stdio, exit};
    use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
    use std::thread;
    use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

    /// A worker that prints nothing for this long counts as hanging.
    const SILENCE: Duration = Duration::from_secs(60);
    /// The time limit for one program.
    const TIME: Duration = Duration::from_millis(500);
    /// By which factor the limits grow for an enumerated program, so that it is explored
    /// completely.
    const LISTED: u32 = 40;

    pub(super) fn main() {
        let arguments: Vec<String> = env::args().skip(1).collect();
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match words[..] {
            [] => supervise(&["work"]),
            ["enumerate"] => supervise(&["list"]),
            ["check", program] => match check(program) {
                Ok(outcome) => println!("{program}\nis explained: {outcome:?}"),
                Err(why) => {
                    println!("{why}");
                    exit(1);
                }
            },
            ["work", seed, seconds] => work(number(seed), Duration::from_secs(number(seconds))),
            ["list", index, workers] => list(number(index), number(workers)),
            _ => panic!("there is `explore`, `explore enumerate` and `explore check PROGRAM`"),
        }
    }

    fn number(text: &str) -> u64 {
        text.parse().unwrap_or_else(|_| panic!("{text:?} is not a number"))
    }

    fn index(number: u64) -> usize {
        usize::try_from(number).expect("a small number")
    }

    fn setting(name: &str) -> Option<u64> {
        env::var(name).ok().map(|value| number(&value))
    }

    /// Returns the effort for a program, with `times` as many executions.
    fn effort(program: &str, times: u32) -> Effort {
        // A program has the same settings wherever it runs.
        let hash =
            program.bytes().fold(7_u64, |hash, byte| hash.wrapping_mul(31) + u64::from(byte));
        let preemptions = setting("LOOM_MAX_PREEMPTIONS").map_or(2, index);
        let settings = Settings {
            strict: true,
            looks: u32::from(hash % 4 == 0),
            shards: 1 + (hash / 4 % 3) as usize,
            trace: false,
        };
        Effort {
            time: TIME * times,
            preemptions,
            settings,
            seed: hash,
            executions: 150 * times as usize,
        }
    }

    trait Explorer {
        /// Explores one program: a mutant of an earlier program that showed something new, or a new
        /// program.
        fn another(&mut self, random: &mut Random, coverage: &mut Coverage);
    }

    struct Corpus<F: Family> {
        seen: HashSet<String>,
        interesting: Vec<Program<F>>,
    }

    fn attempt<F: Family>(program: &Program<F>, coverage: &mut Coverage, times: u32) -> Outcome
    where
        Line<Op<F::Subject>>: Display + Clone + PartialEq,
        Op<F::Subject>: Display + Hash + Eq,
        Ret<F::Subject>: Clone + Hash + Eq + AsIndex,
    {
        let text = program.to_string();
        say(&format!("> {text}"));
        let Ok(outcome) = explore(program, &effort(&text, times), coverage) else {
            say("!");
            exit(1);
        };
        say(&format!("= {} {}", outcome.executions, u8::from(outcome.complete)));
        outcome
    }

    impl<F: Family> Explorer for Corpus<F>
    where
        Line<Op<F::Subject>>: Display + Clone + PartialEq,
        Op<F::Subject>: Display + Hash + Eq,
        Ret<F::Subject>: Clone + Hash + Eq + AsIndex,
    {
        fn another(&mut self, random: &mut Random, coverage: &mut Coverage) {
            let program = if !self.interesting.is_empty() && random.below(2) == 0 {
                random.pick(&self.interesting).mutated(random)
            } else {
                Program::generate(random)
            };
            if !program.meets() || !self.seen.insert(program.canonical()) {
                return;
            }
            if attempt(&program, coverage, 1).new {
                self.interesting.push(program);
            }
        }
    }

    fn corpus<F: Family>() -> Corpus<F> {
        Corpus { seen: HashSet::new(), interesting: Vec::new() }
    }

    /// Runs a worker, which prints what it does, line by line.
    fn work(seed: u64, time: Duration) {
        let start = Instant::now();
        let mut random = Random(seed);
        let mut families: [Box<dyn Explorer>; 3] = [
            Box::new(corpus::<OfEvents>()),
            Box::new(corpus::<OfCountdown>()),
            Box::new(corpus::<OfSemaphore>()),
        ];
        let mut coverage = Coverage::default();
        while start.elapsed() < time {
            let family = *random.pick(&[0, 0, 0, 0, 0, 1, 2, 2]);
            families[family].another(&mut random, &mut coverage);
        }
        for line in coverage.dump() {
            say(&format!("+ {line}"));
        }
    }

    /// Runs a worker that explores its share of all programs of two threads over two events. One
    /// thread has one line, the other one or two. Groups contain both events.
    fn list(index: u64, workers: u64) {
        use rsevents_testing::events::Op::{All, Any};
        let mut coverage = Coverage::default();
        let mut next = 0;
        for setup in OfEvents::setups().into_iter().filter(|setup| setup.len() == 2) {
            let is_listed = |line: &Line<_>| match line {
                Line::Call(Any(events, _) | All(events, _)) => {
                    events.len() == 2 && events[0] != events[1]
                }
                _ => true,
            };
            let lines: Vec<_> = OfEvents::lines(&setup).into_iter().filter(is_listed).collect();
            let mut threads: Vec<Vec<_>> = lines.iter().map(|line| vec![line.clone()]).collect();
            for first in &lines {
                threads.extend(lines.iter().map(|second| vec![first.clone(), second.clone()]));
            }
            for (at, one) in lines.iter().enumerate() {
                for other in &threads[at..] {
                    let threads = [vec![one.clone()], other.clone()];
                    let [program, swapped] = [[0, 1], [1, 0]].map(|order| Program::<OfEvents> {
                        setup: setup.clone(),
                        threads: order.map(|thread| threads[thread].clone()).to_vec(),
                    });
                    let text = program.canonical();
                    if program.meets() && [program.to_string(), swapped.to_string()].contains(&text)
                    {
                        next += 1;
                        if next % workers == index {
                            attempt(&program, &mut coverage, LISTED);
                        }
                    }
                }
            }
        }
        for line in coverage.dump() {
            say(&format!("+ {line}"));
        }
    }

    fn say(line: &str) {
        let mut out = stdout().lock();
        // The supervisor no longer listens if another worker has failed.
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }

    fn check(program: &str) -> Result<Outcome, String> {
        fn of<F: Family>(program: &str) -> Option<Result<Outcome, String>>
        where
            Line<Op<F::Subject>>: Display + Clone + PartialEq,
            Op<F::Subject>: Display + Hash + Eq,
            Ret<F::Subject>: Clone + Hash + Eq + AsIndex,
        {
            let parsed = Program::<F>::parse(program)?;
            Some(explore(&parsed, &effort(program, 8), &mut Coverage::default()))
        }
        let program = program.split_whitespace().collect::<Vec<_>>().join(" ");
        of::<OfEvents>(&program)
            .or_else(|| of::<OfCountdown>(&program))
            .or_else(|| of::<OfSemaphore>(&program))
            .unwrap_or_else(|| panic!("{program:?} is no program"))
    }

    #[derive(Default)]
    struct Tally {
        programs: u64,
        complete: u64,
        executions: u64,
    }

    /// Starts the workers and listens to them.
    fn supervise(mode: &[&str]) {
        let start = Instant::now();
        let seed = setting("RSEVENTS_EXPLORE_SEED").unwrap_or_else(|| {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            now.map_or(0, |now| u64::from(now.subsec_micros()))
        });
        let seconds = setting("RSEVENTS_EXPLORE_SECONDS").unwrap_or(120);
        let workers = thread::available_parallelism().map_or(1, usize::from) as u64;
        println!("seed {seed}, {workers} workers");
        let (said, heard) = channel();
        let mut children: Vec<Child> = (0..workers)
            .map(|index| {
                let numbers = match mode[0] {
                    "work" => [seed.wrapping_mul(workers) + index, seconds],
                    _ => [index, workers],
                };
                let mut command =
                    Command::new(env::current_exe().expect("this program has a path"));
                command.args(mode).args(numbers.map(|number| number.to_string()));
                let mut child = command
                    .stdout(Stdio::piped())
                    .stderr(Stdio::null())
                    .spawn()
                    .expect("this program can be run");
                let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
                let (said, worker) = (said.clone(), self::index(index));
                thread::spawn(move || {
                    for line in lines.map_while(Result::ok) {
                        let _ = said.send((worker, Some(line)));
                    }
                    let _ = said.send((worker, None));
                });
                child
            })
            .collect();
        let mut tally = Tally::default();
        let mut coverage = Coverage::default();
        let failed = listen(&heard, &mut tally, &mut coverage, children.len());
        for child in &mut children {
            if failed.is_some() {
                let _ = child.kill();
            }
            let _ = child.wait();
        }
        let Tally { programs, complete, executions } = tally;
        println!(
            "{programs} programs, {complete} of them completely; {executions} executions; {} s",
            start.elapsed().as_secs()
        );
        match failed {
            None => println!("{coverage}"),
            Some(program) => {
                println!("\nrefused after {programs} programs, with seed {seed}:\n    {program}\n");
                let (smallest, why) = shrink(program);
                println!("the smallest program that is refused:\n    {smallest}\n\n{why}");
                exit(1);
            }
        }
    }

    /// Listens until all workers have ended, or one fails or hangs. Returns the program that such a
    /// worker was running.
    fn listen(
        heard: &Receiver<(usize, Option<String>)>,
        tally: &mut Tally,
        coverage: &mut Coverage,
        workers: usize,
    ) -> Option<String> {
        let mut running = vec![None; workers];
        let mut ended = 0;
        while ended < workers {
            let (worker, line) = match heard.recv_timeout(SILENCE) {
                Ok(said) => said,
                Err(RecvTimeoutError::Timeout) => return running.into_iter().flatten().next(),
                Err(RecvTimeoutError::Disconnected) => return None,
            };
            let Some(line) = line else {
                if running[worker].is_some() {
                    return running[worker].take();
                }
                ended += 1;
                continue;
            };
            match line.split_at_checked(2) {
                Some(("> ", program)) => running[worker] = Some(program.to_string()),
                Some(("= ", numbers)) => {
                    running[worker] = None;
                    let numbers: Vec<u64> = numbers.split(' ').map(number).collect();
                    tally.programs += 1;
                    tally.executions += numbers[0];
                    tally.complete += numbers[1];
                }
                Some(("+ ", pair)) => coverage.merge(pair),
                _ => return running[worker].take(),
            }
        }
        None
    }

    /// Returns the smallest program that fails as well. Each candidate runs in its own process.
    fn shrink(program: String) -> (String, String) {
        let (mut smallest, mut why) = (program, String::from("it fails only now and then"));
        if let Some(reason) = refusal(&smallest) {
            why = reason;
        } else {
            return (smallest, why);
        }
        let end = Instant::now() + Duration::from_secs(120);
        loop {
            let found = smaller(&smallest).into_iter().find_map(|candidate| {
                let time_left = Instant::now() < end;
                let reason = if time_left { refusal(&candidate) } else { None };
                reason.map(|reason| (candidate, reason))
            });
            match found {
                Some(found) => (smallest, why) = found,
                None => return (smallest, why),
            }
        }
    }

    fn smaller(program: &str) -> Vec<String> {
        fn of<F: Family>(program: &str) -> Option<Vec<String>>
        where
            Line<Op<F::Subject>>: Display + Clone + PartialEq,
        {
            let smaller = Program::<F>::parse(program)?.smaller();
            Some(smaller.iter().map(ToString::to_string).collect())
        }
        of::<OfEvents>(program)
            .or_else(|| of::<OfCountdown>(program))
            .or_else(|| of::<OfSemaphore>(program))
            .unwrap_or_default()
    }

    /// Returns why a program is refused, or `None` if it is not.
    fn refusal(program: &str) -> Option<String> {
        let mut child = Command::new(env::current_exe().expect("this program has a path"))
            .args(["check", program])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this program can be run");
        let end = Instant::now() + SILENCE;
        let status = loop {
            match child.try_wait().expect("it is a child") {
                Some(status) => break status,
                None if Instant::now() > end => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Some("it hangs".into());
                }
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        if status.success() {
            return None;
        }
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let said: Vec<_> = lines.map_while(Result::ok).collect();
        Some(if said.is_empty() { format!("it ends with {status}") } else { said.join("\n") })
    }
}
