//! Starts an example, and waits for its end, but not for ever.

use rsevents::{Awaitable, ManualResetEvent};
use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

/// No example may take longer than this.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Ended {
    /// `None` if a signal ended the program.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Returns the example that was built together with this test.
pub(crate) fn example(name: &str) -> Command {
    let test = env::current_exe().expect("the test knows where it is");
    let profile = test.ancestors().nth(2).expect("it is in <profile>/deps");
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let path: PathBuf = [profile.as_os_str(), "examples".as_ref(), file.as_ref()].iter().collect();
    assert!(path.exists(), "{} is missing: `cargo test --workspace` builds it", path.display());
    let mut command = Command::new(path);
    command.stdin(Stdio::null());
    command
}

/// Runs the program to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    finish(child.expect("the example can be started"))
}

/// Waits for the end of a program. Its output must end with it.
pub(crate) fn finish(mut child: Child) -> Ended {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let ended = ManualResetEvent::default();
    let (mut child, stdout, stderr) = thread::scope(|s| {
        let watchdog = s.spawn(|| {
            if !ended.wait_for(LIMIT) {
                child.kill().expect("a process may kill its child");
            }
            child
        });
        let stdout = s.spawn(|| read(stdout));
        let stderr = read(stderr);
        let stdout = stdout.join();
        ended.set();
        (watchdog.join().unwrap(), stdout.unwrap(), stderr)
    });
    let status = child.wait().expect("a process may wait for its child");
    Ended { code: status.code(), stdout, stderr }
}

fn read(pipe: Option<impl Read>) -> String {
    let mut text = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut text).expect("a pipe can be read");
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// Sends the signal of Ctrl-C, once the program handles it, or will clearly never handle it.
#[cfg(target_os = "linux")]
pub(crate) fn interrupt(child: &Child) {
    const SIGINT: u64 = 1 << 1;
    let status = format!("/proc/{}/status", child.id());
    let is_prepared = || {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
        caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap_or(0) & SIGINT != 0)
    };
    let deadline = Instant::now() + LIMIT;
    // The state belongs to another process, so it can only be polled.
    while !is_prepared() && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(1));
    }
    let killed = Command::new("kill").arg("-INT").arg(child.id().to_string()).status();
    assert!(killed.is_ok_and(|status| status.success()), "`kill` works");
}
