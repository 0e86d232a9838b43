// SPDX-License-Identifier: Apache-2.0
//! Reading: bounded by what is read and by the time it takes, whatever the system says of the file beforehand.

use std::{
    fs::{self, File, Metadata},
    io::{self, IsTerminal, Read},
    os::unix::fs::{FileTypeExt, MetadataExt},
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use silta::Blob;

use super::{
    is_standard_stream,
    time_limit::{Progress, TimeLimit, within},
};
use crate::failure::{Failure, Reason};

/// Why something was not read.
#[derive(Debug)]
pub(crate) enum Unread {
    /// It cannot be.
    Unreadable(io::Error),
    /// It has more bytes than this.
    TooLarge(u64),
}

/// Reads a text of at most `limit` bytes; `-` is standard input. A byte order mark before it is no part of it (RFC 8259 §8.1 for JSON).
pub(crate) fn read_text(path: &Path, limit: u64) -> Result<String, Failure> {
    let bytes = read_blob(path, limit)?.to_vec();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    String::from_utf8(text.to_vec()).map_err(|_| {
        let message = format!(
            "{}: is not text in UTF-8; save it in that encoding",
            super::display(path)
        );
        Failure::caller("input.not-text", path.display().to_string(), &message)
    })
}

/// Reads at most `limit` bytes; `-` is standard input.
///
/// Pipes are read for as long as bytes come, within [`TIME_LIMIT`] and [`LARGEST_STREAM`]; devices but terminals and `/dev/null` are refused.
pub(crate) fn read_blob(path: &Path, limit: u64) -> Result<Blob, Failure> {
    read_unlabelled(path, limit).map_err(|unread| match unread {
        Unread::Unreadable(error) => Failure::unreadable(path, &error),
        Unread::TooLarge(limit) => {
            let message = format!(
                "{}: has more than the {limit} bytes that are read here; is it the right file?",
                super::display(path)
            );
            Failure::caller("input.too-large", path.display().to_string(), &message)
        }
    })
}

/// The same for whom the path must not be told to.
pub(crate) fn read_unlabelled(path: &Path, limit: u64) -> Result<Blob, Unread> {
    let (read, limit) = match Source::of(path).map_err(Unread::Unreadable)? {
        Source::StandardInput => (read_standard_input(limit), limit),
        Source::File(size) if size > limit => return Err(Unread::TooLarge(limit)),
        Source::File(_) => (
            File::open(path).and_then(|mut file| Blob::read_from(&mut file, limit)),
            limit,
        ),
        Source::Stream => {
            let limit = limit.min(LARGEST_STREAM);
            (read_stream(path, limit), limit)
        }
    };
    read.map_err(|error| match error.kind() {
        io::ErrorKind::FileTooLarge => Unread::TooLarge(limit),
        io::ErrorKind::TimedOut => Unread::Unreadable(Reason::error(error.kind(), SILENT)),
        _ => Unread::Unreadable(error),
    })
}

/// For what is no file on a disk: whoever writes has begun by then, and does not stop for that long.
const TIME_LIMIT: TimeLimit = TimeLimit {
    silence: Duration::from_secs(5),
    whole: Duration::from_secs(60),
};

/// Most that is read of what is no file on a disk and may have no end, in bytes.
const LARGEST_STREAM: u64 = 256 << 20;

const SILENT: &str = "it is no regular file, and nothing came for 5 s, or no end within 60 s; \
    name a regular file, or hand it over at standard input with `-`, which is waited for";

/// What is read.
enum Source {
    StandardInput,
    /// A file on a disk, of that size.
    File(u64),
    /// Anything else that bytes come out of, some time.
    Stream,
}

impl Source {
    fn of(path: &Path) -> io::Result<Self> {
        if is_standard_stream(path) {
            return Ok(Self::StandardInput);
        }
        let metadata = fs::metadata(path)?;
        let kind = metadata.file_type();
        if kind.is_block_device() || (kind.is_char_device() && !is_readable_device(path, &metadata))
        {
            return Err(refused(
                "it is a device, which may have no end; name a regular file",
            ));
        }
        if kind.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        if kind.is_socket() {
            return Err(refused("it is a socket; name a regular file"));
        }
        Ok(match metadata.len() {
            // Files of the system have no size beforehand, and some make their reader wait.
            0 => Self::Stream,
            size if kind.is_file() => Self::File(size),
            _ => Self::Stream,
        })
    }
}

/// Terminals, whose user ends them, and `/dev/null`, which is empty.
fn is_readable_device(path: &Path, metadata: &Metadata) -> bool {
    let null = fs::metadata("/dev/null");
    let is_null = null.is_ok_and(|null| null.rdev() == metadata.rdev());
    is_null || File::open(path).is_ok_and(|device| device.is_terminal())
}

fn refused(reason: &'static str) -> io::Error {
    Reason::error(io::ErrorKind::Unsupported, reason)
}

fn read_standard_input(limit: u64) -> io::Result<Blob> {
    static IS_READ: AtomicBool = AtomicBool::new(false);
    if IS_READ.swap(true, Ordering::SeqCst) {
        return Err(refused(
            "standard input has been read already; `-` can stand once",
        ));
    }
    Blob::read_from(&mut io::stdin().lock(), limit)
}

fn read_stream(path: &Path, limit: u64) -> io::Result<Blob> {
    let path = path.to_owned();
    within(TIME_LIMIT, move |progress| {
        let source = File::open(path)?;
        Blob::read_from(&mut Counted { source, progress }, limit)
    })
}

/// Tells how far it has been read.
struct Counted {
    source: File,
    progress: Progress,
}

impl Read for Counted {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(bytes)?;
        self.progress.add(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_over_the_limit_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read_text(&path, 5).unwrap(), "12345");
        read_text(&path, 4).unwrap_err();
        assert!(matches!(
            read_unlabelled(&path, 4),
            Err(Unread::TooLarge(4))
        ));
    }

    #[test]
    fn devices_without_an_end_are_refused_and_empty_ones_are_empty() {
        let endless = read_unlabelled(Path::new("/dev/zero"), 1 << 40);
        let Err(Unread::Unreadable(error)) = endless else {
            panic!("{endless:?}");
        };
        assert!(error.to_string().contains("device"), "{error}");
        let empty = read_unlabelled(Path::new("/dev/null"), 10).unwrap();
        assert!(empty.is_empty());
    }

    #[test]
    fn files_of_the_system_are_read_though_their_size_is_not_known() {
        let read = read_unlabelled(Path::new("/proc/self/status"), 1 << 20);
        assert!(read.unwrap().size() > 0);
        assert!(matches!(
            read_unlabelled(Path::new("/proc/self/status"), 10),
            Err(Unread::TooLarge(10))
        ));
    }

    #[test]
    fn folders_and_missing_files_are_unreadable() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), &folder.path().join("none")] {
            let read = read_unlabelled(path, 10);
            assert!(matches!(read, Err(Unread::Unreadable(_))), "{read:?}");
        }
    }
}
