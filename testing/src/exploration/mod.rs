//! Generated programs under a model checker: small concurrent programs drawn from the whole API, each
//! explored in many interleavings, and every execution checked.
//!
//! * Its history has a sequential explanation, in which the waits that never returned must wait.
//! * Nothing is left behind: no bit but `SET`, no entry, no parked thread.
//!
//! [`family`]: what programs are drawn from · [`program`]: programs as text, and how they are generated and
//! shrunk · [`run`]: the executions of one program · [`coverage`]: which steps met.

pub mod coverage;
pub mod family;
pub mod program;
pub mod run;
