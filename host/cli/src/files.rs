// SPDX-License-Identifier: Apache-2.0
//! Files of the command line: read within limits of size and time, written whole or not at all, whatever lies there.

mod destination;
mod key_pair;
mod reading;
mod time_limit;
mod writing;

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use crate::failure::Failure;

pub(crate) use key_pair::{MOST_KEY_BYTES, add_key_pair};
pub(crate) use reading::{Unread, read_blob, read_text, read_unlabelled};
pub(crate) use writing::{Output, add, fill};

/// Makes a folder with all its parents where it is missing, and has their names on disk.
pub(crate) fn ensure_folder(path: &Path) -> Result<(), Failure> {
    let unwritable = |error| Failure::unwritable(path, &error);
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let missing: Vec<&Path> = path.ancestors().take_while(is_missing).collect();
    fs::create_dir_all(path).map_err(unwritable)?;
    missing
        .into_iter()
        .try_for_each(|made| sync_name(made).map_err(unwritable))
}

/// Has the name of a new file or folder on disk: without it, what is on disk is not found after a crash of the machine. Where the folder that it lies in
/// may not be read, or its file system does not sync folders, nobody can.
pub(crate) fn sync_name(path: &Path) -> io::Result<()> {
    // Where it lies, not where a link to it does.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    match File::open(folder_of(&path)).and_then(|folder| folder.sync_all()) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::PermissionDenied
                    | io::ErrorKind::InvalidInput
                    | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        synced => synced,
    }
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// What a path names, for messages.
pub(crate) fn display(path: &Path) -> String {
    match is_standard_stream(path) {
        true => "standard input".to_owned(),
        false => path.display().to_string(),
    }
}

/// `-`, which is standard input where something is read and standard output where something is written. A file of that name is `./-`.
fn is_standard_stream(path: &Path) -> bool {
    path == Path::new("-")
}

/// Names under which the system has a program's standard output.
const STANDARD_OUTPUT: [&str; 4] = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/// Whether a path names standard output.
fn is_standard_output(path: &Path) -> bool {
    STANDARD_OUTPUT.iter().any(|name| path == Path::new(name))
}

/// Folders of things that are no files on a disk, though some look like it.
fn is_of_the_system(folder: &Path) -> bool {
    ["/proc", "/dev/fd"]
        .iter()
        .any(|system| folder.starts_with(system))
}
