// SPDX-License-Identifier: Apache-2.0
//! A folder of bundles that stays within bounds: the oldest go first.

use std::{
    collections::{BTreeMap, VecDeque},
    fs::{self, DirBuilder, File, OpenOptions},
    hash::{BuildHasher, RandomState},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process,
    time::{Duration, SystemTime},
};

/// What a file of a bundle is called at its end.
const EXTENSION: &str = "bundle";

/// What a file that is being written is called at its end.
const UNFINISHED: &str = "unfinished";

/// An unfinished file that is older was left by a process that was killed.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

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

/// A folder of bundles. Several processes may write to one: none touches what another is writing, and each knows of what others wrote from the next
/// [`tidy`](Self::tidy) on.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    room: Room,
    /// The oldest first.
    kept: VecDeque<Kept>,
    bytes: u64,
    count: u64,
    /// In the names of the files of this process, by chance: numbers of processes are the same in containers.
    mark: u64,
}

#[derive(Debug)]
struct Kept {
    path: PathBuf,
    bytes: u64,
    at: SystemTime,
}

/// What was removed from a folder.
#[derive(Debug, Default)]
pub struct Tidied {
    /// Bundles.
    pub removed: u64,
    /// Why others could not be removed, or looked for: they are still there.
    pub failed: Option<io::Error>,
}

impl Folder {
    /// Opens a folder, and makes it where it is missing, for its owner alone.
    ///
    /// # Errors
    /// What the system reports; `PermissionDenied` where others own the folder or can write to it.
    pub fn open(path: &Path, room: Room) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let mark = RandomState::new().hash_one(process::id()) & 0xFFFF_FFFF;
        let mut folder = Self {
            path: path.to_owned(),
            room,
            kept: VecDeque::new(),
            bytes: 0,
            count: 0,
            mark,
        };
        // Who we are is who owns a file that we make.
        let probe = folder.unfinished();
        let user = new_file(&probe)
            .and_then(|file| file.metadata())
            .map(|it| it.uid());
        let _ = fs::remove_file(&probe);
        Self::check(path, user?)?;
        folder.remove_abandoned()?;
        folder.read_again()?;
        Ok(folder)
    }

    /// Whether a folder is this user's and nobody else can write to it: who could, might put links there, or take files away.
    ///
    /// # Errors
    /// What the system reports; `PermissionDenied`, with what to do, where it is not so.
    pub fn check(path: &Path, user: u32) -> io::Result<()> {
        let facts = fs::metadata(path)?;
        let refused = |reason: String| Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
        if facts.uid() != user {
            return refused(format!(
                "the folder belongs to the user {}, and not to {user} who runs the program; name one of its own",
                facts.uid()
            ));
        }
        let mode = facts.mode() & 0o777;
        if mode & 0o022 != 0 {
            return refused(format!(
                "others can write to the folder, its mode is {mode:o}; `chmod go-w` closes it"
            ));
        }
        Ok(())
    }

    /// The files of a folder of bundles, the oldest first; none where there is no folder.
    ///
    /// # Errors
    /// What the system reports.
    pub fn bundles(folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut paths = files(folder)?;
        paths.retain(|path| path.extension().is_some_and(|it| it == EXTENSION));
        // Names begin with a time.
        paths.sort();
        Ok(paths)
    }

    /// Keeps a bundle, whole or not at all, also where the machine loses its power, as a file whose name begins with the time and has `name` in it; and removes what there is
    /// no more room for.
    ///
    /// # Errors
    /// What the system reports, or that there is no room and none can be made; nothing was kept then.
    pub fn keep(&mut self, name: &str, bundle: &[u8], now: SystemTime) -> io::Result<Tidied> {
        if self.is_over() {
            let tidied = self.make_room(now);
            if let Some(error) = tidied.failed.filter(|_| self.is_over()) {
                return Err(error);
            }
        }
        let since = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        self.count += 1;
        let (micros, count, mark) = (since.as_micros(), self.count, self.mark);
        let path = self.path.join(format!(
            "{micros:017}-{count:06}-{mark:08x}-{name}.{EXTENSION}"
        ));
        let unfinished = self.unfinished();
        let written = write(&unfinished, bundle).and_then(|()| fs::rename(&unfinished, &path));
        if let Err(error) = written {
            let _ = fs::remove_file(&unfinished);
            return Err(error);
        }
        File::open(&self.path)?.sync_all()?;
        let bytes = bundle.len() as u64;
        self.bytes += bytes;
        self.kept.push_back(Kept {
            path,
            bytes,
            at: now,
        });
        Ok(self.make_room(now))
    }

    /// Looks at what is there, be it of other processes, and removes what there is no more room for, or is too old by now.
    pub fn tidy(&mut self, now: SystemTime) -> Tidied {
        let read = self.read_again();
        let mut tidied = self.make_room(now);
        if let Err(error) = read {
            tidied.failed.get_or_insert(error);
        }
        tidied
    }

    fn make_room(&mut self, now: SystemTime) -> Tidied {
        let (mut tidied, mut left) = (Tidied::default(), VecDeque::new());
        while let Some(oldest) = self.kept.pop_front() {
            let is_old = now
                .duration_since(oldest.at)
                .is_ok_and(|age| age > self.room.age);
            let are_many = self.kept.len() + left.len() >= self.room.bundles as usize;
            let is_over = are_many || self.bytes > self.room.bytes;
            // Younger ones do not go in the place of one that cannot be removed.
            let has_to_go = is_old || (is_over && tidied.failed.is_none());
            if !has_to_go {
                self.kept.push_front(oldest);
                break;
            }
            match fs::remove_file(&oldest.path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tidied.failed.get_or_insert(error);
                    left.push_back(oldest);
                }
                // One that somebody else has removed is gone as well.
                _ => {
                    self.bytes = self.bytes.saturating_sub(oldest.bytes);
                    tidied.removed += 1;
                }
            }
        }
        left.append(&mut self.kept);
        self.kept = left;
        tidied
    }

    fn is_over(&self) -> bool {
        self.kept.len() > self.room.bundles as usize || self.bytes > self.room.bytes
    }

    /// What is there. What goes while it is looked at is gone.
    fn read_again(&mut self) -> io::Result<()> {
        let known: BTreeMap<_, _> = self.kept.iter().map(|it| (&it.path, it.at)).collect();
        let mut kept = VecDeque::new();
        for path in Self::bundles(&self.path)? {
            let Some(facts) = unless_gone(fs::symlink_metadata(&path))? else {
                continue;
            };
            let at = match known.get(&path) {
                Some(at) => *at,
                None => facts.modified()?,
            };
            let bytes = facts.len();
            kept.push_back(Kept { path, bytes, at });
        }
        self.bytes = kept.iter().map(|it| it.bytes).sum();
        self.kept = kept;
        Ok(())
    }

    fn remove_abandoned(&self) -> io::Result<()> {
        let mut paths = files(&self.path)?;
        paths.retain(|path| path.extension().is_some_and(|it| it == UNFINISHED));
        for path in paths {
            let modified = fs::symlink_metadata(&path).and_then(|it| it.modified());
            let age = modified.ok().and_then(|at| at.elapsed().ok());
            if age.is_some_and(|age| age > ABANDONED) {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    /// The file that this process is writing.
    fn unfinished(&self) -> PathBuf {
        let (mark, count) = (self.mark, self.count);
        self.path.join(format!(".{mark:08x}-{count}.{UNFINISHED}"))
    }
}

/// All files of a folder; none where there is no folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    entries.map(|entry| Ok(entry?.path())).collect()
}

fn unless_gone<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A file that was not there, not even as a link.
fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).open(path)
}

