//! Programs: as text, generated, and shrunk.

use super::family::{Family, Line};
use crate::lincheck::Op;
use std::fmt;

/// A generator of pseudo-random numbers: `SplitMix64`.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("less than n")
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

fn draw<F: Family>(lines: &[LineOf<F>], random: &mut Random) -> LineOf<F>
where
    LineOf<F>: Clone,
{
    let total: usize = lines.iter().map(F::weight).sum();
    let mut at = random.below(total);
    let line = lines.iter().find(|line| {
        let here = at < F::weight(line);
        at = at.saturating_sub(F::weight(line));
        here
    });
    line.expect("the weights add up").clone()
}

type LineOf<F> = Line<Op<<F as Family>::Subject>>;

/// A setup of objects, and what each thread does with them.
pub struct Program<F: Family> {
    pub setup: F::Setup,
    pub threads: Vec<Vec<LineOf<F>>>,
}

impl<F: Family> Clone for Program<F> {
    fn clone(&self) -> Self {
        Self { setup: self.setup.clone(), threads: self.threads.clone() }
    }
}

/// Prints `family | objects | thread | thread`: on one line, or, with `{:#}`, on several.
impl<F: Family> fmt::Display for Program<F>
where
    LineOf<F>: fmt::Display,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if f.alternate() { "\n    " } else { " | " };
        write!(f, "{}{end}{}", F::NAME, F::describe(&self.setup))?;
        for thread in &self.threads {
            let lines: Vec<_> = thread.iter().map(ToString::to_string).collect();
            write!(f, "{end}{}", lines.join("; "))?;
        }
        Ok(())
    }
}

impl<F: Family> Program<F>
where
    LineOf<F>: fmt::Display + Clone + PartialEq,
{
    /// Parses what [`Display`](fmt::Display) has printed.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(" | ").map(str::trim);
        if parts.next()? != F::NAME {
            return None;
        }
        let described = parts.next()?;
        let setup = F::setups().into_iter().find(|setup| F::describe(setup) == described)?;
        let known = F::lines(&setup);
        let line = |text: &str| known.iter().find(|line| line.to_string() == text.trim()).cloned();
        let threads =
            parts.map(|thread| thread.split("; ").map(line).collect()).collect::<Option<_>>()?;
        Some(Self { setup, threads })
    }

    /// Returns a random program of a few threads: a race made on purpose, or the best of several.
    pub fn generate(random: &mut Random) -> Self {
        let race = if random.below(2) == 0 { F::race(random) } else { None };
        if let Some(race) = race {
            return race;
        }
        let candidates = (0..4).map(|_| Self::any(random));
        candidates.max_by_key(Self::meetings).expect("there are some")
    }

    fn any(random: &mut Random) -> Self {
        let setups = F::setups();
        let setup = random.pick(&setups).clone();
        let lines = F::lines(&setup);
        let threads = *random.pick(&[2, 2, 2, 3, 3, 3, 3, 4]);
        // More operations would take too long to explore.
        let mut spare = 5_usize.saturating_sub(threads);
        let threads = (0..threads)
            .map(|_| {
                let more = random.below(3).min(spare);
                spare -= more;
                (0..=more).map(|_| draw::<F>(&lines, random)).collect()
            })
            .collect();
        Self { setup, threads }
    }

    /// Counts the pairs of lines of different threads that name the same object. Groups count more.
    fn meetings(&self) -> u32 {
        let mut meetings = 0;
        for (at, thread) in self.threads.iter().enumerate() {
            for other in &self.threads[at + 1..] {
                for (a, b) in thread.iter().flat_map(|a| other.iter().map(move |b| (a, b))) {
                    let (a, b) = (F::touches(a), F::touches(b));
                    meetings += (a & b).count_ones() * (a | b).count_ones();
                }
            }
        }
        let lines: usize = self.threads.iter().map(Vec::len).sum();
        8 * meetings / u32::try_from(lines * lines).expect("few lines")
    }

    /// Returns whether threads name a common object. Without one, the program is really two.
    pub fn meets(&self) -> bool {
        self.meetings() > 0 || self.threads.len() < 2
    }

    /// Returns the program, changed in one place.
    pub fn mutated(&self, random: &mut Random) -> Self {
        let mut program = self.clone();
        let lines = F::lines(&program.setup);
        for _ in 0..=random.below(2) {
            let thread = random.below(program.threads.len());
            let len = program.threads[thread].len();
            let at = random.below(len);
            match random.below(4) {
                0 if len < 3 => program.threads[thread].insert(at, draw::<F>(&lines, random)),
                1 if len > 1 => drop(program.threads[thread].remove(at)),
                2 if program.threads.len() < 3 => {
                    program.threads.push(vec![draw::<F>(&lines, random)]);
                }
                _ => program.threads[thread][at] = draw::<F>(&lines, random),
            }
        }
        program
    }

    /// Returns the same text for all programs that differ only in names.
    pub fn canonical(&self) -> String {
        let renamed = F::renamings(&self.setup).into_iter().map(|(setup, names)| {
            let mut threads: Vec<Vec<_>> = self
                .threads
                .iter()
                .map(|lines| lines.iter().map(|line| F::rename(line, &names)).collect())
                .collect();
            threads.sort_by_key(|lines: &Vec<LineOf<F>>| {
                lines.iter().map(ToString::to_string).collect::<Vec<_>>()
            });
            Self { setup, threads }.to_string()
        });
        renamed.min().expect("its own names are among them")
    }

    /// Returns programs that are smaller by one thing.
    pub fn smaller(&self) -> Vec<Self> {
        let mut smaller = Vec::new();
        let mut with = |change: &mut dyn FnMut(&mut Self)| {
            let mut program = self.clone();
            change(&mut program);
            smaller.push(program);
        };
        for thread in 0..self.threads.len() {
            if self.threads.len() > 1 {
                with(&mut |program| drop(program.threads.remove(thread)));
            }
            for at in 0..self.threads[thread].len() {
                if self.threads[thread].len() > 1 {
                    with(&mut |program| drop(program.threads[thread].remove(at)));
                }
                for simpler in F::simpler(&self.threads[thread][at]) {
                    with(&mut |program| program.threads[thread][at] = simpler.clone());
                }
            }
        }
        let used = self.threads.iter().flatten().fold(0, |bits, line| bits | F::touches(line));
        if let Some((setup, names)) = F::without(&self.setup, !used) {
            let rename = |line| F::rename(line, &names);
            let threads =
                self.threads.iter().map(|lines| lines.iter().map(rename).collect()).collect();
            smaller.push(Self { setup, threads });
        }
        smaller
    }
}
