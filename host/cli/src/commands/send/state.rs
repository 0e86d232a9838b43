// SPDX-License-Identifier: Apache-2.0
//! How far an operation has come, in a file: whole or as before, on disk before anything is sent, and this user's alone.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use silta_gateway::operation::{Keep, Progress};
use tempfile::NamedTempFile;

use crate::{
    commands::build,
    failure::Failure,
    files::{self, folder_of, sync_name},
};

/// The file of an operation's progress, or none.
#[derive(Debug)]
pub(crate) struct State {
    path: Option<PathBuf>,
    /// Reference of the request that was sent last, and how often: an outcome that ends its attempts leaves nothing of it in the progress.
    last_sent: (String, u32),
    /// Locked, so that two programs do not send the same operation at once. The file beside the state stays, empty.
    _lock: Option<File>,
}

impl State {
    /// The progress in a file, or `begun` where there is none yet.
    pub(crate) fn open(path: Option<&Path>, begun: Progress) -> Result<(Progress, Self), Failure> {
        let state = Self {
            path: path.map(Path::to_owned),
            last_sent: Default::default(),
            _lock: path.map(lock).transpose()?,
        };
        let Some(path) = path else {
            return Ok((begun, state));
        };
        // Only what is certain not to be there is begun: anything else may be a state that cannot be read at the moment.
        match path.symlink_metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((begun, state)),
            Err(error) => return Err(Failure::unreadable(path, &error)),
            Ok(_) => {}
        }
        let bytes = files::read_blob(path, 2 * build::LARGEST_CONTENT)?.to_vec();
        let progress = Progress::from_bytes(&bytes).map_err(|error| {
            let message = format!("{}: {error}", path.display());
            Failure::file("state.damaged", path, &message)
        })?;
        check_same(path, &progress, &begun)?;
        Ok((progress, state))
    }

    /// Where it is, if anywhere.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Reference of the request that was sent last, and how often.
    pub(crate) fn last_sent(&self) -> (&str, u32) {
        (&self.last_sent.0, self.last_sent.1)
    }

    /// Keeps the progress.
    pub(crate) fn write(&self, progress: &Progress) -> Result<(), Failure> {
        self.put(progress)
            .map_err(|(path, error)| Failure::unwritable(path, &error))
    }

    /// Replaces the file, if there is one.
    ///
    /// # Errors
    /// The file, and what the system reports.
    fn put(&self, progress: &Progress) -> Result<(), (&Path, io::Error)> {
        match self.path() {
            Some(path) => replace(path, progress).map_err(|error| (path, error)),
            None => Ok(()),
        }
    }
}

impl Keep for State {
    fn keep(&mut self, progress: &Progress) -> io::Result<()> {
        if let Some(attempt) = progress.attempt() {
            self.last_sent = (attempt.request.reference.clone(), attempt.sendings);
        }
        self.put(progress).map_err(|(_, error)| error)
    }
}

/// A state is of one operation: another one under it would be sent in its place, or taken for sent.
fn check_same(path: &Path, kept: &Progress, asked: &Progress) -> Result<(), Failure> {
    let differing = [
        ("agency", kept.agency == asked.agency),
        ("operation", kept.operation == asked.operation),
        ("parameters", kept.parameters == asked.parameters),
        ("cursor", kept.cursor == asked.cursor),
    ];
    match differing.iter().find(|(_, is_same)| !is_same) {
        None => Ok(()),
        Some((what, _)) => {
            let message = format!(
                "{}: this is the state of another operation: the {what} differs; give the same again, or name another file",
                path.display()
            );
            Err(Failure::caller("state.other-operation", "", &message))
        }
    }
}

fn lock(path: &Path) -> Result<File, Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".lock");
    let beside = PathBuf::from(beside);
    let unwritable = |error| Failure::unwritable(&beside, &error);
    let mut options = OpenOptions::new();
    // What is in a file of that name stays: it may be somebody else's.
    options.create(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&beside).map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = format!(
                "{}: another program is sending this operation; wait for its end",
                path.display()
            );
            Err(Failure::file("state.in-use", path, &message))
        }
        Err(TryLockError::Error(error)) => Err(unwritable(error)),
    }
}

fn replace(path: &Path, progress: &Progress) -> io::Result<()> {
    // Made for this user alone.
    let mut file = NamedTempFile::new_in(folder_of(path))?;
    files::fill(&mut file, &progress.to_blob())?;
    file.persist(path).map_err(|error| error.error)?;
    sync_name(path)
}
