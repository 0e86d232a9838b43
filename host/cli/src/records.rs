// SPDX-License-Identifier: Apache-2.0
//! Records as lines of JSON, appended to a file or a stream: each is whole, or it is not there.

mod repair;

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom},
    os::{
        fd::AsFd,
        unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt},
    },
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use nix::sys::resource::{Resource, getrlimit};

use crate::{
    failure::Reason,
    files::sync_name,
    output::{check_standard_output, has_room, write_all},
};
use repair::Repair;

/// Where records are appended.
///
/// After a failed write a regular file is cut back to its last whole line, before anything else is written or acknowledged; so is what another
/// process, or an earlier one, has left half written. What has gone into a pipe cannot be taken back: the next record begins on a line of its own.
#[derive(Debug)]
pub(crate) struct Records {
    name: String,
    /// The same descriptor as the one that is written to, so that its state can be asked for while a write is under way.
    asked: File,
    is_regular: bool,
    /// Whether a record is on disk once it has been appended.
    is_synced: bool,
    writer: Mutex<Writer>,
}

#[derive(Debug)]
struct Writer {
    file: File,
    /// The file for reading, where it can be.
    reader: Option<File>,
    /// Whether the last record may be there in part.
    is_torn: bool,
    /// Whether the last record could not be appended.
    has_failed: bool,
    /// Whether the file had a name when it was opened: one that loses it afterwards has been deleted.
    had_name: bool,
}

impl Records {
    /// Opens a file to append to, or makes it; a pipe has to be read already.
    ///
    /// # Errors
    /// It cannot be opened; or it is neither a regular file nor a pipe.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        // Neither waits for a pipe that nobody reads nor counts what it holds as read.
        options.append(true).create(true).mode(0o640);
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
        let file = options.open(path)?;
        let metadata = file.metadata()?;
        let kind = metadata.file_type();
        if !kind.is_file() && !kind.is_fifo() {
            let reason = "it is neither a regular file nor a pipe, so nothing in it would be kept; name a file";
            return Err(Reason::error(io::ErrorKind::Unsupported, reason));
        }
        if kind.is_file() && metadata.len() == 0 {
            sync_name(path)?;
        }
        let flags = rustix::fs::fcntl_getfl(&file)? - rustix::fs::OFlags::NONBLOCK;
        rustix::fs::fcntl_setfl(&file, flags)?;
        let reader = File::open(path).ok().filter(|_| kind.is_file());
        Self::of(path.display().to_string(), file, reader)
    }

    /// The program's standard output, whatever it is.
    ///
    /// # Errors
    /// It is closed.
    pub(crate) fn standard_output() -> io::Result<Self> {
        check_standard_output()?;
        let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
        // A file that a shell has opened for writing only can be opened once more.
        let reader = match file.metadata()?.is_file() {
            true => File::open("/proc/self/fd/1").ok(),
            false => None,
        };
        Self::of("standard output".to_owned(), file, reader)
    }

    /// Has each record on disk before it counts as appended.
    pub(crate) fn synced(self) -> Self {
        Self {
            is_synced: true,
            ..self
        }
    }

    fn of(name: String, file: File, reader: Option<File>) -> io::Result<Self> {
        let metadata = file.metadata()?;
        let records = Self {
            name,
            asked: file.try_clone()?,
            is_regular: metadata.is_file(),
            is_synced: false,
            writer: Mutex::new(Writer {
                file,
                reader,
                is_torn: false,
                has_failed: false,
                had_name: metadata.nlink() > 0,
            }),
        };
        if records.is_regular {
            // What was left half written is said at start, and not only with the first record.
            let mut writer = records.writer();
            let _lock = Lock::take(&records.asked)?;
            records.make_whole(&mut writer)?;
        } else if is_null(&metadata) {
            tracing::warn!(target: "silta::records", "{} is /dev/null: records are acknowledged and kept nowhere", records.name);
        }
        Ok(records)
    }

    /// Whether it is a regular file.
    pub(crate) fn is_regular(&self) -> bool {
        self.is_regular
    }

    /// Appends a record: a line with its end.
    ///
    /// # Errors
    /// The record is not there, or in a pipe not whole.
    pub(crate) fn append(&self, line: &str) -> io::Result<()> {
        let mut writer = self.writer();
        let appended = match self.is_regular {
            true => self.append_to_file(&mut writer, line),
            false => append_to_stream(&mut writer, line),
        };
        writer.has_failed = appended.is_err();
        appended
    }

    /// Whether a record could be appended now, as far as that can be told without waiting and without writing.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.is_regular {
            return self.check_file();
        }
        // A write under way holds the writer for as long as nobody reads.
        let has_failed = self.writer.try_lock().is_ok_and(|writer| writer.has_failed);
        if has_room(&self.asked) && (!has_failed || is_pipe(&self.asked)) {
            Ok(())
        } else {
            Err(io::Error::new(io::ErrorKind::WouldBlock, "nobody reads it"))
        }
    }

    fn check_file(&self) -> io::Result<()> {
        let metadata = self.asked.metadata()?;
        let (largest, _) = getrlimit(Resource::RLIMIT_FSIZE)?;
        if metadata.len().saturating_add(ROOM) > largest {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        // The room is kept for the records to come; the size stays.
        match rustix::fs::fallocate(
            &self.asked,
            rustix::fs::FallocateFlags::KEEP_SIZE,
            metadata.len(),
            ROOM,
        ) {
            Ok(()) => {}
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) => {
                let system = rustix::fs::fstatvfs(&self.asked)?;
                if system.f_bavail.saturating_mul(system.f_frsize) < ROOM {
                    return Err(io::ErrorKind::StorageFull.into());
                }
            }
            Err(error) => return Err(error.into()),
        }
        match self.writer.try_lock() {
            Ok(writer) => has_name(&writer),
            Err(_) => Ok(()),
        }
    }

    fn append_to_file(&self, writer: &mut Writer, line: &str) -> io::Result<()> {
        has_name(writer)?;
        let _lock = Lock::take(&self.asked)?;
        self.make_whole(writer)?;
        let end = writer.file.seek(SeekFrom::End(0))?;
        let written =
            write_all(&writer.file, line.as_bytes()).and_then(|()| match self.is_synced {
                true => writer.file.sync_data(),
                false => Ok(()),
            });
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

/// Room that has to be left for the next records, in bytes: more than one has, but for the most unusual.
const ROOM: u64 = 64 << 10;

fn append_to_stream(writer: &mut Writer, line: &str) -> io::Result<()> {
    if writer.is_torn {
        write_all(&writer.file, b"\n")?;
    }
    // Until all of it has gone through.
    writer.is_torn = true;
    write_all(&writer.file, line.as_bytes())?;
    writer.is_torn = false;
    Ok(())
}

/// Records in a file that has been deleted would vanish with the program.
fn has_name(writer: &Writer) -> io::Result<()> {
    if writer.had_name && writer.file.metadata()?.nlink() == 0 {
        let deleted = "the file has been deleted; start the program again";
        return Err(io::Error::new(io::ErrorKind::NotFound, deleted));
    }
    Ok(())
}

fn is_pipe(file: &File) -> bool {
    file.metadata()
        .is_ok_and(|metadata| metadata.file_type().is_fifo())
}

fn is_null(metadata: &std::fs::Metadata) -> bool {
    let null = std::fs::metadata("/dev/null");
    metadata.file_type().is_char_device() && null.is_ok_and(|null| null.rdev() == metadata.rdev())
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
