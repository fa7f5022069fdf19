//! Shutting a bounded pool down: waits for a permit or a stop, and a wait until all permits are back.
//!
//! ```sh
//! cargo run --release --example pool
//! ```
//!
//! Clients keep coming, and each needs one of four connections. A `Semaphore` counts the free connections. A
//! manual-reset event says that the pool is closed. A client waits for a permit unless the pool is closed. So
//! closing the pool ends all waits at once, including those of clients that sleep.
//!
//! To drain the pool is then to wait for all of its permits, because no new client can get one.
//!
//! A request is simulated by sleeping. The program ends by itself after about a second.

use rsevents::{EventState, ManualResetEvent};
use rsevents_extra::{Awaitable, Semaphore, SemaphoreGuard, Stopped};
use std::io::{self, Write};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

const CONNECTIONS: u16 = 4;
const CLIENTS: usize = 12;
const REQUEST: Duration = Duration::from_millis(10);
const OPEN_FOR: Duration = Duration::from_millis(500);

struct Pool {
    free: Semaphore,
    closed: ManualResetEvent,
}

impl Pool {
    const fn new() -> Self {
        Self {
            free: Semaphore::with_permits(CONNECTIONS),
            closed: ManualResetEvent::new(EventState::Unset),
        }
    }

    /// Waits for a connection, unless the pool is closed. If it is closed while a connection is free, the
    /// wait is stopped.
    fn connect(&self) -> Result<SemaphoreGuard<'_>, Stopped> {
        self.free.unless(&self.closed).try_wait()
    }

    /// Ends all waits, and waits until no client has a connection any more.
    fn close(&self) {
        self.closed.set();
        self.free.many(CONNECTIONS).wait().forget();
    }
}

static POOL: Pool = Pool::new();
static SERVED: AtomicUsize = AtomicUsize::new(0);

/// Sends requests until the pool is closed.
fn be_a_client() {
    while let Ok(_connection) = POOL.connect() {
        thread::sleep(REQUEST);
        SERVED.fetch_add(1, Relaxed);
    }
}

fn main() -> io::Result<()> {
    let mut out = io::stdout();
    let clients: Vec<_> = (0..CLIENTS).map(|_| thread::spawn(be_a_client)).collect();
    writeln!(out, "{CLIENTS} clients, {CONNECTIONS} connections")?;
    thread::sleep(OPEN_FOR);
    POOL.close();
    let served = SERVED.load(Relaxed);
    writeln!(out, "closed: {served} requests were served, and no connection is in use")?;
    for client in clients {
        client.join().expect("clients do not panic");
    }
    assert_eq!(served, SERVED.load(Relaxed), "nobody was served after the end");
    writeln!(out, "all clients have gone home")
}
