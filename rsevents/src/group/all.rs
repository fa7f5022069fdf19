//! [`WaitAll`].

use super::{Event, WithStop};
use crate::awaitable::{Awaitable, TimeoutError};
use crate::byte::Kind;
use crate::deadline::Deadline;
use crate::listeners::{self, All};
use crate::unless::{AwaitableUnless, Limit, UnlessError};
use std::convert::Infallible;
use std::fmt;
use std::time::{Duration, Instant};

/// Waits until all of several events are set at one instant.
///
/// At that instant it takes the signals of all auto-reset events among them. Before, it takes none: another thread
/// can take an event that is set while the others are not, and then the wait goes on. The `set` that completes a
/// waiting group takes all signals for it, and releases it, before `set` returns.
///
/// A group contains any number of events, of both kinds in any mix. A `WaitAll` has no state except the list. Create
/// one for each wait, or keep one that many threads use.
///
/// # In Win32
///
/// | Win32 | here |
/// |---|---|
/// | `WaitForMultipleObjects(n, handles, TRUE, INFINITE)` | `WaitAll::new(&[&a, &b]).wait()` |
/// | `…, TRUE, milliseconds)` | `.wait_for(Duration::from_millis(…))` |
/// | `…, TRUE, 0)` | `.wait0()` |
/// | returns `WAIT_TIMEOUT` | returns `false` |
/// | at most `MAXIMUM_WAIT_OBJECTS` = 64 | no limit |
/// | the same handle twice: `ERROR_INVALID_PARAMETER` | allowed for manual-reset events |
///
/// # Examples
///
/// ```
/// use rsevents::{AutoResetEvent, Awaitable, EventState, ManualResetEvent, WaitAll};
///
/// let (fork, knife) = (AutoResetEvent::new(EventState::Set), AutoResetEvent::default());
/// let dinner = ManualResetEvent::new(EventState::Set);
/// let events: [&dyn rsevents::Event; 3] = [&fork, &knife, &dinner];
/// let eat = WaitAll::new(&events);
/// assert!(!eat.wait0());
/// assert!(fork.is_set()); // nothing was taken
/// knife.set();
/// assert!(eat.wait0());
/// assert!(!fork.is_set() && !knife.is_set() && dinner.is_set());
/// ```
///
/// # Memory ordering
///
/// The same as for a wait for each of the events: what was done before the `set` of any of them is visible.
///
/// # Fairness
///
/// Group waits and plain waits for an event are released in FIFO order, except that a group whose other events are
/// unset is passed over. So a group starves if others keep taking its events one by one. A wait spins briefly before
/// it joins the queues.
///
/// # Implementation
///
/// A poll that finds an event unset only reads. If all events look set, it freezes all except one, as
/// [`WaitAny`](crate::WaitAny) does. A waiting group has an entry in the queue of each of its events. A
/// `set` of one of them checks the queued groups in order until it completes one. It locks all events of
/// each group that may be complete.
#[derive(Clone, Copy)]
#[must_use = "a group does nothing until it is waited for"]
pub struct WaitAll<'e> {
    pub(crate) events: &'e [&'e dyn Event],
}

impl<'e> WaitAll<'e> {
    /// Creates a wait for all of `events`. If there are none, the wait succeeds at once.
    ///
    /// A manual-reset event may occur twice, and counts once.
    ///
    /// # Panics
    ///
    /// Panics if an auto-reset event occurs twice, because one signal cannot satisfy both.
    ///
    /// # Examples
    ///
    /// ```
    /// use rsevents::{Awaitable, EventState, ManualResetEvent, WaitAll};
    ///
    /// let (disk, net) = (ManualResetEvent::new(EventState::Set), ManualResetEvent::default());
    /// assert!(!WaitAll::new(&[&disk, &net]).wait0());
    /// net.set();
    /// assert!(WaitAll::new(&[&disk, &net]).wait0());
    /// ```
    #[track_caller]
    pub fn new(events: &'e [&'e dyn Event]) -> Self {
        assert!(
            !has_twice(events),
            "a wait for all events contains the same auto-reset event twice"
        );
        Self { events }
    }

    /// A limit of `None` polls.
    fn wait_limited(&self, limit: Option<Deadline>) -> bool {
        listeners::wait_all(self.events, limit)
    }
}

/// Returns whether an auto-reset event occurs twice.
fn has_twice(events: &[&dyn Event]) -> bool {
    const FEW: usize = 32;
    let key = |event: &&dyn Event| {
        let member = event.member();
        (member.kind == Kind::Auto).then(|| member.byte.key())
    };
    if events.len() <= FEW {
        return (1..events.len()).any(|i| {
            key(&events[i]).is_some_and(|this| events[..i].iter().any(|e| key(e) == Some(this)))
        });
    }
    let mut keys = Vec::with_capacity(events.len());
    keys.extend(events.iter().filter_map(key));
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}

impl Awaitable<'_> for WaitAll<'_> {
    type T = ();
    type Error = TimeoutError;

    fn try_wait(&self) -> Result<(), Infallible> {
        // One turn: without a deadline the answer is never "timed out".
        while !self.wait_limited(Some(Deadline::Never)) {}
        Ok(())
    }

    fn try_wait_for(&self, timeout: Duration) -> Result<(), TimeoutError> {
        let deadline = Deadline::unless_zero(timeout);
        if self.wait_limited(deadline) { Ok(()) } else { Err(TimeoutError) }
    }

    fn try_wait_until(&self, deadline: Instant) -> Result<(), TimeoutError> {
        let limit = Deadline::unless_past(deadline);
        if self.wait_limited(limit) { Ok(()) } else { Err(TimeoutError) }
    }

    fn try_wait0(&self) -> Result<(), TimeoutError> {
        if self.wait_limited(None) { Ok(()) } else { Err(TimeoutError) }
    }
}

impl AwaitableUnless<'_> for WaitAll<'_> {
    fn try_wait_unless(&self, stop: &dyn Event, limit: Limit) -> Result<(), UnlessError> {
        let group = WithStop { stop: stop.member(), events: self.events };
        match listeners::wait_all_unless(&group, limit.deadline()) {
            Some(All::Taken) => Ok(()),
            Some(All::Stopped) => Err(UnlessError::Stopped),
            None => Err(UnlessError::TimedOut),
        }
    }
}

/// Shows the number of events.
impl fmt::Debug for WaitAll<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaitAll").field("events", &self.events.len()).finish()
    }
}
