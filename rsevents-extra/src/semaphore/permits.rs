//! The word of a semaphore: how many permits are idle and how many exist, two flags, and how many gifts have
//! passed the woken sleeper. (`raw.rs` explains the terms.)

use crate::primitive::Word;
use std::fmt;

/// The number of bits of each count: 16, or 15 where the largest atomic has 32 bits.
const BITS: u32 = if Word::BITS == 64 { 16 } else { 15 };
const MASK: Word = (1 << BITS) - 1;
const TOTAL_SHIFT: u32 = BITS;
/// Sleepers are queued and none is woken. So every gift must take the lock and deal its permits out.
const ASLEEP: Word = 1 << (2 * BITS);
/// The idle permits are reserved for the first sleeper.
const RESERVED: Word = 1 << (2 * BITS + 1);
const PASSED_SHIFT: u32 = (2 * BITS + 2) % Word::BITS;
/// The largest value of the pass counter, at which the next gift takes the lock and checks whether a
/// hand-over is due. The counter is zero if no sleeper is woken, and starts at one. A word of 32 bits has no
/// room for it, so there every gift takes the lock. A loom model has no time for many passes.
pub(super) const MOST_PASSED: Word = match Word::BITS {
    64 if cfg!(rsevents_loom) => 3,
    64 => 63,
    _ => 0,
};
const PASSED: Word = MOST_PASSED << PASSED_SHIFT;

/// The most permits a semaphore can have.
pub(super) const MOST: u16 = if BITS == 16 { u16::MAX } else { u16::MAX >> 1 };

/// One value of the word. The arithmetic is not checked: callers ensure that every number stays in its range.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Permits(pub(super) Word);

impl Permits {
    pub(super) const fn new(available: u16, total: u16) -> Self {
        Self(available as Word | (total as Word) << TOTAL_SHIFT)
    }

    /// Returns how many permits nobody holds, reserved or not.
    pub(super) const fn idle(self) -> u16 {
        (self.0 & MASK) as u16
    }

    /// Returns how many permits a newcomer can acquire.
    pub(super) const fn available(self) -> u16 {
        if self.0 & RESERVED == 0 { self.idle() } else { 0 }
    }

    /// Returns how many permits exist, idle or held.
    pub(super) const fn total(self) -> u16 {
        (self.0 >> TOTAL_SHIFT & MASK) as u16
    }

    /// Returns whether every gift must take the lock and deal its permits out:
    /// * sleepers are queued and none is woken;
    /// * the idle permits are reserved; or
    /// * the count of passes is at its maximum, so a hand-over may be due.
    pub(super) const fn wanted(self) -> bool {
        self.0 & (ASLEEP | RESERVED) != 0 || (MOST_PASSED > 0 && self.0 & PASSED == PASSED)
    }

    /// Returns whether the queue is empty.
    pub(super) const fn quiet(self) -> bool {
        self.0 >> (2 * BITS) == 0
    }

    /// Returns the word with `n` more idle permits. If they are `new`, the total grows by `n`, too.
    pub(super) const fn give(self, n: u16, new: bool) -> Self {
        let n = n as Word;
        Self(self.0 + n + if new { n << TOTAL_SHIFT } else { 0 })
    }

    /// Returns the word with one more pass counted, if a sleeper is woken.
    pub(super) const fn passing(self) -> Self {
        if self.0 & PASSED == 0 { self } else { Self(self.0 + (1 << PASSED_SHIFT)) }
    }

    /// Returns the word with or without a woken sleeper. If there was a woken sleeper before, the count of
    /// passes continues.
    pub(super) const fn with_woken(self, on: bool) -> Self {
        if MOST_PASSED == 0 {
            return if on { self.with_asleep(true) } else { self };
        }
        if on && self.0 & PASSED != 0 {
            return self;
        }
        Self(self.0 & !PASSED | (on as Word) << PASSED_SHIFT)
    }

    pub(super) const fn reserved(self) -> bool {
        self.0 & RESERVED != 0
    }

    /// Returns the word with `n` permits taken, or `None` if fewer are available.
    pub(super) const fn take(self, n: u16) -> Option<Self> {
        if self.available() < n { None } else { Some(Self(self.0 - n as Word)) }
    }

    pub(super) const fn with_idle(self, idle: u16) -> Self {
        Self(self.0 & !MASK | idle as Word)
    }

    pub(super) const fn with_total(self, total: u16) -> Self {
        Self(self.0 & !(MASK << TOTAL_SHIFT) | (total as Word) << TOTAL_SHIFT)
    }

    pub(super) const fn with_asleep(self, on: bool) -> Self {
        Self(if on { self.0 | ASLEEP } else { self.0 & !ASLEEP })
    }

