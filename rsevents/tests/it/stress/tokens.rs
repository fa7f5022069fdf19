//! Auto-reset events as tokens: a thread that takes the signal of one is its only holder until it
//! sets the event again. Whatever the way they are taken, no token is lost or invented.

use super::plain::Plain;
use super::{End, stress};
use crate::random::Random;
use crate::substrate::{SET, byte};
use rsevents::{AutoResetEvent, Awaitable, Event, EventState, ManualResetEvent, WaitAll, WaitAny};
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

struct Token {
    event: AutoResetEvent,
    held: AtomicBool,
    /// How often the token was taken. The variable belongs to the holder.
    taken: Plain<usize>,
}

impl Token {
    fn new() -> Self {
        Self {
            event: AutoResetEvent::new(EventState::Set),
            held: AtomicBool::new(false),
            taken: Plain::new(0),
        }
    }

    fn take(&self) {
        assert!(!self.held.swap(true, Relaxed), "two threads hold the same token");
        // SAFETY: this thread is the only holder.
        let taken = unsafe { self.taken.get() };
        // SAFETY: as above.
        unsafe { self.taken.set(taken + 1) };
    }

    fn give_back(&self) {
        assert!(self.held.swap(false, Relaxed));
        self.event.set();
    }
}

fn events<'t>(tokens: &[&'t Token]) -> Vec<&'t dyn Event> {
    tokens.iter().map(|token| &token.event as &dyn Event).collect()
}

/// The tokens, and a gate that keeps opening and closing.
struct Table {
    tokens: Vec<Token>,
    gate: ManualResetEvent,
}

/// A thread that takes tokens in every way there is.
struct Player<'t> {
    table: &'t Table,
    random: Random,
}

impl<'t> Player<'t> {
    fn play(&mut self, end: End) {
        while !end.is_near() {
            let taken = match self.random.below(5) {
                0 | 1 => self.take_one(),
                2 | 3 => self.take_any(),
                _ => self.take_all(),
            };
            for token in &taken {
                token.take();
            }
            for _ in 0..self.random.below(200) {
                spin_loop();
            }
            for token in &taken {
                token.give_back();
            }
        }
    }

    /// Returns a timeout from zero to about the time that parking takes.
    fn limit(&mut self) -> Duration {
        Duration::from_micros(self.random.below(60) as u64)
    }

    /// Chooses up to `most` tokens, in random order.
    fn choose(&mut self, most: usize) -> Vec<&'t Token> {
        let mut tokens = self.table.tokens.iter().collect::<Vec<_>>();
        self.random.shuffle(&mut tokens);
        tokens.truncate(1 + self.random.below(most.min(tokens.len())));
        tokens
    }

    fn take_one(&mut self) -> Vec<&'t Token> {
        let mut chosen = self.choose(1);
        let event = &chosen[0].event;
        let taken = match self.random.below(4) {
            0 => event.wait0(),
            1 => event.wait_for(self.limit()),
            2 => event.wait_until(Instant::now() + self.limit()),
            _ => {
                event.wait();
                true
            }
        };
        chosen.truncate(taken.into());
        chosen
    }

    fn take_any(&mut self) -> Vec<&'t Token> {
        let tokens = self.choose(12);
        let events = events(&tokens);
        let any = WaitAny::new(&events);
        let taken = match self.random.below(3) {
            0 => any.try_wait0().ok(),
            1 => any.try_wait_for(self.limit()).ok(),
            _ => Some(any.wait()),
        };
        taken.map(|index| tokens[index]).into_iter().collect()
    }

    /// Takes several tokens, sometimes together with an open gate.
    fn take_all(&mut self) -> Vec<&'t Token> {
        let tokens = self.choose(3);
        let mut events = events(&tokens);
        if self.random.below(2) == 0 {
            events.insert(self.random.below(events.len() + 1), &self.table.gate);
        }
        let all = WaitAll::new(&events);
        let taken = match self.random.below(3) {
            0 => all.wait0(),
            1 => all.wait_for(self.limit()),
            _ => {
                all.wait();
                true
            }
        };
        if taken { tokens } else { Vec::new() }
    }
}

fn play(threads: usize, tokens: usize) {
    stress(move |end| {
        let tokens = (0..tokens).map(|_| Token::new()).collect();
        let table = Table { tokens, gate: ManualResetEvent::default() };
        thread::scope(|s| {
            for seed in 0..threads {
                let mut player = Player { table: &table, random: Random::new(seed) };
                s.spawn(move || player.play(end));
            }
            let mut random = Random::new(threads);
            while !end.is_near() {
                match random.below(3) {
                    0 => table.gate.set(),
                    1 => table.gate.reset(),
                    _ => table.gate.pulse(),
                }
                thread::yield_now();
            }
            // The last players may wait for the gate without a timeout.
            table.gate.set();
        });
        for token in &table.tokens {
            assert_eq!(byte(&token.event), SET, "the token is lost");
            // SAFETY: all other threads have ended.
            assert!(unsafe { token.taken.get() } > 0);
        }
        assert_eq!(byte(&table.gate), SET);
    });
}

#[test]
fn no_token_is_lost_or_invented_among_3_threads() {
    play(3, 2);
}

#[test]
fn no_token_is_lost_or_invented_among_8_threads() {
    play(8, 20);
}

#[test]
fn no_token_is_lost_or_invented_among_64_threads() {
    play(64, 5);
}
