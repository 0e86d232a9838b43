// SPDX-License-Identifier: Apache-2.0
//! Writing: a regular file is whole or as it was before; anything else is written into, and never replaced.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use silta::Blob;
use tempfile::NamedTempFile;

use super::{
    destination::{Destination, new_file},
    folder_of, sync_name,
    time_limit::{TimeLimit, within},
};
use crate::{
    failure::{Failure, Reason},
    output::{deliver_bytes, write_to_standard_error},
};

/// Content on its way to where it was asked for. As long as it has not been finished, nothing is there that was not there before.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    path: &'a Path,
    content: &'a Blob,
    destination: Destination,
}

impl<'a> Output<'a> {
    /// Gets everything ready, so that as little as possible can still go wrong: the bytes of a regular file are on disk.
    ///
    /// # Errors
    /// Nothing can be written there, or there is no room for it.
    pub(crate) fn prepare(path: &'a Path, content: &'a Blob) -> Result<Self, Failure> {
        let unwritable = |error| unwritable(path, &error);
        let mut destination = Destination::of(path).map_err(unwritable)?;
        match &mut destination {
            Destination::Aside { file, .. } => fill(file, content).map_err(unwritable)?,
            Destination::InPlace(_) => prove_room(path, content).map_err(unwritable)?,
            Destination::StandardOutput | Destination::Stream => {}
        }
        Ok(Self {
            path,
            content,
            destination,
        })
    }

    /// Puts the content where it was asked for, and tells of it on standard output; on standard error where the content goes to standard output. What
    /// can still be called off is told of first, so that nothing is left behind that nobody was told of.
    ///
    /// # Errors
    /// The content's, or those of telling.
    pub(crate) fn finish_told(self, report: &str) -> Result<(), Failure> {
        let report = report.as_bytes();
        match self.destination {
            Destination::Aside { .. } | Destination::InPlace(_) => {
                deliver_bytes(report)?;
                self.finish()
            }
            Destination::Stream => {
                self.finish()?;
                deliver_bytes(report)
            }
            Destination::StandardOutput => {
                self.finish()?;
                write_to_standard_error(report);
                Ok(())
            }
        }
    }

    /// Puts the content where it was asked for.
    ///
    /// # Errors
    /// A regular file is as before then, unless it has several names; the message says so.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let (path, content) = (self.path, self.content);
        let finished = match self.destination {
            Destination::StandardOutput => {
                return content.segments().try_for_each(deliver_bytes);
            }
            Destination::Aside { file, place } => return take_place(path, file, &place, content),
            Destination::InPlace(file) => overwrite(file, content),
            Destination::Stream => stream(path, content),
        };
        finished.map_err(|error| unwritable(path, &error))
    }
}

/// Writes a file under a name that is not taken, the one asked for or one made from it, and says where it lies.
pub(crate) fn add(folder: &Path, name: &str, content: &Blob) -> Result<PathBuf, Failure> {
    let unwritable = |error| Failure::unwritable(&folder.join(name), &error);
    let mut file = new_file(folder).map_err(unwritable)?;
    fill(&mut file, content).map_err(unwritable)?;
    for number in 1..=NAMES_TRIED {
        let path = folder.join(numbered(name, number));
        match file.persist_noclobber(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => file = error.file,
            Err(error) => return Err(unwritable(error.error)),
        }
    }
    Err(unwritable(io::ErrorKind::AlreadyExists.into()))
}

/// Names tried for one file: whoever has a hundred of a name has lost count of them anyway.
const NAMES_TRIED: u32 = 100;

/// For pipes and devices: somebody has to read within this.
const TIME_LIMIT: TimeLimit = TimeLimit {
    silence: Duration::from_secs(5),
    whole: Duration::from_secs(60),
};

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    if error.kind() == io::ErrorKind::TimedOut {
        let reason = "nobody read from it for 5 s, or not everything within 60 s; have it read, or name a file";
        return Failure::unwritable(path, &Reason::error(error.kind(), reason));
    }
    Failure::unwritable(path, error)
}

/// Writes the content into a file that has no name of its own yet, and has it on disk.
pub(crate) fn fill(file: &mut NamedTempFile, content: &Blob) -> io::Result<()> {
    content.write_to(file)?;
    file.as_file().sync_all()
}

/// Whether there is room for the content beside what is there; what cannot be found out is found out by writing.
fn prove_room(path: &Path, content: &Blob) -> io::Result<()> {
    let place = std::fs::canonicalize(path)?;
    match new_file(folder_of(&place)) {
        Ok(mut file) => fill(&mut file, content),
        Err(_) => Ok(()),
    }
}

fn take_place(
    path: &Path,
    file: NamedTempFile,
    place: &Path,
    content: &Blob,
) -> Result<(), Failure> {
    let Err(refused) = file.persist(place) else {
        // The file is there; that its name is on disk too is a help and no promise.
        let _ = sync_name(place);
        return Ok(());
    };
    // A file that something is mounted on cannot be renamed over.
    let in_place = match refused.error.kind() {
        io::ErrorKind::ResourceBusy => OpenOptions::new().write(true).open(place),
        _ => Err(refused.error),
    };
    in_place
        .and_then(|file| overwrite(file, content))
        .map_err(|error| unwritable(path, &error))
}

/// Writes over what is there, so that it is still the same file. What cannot be written any more leaves a part of the new content.
fn overwrite(mut file: File, content: &Blob) -> io::Result<()> {
    content
        .write_to(&mut file)
        .and_then(|()| file.set_len(content.size()))
        .and_then(|()| file.sync_all())
}

/// Writes into what is no file on a disk.
fn stream(path: &Path, content: &Blob) -> io::Result<()> {
    let (path, content) = (path.to_owned(), content.clone());
    within(TIME_LIMIT, move |progress| {
        // A descriptor may lead to a file that others write to as well.
        let mut stream = OpenOptions::new().append(true).open(path)?;
        for segment in content.segments() {
            for piece in segment.chunks(PIECE) {
                stream.write_all(piece)?;
                progress.add(piece.len());
            }
        }
        Ok(())
    })
}

/// What is written at a time, in bytes, so that a slow reader is seen to read.
const PIECE: usize = 64 << 10;

/// `name`, `name-2`, `name-3`, with the extension kept in its place.
fn numbered(name: &str, number: u32) -> String {
    match name.rsplit_once('.') {
        _ if number == 1 => name.to_owned(),
        Some((stem, extension)) => format!("{stem}-{number}.{extension}"),
        None => format!("{name}-{number}"),
    }
}

#[cfg(test)]
mod tests;
