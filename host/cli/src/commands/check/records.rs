// SPDX-License-Identifier: Apache-2.0
//! Whether the files that records go to can be written, without making any.

use std::{
    fs::{self, OpenOptions},
    io,
    path::Path,
};

use rustix::fs::{Access, AtFlags, CWD, accessat};
use silta_config::{Config, ConfigError};

use super::findings::{Findings, Level};
use crate::files;

/// Looks at the audit trail, and at the journal where its folder is known.
pub(super) fn check(config: &Config, journal: Option<&Path>, findings: &mut Findings) {
    match config.audit_file() {
        Some(file) => judge(&file, "audit", "the audit trail can be written", findings),
        None => {
            findings.ok(config.wrong("audit", "signatures go to the log, not to a file".into()))
        }
    }
    for agency in journal.into_iter().flat_map(|_| config.agencies()) {
        let Some(folder) = journal else { return };
        let file = folder.join(format!("{agency}.jsonl"));
        // `silta serve` makes the folder where it is missing.
        let looked_at = match folder.exists() {
            true => file.as_path(),
            false => folder,
        };
        judge(looked_at, "", "the journal can be written", findings);
    }
}

fn judge(file: &Path, field: &str, what: &str, findings: &mut Findings) {
    let at = |reason: String| ConfigError {
        file: file.to_owned(),
        place: None,
        field: field.to_owned(),
        reason,
    };
    match writable(file) {
        Ok(()) => findings.ok(at(what.to_owned())),
        Err(error) => {
            let reason = format!(
                "cannot be opened for writing ({error}); check the folder and its permissions"
            );
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
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let rights = Access::WRITE_OK | Access::EXEC_OK;
            Ok(accessat(
                CWD,
                files::folder_of(file),
                rights,
                AtFlags::EACCESS,
            )?)
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_made_and_nothing_changed() {
        let folder = tempfile::tempdir().unwrap();
        let there = folder.path().join("there");
        fs::write(&there, "x").unwrap();
        writable(&there).unwrap();
        assert_eq!(fs::read(&there).unwrap(), b"x");
        writable(&folder.path().join("new")).unwrap();
        writable(&folder.path().join("none/new")).unwrap_err();
        writable(folder.path()).unwrap_err();
        writable(Path::new("/dev/null")).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
