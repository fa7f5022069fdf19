//! Just enough of the assembler's language to follow the ways through a small function.

/// A way from a function's entry to a return, on which nothing else is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) instructions: usize,
    /// Read-modify-writes that are atomic for other processors.
    pub(crate) locked: usize,
}

/// All of them, except that no instruction is passed twice.
///
/// # Panics
///
/// If there is no such function.
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
                // A jump to elsewhere is a call by another name.
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

/// The lines of a function, or of the one that it is the same as; without directives.
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
    // An exchange with memory locks without being told to.
    let locks = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("lock") || line.starts_with("xchg") && line.contains('(')
    };
    Path { instructions: instructions().count(), locked: instructions().filter(locks).count() }
}
