//! x
pub use rsevents::{Awaitable, TimeoutError};
