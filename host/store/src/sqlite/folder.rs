// SPDX-License-Identifier: Apache-2.0
//! The folder of a store: who has it, who may read it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::open_error::OpenError;

/// The folder of a store, and what is in it.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes what is not there yet; nobody but its owner may read it.
    pub(super) fn prepare(path: &Path) -> Result<Self, OpenError> {
        let folder = Self(path.to_owned());
        let new = path.ancestors().take_while(|above| !above.exists()).count();
        make_folder(path).map_err(file(path))?;
        sync_above(path, new)?;
        let bodies = folder.bodies();
        make_folder(&bodies).map_err(file(&bodies))?;
        Ok(folder)
    }

    /// One that is there.
    pub(super) fn existing(path: &Path) -> Result<Self, OpenError> {
        let folder = Self(path.to_owned());
        match fs::metadata(folder.database()) {
            Ok(_) => Ok(folder),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(OpenError::Missing(path.to_owned()))
            }
            Err(error) => Err(file(path)(error)),
        }
    }

    /// Makes the database's file, empty, unless it is there. Only who has the lock may do this: closing a file takes away SQLite's locks on it.
    pub(super) fn prepare_database(&self) -> Result<(), OpenError> {
        let path = self.database();
        match private().create_new(true).write(true).open(&path) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                restrict(&path, 0o600).map_err(file(&path))?
            }
            Err(error) => return Err(file(&path)(error)),
        }
        self.sync().map_err(file(&self.0))
    }

    /// Takes the store for this process.
    pub(super) fn lock(&self) -> Result<File, OpenError> {
        let path = self.0.join("lock");
        let opened = private()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let lock = opened.map_err(file(&path))?;
        match lock.try_lock() {
            Ok(()) => Ok(lock),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(self.0.clone())),
            Err(TryLockError::Error(error)) => Err(file(&path)(error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn database(&self) -> PathBuf {
        self.0.join("silta.db")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.0.join("silta.db-wal")
    }

    pub(super) fn bodies(&self) -> PathBuf {
        self.0.join("bodies")
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        sync_folder(&self.0)
    }
}

/// Options for a file that only its owner may read.
pub(super) fn private() -> OpenOptions {
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    // A folder is a file that can be synced on Unix only.
    if cfg!(unix) {
        File::open(path)?.sync_all()
    } else {
        Ok(())
    }
}

/// Makes the name of a folder durable, and those of the folders that it is in, so many of which are `new`. Not only of these: a process that made them may
/// have been killed before it came to this.
fn sync_above(path: &Path, new: usize) -> Result<(), OpenError> {
    let whole = fs::canonicalize(path).map_err(file(path))?;
    let mut below = whole.as_path();
    for (number, above) in whole.ancestors().enumerate().skip(1) {
        if is_mounted(below, above).map_err(file(above))? {
            break;
        }
        match sync_folder(above) {
            // Somebody else's, and not to be read: whoever made it has to know that it stays.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && number > new => {
                tracing::info!(target: "silta::store", folder = %above.display(), "not synced: it may not be read");
            }
            synced => synced.map_err(file(above))?,
        }
        below = above;
    }
    Ok(())
}

/// Whether another file system begins with a folder: its name is nothing that this one keeps.
#[cfg(unix)]
fn is_mounted(path: &Path, above: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(fs::metadata(path)?.dev() != fs::metadata(above)?.dev())
}

#[cfg(not(unix))]
fn is_mounted(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)?;
    restrict(path, 0o700)
}

#[cfg(unix)]
fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    // Of the file it may only be the owner's to change, and it need not be changed then.
    let permissions = fs::metadata(path)?.permissions();
    match permissions.mode() & 0o777 & !mode {
        0 => Ok(()),
        _ => fs::set_permissions(path, fs::Permissions::from_mode(mode)),
    }
}

#[cfg(not(unix))]
fn restrict(path: &Path, _: u32) -> io::Result<()> {
    fs::metadata(path).map(drop)
}

/// An error with its path.
pub(super) fn file(path: &Path) -> impl Fn(io::Error) -> OpenError {
    let path = path.to_owned();
    move |error| OpenError::File {
        path: path.clone(),
        error,
    }
}
