//! Runs the examples as a user would. Every example ends by itself, and `dispatch` counts correctly.

#[expect(dead_code, reason = "an example, of which a part is tested")]
#[path = "../examples/countdown.rs"]
mod countdown;
mod process;

use process::{Ended, LIMIT, example, finish, run};
use std::fs;
use std::io::{BufRead, BufReader};
use std::ops::Deref;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc::channel;
use std::thread;

#[test]
fn every_example_ends_by_itself() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for source in fs::read_dir(sources).expect("the folder of the examples is there") {
        let source = source.expect("it can be read").path();
        let name = source.file_stem().and_then(|stem| stem.to_str()).expect("a name is text");
        let Ended { code, stderr, .. } = run(&mut example(name));
        assert_eq!(code, Some(0), "{name}: {stderr}");
    }
}

#[test]
fn examples_end_quietly_if_nobody_reads_their_output_to_its_end() {
    for (name, lines) in [("abort_flag", 1), ("semaphore", 3), ("semaphore", 4), ("countdown", 0)] {
        let mut command = example(name);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let read = output.lines().take(lines).map_while(Result::ok).count();
        let Ended { code, stderr, .. } = finish(child);
        assert_eq!((read, code, &*stderr), (lines, Some(0), ""), "{name}");
    }
}

/// Items for which no worker is left are not waited for.
#[test]
fn countdown_ends_though_all_its_workers_panic() {
    let (sender, outcome) = channel();
    thread::spawn(move || {
        let batch: Vec<_> = (0..200).map(|n| countdown::Item::new(n.to_string().into())).collect();
        let mut report = Vec::new();
        let well = countdown::run(&batch, |_| resume_unwind(Box::new("on purpose")), &mut report);
        sender.send((well.unwrap(), String::from_utf8(report).unwrap())).unwrap();
    });
    let (well, report) = outcome.recv_timeout(LIMIT).expect("it ends");
    assert!(!well && report.starts_with("200 files; 0 "), "{report}");
}

#[test]
fn countdown_finds_files_with_the_same_content() {
    let root = Folder::new("same_content");
    for (name, content) in [("a", "same"), ("b/c", "same"), ("b/d", "Same"), ("e", "")] {
        write(&root.join(name), content.as_bytes());
    }
    let Ended { code, stdout, stderr } = run(example("countdown").arg(&*root));
    assert_eq!((code, &*stderr), (Some(0), ""));
    assert_eq!(stdout.lines().next(), Some("2 files of 4 bytes each:"), "{stdout}");
    assert!(
        stdout.ends_with("4 files; 1 are there more than once, and waste 4 bytes\n"),
        "{stdout}"
    );
}

#[test]
fn countdown_explains_itself() {
    let Ended { code, stdout, stderr } = run(example("countdown").arg("--help"));
    assert_eq!((code, &*stderr), (Some(0), ""));
    assert!(stdout.contains("usage") && stdout.contains("same content"), "{stdout}");
    for args in [&["--no-such-option"][..], &[""], &["a", "b"]] {
        let Ended { code, stdout, stderr } = run(example("countdown").args(args));
        assert_eq!((code, &*stdout), (Some(2), ""));
        assert!(stderr.contains("usage"), "{stderr}");
    }
}

#[test]
fn semaphore_explains_itself() {
    let Ended { code, stdout, .. } = run(&mut example("semaphore"));
    assert_eq!(code, Some(0));
    let lines: Vec<_> = stdout.lines().take(3).collect();
    assert!(lines[0].contains("workers") && lines[1].contains("limit"), "{stdout}");
    assert!(lines[2].contains("script"), "{stdout}");
}

/// A folder for one test, which removes it at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        if path.exists() {
            fs::remove_dir_all(&path).expect("what a killed run left can be removed");
        }
        fs::create_dir_all(&path).expect("the target directory is writable");
        Self(path)
    }
}

impl Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A failure here must not panic during unwinding. The next run will show it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Writes a file, and creates its parent folders.
fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().expect("it is in a folder")).unwrap();
    fs::write(path, content).unwrap();
}

/// Returns lines, words, bytes and files from the last line that `dispatch` prints.
fn totals(stdout: &str) -> [u64; 4] {
    let last = stdout.lines().last().expect("there are totals");
    let mut numbers = last.split_whitespace().filter_map(|word| word.parse().ok());
    [(); 4].map(|()| numbers.next().unwrap_or_else(|| panic!("four numbers in {last:?}")))
}

