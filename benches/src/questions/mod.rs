//! The questions, by theme.

pub mod alternate;
pub mod crowd;
pub mod extras;
pub mod groups;
pub mod many;
pub mod one_thread;
pub mod parked;
pub mod storm;
pub mod workers;

use crate::question::Question;

/// All of them, theme by theme.
#[must_use]
pub fn all() -> Vec<Question> {
    [
        one_thread::questions(),
        extras::questions(),
        alternate::questions(),
        parked::questions(),
        crowd::questions(),
        workers::questions(),
        storm::questions(),
        many::questions(),
        groups::questions(),
    ]
    .concat()
}
