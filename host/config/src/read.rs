// SPDX-License-Identifier: Apache-2.0
//! Reading the files of a configuration: regular ones only, and within a limit by what is read.
//!
//! What the system says of a file's size is no limit: a device has none, and a file may grow. A FIFO or a device may keep its
//! reader waiting for ever, and cannot be read again when a certificate has been renewed.

use std::{
    fs::{self, File, FileType, OpenOptions},
    io::{self, Read},
    path::Path,
};

use aws_lc_rs::digest;

/// Limit of a file, and what raises it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    pub(super) bytes: u64,
    /// Name of the setting; empty where there is none.
    pub(super) setting: &'static str,
}

/// The limit of configurations, keys and certificates; none is larger.
pub(super) const LIMIT: Limit = Limit {
    bytes: 4 << 20,
    setting: "",
};

/// Why a file is not read.
#[derive(Debug)]
pub(super) struct Unreadable {
    /// What is wrong, and what to do.
    pub(super) reason: String,
    /// Whether there is no file of that name, so that the name may be something else than a name.
    pub(super) is_missing: bool,
}

/// Reads a file.
pub(super) fn read(path: &Path, limit: Limit) -> Result<Vec<u8>, Unreadable> {
    let file = open(path)?;
    let mut bytes = Vec::new();
    let mut file = file.take(limit.bytes.saturating_add(1));
    file.read_to_end(&mut bytes)
        .map_err(|error| Unreadable::system(&error))?;
    if bytes.len() as u64 > limit.bytes {
        return Err(Unreadable::too_large(limit));
    }
    Ok(bytes)
}

/// The same as text in UTF-8, without a byte order mark.
pub(super) fn read_text(path: &Path) -> Result<String, Unreadable> {
    let bytes = read(path, LIMIT)?;
    let text = String::from_utf8(without_mark(&bytes).to_vec());
    text.map_err(|_| Unreadable::because("is not text in UTF-8; save it in that encoding".into()))
}

/// UTF-8's byte order mark says nothing in UTF-8, and editors put it there all the same.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// What tells a file's content from another, without keeping it: a digest, or what stands in the way of reading it.
pub(super) fn fingerprint(path: &Path, limit: Limit) -> Result<Vec<u8>, String> {
    let mut digest = digest::Context::new(&digest::SHA256);
    let mut copy = || -> Result<(), Unreadable> {
        let mut file = open(path)?.take(limit.bytes.saturating_add(1));
        let mut block = vec![0; 64 << 10];
        loop {
            let read = file.read(&mut block);
            let read = read.map_err(|error| Unreadable::system(&error))?;
            match block.get(..read) {
                Some(bytes) if !bytes.is_empty() => digest.update(bytes),
                _ => return Ok(()),
            }
        }
    };
    match copy() {
        Ok(()) => Ok(digest.finish().as_ref().to_vec()),
        Err(unreadable) => Err(unreadable.reason),
    }
}

/// Opens a regular file.
fn open(path: &Path) -> Result<File, Unreadable> {
    // Before it is opened: opening alone does something to some devices.
    let is_regular = |kind: FileType| match kind {
        kind if kind.is_file() => Ok(()),
        kind => Err(Unreadable::other_kind(kind)),
    };
    let system = |error: io::Error| Unreadable::system(&error);
    is_regular(fs::metadata(path).map_err(system)?.file_type())?;
    let mut options = OpenOptions::new();
    options.read(true);
    // Should it have become a FIFO meanwhile, opening it does not wait for whoever writes.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    let file = options.open(path).map_err(system)?;
    is_regular(file.metadata().map_err(system)?.file_type())?;
    Ok(file)
}

/// Whether every user of the machine may read or change a file; not so if nobody can tell.
pub(super) fn is_everybodys(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o006 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

impl Unreadable {
    fn system(error: &io::Error) -> Self {
        use io::ErrorKind as E;
        let is_missing = matches!(
            error.kind(),
            E::NotFound | E::NotADirectory | E::InvalidFilename | E::InvalidInput
        );
        Self {
            reason: format!("cannot be read ({error}); check the path and its permissions"),
            is_missing,
        }
    }

    fn other_kind(kind: FileType) -> Self {
        let kind = if kind.is_dir() {
            "is a folder"
        } else {
            "is a device, a FIFO or a socket"
        };
        Self::because(format!(
            "cannot be read ({kind}); check the path, only a regular file can stand there"
        ))
    }

    fn too_large(limit: Limit) -> Self {
        let bytes = limit.bytes;
        let remedy = match limit.setting {
            "" => String::new(),
            setting => format!(" If it is, raise `{setting}`"),
        };
        Self::because(format!(
            "has more than {bytes} bytes, and nothing larger is read here; is it the right file?{remedy}"
        ))
    }

    fn because(reason: String) -> Self {
        Self {
            reason,
            is_missing: false,
        }
    }
}