#[test]
fn dispatch_counts_like_wc() {
    let root = Folder::new("counts_like_wc");
    write(&root.join("plain"), b"one two\nthree\n"); // 2 lines, 3 words, 14 bytes
    write(&root.join("a/no newline"), b"a  b"); // 0, 2, 4
    write(&root.join("a/empty"), b"");
    // 1, 2, 13: invisible bytes between white space are not a word.
    write(&root.join("a/b/not utf-8"), b"\xff\xfe \xc3( ok\x0b\x0c\r\0\n");
    // 1, 100,000, 500,001: words cross the boundaries of the pieces that are read.
    write(&root.join("a/b/c/long"), ("word ".repeat(100_000) + "\n").as_bytes());

    let Ended { code, stdout, stderr } = run(example("dispatch").arg(&*root).env("LC_ALL", "C"));
    assert_eq!(totals(&stdout), [4, 100_007, 500_032, 5], "{stdout}");
    assert_eq!((code, &*stderr), (Some(0), ""), "no progress line without a terminal");
    let first = stdout.lines().nth(1).expect("there is a largest file");
    assert!(first.ends_with("long"), "{stdout}");
}

#[test]
fn dispatch_counts_words_by_the_locale() {
    let root = Folder::new("locale");
    // An arrow alone, two words with a wide space between them, and two bytes that are no character. The
    // first piece that is read ends within the arrow.
    let filler = "-".repeat(128 * 1024 - 4);
    let text = [filler.as_bytes(), " a → b\u{3000}c ".as_bytes(), b"\xff\xfe\n"].concat();
    write(&root.join("text"), &text);
    for (locale, words) in [("C", 3), ("C.UTF-8", 5)] {
        let ended = run(example("dispatch").arg(&*root).env("LC_ALL", locale));
        assert_eq!(totals(&ended.stdout), [1, words, text.len() as u64, 1], "{locale}");
    }
}

#[test]
fn dispatch_reports_what_it_cannot_read_and_counts_the_rest() {
    let root = Folder::new("unreadable");
    write(&root.join("readable"), b"all is well\n");
    let missing = root.join("missing");
    let Ended { code, stdout, stderr } = run(example("dispatch").args([&*missing, &*root]));
    assert_eq!(totals(&stdout), [1, 3, 12, 1]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("could not be read: 1\n"), "{stderr}");
    assert!(stderr.contains(&format!("{}: ", missing.display())), "{stderr}");
}

#[test]
fn dispatch_refuses_an_unknown_option() {
    let Ended { code, stdout, stderr } = run(example("dispatch").arg("--no-such-option"));
    assert_eq!((code, &*stdout), (Some(2), ""));
    assert!(stderr.contains("usage"), "{stderr}");
}

#[test]
fn dispatch_refuses_an_empty_argument() {
    let Ended { code, stdout, stderr } = run(example("dispatch").args([".", ""]));
    assert_eq!((code, &*stdout), (Some(2), ""));
    assert!(stderr.contains("empty") && stderr.contains("usage"), "{stderr}");
}

#[test]
fn dispatch_does_not_mind_if_nobody_reads_its_output() {
    // After a program has ended, a pipe to its input has no reader.
    let mut ended = example("dispatch");
    let ended = ended.arg("--no-such-option").stdin(Stdio::piped()).stderr(Stdio::null());
    let mut ended = ended.spawn().unwrap();
    let writer = ended.stdin.take().unwrap();
    ended.wait().unwrap();
    let root = Folder::new("broken_pipe");
    let mut command = example("dispatch");
    let child = command.arg(&*root).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
    let Ended { code, stderr, .. } = finish(child);
    assert_eq!((code, &*stderr), (Some(0), ""));
}

#[cfg(unix)]
#[test]
fn dispatch_is_not_caught_in_a_loop_of_links() {
    use std::os::unix::fs::symlink;

    let root = Folder::new("links");
    write(&root.join("file"), b"once\n");
    symlink("..", root.join("parent")).unwrap();
    symlink("file", root.join("again")).unwrap();
    symlink("itself", root.join("itself")).unwrap();
    let Ended { code, stdout, stderr } = run(example("dispatch").arg(&*root));
    assert_eq!(totals(&stdout), [1, 1, 5, 1]);
    assert_eq!((code, &*stderr), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn dispatch_stops_on_ctrl_c() {
    let root = Folder::new("ctrl_c");
    write(&root.join("small"), b"done long before\n");
    // More zeros than can be counted in the time of a test.
    fs::File::create(root.join("endless")).and_then(|file| file.set_len(1 << 40)).unwrap();
    let mut command = example("dispatch");
    command.args([root.join("small"), root.join("endless")]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    process::interrupt(&child);
    let Ended { code, stdout, stderr } = finish(child);
    assert_eq!(code, Some(130), "{stderr}");
    assert!(stderr.contains("interrupted"), "{stderr}");
    assert!(!stdout.contains("endless"), "{stdout}");
}
