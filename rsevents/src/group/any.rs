//! [`WaitAny`].

use super::Event;
use crate::awaitable::{Awaitable, TimeoutError};
use crate::deadline::Deadline;
use crate::listeners;
use crate::unless::{AwaitableUnless, Limit, UnlessError};
use std::convert::Infallible;
use std::fmt;
use std::time::{Duration, Instant};

/// Waits for any of several events and returns the index of the one it took.
///
/// The wait ends at the first instant at which one of the events is set, and takes the signal of that event only. A
/// second event that is set at the same time stays set. If several are set at that instant, the smallest index wins:
/// put the event that matters most (such as "stop") first.
///
/// A group contains any number of events, of both kinds in any mix. If an event occurs twice, the smaller
/// index counts. A `WaitAny` has no state except the list. Create one for each wait, or keep one that many
/// threads use.
///
/// # In Win32
///
/// | Win32 | here |
/// |---|---|
/// | `WaitForMultipleObjects(n, handles, FALSE, INFINITE)` | `WaitAny::new(&[&a, &b]).wait()` |
/// | returns `WAIT_OBJECT_0 + i` | returns `i` |
/// | `…, FALSE, milliseconds)` | `.try_wait_for(Duration::from_millis(…))` |
/// | `…, FALSE, 0)` | `.try_wait0()` |
/// | returns `WAIT_TIMEOUT` | returns `Err(TimeoutError)` |
/// | at most `MAXIMUM_WAIT_OBJECTS` = 64 | no limit |
/// | the same handle twice: `ERROR_INVALID_PARAMETER` | allowed |
///
/// # Examples
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, WaitAny};
///
/// let stop = ManualResetEvent::default();
/// let work = AutoResetEvent::new(EventState::Set);
/// let mut served = 0;
/// loop {
///     match WaitAny::new(&[&stop, &work]).wait() {
///         0 => break,
///         _ => served += 1,
///     }
///     stop.set();
/// }
/// assert_eq!(served, 1);
/// ```
///
/// For a group whose size is known at run time only, collect references. (The parameter is not generic, so that a
/// group may mix kinds.)
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, Event, ManualResetEvent, WaitAny};
/// use std::sync::Arc;
///
/// let shared: Vec<Arc<AutoResetEvent>> = (0..100).map(|_| Arc::default()).collect();
/// let borrowed: Vec<&AutoResetEvent> = shared.iter().map(|event| &**event).collect();
/// let mixed: Vec<Box<dyn Event>> = vec![Box::new(shared[0].clone()), Box::new(ManualResetEvent::default())];
/// shared[7].set();
///
/// let events: Vec<&dyn Event> = shared.iter().map(|event| event as &dyn Event).collect();
/// assert_eq!(WaitAny::new(&events).try_wait0(), Ok(7));
/// let events: Vec<&dyn Event> = borrowed.iter().map(|event| event as &dyn Event).collect();
/// assert!(WaitAny::new(&events).try_wait0().is_err());
/// let events: Vec<&dyn Event> = mixed.iter().map(|event| event as &dyn Event).collect();
/// assert!(WaitAny::new(&events).try_wait0().is_err());
/// ```
///
/// To keep a group, keep its list. (`let group = WaitAny::new(&[&a, &b]);` fails with
/// "temporary value dropped while borrowed", because the list is dropped at the end of the statement.)
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, Event, ManualResetEvent, WaitAny};
///
/// let (a, b) = (AutoResetEvent::default(), ManualResetEvent::default());
/// let events: [&dyn Event; 2] = [&a, &b];
/// let group = WaitAny::new(&events);
/// b.set();
/// assert_eq!(group.wait(), 1);
/// ```
///
/// # Memory ordering
///
/// The same as for a wait for the event whose index it returns. It gives no ordering with the other events.
///
/// # Fairness
///
/// Group waits and plain waits on an event are released in FIFO order. A wait spins briefly before it
/// joins the queues; until then a [`pulse`](crate::ManualResetEvent::pulse) does not release it.
///
/// # Implementation
///
/// A poll freezes all events except one, which it only reads: the first manual-reset event, or else
/// the first event. Polls of groups that share only that event do not contend.
///
/// A wait polls while it spins. Then it adds an entry to the queue of each event, locking one queue at a
/// time. The entries live on the stack for up to eight events, and in one allocation for more. A wait with a timeout
/// makes one allocation if it parks: it must end in time even if a thread that is about to wake it does not
/// run. A poll allocates nothing, with one exception: when a thread first parks
/// at a contended internal lock, `parking_lot_core` may allocate.
#[derive(Clone, Copy)]
#[must_use = "a group does nothing until it is waited for"]
pub struct WaitAny<'e> {
    pub(crate) events: &'e [&'e dyn Event],
}

impl<'e> WaitAny<'e> {
    /// Creates a wait for any of `events`.
    ///
    /// # Panics
    ///
    /// Panics if `events` is empty, because the wait could never end.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{AutoResetEvent, Awaitable, EventState, TimeoutError, WaitAny};
    ///
    /// let (a, b) = (AutoResetEvent::new(EventState::Unset), AutoResetEvent::new(EventState::Set));
    /// let either = WaitAny::new(&[&a, &b]).try_wait0();
    /// assert_eq!(either, Ok(1));
    /// ```
    #[track_caller]
    pub fn new(events: &'e [&'e dyn Event]) -> Self {
        assert!(!events.is_empty(), "WaitAny needs at least one event");
        Self { events }
    }

    /// A limit of `None` polls.
    fn wait_limited(&self, limit: Option<Deadline>) -> Option<usize> {
        listeners::wait_any(self.events, limit)
    }
}

impl Awaitable<'_> for WaitAny<'_> {
    type T = usize;
    type Error = TimeoutError;

    fn try_wait(&self) -> Result<usize, Infallible> {
        // One turn: without a deadline the answer is never "timed out".
        loop {
            if let Some(index) = self.wait_limited(Some(Deadline::Never)) {
                return Ok(index);
            }
        }
    }

    fn try_wait_for(&self, timeout: Duration) -> Result<usize, TimeoutError> {
        self.wait_limited(Deadline::unless_zero(timeout)).ok_or(TimeoutError)
    }

    fn try_wait_until(&self, deadline: Instant) -> Result<usize, TimeoutError> {
        self.wait_limited(Deadline::unless_past(deadline)).ok_or(TimeoutError)
    }

    fn try_wait0(&self) -> Result<usize, TimeoutError> {
        self.wait_limited(None).ok_or(TimeoutError)
    }
}

impl AwaitableUnless<'_> for WaitAny<'_> {
    fn try_wait_unless(&self, stop: &dyn Event, limit: Limit) -> Result<usize, UnlessError> {
        super::wait_any_unless(stop, self.events, limit)
    }
}

/// Shows the number of events.
impl fmt::Debug for WaitAny<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitAny").field("events", &self.events.len()).finish()
    }
}
