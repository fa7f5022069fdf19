//! Counting the way `wc` counts.

use rsevents::ManualResetEvent;
use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::ops::AddAssign;
use std::path::Path;

/// What `wc` says about a file.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) lines: u64,
    pub(crate) words: u64,
    pub(crate) bytes: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.words += other.words;
        self.bytes += other.bytes;
    }
}

/// Which bytes can be seen, beyond those of ASCII: a word has at least one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Alphabet {
    /// None: the C locale.
    Ascii,
    /// All: they are parts of characters, in a locale of UTF-8.
    Utf8,
}

impl Alphabet {
    /// That of the user's locale, which the same three variables tell to `wc`.
    pub(crate) fn from_env() -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter_map(|name| env::var(name).ok())
            .find(|value| !value.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") { Self::Utf8 } else { Self::Ascii }
    }

    fn shows(self, byte: u8) -> bool {
        byte.is_ascii_graphic() || (self == Self::Utf8 && !byte.is_ascii())
    }
}

/// Counts a stream of bytes that comes in pieces.
struct Counter {
    counts: Counts,
    alphabet: Alphabet,
    in_word: bool,
}

impl Counter {
    fn add(&mut self, piece: &[u8]) {
        for &byte in piece {
            if matches!(byte, b' ' | b'\t'..=b'\r') {
                self.counts.lines += u64::from(byte == b'\n');
                self.in_word = false;
            } else if !self.in_word && self.alphabet.shows(byte) {
                self.counts.words += 1;
                self.in_word = true;
            }
        }
        self.counts.bytes += piece.len() as u64;
    }
}

/// Counts one file, with `buffer` for its pieces, and tells `advanced` of each. `None` if `stop` was
/// set before the end.
pub(crate) fn count(
    path: &Path,
    alphabet: Alphabet,
    buffer: &mut [u8],
    stop: &ManualResetEvent,
    mut advanced: impl FnMut(u64),
) -> io::Result<Option<Counts>> {
    let mut file = File::open(path)?;
    let mut counter = Counter { counts: Counts::default(), alphabet, in_word: false };
    while !stop.is_set() {
        match file.read(buffer) {
            Ok(0) => return Ok(Some(counter.counts)),
            Ok(length) => {
                counter.add(&buffer[..length]);
                advanced(length as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}
