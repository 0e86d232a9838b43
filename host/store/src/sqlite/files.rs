// SPDX-License-Identifier: Apache-2.0
//! Large contents: files that are named by their digest.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::folder::{private, sync_folder};
use crate::content::{Content, Digest, Hasher};

/// How an unfinished file ends.
const UNFINISHED: &str = ".part";

/// Bytes of a file that are read at a time.
const PIECE: usize = 64 << 10;

/// The folder of the files. A file is there, durably, before a row names it, and is removed only when no row does.
pub(super) struct Files {
    folder: PathBuf,
    pinned: Mutex<Pinned>,
    next: AtomicU64,
}

/// What must not be removed, though no row may name it yet.
#[derive(Default)]
struct Pinned {
    digests: HashMap<Digest, usize>,
    /// Those who need all of them.
    all: usize,
    /// Which may be needed by nobody any more: a pin has gone, or was in the way of the removal.
    loose: HashSet<Digest>,
}

/// As long as this lives, a file is not removed.
pub(super) struct Pin {
    files: Arc<Files>,
    digest: Option<Digest>,
}

impl Files {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            pinned: Mutex::default(),
            next: AtomicU64::new(0),
        }
    }

    /// Makes a content a durable file, unless it is one. One that has been damaged is written anew.
    pub(super) fn keep(self: &Arc<Self>, content: &Content) -> io::Result<Pin> {
        let digest = content.digest();
        // Before the look whether it is there.
        let pin = self.pin(Some(digest));
        let path = self.path(&digest);
        match whole(&path, content) {
            // It may be there because of a process that was killed before it synced.
            Ok(Some(file)) => file.sync_all()?,
            _ => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                let unfinished = self.folder.join(format!("{digest}-{number}{UNFINISHED}"));
                let written = self
                    .write(content, &unfinished)
                    .and_then(|()| fs::rename(&unfinished, &path));
                if let Err(error) = written {
                    // It takes room that is needed.
                    let _ = fs::remove_file(&unfinished);
                    return Err(error);
                }
            }
        }
        sync_folder(&self.folder)?;
        Ok(pin)
    }

    fn write(&self, content: &Content, path: &PathBuf) -> io::Result<()> {
        let mut file = private()
            .create(true)
            .truncate(true)
            .write(true)
            .open(path)?;
        content
            .segments()
            .iter()
            .try_for_each(|segment| file.write_all(segment))?;
        file.sync_all()
    }

    /// A file as it is; whether it is the right one, its digest tells.
    pub(super) fn read(&self, digest: &Digest) -> io::Result<Content> {
        fs::read(self.path(digest)).map(Content::from)
    }

    /// Keeps all files for a while.
    pub(super) fn pin_all(self: &Arc<Self>) -> Pin {
        self.pin(None)
    }

    fn pin(self: &Arc<Self>, digest: Option<Digest>) -> Pin {
        let mut pinned = self.pinned();
        match digest {
            Some(digest) => *pinned.digests.entry(digest).or_default() += 1,
            None => pinned.all += 1,
        }
        Pin {
            files: self.clone(),
            digest,
        }
    }

    /// Removes a file, unless somebody is about to name it. Whoever calls this knows that no row does, and lets none be written meanwhile.
    pub(super) fn remove(&self, digest: &Digest) -> io::Result<()> {
        let mut pinned = self.pinned();
        if pinned.all > 0 || pinned.digests.contains_key(digest) {
            pinned.loose.insert(*digest);
            return Ok(());
        }
        match fs::remove_file(self.path(digest)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Those that may be needed by nobody any more. Whoever takes them asks whether a row names them.
    pub(super) fn take_loose(&self) -> Vec<Digest> {
        std::mem::take(&mut self.pinned().loose)
            .into_iter()
            .collect()
    }

    /// The digests of all files; what was left unfinished by a process that is gone is removed.
    pub(super) fn all(&self) -> io::Result<Vec<Digest>> {
        let mut digests = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            match name.parse() {
                Ok(digest) => digests.push(digest),
                Err(_) if name.ends_with(UNFINISHED) => fs::remove_file(entry.path())?,
                // Not ours.
                Err(_) => {}
            }
        }
        Ok(digests)
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> io::Result<u64> {
        let mut bytes = 0;
        for entry in fs::read_dir(&self.folder)? {
            match entry?.metadata() {
                Ok(file) => bytes += file.len(),
                // Removed, or under its own name, meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(bytes)
    }

    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(digest.to_string())
    }

    fn pinned(&self) -> MutexGuard<'_, Pinned> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file of a content, if it holds that.
fn whole(path: &Path, content: &Content) -> io::Result<Option<fs::File>> {
    let mut file = fs::File::open(path)?;
    if file.metadata()?.len() != content.size() {
        return Ok(None);
    }
    let mut hasher = Hasher::default();
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => hasher.bytes(piece.get(..read).unwrap_or_default()),
        }
    }
    Ok((hasher.finish() == content.digest()).then_some(file))
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut pinned = self.files.pinned();
        let Some(digest) = self.digest else {
            pinned.all = pinned.all.saturating_sub(1);
            return;
        };
        if let Some(count) = pinned.digests.get_mut(&digest) {
            *count -= 1;
            if *count == 0 {
                pinned.digests.remove(&digest);
                pinned.loose.insert(digest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_while_somebody_is_about_to_name_it() {
        let folder = tempfile::tempdir().unwrap();
        let files = Arc::new(Files::new(folder.path().to_owned()));
        let content = Content::from(b"content".as_slice());
        let digest = content.digest();
        let first = files.keep(&content).unwrap();
        let second = files.keep(&content).unwrap();
        drop(first);
        files.remove(&digest).unwrap();
        assert_eq!(files.read(&digest).unwrap(), content);
        drop(second);
        let all = files.pin_all();
        files.remove(&digest).unwrap();
        assert_eq!(files.all().unwrap(), [digest]);
        drop(all);
        files.remove(&digest).unwrap();
        files.remove(&digest).unwrap();
        assert!(files.all().unwrap().is_empty());
    }

    #[test]
    fn a_file_of_other_bytes_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let files = Arc::new(Files::new(folder.path().to_owned()));
        let content = Content::from(vec![b'x'; PIECE + 1]);
        drop(files.keep(&content).unwrap());
        let mut damaged = content.to_vec();
        damaged[PIECE] = b'y';
        fs::write(files.path(&content.digest()), damaged).unwrap();
        drop(files.keep(&content).unwrap());
        assert_eq!(files.read(&content.digest()).unwrap(), content);
    }

    #[test]
    fn a_file_that_was_cut_short_is_written_anew_and_what_is_unfinished_removed() {
        let folder = tempfile::tempdir().unwrap();
        let files = Arc::new(Files::new(folder.path().to_owned()));
        let content = Content::from(b"content".as_slice());
        fs::write(files.path(&content.digest()), b"con").unwrap();
        fs::write(folder.path().join("left.part"), b"x").unwrap();
        fs::write(folder.path().join("README"), b"x").unwrap();
        drop(files.keep(&content).unwrap());
        assert_eq!(files.read(&content.digest()).unwrap(), content);
        assert_eq!(files.all().unwrap(), [content.digest()]);
        let names = fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(names, 2, "the file, and the one that is not ours");
    }
}
