//! The progress of the program, on the standard error stream.

use rsevents_benches::Question;
use std::io::{IsTerminal, Write, stderr};

pub(crate) struct Progress {
    questions: usize,
    asked: usize,
    id: String,
    terminal: bool,
}

impl Progress {
    pub(crate) fn new(questions: usize) -> Self {
        Self { questions, asked: 0, id: String::new(), terminal: stderr().is_terminal() }
    }

    /// Reports a new question. Where lines cannot be redrawn, nothing else is reported.
    pub(crate) fn next(&mut self, question: &Question) {
        self.asked += 1;
        self.id.clone_from(&question.id);
        if !self.terminal {
            eprintln!("{}", self.line());
        }
    }

    pub(crate) fn round(&self, round: usize) {
        self.redraw(&format!("{} round {round}", self.line()));
    }

    pub(crate) fn clear(&self) {
        self.redraw("");
    }

    fn line(&self) -> String {
        format!("[{}/{}] {}", self.asked, self.questions, self.id)
    }

    fn redraw(&self, text: &str) {
        if self.terminal {
            eprint!("\r\x1b[K{text}");
            // A progress line that cannot be shown does no harm.
            let _ = stderr().flush();
        }
    }
}
