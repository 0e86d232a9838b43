// SPDX-License-Identifier: Apache-2.0
//! A package that is a folder.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use super::{Contents, unreadable};
use crate::{
    error::{PackageError, PackageFault},
    limits::PackageLimits,
};

/// The schema files below a folder. Links are not followed, wherever they lead.
pub(super) fn read(root: &Path, limits: &PackageLimits) -> Result<Contents, PackageError> {
    let mut contents = Contents::default();
    let mut folders = vec![(root.to_owned(), String::new(), 0_usize)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        if depth > limits.depth {
            return Err(limits.exceeded(&prefix, "depth", limits.depth as u64));
        }
        let entries = fs::read_dir(&folder).map_err(|error| unreadable(&prefix, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| unreadable(&prefix, &error))?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            // That of the entry itself: a link is a link.
            let kind = entry
                .file_type()
                .map_err(|error| unreadable(&name, &error))?;
            if kind.is_dir() {
                folders.push((entry.path(), format!("{name}/"), depth + 1));
                continue;
            }
            let Some(name) = contents.take(name, limits)? else {
                continue;
            };
            if !kind.is_file() {
                return Err(PackageError::of(name, PackageFault::Link));
            }
            let bytes = bytes(&entry.path(), contents.room(limits));
            let bytes = bytes.map_err(|error| unreadable(&name, &error))?;
            contents.keep(name, bytes, limits)?;
        }
    }
    Ok(contents)
}

/// One byte more than there is room for, at most.
fn bytes(path: &Path, room: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(room.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}
