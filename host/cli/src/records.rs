// SPDX-License-Identifier: Apache-2.0
//! Records as lines of JSON, appended to a file: each is whole, or it is not there.

mod repair;

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use crate::{failure::Reason, files::sync_name, output::write_all};
use repair::Repair;

/// Where records are appended: a regular file. Each is on disk once it has been appended.
///
/// After a failed write the file is cut back to its last whole line, before anything else is written; so is what another process, or an earlier one, has
/// left half written. Where the file is moved away, as whatever rotates logs does it, the next record is in the one that has its name then.
#[derive(Debug)]
pub(crate) struct Records {
    path: PathBuf,
    writer: Mutex<Writer>,
}

#[derive(Debug)]
struct Writer {
    file: File,
    /// The same file, for its lock.
    locked: Arc<File>,
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
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(Writer::open(path)?),
        })
    }

    /// Appends a record: a line with its end.
    ///
    /// # Errors
    /// The record is not there.
    pub(crate) fn append(&self, line: &str) -> io::Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        writer.follow(&self.path)?;
        let locked = Arc::clone(&writer.locked);
        let _lock = Lock::take(&locked)?;
        writer.make_whole(&self.path)?;
        let end = writer.file.seek(SeekFrom::End(0))?;
        let written = write_all(&writer.file, line.as_bytes());
        let written = written.and_then(|()| writer.file.sync_data());
        if written.is_err() && writer.file.set_len(end).is_err() {
            // Some files can only be appended to.
            writer.is_torn = true;
        }
        written
    }
}

impl Writer {
    fn open(path: &Path) -> io::Result<Self> {
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
        let mut writer = Self {
            locked: Arc::new(file.try_clone()?),
            file,
            reader: File::open(path).ok(),
            is_torn: false,
        };
        // What was left half written is said at start, and not only with the first record.
        {
            let locked = Arc::clone(&writer.locked);
            let _lock = Lock::take(&locked)?;
            writer.make_whole(path)?;
        }
        Ok(writer)
    }

    /// Goes on in the file that has the name now, where that is another one, or none because this one was moved away. Records in a file that has been deleted would vanish with the
    /// program, and whether somebody deleted it on purpose is for somebody to look at.
    fn follow(&mut self, path: &Path) -> io::Result<()> {
        let open = self.file.metadata()?;
        let is_named = match fs::metadata(path) {
            Ok(named) => (named.dev(), named.ino()) == (open.dev(), open.ino()),
            Err(error) if error.kind() == io::ErrorKind::NotFound && open.nlink() == 0 => {
                let deleted = "the file has been deleted; make one of that name, empty, or start the program again";
                return Err(io::Error::new(io::ErrorKind::NotFound, deleted));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => return Err(error),
        };
        if is_named {
            return Ok(());
        }
        *self = Self::open(path)?;
        let name = path.display();
        tracing::info!(target: "silta::records", "{name}: the file was moved away, and records go on in the one that has its name now");
        Ok(())
    }

    /// Sees to it that the file ends with a whole line.
    fn make_whole(&mut self, path: &Path) -> io::Result<()> {
        let Some(reader) = &mut self.reader else {
            // Whether it does cannot be seen, only remembered.
            if self.is_torn {
                write_all(&self.file, b"\n")?;
                self.is_torn = false;
            }
            return Ok(());
        };
        let (bytes, done) = match Repair::of(reader)? {
            Repair::Nothing => return Ok(()),
            Repair::CutTo(end, bytes) if self.file.set_len(end).is_ok() => (bytes, "cut off"),
            Repair::CutTo(_, bytes) | Repair::EndLine(bytes) => {
                self.file.seek(SeekFrom::End(0))?;
                write_all(&self.file, b"\n")?;
                (bytes, "ended with a line break")
            }
        };
        self.is_torn = false;
        let name = path.display();
        tracing::warn!(target: "silta::records", bytes, "{name}: the last line had no end, and has been {done}");
        Ok(())
    }
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
