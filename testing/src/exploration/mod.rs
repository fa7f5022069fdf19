//! Generated programs under a model checker: small concurrent programs, drawn from the whole API.
//! Each is explored in many interleavings, and every execution is checked:
//!
//! * Its history has a sequential explanation, in which every wait that did not return had to wait.
//! * Nothing is left behind: no bit except `SET`, no entry, no parked thread.
//!
//! [`family`]: the objects and operations of programs · [`program`]: programs as text, generated
//! and shrunk · [`run`]: the executions of one program · [`coverage`]: which steps met.

pub mod coverage;
pub mod family;
pub mod program;
pub mod run;
