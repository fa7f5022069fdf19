//! Waits of tasks on several runtimes: tokio's, smol's executor, and an executor on a single thread.

use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use rsevents_extra::{CountdownEvent, Semaphore};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const TASKS: usize = 16;
const ROUNDS: usize = 200;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Tasks and a thread that use every type.
fn tasks() -> (Vec<Task>, Arc<CountdownEvent>) {
    let left = Arc::new(CountdownEvent::new(TASKS));
    let token = Arc::new(AutoResetEvent::new(EventState::Set));
    let (slots, inside) = (Arc::new(Semaphore::with_permits(3)), Arc::new(AtomicUsize::new(0)));
    let stop = Arc::new(ManualResetEvent::default());
    let task = |number: usize| -> Task {
        let (left, token, slots) = (left.clone(), token.clone(), slots.clone());
        let (stop, inside) = (stop.clone(), inside.clone());
        Box::pin(async move {
            for round in 0..ROUNDS {
                match (number + round) % 5 {
                    0 => token.wait_async().await,
                    1 => token.wait_owned_async().await,
                    2 => {
                        let events: [&dyn Event; 2] = [&stop, &token];
                        assert_eq!(WaitAny::new(&events).await, 1);
                    }
                    3 => WaitAll::wait_owned_async([token.clone() as Arc<dyn Event>]).await,
                    _ => token.unless(&*stop).await.expect("nobody stops it"),
                }
                token.set();
                let n = 1 + u16::try_from(round % 3).unwrap();
                let guard = slots.many(n).await;
                assert!(inside.fetch_add(n.into(), SeqCst) + usize::from(n) <= 3);
                futures_lite::future::yield_now().await;
                inside.fetch_sub(n.into(), SeqCst);
                drop(guard);
            }
            left.tick();
        })
    };
    let mut tasks: Vec<_> = (0..TASKS).map(task).collect();
    let (done, token) = (left.clone(), token.clone());
    tasks.push(Box::pin(async move {
        done.wait_async().await;
        assert!(token.is_set());
    }));
    (tasks, left)
}

fn limited(run: impl FnOnce() + Send + 'static) {
    let (over, ended) = channel();
    let runtime = thread::spawn(move || {
        run();
        over.send(()).unwrap();
    });
    assert!(ended.recv_timeout(LIMIT).is_ok(), "the tasks are not done after {LIMIT:?}");
    runtime.join().unwrap();
}

/// A thread beside the tasks, so that threads and tasks wait for the same objects.
fn with_thread(left: Arc<CountdownEvent>) -> thread::JoinHandle<bool> {
    thread::spawn(move || left.wait_for(LIMIT))
}

#[test]
fn tokio_runs_them() {
    limited(|| {
        let (tasks, left) = tasks();
        let thread = with_thread(left);
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(3).build().unwrap();
        let tasks: Vec<_> = tasks.into_iter().map(|task| runtime.spawn(task)).collect();
        for task in tasks {
            runtime.block_on(task).unwrap();
        }
        assert!(thread.join().unwrap());
    });
}

#[test]
fn smol_runs_them() {
    limited(|| {
        let (tasks, left) = tasks();
        let thread = with_thread(left);
        let executor = async_executor::Executor::new();
        let stop = ManualResetEvent::default();
        thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| futures_lite::future::block_on(executor.run(stop.wait_async())));
            }
            let tasks: Vec<_> = tasks.into_iter().map(|task| executor.spawn(task)).collect();
            for task in tasks {
                futures_lite::future::block_on(task);
            }
            stop.set();
        });
        assert!(thread.join().unwrap());
    });
}

#[test]
fn a_single_thread_runs_them() {
    limited(|| {
        let (tasks, left) = tasks();
        let thread = with_thread(left);
        let executor = async_executor::LocalExecutor::new();
        let tasks: Vec<_> = tasks.into_iter().map(|task| executor.spawn(task)).collect();
        futures_lite::future::block_on(executor.run(async {
            for task in tasks {
                task.await;
            }
        }));
        assert!(thread.join().unwrap());
    });
}

/// A timeout of the runtime drops the wait. The signal is either taken or still there.
#[test]
fn a_timeout_of_the_runtime_loses_no_signal() {
    limited(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            for round in 0..200_u64 {
                let event = Arc::new(AutoResetEvent::default());
                let setter = thread::spawn({
                    let event = event.clone();
                    move || {
                        thread::sleep(Duration::from_micros(900 + round));
                        event.set();
                    }
                });
                let wait = tokio::time::timeout(Duration::from_millis(1), event.wait_async());
                let taken = wait.await.is_ok();
                setter.join().unwrap();
                assert_eq!(event.wait0(), !taken);
            }
        });
    });
}
