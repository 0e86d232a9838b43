// SPDX-License-Identifier: Apache-2.0
//! A folder of bundles that stays within bounds: the oldest go first.

use std::{
    collections::VecDeque,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// What a file of a bundle is called at its end.
const EXTENSION: &str = "bundle";

/// What a file that is being written is called.
const UNFINISHED: &str = ".unfinished";

/// What a folder of bundles may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bundles.
    pub bundles: u32,
    /// Bytes of all of them.
    pub bytes: u64,
    /// For how long each is kept.
    pub age: Duration,
}

/// A folder of bundles that one process writes to.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    room: Room,
    /// The oldest first.
    kept: VecDeque<Kept>,
    bytes: u64,
    count: u64,
}

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    bytes: u64,
    at: SystemTime,
}

impl Folder {
    /// Opens a folder, and makes it where it is missing, for its owner alone. What was left unfinished is removed.
    ///
    /// # Errors
    /// What the system reports.
    pub fn open(path: &Path, room: Room) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let _ = fs::remove_file(path.join(UNFINISHED));
        let mut kept = Vec::new();
        for path in Self::bundles(path)? {
            let facts = fs::metadata(&path)?;
            let at = facts.modified()?;
            kept.push(Kept {
                path,
                bytes: facts.len(),
                at,
            });
        }
        let bytes = kept.iter().map(|it| it.bytes).sum();
        Ok(Self {
            path: path.to_owned(),
            room,
            kept: kept.into(),
            bytes,
            count: 0,
        })
    }

    /// The files of a folder of bundles, the oldest first; none where there is no folder.
    ///
    /// # Errors
    /// What the system reports.
    pub fn bundles(folder: &Path) -> io::Result<Vec<PathBuf>> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let paths: io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.path())).collect();
        let mut paths = paths?;
        paths.retain(|path| path.extension().is_some_and(|it| it == EXTENSION));
        // Names begin with a time.
        paths.sort();
        Ok(paths)
    }

    /// Keeps a bundle, whole or not at all, as a file whose name begins with the time and has `name` in it; and removes what there is no more room for. How many were
    /// removed.
    ///
    /// # Errors
    /// What the system reports; nothing was kept then.
    pub fn keep(&mut self, name: &str, bundle: &[u8], now: SystemTime) -> io::Result<u64> {
        let since = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        self.count += 1;
        let (micros, count) = (since.as_micros(), self.count);
        let path = self
            .path
            .join(format!("{micros:017}-{count:06}-{name}.{EXTENSION}"));
        let unfinished = self.path.join(UNFINISHED);
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&unfinished);
        let written = file.and_then(|mut file| file.write_all(bundle));
        let written = written.and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        let bytes = bundle.len() as u64;
        self.bytes += bytes;
        self.kept.push_back(Kept {
            path,
            bytes,
            at: now,
        });
        Ok(self.tidy(now))
    }

    /// Removes what there is no more room for, or is too old by now; how many.
    pub fn tidy(&mut self, now: SystemTime) -> u64 {
        let mut removed = 0;
        while let Some(oldest) = self.kept.front() {
            let is_old = now
                .duration_since(oldest.at)
                .is_ok_and(|age| age > self.room.age);
            let are_many = self.kept.len() > self.room.bundles as usize;
            if !is_old && !are_many && self.bytes <= self.room.bytes {
                break;
            }
            // One that somebody else has removed is gone as well.
            let _ = fs::remove_file(&oldest.path);
            self.bytes = self.bytes.saturating_sub(oldest.bytes);
            self.kept.pop_front();
            removed += 1;
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let paths = Folder::bundles(folder).unwrap().into_iter();
        let name = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
        paths
            .map(|path| name(path).split('-').next_back().unwrap().to_owned())
            .collect()
    }

    const ROOM: Room = Room {
        bundles: 3,
        bytes: 10,
        age: Duration::from_secs(100),
    };

    #[test]
    fn the_oldest_go_when_there_are_too_many_too_much_or_too_old_ones() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("recorded");
        let start = SystemTime::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut folder = Folder::open(&path, ROOM).unwrap();
        for (index, name) in ["a", "b", "c"].into_iter().enumerate() {
            assert_eq!(folder.keep(name, b"xx", at(index as u64)).unwrap(), 0);
        }
        assert_eq!(folder.keep("d", b"xx", at(3)).unwrap(), 1);
        assert_eq!(names(&path), ["b", "c", "d"]);
        assert_eq!(folder.keep("e", b"0123456", at(4)).unwrap(), 2);
        assert_eq!(names(&path), ["d", "e"]);
        assert_eq!(folder.tidy(at(104)), 1);
        assert_eq!(names(&path), ["e"]);
        // Another process goes on with what is there.
        let mut folder = Folder::open(&path, Room { bundles: 1, ..ROOM }).unwrap();
        assert_eq!(folder.keep("f", b"x", at(5)).unwrap(), 1);
        assert_eq!(names(&path), ["f"]);
    }

    #[test]
    fn one_that_cannot_be_written_leaves_nothing_behind() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("recorded");
        let mut folder = Folder::open(&path, ROOM).unwrap();
        fs::remove_dir(&path).unwrap();
        assert!(folder.keep("a", b"x", SystemTime::now()).is_err());
        fs::create_dir(&path).unwrap();
        assert_eq!(folder.keep("b", b"x", SystemTime::now()).unwrap(), 0);
        assert_eq!(names(&path), ["b"]);
    }
}
