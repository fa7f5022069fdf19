//! Counting as `wc` does.

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

/// Which characters beyond ASCII are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// None: the C locale.
    Ascii,
    /// All of Unicode.
    Utf8,
}

impl Charset {
    /// Returns the characters of the user's locale, which `wc` finds in the same three variables.
    pub(crate) fn from_env() -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .filter_map(|name| env::var(name).ok())
            .find(|value| !value.is_empty())
            .unwrap_or_default()
            .to_ascii_lowercase();
        if locale.contains("utf-8") || locale.contains("utf8") { Self::Utf8 } else { Self::Ascii }
    }
}

/// Counts a stream of bytes that comes in pieces.
struct Counter {
    charset: Charset,
    counts: Counts,
    in_word: bool,
    /// The bytes of an incomplete character beyond ASCII.
    begun: Vec<u8>,
}

impl Counter {
    fn new(charset: Charset) -> Self {
        Self { charset, counts: Counts::default(), in_word: false, begun: Vec::new() }
    }

    fn add(&mut self, piece: &[u8]) {
        self.counts.bytes += piece.len() as u64;
        for &byte in piece {
            if byte.is_ascii() {
                self.begun.clear();
                self.add_char(byte.into());
            } else if self.charset == Charset::Utf8 {
                self.add_beyond_ascii(byte);
            }
        }
    }

    /// Adds a byte beyond ASCII. If it is not part of a character, it counts only as a byte.
    fn add_beyond_ascii(&mut self, byte: u8) {
        self.begun.push(byte);
        let character = loop {
            match std::str::from_utf8(&self.begun) {
                Ok(text) => break text.chars().next(),
                Err(error) if error.error_len().is_none() => return, // the next piece has the rest
                Err(_) => drop(self.begun.remove(0)),
            }
        };
        self.begun.clear();
        if let Some(character) = character {
            self.add_char(character);
        }
    }

    fn add_char(&mut self, character: char) {
        if character.is_whitespace() {
            self.counts.lines += u64::from(character == '\n');
            self.in_word = false;
        } else if !self.in_word && !character.is_control() {
            self.counts.words += 1;
            self.in_word = true;
        }
    }
}

/// Counts one file, using `buffer` for its pieces, and calls `advanced` for each piece. Returns `None` if
/// `stop` was set before the end.
pub(crate) fn count(
    path: &Path,
    charset: Charset,
    buffer: &mut [u8],
    stop: &ManualResetEvent,
    mut advanced: impl FnMut(u64),
) -> io::Result<Option<Counts>> {
    let mut file = File::open(path)?;
    let mut counter = Counter::new(charset);
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
