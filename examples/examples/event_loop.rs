//! A thread that serves several sources, and a thread that waits for several services.
//!
//! ```sh
//! cargo run --release --example event_loop
//! ```
//!
//! Shows `WaitAny`: the counter of a shop sleeps until one of four events is set, and learns which. And
//! `WaitAll`: customers come in once the stock, the till and the lights are all ready, in whatever order they
//! become ready. In Win32 both are `WaitForMultipleObjects`.
//!
//! The order of the events in a `WaitAny` is their priority. If several are set, the wait takes the first,
//! and the others stay set for the next wait. `stop` is the last here, so everything that was ordered before
//! it is served. As the first it would mean "drop everything".
//!
//! An event stores at most one signal. Several orders may come at once, so they are in a queue. Their event
//! only means that the queue may have something in it.
//!
//! Getting ready and being slow to order are simulated by sleeping. The program ends by itself after about a
//! second.

use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, sleep};
use std::time::Duration;

const TICK: Duration = Duration::from_millis(200);

/// What the threads tell one another, each item with its event.
#[derive(Default)]
struct Shop {
    price_changed: AutoResetEvent,
    /// Only the newest price matters, so it needs no queue.
    price: AtomicU32,

    ordered: AutoResetEvent,
    orders: Mutex<VecDeque<u32>>,

    tick: AutoResetEvent,
    stop: ManualResetEvent,
}

impl Shop {
    fn change_price(&self, price: u32) {
        self.price.store(price, Relaxed); // `set` publishes it
        self.price_changed.set();
    }

    fn order(&self, pieces: u32) {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).push_back(pieces);
        self.ordered.set();
    }

    fn next_order(&self) -> Option<u32> {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// The event loop: serves until it is told to stop. Returns the number of pieces sold.
fn counter(shop: &Shop) -> u32 {
    let (mut price, mut sold, mut income) = (0, 0, 0);
    loop {
        match WaitAny::new(&[&shop.price_changed, &shop.ordered, &shop.tick, &shop.stop]).wait() {
            0 => {
                price = shop.price.load(Relaxed);
                println!("counter: the price is {price} now");
            }
            1 => {
                while let Some(pieces) = shop.next_order() {
                    sold += pieces;
                    income += pieces * price;
                }
            }
            2 => println!("counter: sold {sold} pieces for {income} so far"),
            _ => break,
        }
    }
    println!("counter: closed; sold {sold} pieces for {income}");
    sold
}

/// The timer: a source like the others. It sleeps on `stop`, so it ends with the shop.
fn clock(shop: &Shop) {
    while !shop.stop.wait_for(TICK) {
        shop.tick.set();
    }
}

/// A service that the customers need.
struct Service {
    name: &'static str,
    starts_in: Duration,
    ready: ManualResetEvent,
}

impl Service {
    const fn new(name: &'static str, milliseconds: u64) -> Self {
        let starts_in = Duration::from_millis(milliseconds);
        Self { name, starts_in, ready: ManualResetEvent::new(EventState::Unset) }
    }

    fn start(&self) {
        sleep(self.starts_in);
        self.ready.set();
    }
}

/// The customers: come in when all services are ready. Returns the number of pieces ordered.
fn customers(shop: &Shop, services: &[Service]) -> u32 {
    let ready: Vec<&dyn Event> = services.iter().map(|service| &service.ready as _).collect();
    while !WaitAll::new(&ready).wait_for(Duration::from_millis(75)) {
        let missing = services.iter().filter(|service| !service.ready.is_set());
        let missing: Vec<_> = missing.map(|service| service.name).collect();
        println!("customers: waiting for {}", missing.join(", "));
    }

    println!("customers: coming in");
    (1..=100)
        .inspect(|&pieces| {
            shop.order(pieces);
            match pieces {
                30 => shop.change_price(4),
                60 => shop.change_price(2),
                _ => {}
            }
            sleep(Duration::from_millis(5));
        })
        .sum()
}

fn main() {
    let shop = Shop::default();
    let services = [
        Service::new("the lights", 50),
        Service::new("the stock", 250),
        Service::new("the till", 170),
    ];
    shop.change_price(3);

    thread::scope(|s| {
        for service in &services {
            s.spawn(|| service.start());
        }
        s.spawn(|| clock(&shop));
        let counter = s.spawn(|| counter(&shop));
        let customers = s.spawn(|| customers(&shop, &services));

        let ordered = customers.join();
        shop.stop.set(); // even if the customers have panicked
        let sold = counter.join();
        assert_eq!(sold.ok(), ordered.ok(), "nobody left without having been served");
    });
}
