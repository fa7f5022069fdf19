//! Asks every question of every contender, in interleaved rounds, and compares the answers.
//!
//! ```sh
//! cargo run --release -p rsevents-benches --bin compare -- --help
//! ```

mod chart;
mod competitor;
mod date;
mod json;
mod options;
mod progress;
mod record;
mod rounds;
mod statistics;
mod table;

use options::{Command, Options};
use progress::Progress;
use record::Record;
use rounds::{Answer, ask};
use rsevents_benches::{OURS, Question, describe_machine, questions, restrict_to_processors};
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(Command::Run(options)) => options,
        Ok(Command::Help) => {
            print!("{}", options::HELP);
            return ExitCode::SUCCESS;
        }
        Ok(Command::List) => {
            for question in questions::all() {
                println!("{:28} {}", question.id, question.title);
            }
            return ExitCode::SUCCESS;
        }
        Ok(Command::Draw(files, directory)) => return exit_code(redraw(&files, &directory)),
        Err(complaint) => {
            eprintln!("{complaint}\n\n{}", options::HELP);
            return ExitCode::from(2);
        }
    };
    if let Some(count) = options.processors
        && let Err(complaint) = restrict_to_processors(count)
    {
        eprintln!("{complaint}");
        return ExitCode::from(2);
    }
    let answers = run(&options);
    match write(&options, &answers) {
        Ok(()) if answers.iter().any(|answer| answer.failure(OURS).is_some()) => ExitCode::FAILURE,
        result => exit_code(result),
    }
}

fn exit_code(result: io::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Vec<Answer> {
    let (questions, impossible): (Vec<Question>, Vec<_>) = questions::all()
        .into_iter()
        .filter(|question| options.wants(question))
        .partition(Question::can_be_asked);
    for question in impossible {
        eprintln!("left out: {} (needs more processors to pin threads to)", question.title);
    }
    println!("{}\n\n{}", describe_machine(), table::HEAD);
    let mut progress = Progress::new(questions.len());
    questions
        .into_iter()
        .map(|mut question| {
            question.contenders.retain(|contender| options.admits(question.baseline, contender));
            progress.next(&question);
            let answer = ask(question, &options.pace(), |round| progress.round(round));
            progress.clear();
            print!("{}", table::Lines(&answer));
            answer
        })
        .collect()
}

fn write(options: &Options, answers: &[Answer]) -> io::Result<()> {
    let record = Record(json::document(answers));
    if let Some(path) = &options.json {
        record.write(path)?;
    }
    if let Some(directory) = &options.svg {
        chart::draw(&[record], directory)?;
    }
    Ok(())
}

fn redraw(files: &[PathBuf], directory: &Path) -> io::Result<()> {
    let records: io::Result<Vec<_>> = files.iter().map(|file| Record::read(file)).collect();
    chart::draw(&records?, directory)
}
