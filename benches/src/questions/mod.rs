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
pub mod workers;

use crate::question::Question;

/// All of them, theme by theme.
#[must_use]
pub fn all() -> Vec<Question> {
    [
        one_thread::questions(),
        semaphore::questions(),
        countdown::questions(),
        alternate::questions(),
        parked::questions(),
        crowd::questions(),
        workers::questions(),
        storm::questions(),
        many::questions(),
        groups::questions(),
        scale::questions(),
    ]
    .concat()
}
