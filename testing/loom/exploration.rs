//! Runs the models: their threads, and the unexplored preparation before the race.

use loom::thread::{self, JoinHandle};
use rsevents::{AutoResetEvent, Awaitable, EventState, WaitAll};
use std::time::Duration;

/// The timeout of a wait in a model, where it may pass at any moment.
pub(crate) const LIMIT: Duration = Duration::from_secs(3600);

/// Explores every interleaving of the threads that `body` starts.
pub(crate) fn model(body: impl Fn() + Send + Sync + 'static) {
    loom::model(move || {
        unexplored(initialise_statics);
        body();
    });
}

/// Same as [`model`], with one pre-emption fewer: for models of many steps.
pub(crate) fn large_model(body: impl Fn() + Send + Sync + 'static) {
    model_with(|preemptions| preemptions.saturating_sub(1), body);
}

/// Same as [`model`], with one pre-emption more: for races that need it.
pub(crate) fn deep_model(body: impl Fn() + Send + Sync + 'static) {
    model_with(|preemptions| preemptions + 1, body);
}

fn model_with(bound: fn(usize) -> usize, body: impl Fn() + Send + Sync + 'static) {
    let mut loom = loom::model::Builder::new();
    loom.preemption_bound = loom.preemption_bound.map(bound);
    loom.check(move || {
        unexplored(initialise_statics);
        body();
    });
}

/// Uses all statics once, before a model has threads. Loom orders the first use of a static before
/// all others, which would hide a missing order between threads.
fn initialise_statics() {
    assert!(WaitAll::new(&[&AutoResetEvent::new(EventState::Set)]).wait0());
}

/// What a thread of a model runs.
type Body<'a, T> = &'a dyn Fn() -> T;

/// Runs `body` while the threads run. Returns what each thread returned, and the result of `body`.
pub(crate) fn running<T: 'static, R, const N: usize>(
    threads: [Body<'_, T>; N],
    body: impl FnOnce() -> R,
) -> ([T; N], R) {
    let threads = threads.map(|thread| spawn(thread, || ()));
    let result = body();
    (threads.map(join), result)
}

/// Same as [`running`], but `body` begins when all threads have parked, in their order.
pub(crate) fn parked<T: 'static, R, const N: usize>(
    threads: [Body<'_, T>; N],
    body: impl FnOnce() -> R,
) -> ([T; N], R) {
    let threads = unexplored(|| {
        threads.map(|thread| {
            // Loom does not explore this phase: the new thread runs until it blocks or yields. Then
            // loom runs this thread again, because it has yielded least.
            let this = thread::current();
            let handle = spawn(thread, move || this.unpark());
            thread::park();
            handle
        })
    });
    let result = body();
    (threads.map(join), result)
}

/// Runs `preparation` in one interleaving, with as few changes of threads as possible.
fn unexplored<R>(preparation: impl FnOnce() -> R) -> R {
    loom::stop_exploring();
    let result = preparation();
    loom::explore();
    result
}

fn spawn<'a, T: 'static>(body: Body<'a, T>, first: impl FnOnce() + 'static) -> JoinHandle<T> {
    // SAFETY: only the new thread uses the borrow, and both callers join that thread before they
    // return. If a caller panics, loom abandons the execution, so none of its threads runs on.
    let body = unsafe { std::mem::transmute::<Body<'a, T>, Body<'static, T>>(body) };
    thread::spawn(move || {
        first();
        body()
    })
}

fn join<T>(handle: JoinHandle<T>) -> T {
    handle.join().expect("loom ends a model at the first panic")
}
