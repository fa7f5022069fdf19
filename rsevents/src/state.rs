//! The two states of an event.

/// The state in which an event is created.
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
    /// Signalled: the next wait succeeds at once. (Win32 says "signaled".)
    Set,
    /// Not signalled: a wait waits.
    #[default]
    Unset,
}
