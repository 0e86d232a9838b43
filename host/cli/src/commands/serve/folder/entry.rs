// SPDX-License-Identifier: Apache-2.0
//! What lies in the folder. What is put there serves, so that nobody else may be able to write: the folder has to be ours and closed to others, and so has each package.

use std::{
    fs::{self, Metadata},
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use nix::unistd::geteuid;
use silta_packages::Package;

use super::outcome;

/// How a manifest's file ends, by which a package is found.
const MANIFEST: &str = ".manifest.json";

/// Most files that a package's folder may have, and most entries of the folder that are looked at.
const MOST_FILES: usize = 16;
const MOST_ENTRIES: usize = 10_000;

/// Bits of a mode by which others than the owner may write.
const OTHERS_WRITE: u32 = 0o022;

/// A package whose outcome is not known.
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) fingerprint: Fingerprint,
    folder: PathBuf,
}

/// What changes where files are written: their names, sizes, times and numbers.
pub(super) type Fingerprint = Vec<(String, u64, i64, i64, u64)>;

/// What is in the folder.
#[derive(Default)]
pub(super) struct Entries {
    /// In the order of their names.
    pub(super) packages: Vec<Entry>,
    /// Files that are no package and no outcome.
    pub(super) loose: Vec<String>,
}

/// Whether nobody else can write to the folder.
///
/// # Errors
/// Why it is not looked at, and what to do.
pub(crate) fn check_folder(folder: &Path) -> Result<(), String> {
    let found = fs::metadata(folder);
    let found = found
        .map_err(|error| format!("cannot be looked at ({error}); make it (`mkdir -m 700`)"))?;
    if !found.is_dir() {
        return Err("is no folder; name one".to_owned());
    }
    if found.uid() != geteuid().as_raw() {
        return Err(
            "belongs to another user than the one that this program runs as, and what lies there would serve; give it to that one (`chown`)"
                .to_owned(),
        );
    }
    match found.mode() & OTHERS_WRITE {
        0 => Ok(()),
        _ => Err(format!(
            "may be written to by others (mode {:03o}), and what lies there would serve; take that away (`chmod 700`)",
            found.mode() & 0o777
        )),
    }
}

/// What is to be looked at, as it is now. What begins with a period is being made.
pub(super) fn entries(folder: &Path) -> Result<Entries, String> {
    let unreadable = |error: io::Error| format!("cannot be read ({error})");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)
        .map_err(unreadable)?
        .take(MOST_ENTRIES + 1)
    {
        let name = entry.map_err(unreadable)?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    if names.len() > MOST_ENTRIES {
        return Err(format!(
            "has more than {MOST_ENTRIES} entries; move what has been taken somewhere else"
        ));
    }
    names.sort();
    let mut entries = Entries::default();
    for name in &names {
        let is_of_package = |of: &str| names.iter().any(|other| other == of);
        if name.starts_with('.') || outcome::names(name).any(|known| is_of_package(&known)) {
            continue;
        }
        let path = folder.join(name);
        // Taken away meanwhile.
        let Ok(found) = fs::symlink_metadata(&path) else {
            continue;
        };
        if found.is_dir() {
            let fingerprint = fingerprint(&path);
            entries.packages.push(Entry {
                name: name.clone(),
                fingerprint: fingerprint.unwrap_or_default(),
                folder: path,
            });
        } else if !outcome::is_one(name) {
            entries.loose.push(name.clone());
        }
    }
    Ok(entries)
}

fn fingerprint(folder: &Path) -> io::Result<Fingerprint> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder)?.take(MOST_FILES + 1) {
        let entry = entry?;
        let found = entry.metadata()?;
        all.push((
            entry.file_name().to_string_lossy().into_owned(),
            found.len(),
            found.mtime(),
            found.mtime_nsec(),
            found.ino(),
        ));
    }
    all.sort();
    Ok(all)
}

impl Entry {
    /// Reads the package.
    ///
    /// # Errors
    /// Code and reason why it is not taken.
    pub(super) fn read(&self) -> Result<Package, (&'static str, String)> {
        check_owner(&self.folder, fs::symlink_metadata(&self.folder))?;
        let mut manifests = Vec::new();
        let names = self.fingerprint.iter().map(|(name, ..)| name);
        if self.fingerprint.len() > MOST_FILES {
            let reason = format!("has more than {MOST_FILES} files; a package has three");
            return Err(("folder.not-a-package", reason));
        }
        for name in names {
            let path = self.folder.join(name);
            let found = fs::symlink_metadata(&path);
            if !found.as_ref().is_ok_and(Metadata::is_file) {
                let reason = format!("{name}: is no file; a package has files and nothing else");
                return Err(("folder.not-a-package", reason));
            }
            check_owner(&path, found)?;
            if name.ends_with(MANIFEST) {
                manifests.push(path);
            }
        }
        match manifests.as_slice() {
            [manifest] => {
                Package::read(manifest).map_err(|error| ("package.file", error.to_string()))
            }
            several => {
                let reason = format!(
                    "has {} files that end with {MANIFEST}; a package has one, and `silta component pack` makes it",
                    several.len()
                );
                Err(("folder.not-a-package", reason))
            }
        }
    }
}

/// What somebody else can write, somebody else would put into service. The superuser may.
fn check_owner(path: &Path, found: io::Result<Metadata>) -> Result<(), (&'static str, String)> {
    let code = "folder.open-to-others";
    let shown = path.display();
    let found = found.map_err(|error| ("package.file", format!("{shown}: {error}")))?;
    if found.uid() != geteuid().as_raw() && found.uid() != 0 {
        let reason = format!(
            "{shown}: belongs to another user than the one that this program runs as; give it to that one (`chown`), and put it there under another name"
        );
        return Err((code, reason));
    }
    match found.mode() & OTHERS_WRITE {
        0 => Ok(()),
        mode => Err((
            code,
            format!(
                "{shown}: others may write to it (mode bits {mode:03o}); take that away (`chmod go-w`), and put it there under another name"
            ),
        )),
    }
}
