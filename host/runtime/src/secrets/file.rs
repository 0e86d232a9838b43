// SPDX-License-Identifier: Apache-2.0
//! A secret that the host rotates, kept in a file.
//!
//! The file belongs to the host: it is written aside, synced and renamed, so that it is whole or as before, and nobody else can read it. Other
//! processes that read it see a change at their next call.

use std::{
    fmt, fs, io,
    io::Write,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::SystemTime,
};

use serde::{Deserialize, Serialize};

use super::{ChangingSecret, SecretValues};
use crate::{digest::sha256, observe::hexadecimal, time::Moment};

/// Largest file that is read, in bytes. Five secrets of 64 KiB in base64 and their dates.
const LARGEST: u64 = 512 << 10;

/// Values that were replaced and are kept at most; the newest stay. Who replaces a secret more often than that within its overlap has no use for older ones.
const MOST_EARLIER: usize = 3;

/// A secret in a file of its own, with the values of the operator to begin with.
///
/// The file is made at the first rotation. Until then, and whenever the operator configures another value than the one that the file began with, the
/// operator's values count.
pub struct SecretFile {
    path: PathBuf,
    configured: SecretValues,
    /// SHA-256 of the first of them, as files name it.
    configured_digest: String,
    read: Mutex<Read>,
}

/// Shows where it is.
impl fmt::Debug for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SecretFile").field(&self.path).finish()
    }
}

/// What was read last.
#[derive(Debug, Default)]
struct Read {
    stamp: Option<Stamp>,
    stored: Option<Stored>,
    /// What has been told of the file, so that it is told once.
    told: Option<String>,
}

/// What changes when a file does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
    #[cfg(unix)]
    inode: u64,
}

/// The content of the file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// SHA-256 of the value that the operator had configured when the file began.
    configured: String,
    current: Text,
    next: Option<Text>,
    earlier: Vec<Earlier>,
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stored(…)")
    }
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Earlier {
    value: Text,
    /// RFC 3339.
    until: String,
}

impl Earlier {
    fn is_accepted(&self, now: SystemTime) -> bool {
        let until = self.until.parse::<Moment>().ok();
        let until = until.and_then(Moment::to_system_time);
        until.is_some_and(|until| now < until)
    }
}

/// Bytes as base64.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
struct Text(Vec<u8>);

impl TryFrom<String> for Text {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes = base64_simd::STANDARD.decode_to_vec(text.as_bytes());
        bytes.map(Self).map_err(|_| "a value is not base64")
    }
}

impl From<Text> for String {
    fn from(text: Text) -> Self {
        base64_simd::STANDARD.encode_to_string(&text.0)
    }
}

impl SecretFile {
    /// A secret in a file that need not be there yet; its folder has to be. `configured` are the values to begin with, the current one first.
    ///
    /// # Errors
    /// There is a file that cannot be read as one of these, or that others can read.
    pub fn open(path: impl Into<PathBuf>, configured: Vec<Vec<u8>>) -> io::Result<Self> {
        let path = path.into();
        let mut configured = configured.into_iter();
        let configured = SecretValues {
            current: configured.next().unwrap_or_default(),
            next: None,
            earlier: configured.collect(),
        };
        // What changes between the two is read again.
        let stamp = stamp(&path);
        let stored = read(&path)?;
        let read = Read {
            stamp,
            stored,
            told: None,
        };
        Ok(Self {
            path,
            configured_digest: hexadecimal(&sha256(&configured.current)),
            configured,
            read: Mutex::new(read),
        })
    }

    /// What the file holds now, read again if it has changed. What cannot be read is told once, and what was read before goes on.
    fn stored(&self) -> Option<Stored> {
        let mut last = self.last();
        let now = stamp(&self.path);
        if now != last.stamp {
            match self.read_again(&last) {
                Ok(stored) => {
                    *last = Read {
                        stamp: now,
                        stored,
                        told: None,
                    };
                }
                Err(error) => {
                    let line = error.to_string();
                    if last.told.as_ref() != Some(&line) {
                        tracing::error!(target: "silta::secrets", "{line}; what was read before stays in force");
                        last.told = Some(line);
                    }
                }
            }
        }
        last.stored.clone().filter(|stored| self.is_ours(stored))
    }

    /// Whether the operator still has the value that the file began with.
    fn is_ours(&self, stored: &Stored) -> bool {
        stored.configured == self.configured_digest
    }

    /// The file as it is now. One that was there is not gone: without it nobody would know what the agency has.
    fn read_again(&self, last: &Read) -> io::Result<Option<Stored>> {
        match read(&self.path)? {
            None if last
                .stored
                .as_ref()
                .is_some_and(|stored| self.is_ours(stored)) =>
            {
                let message = format!(
                    "the file {} of a rotated secret is gone; put it back, or start anew to have the configured value in force",
                    self.path.display()
                );
                Err(io::Error::new(io::ErrorKind::InvalidData, message))
            }
            found => Ok(found),
        }
    }

