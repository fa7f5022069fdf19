//! The word of a semaphore: how many permits are available, how many exist, two flags, and how often a
//! thread that was woken has been passed.

use crate::primitive::Word;
use std::fmt;

/// Bits for each number: 16, or 15 where the largest atomic has 32 bits.
const BITS: u32 = if Word::BITS == 64 { 16 } else { 15 };
const MASK: Word = (1 << BITS) - 1;
const TOTAL_SHIFT: u32 = BITS;
/// Threads sleep, and no permit that comes may pass them unseen.
const ASLEEP: Word = 1 << (2 * BITS);
/// The available permits are put aside for the thread that has slept for longest.
const RESERVED: Word = 1 << (2 * BITS + 1);
const PASSED_SHIFT: u32 = (2 * BITS + 2) % Word::BITS;
/// So often permits are given past a thread that was woken and has not tried yet, before somebody
/// looks after the sleepers. Where the word has no room to count that, it is always; and a model has no
/// time for many.
pub(super) const MOST_PASSED: Word = match Word::BITS {
    64 if cfg!(rsevents_loom) => 3,
    64 => 63,
    _ => 0,
};
const PASSED: Word = MOST_PASSED << PASSED_SHIFT;

/// The most permits a semaphore can have.
pub(super) const MOST: u16 = if BITS == 16 { u16::MAX } else { u16::MAX >> 1 };

/// One value of the word. Plain arithmetic: callers see to it that no number leaves its range.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Permits(pub(super) Word);

impl Permits {
    pub(super) const fn new(available: u16, total: u16) -> Self {
        Self(available as Word | (total as Word) << TOTAL_SHIFT)
    }

    /// Permits that nobody holds, put aside or not.
    pub(super) const fn idle(self) -> u16 {
        (self.0 & MASK) as u16
    }

    /// Permits that a newcomer can take.
    pub(super) const fn available(self) -> u16 {
        if self.0 & RESERVED == 0 { self.idle() } else { 0 }
    }

    /// Permits that exist: idle or held.
    pub(super) const fn total(self) -> u16 {
        (self.0 >> TOTAL_SHIFT & MASK) as u16
    }

    /// Whether permits that come must be offered to sleeping threads.
    pub(super) const fn wanted(self) -> bool {
        self.0 & (ASLEEP | RESERVED) != 0 || (MOST_PASSED > 0 && self.0 & PASSED == PASSED)
    }

    /// Whether nobody sleeps, or is on its way to permits after it has slept.
    pub(super) const fn quiet(self) -> bool {
        self.0 >> (2 * BITS) == 0
    }

    /// With `n` more that are idle, and, if they are `new`, that exist.
    pub(super) const fn give(self, n: u16, new: bool) -> Self {
        let n = n as Word;
        Self(self.0 + n + if new { n << TOTAL_SHIFT } else { 0 })
    }

    /// With one more gift that passed the thread on its way, if there is one.
    pub(super) const fn passing(self) -> Self {
        if self.0 & PASSED == 0 { self } else { Self(self.0 + (1 << PASSED_SHIFT)) }
    }

    /// With a thread on its way, or without one. The count goes on if there was one before.
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

    /// `None`: fewer than `n` are available.
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

    /// What a word says.
    fn view(it: Permits) -> (u16, u16, u16, bool, bool, bool) {
        (it.idle(), it.available(), it.total(), it.wanted(), it.reserved(), it.quiet())
    }

    /// The words of all flags and of numbers from one end to the other, with what they say.
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

    /// Where it can be counted, and else at once, the one on its way is not passed for ever.
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
