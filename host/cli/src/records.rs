// SPDX-License-Identifier: Apache-2.0
//! Records as lines of JSON, appended to a file: each is whole, or it is not there.

mod repair;

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::{failure::Reason, files::sync_name, output::write_all};
use repair::Repair;

/// Where records are appended: a regular file. Each is on disk once it has been appended.
///
/// After a failed write the file is cut back to its last whole line, before anything else is written; so is what another process, or an earlier one, has
/// left half written.
#[derive(Debug)]
pub(crate) struct Records {
    name: String,
    /// The same file as the one that is written to.
    locked: File,
    writer: Mutex<Writer>,
}

#[derive(Debug)]
struct Writer {
    file: File,
    /// The file for reading, where it can be.
    reader: Option<File>,
    /// Whether the last record may be there in part.
    is_torn: bool,
}

impl Records {
    /// Opens a file to append to, or makes it.
    ///
    /// # Errors
    /// It cannot be opened, or is no regular file: nothing else has what is written to it on disk.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        // Does not wait for a pipe that nobody reads.
        options.append(true).create(true).mode(0o640);
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            return Err(Reason::error(
                io::ErrorKind::Unsupported,
                "it is no regular file, so nothing in it would be kept; name a file",
            ));
        }
        if metadata.len() == 0 {
            sync_name(path)?;
        }
        let records = Self {
            name: path.display().to_string(),
            locked: file.try_clone()?,
            writer: Mutex::new(Writer {
                file,
                reader: File::open(path).ok(),
                is_torn: false,
            }),
        };
        // What was left half written is said at start, and not only with the first record.
        {
            let _lock = Lock::take(&records.locked)?;
            records.make_whole(&mut records.writer())?;
        }
        Ok(records)
    }

    /// Appends a record: a line with its end.
    ///
    /// # Errors
    /// The record is not there.
    pub(crate) fn append(&self, line: &str) -> io::Result<()> {
        let mut writer = self.writer();
        has_name(&writer)?;
        let _lock = Lock::take(&self.locked)?;
        self.make_whole(&mut writer)?;
        let end = writer.file.seek(SeekFrom::End(0))?;
        let written = write_all(&writer.file, line.as_bytes());
        let written = written.and_then(|()| writer.file.sync_data());
        if written.is_err() && writer.file.set_len(end).is_err() {
            // Some files can only be appended to.
            writer.is_torn = true;
        }
        written
    }

    /// Sees to it that the file ends with a whole line.
    fn make_whole(&self, writer: &mut Writer) -> io::Result<()> {
        let Some(reader) = &mut writer.reader else {
            // Whether it does cannot be seen, only remembered.
            if writer.is_torn {
                write_all(&writer.file, b"\n")?;
                writer.is_torn = false;
            }
            return Ok(());
        };
        let (bytes, done) = match Repair::of(reader)? {
            Repair::Nothing => return Ok(()),
            Repair::CutTo(end, bytes) if writer.file.set_len(end).is_ok() => (bytes, "cut off"),
            Repair::CutTo(_, bytes) | Repair::EndLine(bytes) => {
                writer.file.seek(SeekFrom::End(0))?;
                write_all(&writer.file, b"\n")?;
                (bytes, "ended with a line break")
            }
        };
        writer.is_torn = false;
        let name = &self.name;
        tracing::warn!(target: "silta::records", bytes, "{name}: the last line had no end, and has been {done}");
        Ok(())
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records in a file that has been deleted would vanish with the program.
fn has_name(writer: &Writer) -> io::Result<()> {
    if writer.file.metadata()?.nlink() == 0 {
        let deleted = "the file has been deleted; start the program again";
        return Err(io::Error::new(io::ErrorKind::NotFound, deleted));
    }
    Ok(())
}

/// Keeps other processes of this program from appending meanwhile, so that what is cut off is nobody else's.
struct Lock<'a>(&'a File);

/// A record takes milliseconds; whoever holds the lock for longer is no process of ours.
const LOCK_TIME: Duration = Duration::from_secs(2);

/// Between two attempts.
const LOCK_PAUSE: Duration = Duration::from_millis(1);

impl<'a> Lock<'a> {
    fn take(file: &'a File) -> io::Result<Self> {
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                // Where there are no locks, there is nothing to wait for.
                Err(TryLockError::Error(error)) if has_no_locks(&error) => return Ok(Self(file)),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if begun.elapsed() > LOCK_TIME => {
                    let locked = "another program keeps the file locked";
                    return Err(io::Error::new(io::ErrorKind::WouldBlock, locked));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            }
        }
    }
}

/// A file system without locks says so in one of two ways: network file systems whose lock service does not run say ENOLCK.
fn has_no_locks(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::Unsupported
        || error.raw_os_error() == Some(rustix::io::Errno::NOLCK.raw_os_error())
}

impl Drop for Lock<'_> {
    fn drop(&mut self) {
        // It would end with the program at the latest.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests;
