//! The questions, by theme.

pub mod alternate;
pub mod one_thread;

use crate::question::Question;

/// All of them, in the order of the table.
#[must_use]
pub fn all() -> Vec<Question> {
    [one_thread::questions(), alternate::questions()].concat()
}
