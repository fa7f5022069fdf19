//! Coverage: which steps of one thread happened between two steps of another thread, at the same
//! event.

use rsevents::model::control::{Step, Traced};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

/// How often each pair occurred: the step at which one thread stood, and what another thread did
/// meanwhile.
#[derive(Debug, Default)]
pub struct Coverage(BTreeMap<(String, String), u64>);

const BITS: [(u8, char); 4] = [(1, 'S'), (2, 'P'), (4, 'L'), (8, 'C')];

fn name(step: Step) -> String {
    let Step::Byte(old, new) = step else {
        return match step {
            Step::Stale => "stale",
            Step::Claim => "claim",
            Step::ClaimLost => "claim!",
            Step::Withdraw => "withdraw",
            Step::WithdrawLost => "withdraw!",
            Step::Parked => "park",
            Step::Refused => "park!",
            Step::TimedOut => "timeout",
            Step::Unparked => "unpark",
            _ => "unpark!",
        }
        .into();
    };
    let marks = BITS
        .iter()
        .filter(|(bit, _)| (old ^ new) & bit != 0)
        .map(|&(bit, letter)| format!("{}{letter}", if new & bit != 0 { '+' } else { '-' }));
    let marks: String = marks.collect();
    if marks.is_empty() { "same".into() } else { marks }
}

impl Coverage {
    /// Adds what one execution shows. Returns whether a pair is new.
    pub fn add(&mut self, trace: &[Traced]) -> bool {
        let mut new = false;
        // The last step of each thread at each object. A claim counts at all events where the
        // thread stands.
        let mut stands: HashMap<(usize, usize), Step> = HashMap::new();
        for &Traced { thread, object, step } in trace {
            if step == Step::Word {
                // This step is of no event: the driver records it when a call has returned.
                if object == 0 {
                    stands.retain(|&(standing, _), _| standing != thread);
                }
                continue;
            }
            let is_claim =
                matches!(step, Step::Claim | Step::ClaimLost | Step::Withdraw | Step::WithdrawLost);
            let objects: Vec<usize> = if is_claim {
                stands.keys().filter(|(standing, _)| *standing == thread).map(|key| key.1).collect()
            } else {
                vec![object]
            };
            for object in objects {
                for (&(other, at), &standing) in &stands {
                    if other != thread && at == object {
                        let count = self.0.entry((name(standing), name(step))).or_default();
                        new |= *count == 0;
                        *count += 1;
                    }
                }
                stands.insert((thread, object), step);
            }
        }
        new
    }

    /// Returns the counts as lines for [`merge`](Self::merge).
    pub fn dump(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|((standing, step), count)| format!("{standing} {step} {count}"))
    }

    pub fn merge(&mut self, line: &str) {
        let words: Vec<_> = line.split(' ').collect();
        let [standing, step, count] = words[..] else { return };
        if let Ok(count) = count.parse::<u64>() {
            *self.0.entry((standing.into(), step.into())).or_default() += count;
        }
    }
}

/// Prints a table. A row is the step at which one thread stood, a column what another thread did
/// meanwhile.
impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: BTreeSet<&String> = self.0.keys().flat_map(|(a, b)| [a, b]).collect();
        let names: Vec<_> = names.into_iter().collect();
        writeln!(f, "{:>10}  columns, in the order of the rows", "stands at")?;
        for row in &names {
            write!(f, "{row:>10}  ")?;
            for column in &names {
                let count = self.0.get(&((*row).clone(), (*column).clone())).copied();
                // The number of digits of the count.
                let cell = count.map_or('.', |count| {
                    char::from_digit(count.checked_ilog10().unwrap_or(0) + 1, 36).unwrap_or('+')
                });
                write!(f, "{cell}")?;
            }
            writeln!(f)?;
        }
        let never = names.len() * names.len() - self.0.len();
        write!(f, "{} pairs occurred, {never} never did", self.0.len())
    }
}
