//! What the compiler makes of the fast paths: no call, and at most one atomic read-modify-write.
//!
//! The test compiles `wrappers.rs` to assembly by itself. It follows every path through each function that
//! returns without leaving the function. To see how long the paths are:
//!
//! ```sh
//! cargo test -p rsevents-benches --test fast_paths -- --nocapture
//! ```

#![cfg(not(miri))]

mod assembly;

use assembly::{Path, paths};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::{fs, io};

#[test]
fn fast_paths_are_one_instruction_that_locks_or_none() {
    if !cfg!(all(target_arch = "x86_64", unix)) {
        eprintln!("skipped: reads the assembly of x86-64 only");
        return;
    }
    let Some(assembly) = compile() else {
        eprintln!("skipped: there is no cargo here to compile with");
        return;
    };
    // With how many locked instructions a call can return without calling anything. A wait that may fail also
    // returns with none: a poll of an unset event, or a wait with a timeout of zero.
    for (function, expected) in [
        ("auto_set", &[1][..]),
        ("auto_reset", &[1]),
        ("auto_is_set", &[0]),
        ("auto_wait", &[1]),
        ("auto_wait_for", &[0, 1]),
        ("auto_wait0", &[0, 1]),
        ("manual_set", &[1]),
        ("manual_reset", &[1]),
        ("manual_is_set", &[0]),
        ("manual_wait", &[0]),
        ("manual_wait_for", &[0]),
        ("manual_wait0", &[0]),
    ] {
        let paths = paths(&assembly, function);
        let locked: BTreeSet<usize> = paths.iter().map(|path| path.locked).collect();
        for locked in &locked {
            let lengths = paths.iter().filter(|path| path.locked == *locked);
            let shortest = lengths.map(|path| path.instructions).min().unwrap_or_default();
            println!("{function:16} {locked} locked, {shortest} instructions");
        }
        assert!(locked.iter().eq(expected), "{function}: {paths:?}");
    }
}

/// Returns the assembly of the wrappers, or `None` if the tests run on a machine other than the one that
/// built them.
fn compile() -> Option<String> {
    let workspace = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let wrappers = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fast_paths/wrappers.rs");
    let crate_directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fast_paths");
    let manifest = format!(
        "[package]\nname = \"wrappers\"\nedition = \"2024\"\n\n[lib]\npath = '{wrappers}'\n\n\
         [dependencies]\nrsevents.path = '{}'\n\n[workspace]\n",
        workspace.join("rsevents").display(),
    );
    if fs::metadata(wrappers).is_err() {
        return None;
    }
    fs::create_dir_all(&crate_directory).unwrap();
    fs::write(crate_directory.join("Cargo.toml"), manifest).unwrap();
    fs::copy(workspace.join("Cargo.lock"), crate_directory.join("Cargo.lock")).unwrap();
    let output = crate_directory.join("wrappers.s");

    let status = Command::new(env!("CARGO"))
        .args(["rustc", "--quiet", "--release", "--lib", "--offline", "--manifest-path"])
        .arg(crate_directory.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(crate_directory.join("target"))
        .args(["--", "-Ccodegen-units=1"])
        .arg(format!("--emit=asm={}", output.display()))
        .current_dir(workspace)
        // Without the flags of instrumented builds, because the test is about what users get.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("CARGO_BUILD_TARGET")
        .status();
    match status {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        status => assert!(status.unwrap().success(), "the wrappers do not compile"),
    }
    Some(fs::read_to_string(output).unwrap())
}

#[test]
fn paths_are_found_in_assembly() {
    let assembly = "\
f:
\t.cfi_startproc
\tmovzbl\t(%rdi), %eax
\tcmpb\t$1, %al
\tja\t.LBB0_2
\tlock\t\tcmpxchgb\t%cl, (%rdi)
\tjne\t.LBB0_2
.LBB0_1:
\tretq
.LBB0_2:
\tcallq\tslow
\tjmp\t.LBB0_1
.Lfunc_end0:
g = f
";
    let expected = [Path { instructions: 6, locked: 1 }];
    assert_eq!(paths(assembly, "f"), expected);
    assert_eq!(paths(assembly, "g"), expected);
}
