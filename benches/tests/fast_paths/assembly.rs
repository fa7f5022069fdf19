//! A minimal parser of assembly, which follows the paths through a small function.

/// A path from a function's entry to a return that calls nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) instructions: usize,
    /// The number of atomic read-modify-writes.
    pub(crate) locked: usize,
}

/// Returns all such paths, but passes no instruction twice.
///
/// # Panics
///
/// Panics if there is no such function.
pub(crate) fn paths(assembly: &str, function: &str) -> Vec<Path> {
    let lines: Vec<&str> = body(assembly, function);
    let mut paths = Vec::new();
    let mut open = vec![(0, Vec::new())];
    while let Some((at, mut passed)) = open.pop() {
        let mut words = lines.get(at).into_iter().flat_map(|line| line.split_whitespace());
        let (Some(operation), target) = (words.next(), words.next()) else { continue };
        if passed.contains(&at) {
            continue;
        }
        passed.push(at);
        match operation {
            _ if operation.starts_with("ret") => paths.push(describe(&lines, &passed)),
            _ if operation.starts_with("call") => {}
            _ if operation.starts_with('j') => {
                // A jump out of the function is a tail call, so the path is left out.
                open.extend(
                    target.and_then(|name| label(&lines, name)).map(|to| (to, passed.clone())),
                );
                if !operation.starts_with("jmp") {
                    open.push((at + 1, passed));
                }
            }
            _ => open.push((at + 1, passed)),
        }
    }
    paths
}

/// Returns the lines of a function, or of the function that it is an alias of, without directives.
fn body<'a>(assembly: &'a str, function: &str) -> Vec<&'a str> {
    let alias = format!("{function} = ");
    if let Some(same) = assembly.lines().find_map(|line| line.strip_prefix(alias.as_str())) {
        return body(assembly, same);
    }
    let start = format!("{function}:");
    let mut lines = assembly.lines().skip_while(|line| **line != start);
    assert!(lines.next().is_some(), "no function {function} in the assembly");
    lines
        .take_while(|line| !line.starts_with(".Lfunc_end"))
        .filter(|line| !line.trim_start().starts_with('.') || line.ends_with(':'))
        .collect()
}

fn label(lines: &[&str], name: &str) -> Option<usize> {
    lines.iter().position(|line| line.strip_suffix(':') == Some(name))
}

fn describe(lines: &[&str], passed: &[usize]) -> Path {
    let instructions = || passed.iter().map(|&at| lines[at]).filter(|line| !line.ends_with(':'));
    // An exchange with memory is locked without a prefix.
    let locks = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("lock") || line.starts_with("xchg") && line.contains('(')
    };
    Path { instructions: instructions().count(), locked: instructions().filter(locks).count() }
}
