// SPDX-License-Identifier: Apache-2.0
//! Files of keys that a command makes.

use std::{
    fs::OpenOptions,
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use crate::failure::Failure;

/// Most bytes of the file of a key.
pub(crate) const MOST_KEY_BYTES: u64 = 64 << 10;

/// Who may read and write a private key: its owner alone.
const PRIVATE: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// Writes a private key to a new file, and its public key beside it, with `.pub` after its name; which that is.
///
/// # Errors
/// One of them is there already, or cannot be written.
pub(crate) fn add_key_pair(path: &Path, private: &str, public: &str) -> Result<PathBuf, Failure> {
    let mut beside = path.to_path_buf().into_os_string();
    beside.push(".pub");
    let beside = PathBuf::from(beside);
    write_new(path, private, PRIVATE)?;
    write_new(&beside, public, PUBLIC)?;
    Ok(beside)
}

/// A key that is there is never replaced: what it was used for could not be done again.
fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(mode).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.map_err(|error| Failure::unwritable(path, &error))
}
