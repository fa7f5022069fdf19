//! Random sequences of operations on one thread give what a model of a few numbers says.

mod countdown;
mod semaphore;
