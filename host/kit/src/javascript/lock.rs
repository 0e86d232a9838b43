// SPDX-License-Identifier: Apache-2.0
//! Builds at once in one folder: one installs while the others wait, and nobody installs while another makes a component. The lock is on the folder's package.json and goes with the process.

use std::{
    fs::{File, TryLockError},
    io::{self, ErrorKind, Write},
    path::Path,
};

use super::{MAKER, MANIFEST, installed::Installed, node};
use crate::error::{KitError, file_error};

/// How often it is installed when something else takes it away again before it can be used.
const ATTEMPTS: u32 = 3;

/// What keeps others from installing in a folder until it is closed; `None` where nothing can.
pub(super) type Lock = Option<File>;

/// How others are kept out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Others may make components as well.
    Make,
    /// Nobody else may do anything.
    Install,
}

/// Has a folder have what makes components: at once where it is there, otherwise installed. It stays until what is returned goes.
pub(super) fn installed(folder: &Path) -> Result<Lock, KitError> {
    for _ in 0..ATTEMPTS {
        let lock = lock(folder, Use::Make)?;
        if Installed::of(folder).is_usable() {
            return Ok(lock);
        }
        drop(lock);
        let lock = self::lock(folder, Use::Install)?;
        // Another build may have installed it meanwhile.
        if !Installed::of(folder).is_usable() {
            node::install(folder)?;
        }
        drop(lock);
    }
    Err(KitError::NotInstalled {
        folder: folder.to_owned(),
        package: MAKER,
    })
}

/// Waits, and says so, until nobody else is in the way. Where the file cannot be locked, it goes on without, and says that too.
fn lock(folder: &Path, how: Use) -> Result<Lock, KitError> {
    let manifest = folder.join(MANIFEST);
    // File systems of other machines want a file that can be written to, where there is one.
    let file = File::options().read(true).write(true).open(&manifest);
    let file = file.or_else(|_| File::open(&manifest));
    let file = file.map_err(|source| file_error(&manifest, source))?;
    let tried = match how {
        Use::Make => file.try_lock_shared(),
        Use::Install => file.try_lock(),
    };
    let locked = match tried {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            say(&format!(
                "waits for another build that uses or installs {MAKER} in {}",
                folder.display()
            ));
            match how {
                Use::Make => file.lock_shared(),
                Use::Install => file.lock(),
            }
        }
        Err(TryLockError::Error(error)) => Err(error),
    };
    match locked {
        Ok(()) => Ok(Some(file)),
        Err(error) if is_without_locks(&error) => {
            // What only uses it is in nobody's way as long as nobody installs.
            if how == Use::Install {
                say(&format!(
                    "{} cannot be locked ({error}): let no other build run in this folder",
                    manifest.display()
                ));
            }
            Ok(None)
        }
        Err(error) => Err(file_error(&manifest, error)),
    }
}

/// Whether the file system has no locks, or none of that kind for such a file.
fn is_without_locks(error: &io::Error) -> bool {
    /// `EBADF`, `ENOSYS`, `ENOLCK` and `EOPNOTSUPP` of Linux.
    const CODES: [i32; 4] = [9, 38, 37, 95];
    error.kind() == ErrorKind::Unsupported
        || (cfg!(target_os = "linux") && error.raw_os_error().is_some_and(|it| CODES.contains(&it)))
}

/// On standard error, as what npm says. That nobody reads it is no reason to fail.
fn say(what: &str) {
    let _ = writeln!(io::stderr(), "{what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_system_without_locks_is_no_error_and_others_are() {
        assert!(is_without_locks(&ErrorKind::Unsupported.into()));
        for (code, is_without) in [
            (9, true),
            (37, true),
            (38, true),
            (95, true),
            (5, false),
            (13, false),
        ] {
            let error = io::Error::from_raw_os_error(code);
            assert_eq!(is_without_locks(&error), is_without, "{error}");
        }
    }
}
