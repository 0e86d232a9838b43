// SPDX-License-Identifier: Apache-2.0
//! What lies where something is to be written, and how it is written there.

use std::{
    fs::{self, File, Metadata, OpenOptions, Permissions},
    io,
    os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{folder_of, is_of_the_system, is_standard_output};
use crate::failure::Reason;

/// How a path is written to.
#[derive(Debug)]
pub(super) enum Destination {
    /// The program's own.
    StandardOutput,
    /// A new file, or an existing one that is replaced by a whole one at once.
    Aside {
        /// Empty yet, with the mode and the owner that the file is to have.
        file: NamedTempFile,
        /// What it is to be renamed to.
        place: PathBuf,
    },
    /// An existing file that has to stay the file it is: other names lead to it, or it has what a new one cannot have.
    InPlace(File),
    /// A pipe, a terminal, another device of characters, or a descriptor: opened when the bytes are there.
    Stream,
}

impl Destination {
    /// # Errors
    /// There is nothing there that can be written to.
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        if is_standard_output(path) {
            return Ok(Self::StandardOutput);
        }
        let Some(place) = place(path)? else {
            return Ok(Self::Stream);
        };
        match fs::metadata(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::Aside {
                file: new_file(folder_of(&place))?,
                place,
            }),
            Err(error) => Err(error),
            Ok(there) => Self::existing(place, &there),
        }
    }

    fn existing(place: PathBuf, there: &Metadata) -> io::Result<Self> {
        let kind = there.file_type();
        if kind.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if kind.is_fifo() || kind.is_char_device() {
            return Ok(Self::Stream);
        }
        if !kind.is_file() {
            let reason = "it is a disk or a socket; name a file";
            return Err(Reason::error(io::ErrorKind::Unsupported, reason));
        }
        // Whoever may not write to the file may not replace it either.
        let existing = OpenOptions::new().write(true).open(&place)?;
        Ok(match replacement(&place, &existing, there)? {
            Some(file) => Self::Aside { file, place },
            None => Self::InPlace(existing),
        })
    }
}

/// Symbolic links followed before it is a circle; what the system follows itself.
const LINKS_AT_MOST: usize = 40;

/// The file that a path leads to over symbolic links, whether or not it is there. None for what is no place in a folder: the descriptors of a
/// process, which look like links.
fn place(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_AT_MOST {
        let folder = fs::canonicalize(folder_of(&path))?;
        let Some(name) = path.file_name() else {
            return Err(io::ErrorKind::IsADirectory.into());
        };
        if is_of_the_system(&folder) {
            return Ok(None);
        }
        let place = folder.join(name);
        match fs::symlink_metadata(&place) {
            Ok(there) if there.is_symlink() => path = folder.join(fs::read_link(&place)?),
            _ => return Ok(Some(place)),
        }
    }
    let reason = "symbolic links lead there in a circle; name the file itself";
    Err(Reason::error(io::ErrorKind::Other, reason))
}

/// A file to replace an existing one with, of its mode and its owner. None where a new file would lose something.
fn replacement(
    place: &Path,
    existing: &File,
    there: &Metadata,
) -> io::Result<Option<NamedTempFile>> {
    if there.nlink() > 1 || has_attributes(existing) {
        return Ok(None);
    }
    let file = match new_file(folder_of(place)) {
        Ok(file) => file,
        Err(error) if is_about_the_folder(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let made = file.as_file().metadata()?;
    let (owner, group) = (there.uid(), there.gid());
    if (made.uid(), made.gid()) != (owner, group)
        && fchown(file.as_file(), Some(owner), Some(group)).is_err()
    {
        return Ok(None);
    }
    // Rights of a new program are for its owner to give, so the bits that lend an identity are not taken over.
    let mode = Permissions::from_mode(there.mode() & 0o777);
    file.as_file().set_permissions(mode)?;
    Ok(Some(file))
}

/// The folder takes no new file, though the file itself can be written to.
fn is_about_the_folder(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
    )
}

/// Whether a file has extended attributes, lists of access rights among them; the label of the system is the folder's to give.
fn has_attributes(file: &File) -> bool {
    let mut names = [0_u8; 4096];
    match rustix::fs::flistxattr(file, &mut names[..]) {
        Ok(length) => names
            .get(..length)
            .unwrap_or_default()
            .split(|byte| *byte == 0)
            .any(|name| !name.is_empty() && name != b"security.selinux"),
        // So many that they do not fit; or there is no such thing here.
        Err(error) => error == rustix::io::Errno::RANGE,
    }
}

/// A file that has no name of its own yet and vanishes unless it gets one. Results are the user's files like any other: readable as far as
/// the umask says.
pub(super) fn new_file(folder: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".silta-")
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
}
