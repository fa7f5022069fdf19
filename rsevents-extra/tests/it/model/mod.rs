//! Random sequences of operations on one thread give the same results as a model of a few numbers.

mod countdown;
mod semaphore;
