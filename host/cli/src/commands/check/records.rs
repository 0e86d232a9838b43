// SPDX-License-Identifier: Apache-2.0
//! Whether what is kept can be written where it is to be, without making anything.

use std::{
    fs::{self, OpenOptions},
    io,
    path::Path,
};

use rustix::fs::{Access, AtFlags, CWD, accessat};
use silta_bundles::Folder;
use silta_config::{Config, ConfigError};

use super::findings::{Findings, Level};
use crate::{commands::version::contract_version, files, host};

/// Looks at the audit trail and at the folder of the store.
pub(super) fn check(config: &Config, findings: &mut Findings) {
    match config.audit_file() {
        Some(file) => judge(&file, "audit", writable(&file), findings),
        None => {
            findings.ok(config.wrong("audit", "signatures go to the log, not to a file".into()))
        }
    }
    if let Some(store) = findings.told(config.store()) {
        let folder = &store.folder;
        let usable = match folder.exists() {
            true => takes_new(folder),
            // `silta serve` makes it, with those that it lies in.
            false => makeable(folder),
        };
        judge(folder, "store.folder", usable, findings);
    }
    if let Some(Some(recording)) = findings.told(config.recording(contract_version())) {
        let folder = &recording.folder;
        let user = nix::unistd::geteuid().as_raw();
        let usable = match folder.exists() {
            true => takes_new(folder).and_then(|()| Folder::check(folder, user)),
            false => makeable(folder),
        };
        judge(folder, "record.folder", usable, findings);
    }
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
fn writable(file: &Path) -> io::Result<()> {
    match fs::metadata(file) {
        Ok(there) if there.is_file() => {
            // Opened, and nothing else: it stays as it is.
            OpenOptions::new().append(true).open(file).map(|_| ())
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
    if !folder.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
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
        let of_file = writable;
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