    /// Changes the file as it is now. Whoever else changes one in the folder waits; what cannot be read is not written over.
    fn change(&self, edit: impl FnOnce(Stored) -> io::Result<Stored>) -> io::Result<()> {
        // Readers do not wait for whoever else changes one.
        let _alone = lock_folder(folder_of(&self.path))?;
        let mut last = self.last();
        let found = self.read_again(&last)?;
        let found = found.filter(|stored| self.is_ours(stored));
        let stored = edit(found.unwrap_or_else(|| self.begun()))?;
        let json = serde_json::to_vec(&stored)?;
        replace(&self.path, &json)?;
        *last = Read {
            stamp: stamp(&self.path),
            stored: Some(stored),
            told: None,
        };
        Ok(())
    }

    /// The file as it begins.
    fn begun(&self) -> Stored {
        Stored {
            configured: self.configured_digest.clone(),
            current: Text(self.configured.current.clone()),
            next: None,
            earlier: Vec::new(),
        }
    }

    fn last(&self) -> MutexGuard<'_, Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChangingSecret for SecretFile {
    fn values(&self) -> Option<Arc<SecretValues>> {
        let Some(stored) = self.stored() else {
            let has_one = !self.configured.current.is_empty();
            return has_one.then(|| Arc::new(self.configured.clone()));
        };
        let now = SystemTime::now();
        let earlier = stored.earlier.into_iter().filter(|it| it.is_accepted(now));
        Some(Arc::new(SecretValues {
            current: stored.current.0,
            next: stored.next.map(|next| next.0),
            // Those that the operator has beside the first are accepted for as long as they are configured.
            earlier: earlier
                .map(|earlier| earlier.value.0)
                .chain(self.configured.earlier.iter().cloned())
                .collect(),
        }))
    }

    fn keep_next(&self, next: &[u8]) -> io::Result<()> {
        self.change(|stored| match stored.next {
            Some(_) => Err(io::ErrorKind::AlreadyExists.into()),
            None => Ok(Stored {
                next: Some(Text(next.to_vec())),
                ..stored
            }),
        })
    }

    fn promote(&self, earlier_until: SystemTime) -> io::Result<()> {
        let until = Moment::from_system_time(earlier_until).ok_or(io::ErrorKind::InvalidInput)?;
        let now = SystemTime::now();
        self.change(|stored| {
            let next = stored.next.ok_or(io::ErrorKind::NotFound)?;
            let replaced = Earlier {
                value: stored.current,
                until: until.to_string(),
            };
            // Those before it keep their time.
            let others = stored.earlier.into_iter().filter(|it| it.is_accepted(now));
            Ok(Stored {
                configured: stored.configured,
                current: next,
                next: None,
                earlier: std::iter::once(replaced)
                    .chain(others)
                    .take(MOST_EARLIER)
                    .collect(),
            })
        })
    }
}

fn stamp(path: &Path) -> Option<Stamp> {
    let found = fs::metadata(path).ok()?;
    Some(Stamp {
        modified: found.modified().ok(),
        size: found.len(),
        #[cfg(unix)]
        inode: std::os::unix::fs::MetadataExt::ino(&found),
    })
}

/// `None` where there is no file.
fn read(path: &Path) -> io::Result<Option<Stored>> {
    let refused = |what: String| {
        let message = format!("the file {} of a rotated secret {what}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, message)
    };
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refused(format!("cannot be read: {error}"))),
    };
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&found) & 0o077 != 0 {
        return Err(refused("can be read by others; take that away (`chmod 600`), and have the agency given another secret if somebody may have read it".into()));
    }
    if found.len() > LARGEST {
        return Err(refused(format!(
            "is larger than the {LARGEST} bytes that a rotated secret has at most"
        )));
    }
    let content = fs::read(path).map_err(|error| refused(format!("cannot be read: {error}")))?;
    // The library's own words could repeat a part of the content.
    let stored = serde_json::from_slice(&content);
    let stored = stored.map_err(|error| {
        let (line, column) = (error.line(), error.column());
        refused(format!("does not hold a rotated secret (JSON error at line {line}, column {column}); put back a copy, or remove it and have the configured value given to the agency"))
    })?;
    Ok(Some(stored))
}

/// Writes a file beside its place, syncs it and puts it there.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let aside = PathBuf::from(aside);
    // One that was never finished is nobody's.
    match fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&aside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&aside, path)?;
    sync_folder(folder_of(path))
}

fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or_else(|| Path::new("."))
}

/// Keeps others out, in this process and in others, until it is dropped.
#[cfg(unix)]
fn lock_folder(folder: &Path) -> io::Result<Option<fs::File>> {
    let file = fs::File::open(folder)?;
    match file.lock() {
        Ok(()) => Ok(Some(file)),
        // A file system without locks: one program at a time has to do.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}

/// A folder cannot be locked here: one program at a time has to do.
#[cfg(not(unix))]
fn lock_folder(_: &Path) -> io::Result<Option<fs::File>> {
    Ok(None)
}

/// So that the new name is there after a power cut.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
