//! The questions, by theme.

pub mod alternate;
pub mod countdown;
pub mod crowd;
pub mod groups;
pub mod many;
pub mod one_thread;
pub mod parked;
pub mod scale;
pub mod semaphore;
pub mod storm;
pub mod tasks;
pub mod workers;

use crate::question::Question;

/// The heading of the questions about tasks, which have a chart of their own.
pub const TASKS: &str = "Tasks";

/// Returns all questions by theme, each theme with its heading.
#[must_use]
pub fn themes() -> Vec<(&'static str, Vec<Question>)> {
    vec![
        ("One thread that never blocks", [one_thread::questions(), many::questions()].concat()),
        ("Countdown", countdown::questions()),
        ("Semaphore", semaphore::questions()),
        ("Two threads", alternate::questions()),
        ("One parked thread", parked::questions()),
        ("Many parked threads", crowd::questions()),
        ("One producer, many workers", workers::questions()),
        ("Many setters", storm::questions()),
        (TASKS, tasks::questions()),
        ("Groups of events", groups::questions()),
        ("Groups on many processors", scale::questions()),
    ]
}

/// Returns all questions, theme by theme.
#[must_use]
pub fn all() -> Vec<Question> {
    themes().into_iter().flat_map(|(_, questions)| questions).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// A longer title would overlap the dots of a chart.
    const LONGEST_TITLE: usize = 49;

    #[test]
    fn every_question_has_an_id_and_a_title_of_its_own() {
        let (mut ids, mut titles) = (HashSet::new(), HashSet::new());
        for Question { id, title, .. } in all() {
            assert!(!title.is_empty() && title.chars().count() <= LONGEST_TITLE, "{id}: {title}");
            assert!(!title.contains("the same"), "{id} cannot be read alone: {title}");
            assert!(ids.insert(id.clone()), "{id} twice");
            assert!(titles.insert(title.clone()), "{id} has the title of another: {title}");
        }
    }
}
