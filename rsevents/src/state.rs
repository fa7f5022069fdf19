//! The two states of an event.

/// The initial state of an event.
///
/// # Examples
///
/// ```
/// use rsevents::{EventState, ManualResetEvent};
///
/// static STARTED: ManualResetEvent = ManualResetEvent::new(EventState::Unset);
/// assert!(!STARTED.is_set());
/// assert_eq!(EventState::default(), EventState::Unset);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum EventState {
    /// The next wait succeeds at once. (Win32 says "signaled".)
    Set,
    /// A wait blocks until the event is set. (Win32 says "nonsignaled".)
    #[default]
    Unset,
}