    pub(super) const fn with_reserved(self, on: bool) -> Self {
        Self(if on { self.0 | RESERVED } else { self.0 & !RESERVED })
    }
}

impl fmt::Debug for Permits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (idle, total) = (self.idle(), self.total());
        write!(f, "{idle} of {total}, wanted: {}, reserved: {}", self.wanted(), self.reserved())
    }
}

#[cfg(test)]
mod tests {
    use super::{BITS, MOST, MOST_PASSED, Permits};

    /// Returns all that a word says.
    fn view(it: Permits) -> (u16, u16, u16, bool, bool, bool) {
        (it.idle(), it.available(), it.total(), it.wanted(), it.reserved(), it.quiet())
    }

    /// Returns words with all combinations of the flags and with numbers up to the largest, and what they
    /// say.
    fn words() -> impl Iterator<Item = (u16, u16, bool, bool, Permits)> {
        let numbers = [0, 1, 2, 0x1234, MOST - 1, MOST];
        let pairs = numbers.into_iter().flat_map(move |idle| numbers.map(|total| (idle, total)));
        pairs.flat_map(|(idle, total)| {
            [(false, false), (false, true), (true, false), (true, true)].map(
                |(asleep, reserved)| {
                    let word =
                        Permits::new(idle, total).with_asleep(asleep).with_reserved(reserved);
                    (idle, total, asleep, reserved, word)
                },
            )
        })
    }

    #[test]
    fn numbers_and_flags_do_not_touch_each_other() {
        for (idle, total, asleep, reserved, word) in words() {
            let expected = |idle, total, asleep, reserved| {
                let available = if reserved { 0 } else { idle };
                let wanted = asleep || reserved;
                (idle, available, total, wanted, reserved, !wanted)
            };
            assert_eq!(view(word), expected(idle, total, asleep, reserved));
            for n in [0, 3, MOST] {
                let (some, other) = (word.with_idle(n), word.with_total(n));
                assert_eq!(view(some), expected(n, total, asleep, reserved));
                assert_eq!(view(other), expected(idle, n, asleep, reserved));
            }
            for on in [false, true] {
                let (some, other) = (word.with_asleep(on), word.with_reserved(on));
                assert_eq!(view(some), expected(idle, total, on, reserved));
                assert_eq!(view(other), expected(idle, total, asleep, on));
            }
            for n in [0, 1, 0x1000].into_iter().filter(|n| MOST - idle.max(total) >= *n) {
                let (back, new) = (word.give(n, false), word.give(n, true));
                assert_eq!(view(back), expected(idle + n, total, asleep, reserved));
                assert_eq!(view(new), expected(idle + n, total + n, asleep, reserved));
            }
        }
    }

    /// No sleeper is passed for ever: passes are counted or, where the word has no room, not allowed.
    #[test]
    fn a_thread_on_its_way_is_counted_besides() {
        for (idle, total, asleep, reserved, word) in words() {
            let mut counted = word.with_woken(true);
            assert!(!counted.quiet());
            for passed in 1..=MOST_PASSED {
                let wanted = asleep || reserved || passed == MOST_PASSED;
                let expected =
                    (idle, if reserved { 0 } else { idle }, total, wanted, reserved, false);
                assert_eq!(view(counted), expected);
                if passed < MOST_PASSED {
                    counted = counted.passing();
                }
            }
            if MOST_PASSED > 0 {
                assert_eq!(counted.with_woken(false), word);
                assert_eq!(counted.with_woken(true), counted);
            } else {
                assert_eq!(counted, word.with_asleep(true));
                assert_eq!(counted.with_woken(false), counted);
            }
        }
    }

    #[test]
    fn a_woken_thread_is_not_passed_for_ever() {
        let mut word = Permits::new(1, 1).with_woken(true);
        let passed = std::iter::from_fn(|| {
            let wanted = word.wanted();
            word = word.passing();
            (!wanted).then_some(())
        });
        assert_eq!(passed.count(), if BITS == 16 { 62 } else { 0 });
        let gone = Permits::new(1, 1).with_woken(true).with_asleep(false).with_woken(false);
        assert_eq!(gone, Permits::new(1, 1));
        assert_eq!(gone.passing(), gone);
    }

    #[test]
    fn it_says_what_it_is() {
        let text = format!("{:?}", Permits::new(3, 5).with_reserved(true));
        assert_eq!(text, "3 of 5, wanted: true, reserved: true");
    }

    #[test]
    fn reserved_permits_are_not_available() {
        let some = Permits::new(3, 5);
        assert_eq!((some.available(), some.take(3)), (3, Some(Permits::new(0, 5))));
        assert_eq!(some.take(4), None);
        let reserved = some.with_reserved(true);
        assert_eq!(
            (reserved.available(), reserved.take(1), reserved.take(0)),
            (0, None, Some(reserved))
        );
    }
}
