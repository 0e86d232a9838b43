// SPDX-License-Identifier: Apache-2.0
//! The folder that a component is made in: new, of one build only, and gone afterwards.

use std::{
    env, fs,
    io::ErrorKind,
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::error::{KitError, file_error};

/// What paths may have beside letters and digits: the engine takes its own as words of one line, and keeps them in an encoding of its choice.
const PLAIN: &str = "/._-";

/// How many names are tried.
const MOST_TRIED: u32 = 1000;

/// The folder; it goes with this value.
#[derive(Debug)]
pub(super) struct Stage(PathBuf);

impl Stage {
    /// A new one, among the temporary files of the system, that nobody else can write to.
    pub(super) fn new() -> Result<Self, KitError> {
        Self::below(&env::temp_dir())
    }

    fn below(temporary: &Path) -> Result<Self, KitError> {
        let found = fs::canonicalize(temporary).map_err(|source| file_error(temporary, source))?;
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || PLAIN.contains(letter);
        if !found
            .to_str()
            .is_some_and(|path| path.chars().all(is_plain))
        {
            return Err(KitError::TemporaryFolder(found));
        }
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mut tried = 0;
        loop {
            tried += 1;
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let path = found.join(format!("silta-{}-{number}", process::id()));
            match create(&path) {
                Ok(()) => return Ok(Self(path)),
                // What is there already, a link among them, is somebody else's.
                Err(source) if source.kind() == ErrorKind::AlreadyExists && tried < MOST_TRIED => {}
                Err(source) => return Err(file_error(&path, source)),
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // It is among the temporary files, which the system clears.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(unix)]
fn create(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> std::io::Result<()> {
    fs::create_dir(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_new_and_goes_with_its_build() {
        let (one, other) = (Stage::new().unwrap(), Stage::new().unwrap());
        assert_ne!(one.path(), other.path());
        let path = one.path().to_owned();
        fs::write(path.join("file"), "").unwrap();
        drop(one);
        assert!(!path.exists() && other.path().is_dir());
    }

    #[test]
    fn a_place_that_the_engine_would_not_find_is_refused_by_name() {
        let stage = Stage::new().unwrap();
        for name in ["a b", "ä"] {
            let folder = stage.path().join(name);
            fs::create_dir(&folder).unwrap();
            let refused = Stage::below(&folder).unwrap_err();
            assert_eq!(refused.code(), "component.temporary-folder");
            let told = refused.to_string();
            assert!(told.contains(name) && told.contains("TMPDIR"), "{told}");
        }
    }
}
