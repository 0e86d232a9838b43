// SPDX-License-Identifier: Apache-2.0
//! Whether the files that records go to can be written, without making any.

use std::{
    fs::{self, OpenOptions},
    io,
    os::unix::fs::FileTypeExt,
    path::Path,
};

use rustix::fs::{Access, AtFlags, CWD, accessat};
use silta_config::{Config, ConfigError};

use super::findings::{Findings, Level};
use crate::{commands::serve::journal_file, files, host};

/// Looks at the audit trail, and at the journal where its folder is known.
pub(super) fn check(config: &Config, journal: Option<&Path>, findings: &mut Findings) {
    match config.audit_file() {
        Some(file) => judge(&file, "audit", writable(&file, Kind::File), findings),
        None => {
            findings.ok(config.wrong("audit", "signatures go to the log, not to a file".into()))
        }
    }
    let Some(folder) = journal else { return };
    if !folder.exists() {
        // `silta serve` makes it, with those that it lies in.
        return judge(folder, "", makeable(folder), findings);
    }
    for agency in config.agencies() {
        let file = folder.join(journal_file(agency));
        judge(&file, "", writable(&file, Kind::FileOrPipe), findings);
    }
}

/// What records can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    /// What is in a pipe is its reader's.
    FileOrPipe,
}

fn judge(file: &Path, field: &str, writable: io::Result<()>, findings: &mut Findings) {
    let at = |reason: String| ConfigError {
        file: file.to_owned(),
        place: None,
        field: field.to_owned(),
        reason,
    };
    match writable {
        Ok(()) => findings.ok(at("records can be written there".to_owned())),
        Err(error) => {
            let reason = host::not_opened(&error);
            findings.add(Level::Error, "file.unwritable", at(reason));
        }
    }
}

/// Whether a file can be appended to, or made where it is missing.
fn writable(file: &Path, kind: Kind) -> io::Result<()> {
    match fs::metadata(file) {
        Ok(there) if there.is_file() => {
            // Opened, and nothing else: it stays as it is.
            OpenOptions::new().append(true).open(file).map(|_| ())
        }
        // Not opened: its reader would take that for a writer.
        Ok(there) if there.file_type().is_fifo() && kind == Kind::FileOrPipe => {
            Ok(accessat(CWD, file, Access::WRITE_OK, AtFlags::EACCESS)?)
        }
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "it is no regular file",
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => takes_new(files::folder_of(file)),
        Err(error) => Err(error),
    }
}

/// Whether a folder can be made, with those that it lies in.
fn makeable(folder: &Path) -> io::Result<()> {
    let mut above = folder;
    while !above.exists() {
        above = files::folder_of(above);
    }
    match above.is_dir() {
        true => takes_new(above),
        false => Err(io::ErrorKind::NotADirectory.into()),
    }
}

/// Whether something new can be made in a folder.
fn takes_new(folder: &Path) -> io::Result<()> {
    let rights = Access::WRITE_OK | Access::EXEC_OK;
    Ok(accessat(CWD, folder, rights, AtFlags::EACCESS)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_made_and_nothing_changed() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("there");
        fs::write(&there, "x").unwrap();
        let of_file = |file: &Path| writable(file, Kind::File);
        of_file(&there).unwrap();
        assert_eq!(fs::read(&there).unwrap(), b"x");
        of_file(&folder.path().join("new")).unwrap();
        of_file(&folder.path().join("none/new")).unwrap_err();
        of_file(folder.path()).unwrap_err();
        of_file(Path::new("/dev/null")).unwrap_err();
        makeable(&folder.path().join("a/b/c")).unwrap();
        makeable(&there.join("b")).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