/// A new file, on the disk.
fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = new_file(path)?;
    file.write_all(content)?;
    file.sync_all()
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
            assert_eq!(
                folder.keep(name, b"xx", at(index as u64)).unwrap().removed,
                0
            );
        }
        assert_eq!(folder.keep("d", b"xx", at(3)).unwrap().removed, 1);
        assert_eq!(names(&path), ["b", "c", "d"]);
        assert_eq!(folder.keep("e", b"0123456", at(4)).unwrap().removed, 2);
        assert_eq!(names(&path), ["d", "e"]);
        assert_eq!(folder.tidy(at(104)).removed, 1);
        assert_eq!(names(&path), ["e"]);
        // Another process goes on with what is there.
        let mut folder = Folder::open(&path, Room { bundles: 1, ..ROOM }).unwrap();
        assert_eq!(folder.keep("f", b"x", at(5)).unwrap().removed, 1);
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
        assert_eq!(
            folder.keep("b", b"x", SystemTime::now()).unwrap().removed,
            0
        );
        assert_eq!(names(&path), ["b"]);
    }

    #[test]
    fn two_write_to_one_folder_and_know_of_each_other_once_they_tidy() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("recorded");
        let now = SystemTime::now();
        let mut one = Folder::open(&path, ROOM).unwrap();
        let mut other = Folder::open(&path, ROOM).unwrap();
        let writing = one.path.join(".0-1.unfinished");
        fs::write(&writing, "x").unwrap();
        for name in ["a", "b"] {
            one.keep(name, b"x", now).unwrap();
            other.keep(name, b"x", now).unwrap();
        }
        let left = Folder::open(&path, ROOM).unwrap();
        assert!(writing.exists());
        assert_eq!(left.kept.len(), 4);
        assert_eq!(one.tidy(now).removed, 1);
        assert_eq!(other.tidy(now).removed, 0);
        assert_eq!(names(&path).len(), 3);
    }

    #[test]
    fn a_folder_that_is_open_to_others_is_refused() {
        use std::os::unix::fs::PermissionsExt;

        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path();
        for (mode, is_ours) in [(0o777, false), (0o720, false), (0o755, true), (0o700, true)] {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            let opened = Folder::open(path, ROOM);
            assert_eq!(opened.is_ok(), is_ours, "{mode:o}");
        }
        let user = fs::metadata(path).unwrap().uid();
        Folder::check(path, user).unwrap();
        let refused = Folder::check(path, user + 1).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!(files(path).unwrap(), Vec::<PathBuf>::new());
    }

    #[test]
    fn what_cannot_be_removed_still_counts_and_nothing_is_kept_beyond_the_room() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("recorded");
        let mut folder = Folder::open(&path, ROOM).unwrap();
        // A folder is not removed as a file is.
        fs::create_dir(path.join("0-x-stays.bundle")).unwrap();
        let room = Room {
            bundles: 1,
            bytes: u64::MAX,
            age: Duration::MAX,
        };
        folder.room = room;
        let now = SystemTime::now();
        assert!(folder.tidy(now).failed.is_none());
        assert!(folder.keep("a", b"x", now).unwrap().failed.is_some());
        folder.keep("b", b"x", now).unwrap_err();
        assert_eq!(names(&path), ["stays", "a"]);
    }
}
