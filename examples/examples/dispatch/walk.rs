//! From the paths of the command line to the files to count.

use crate::report::Failure;
use std::fs::{self, ReadDir};
use std::io;
use std::path::PathBuf;

/// Iterates over the regular files among some paths, and in the directories among them.
///
/// A path on the command line may be a symbolic link. Symbolic links inside directories are skipped, so that
/// no file counts twice and a loop of links does no harm. Devices, sockets and pipes are skipped, too.
pub(crate) struct Walk {
    /// The paths that are left to look at, the next one last.
    todo: Vec<PathBuf>,
    listing: Option<(PathBuf, ReadDir)>,
}

impl Walk {
    pub(crate) fn new(mut roots: Vec<PathBuf>) -> Self {
        roots.reverse();
        Self { todo: roots, listing: None }
    }

    /// Looks at a root, or at a directory that was found. Returns a file; opens a directory.
    fn open(&mut self, path: PathBuf) -> Option<Result<PathBuf, Failure>> {
        let found = fs::metadata(&path).and_then(|metadata| {
            if metadata.is_dir() {
                fs::read_dir(&path).map(Some)
            } else if metadata.is_file() {
                Ok(None)
            } else {
                Err(io::Error::other("neither a regular file nor a directory"))
            }
        });
        match found {
            Ok(Some(entries)) => {
                self.listing = Some((path, entries));
                None
            }
            Ok(None) => Some(Ok(path)),
            Err(error) => Some(Err(Failure { path, error })),
        }
    }
}

impl Iterator for Walk {
    type Item = Result<PathBuf, Failure>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some((directory, entries)) = &mut self.listing else {
                let path = self.todo.pop()?;
                match self.open(path) {
                    None => continue,
                    found => return found,
                }
            };
            let Some(entry) = entries.next() else {
                self.listing = None;
                continue;
            };
            match entry.and_then(|entry| Ok((entry.file_type()?, entry.path()))) {
                Ok((kind, path)) if kind.is_dir() => self.todo.push(path),
                Ok((kind, path)) if kind.is_file() => return Some(Ok(path)),
                Ok(_) => {}
                Err(error) => return Some(Err(Failure { path: directory.clone(), error })),
            }
        }
    }
}
