// SPDX-License-Identifier: Apache-2.0
//! A [`Disk`] as a folder that any program can use.
//!
//! The kernel keeps pages, so that files can be mapped into memory as SQLite does with its `-shm`; it passes each write on before the program goes on.

use std::{
    ffi::OsStr,
    io,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use fuser::{
    BackgroundSession, BsdFileFlags, Config, FileAttr, FileHandle, FileType, Filesystem,
    FopenFlags, Generation, INodeNo, LockOwner, MountOption, OpenFlags, RenameFlags, ReplyAttr,
    ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs,
    ReplyWrite, Request, Session, TimeOrNow, WriteFlags,
};

use crate::disk::{Attributes, Call, Disk, Errno, ROOT};

/// Nothing changes but through the kernel, which may remember what it was told.
const FOREVER: Duration = Duration::from_secs(3_600);

/// A disk that several hold.
#[derive(Clone)]
pub(crate) struct Drive(Arc<(Mutex<Disk>, Condvar)>);

impl Drive {
    pub(crate) fn new(disk: Disk) -> Self {
        Self(Arc::new((Mutex::new(disk), Condvar::new())))
    }

    pub(crate) fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until the power fails, or this has lasted so long; whether it has failed.
    pub(crate) fn wait_until_off(&self, longest: Duration) -> bool {
        let end = Instant::now() + longest;
        let mut disk = self.disk();
        while !disk.is_off() {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.0.1.wait_timeout(disk, left);
            disk = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    fn ask<T>(&self, ask: impl FnOnce(&mut Disk) -> Result<T, Errno>) -> Result<T, fuser::Errno> {
        let mut disk = self.disk();
        let was_off = disk.is_off();
        let answer = ask(&mut disk);
        if disk.is_off() && !was_off {
            self.0.1.notify_all();
        }
        answer.map_err(|Errno(number)| fuser::Errno::from_i32(number))
    }
}

/// A drive at a place. Dropped, it is taken away from there; whoever uses it has ended before.
pub(crate) struct Mounted(Option<BackgroundSession>);

impl Mounted {
    pub(crate) fn new(drive: &Drive, at: &Path) -> io::Result<Self> {
        let mut config = Config::default();
        config.mount_options = vec![MountOption::FSName("silta-durability".into())];
        config.n_threads = Some(2);
        let session = Session::new(Served(drive.clone()), at, &config)?;
        Ok(Self(Some(session.spawn()?)))
    }

    /// Takes it away.
    ///
    /// # Errors
    /// Somebody still uses it.
    pub(crate) fn unmount(mut self) -> io::Result<()> {
        let session = self.0.take();
        match session.map_or(Ok(()), BackgroundSession::umount_and_join) {
            // It is gone, and a thread that served it has been told so in other words than those that it expects.
            Err(error) if error.raw_os_error() == Some(libc::ECONNABORTED) => Ok(()),
            unmounted => unmounted,
        }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        if let Some(session) = self.0.take() {
            let _ = session.umount_and_join();
        }
    }
}

/// What the kernel asks.
struct Served(Drive);

fn attributes(of: Attributes) -> FileAttr {
    let kind = match of.is_folder {
        true => FileType::Directory,
        false => FileType::RegularFile,
    };
    FileAttr {
        ino: INodeNo(of.node),
        size: of.size as u64,
        blocks: (of.size as u64).div_ceil(512),
        atime: UNIX_EPOCH,
        mtime: UNIX_EPOCH,
        ctime: UNIX_EPOCH,
        crtime: UNIX_EPOCH,
        kind,
        perm: (of.mode & 0o7777) as u16,
        nlink: 1,
        uid: nix::unistd::geteuid().as_raw(),
        gid: nix::unistd::getegid().as_raw(),
        rdev: 0,
        blksize: 4_096,
        flags: 0,
    }
}

/// Answers, or hands the error on.
macro_rules! answer {
    ($reply:ident, $asked:expr, $value:pat => $answer:expr) => {
        match $asked {
            Ok($value) => $answer,
            Err(errno) => $reply.error(errno),
        }
    };
}

impl Filesystem for Served {
    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let found = self.0.ask(|disk| disk.look_up(parent.0, name));
        answer!(reply, found, found => reply.entry(&FOREVER, &attributes(found), Generation(0)));
    }

    fn getattr(&self, _: &Request, ino: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        let found = self.0.ask(|disk| disk.attributes(ino.0));
        answer!(reply, found, found => reply.attr(&FOREVER, &attributes(found)));
    }

    fn setattr(
        &self,
        _: &Request,
        ino: INodeNo,
        mode: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let set = self.0.ask(|disk| {
            if let Some(mode) = mode {
                disk.set_mode(ino.0, mode)?;
            }
            if let Some(size) = size {
                disk.set_length(ino.0, size as usize)?;
            }
            disk.attributes(ino.0)
        });
        answer!(reply, set, found => reply.attr(&FOREVER, &attributes(found)));
    }

    fn mkdir(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        reply: ReplyEntry,
    ) {
        let made = self
            .0
            .ask(|disk| disk.create(parent.0, name, mode & !umask, Call::MakeFolder));
        answer!(reply, made, made => reply.entry(&FOREVER, &attributes(made), Generation(0)));
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let removed = self.0.ask(|disk| disk.remove(parent.0, name));
        answer!(reply, removed, () => reply.ok());
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let removed = self.0.ask(|disk| disk.remove(parent.0, name));
        answer!(reply, removed, () => reply.ok());
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        new_parent: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        if !flags.is_empty() {
            return reply.error(fuser::Errno::EINVAL);
        }
        let (from, to) = ((parent.0, name), (new_parent.0, new_name));
        let renamed = self.0.ask(|disk| disk.rename(from, to));
        answer!(reply, renamed, () => reply.ok());
    }

    fn open(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        let opened = self.0.ask(Disk::open);
        answer!(reply, opened, () => reply.opened(FileHandle(0), FopenFlags::FOPEN_KEEP_CACHE));
    }

    fn create(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        let made = self
            .0
            .ask(|disk| disk.create(parent.0, name, mode & !umask, Call::Create));
        answer!(reply, made, made => reply.created(
            &FOREVER,
            &attributes(made),
            Generation(0),
            FileHandle(0),
            FopenFlags::FOPEN_KEEP_CACHE,
        ));
    }

    fn read(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let read = self.0.ask(|disk| {
            let bytes = disk.read(ino.0, offset as usize, size as usize)?;
            Ok(bytes.to_vec())
        });
        answer!(reply, read, bytes => reply.data(&bytes));
    }

    fn write(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        data: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let written = self.0.ask(|disk| disk.write(ino.0, offset as usize, data));
        answer!(reply, written, () => reply.written(data.len() as u32));
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        // To close a file makes nothing durable.
        reply.ok();
    }

    fn fsync(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        let synced = self.0.ask(|disk| disk.sync(ino.0));
        answer!(reply, synced, () => reply.ok());
    }

    fn fsyncdir(&self, _: &Request, ino: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        let synced = self.0.ask(|disk| disk.sync_folder(ino.0));
        answer!(reply, synced, () => reply.ok());
    }

    fn readdir(
        &self,
        _: &Request,
        ino: INodeNo,
        _: FileHandle,
        offset: u64,
        mut reply: ReplyDirectory,
    ) {
        let listed = self.0.ask(|disk| disk.list(ino.0));
        answer!(reply, listed, names => {
            for (name, found) in names.into_iter().filter(|(_, found)| found.node > offset) {
                let found = attributes(found);
                if reply.add(found.ino, found.ino.0, found.kind, name) {
                    break;
                }
            }
            reply.ok();
        });
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        reply.statfs(
            1 << 20,
            1 << 19,
            1 << 19,
            1 << 20,
            1 << 19,
            4_096,
            255,
            4_096,
        );
    }
}

/// Whether a program may serve a file system here: if not, why.
pub(crate) fn available() -> Result<(), String> {
    let try_it = || -> io::Result<()> {
        let at = tempfile::tempdir()?;
        let drive = Drive::new(Disk::new(1));
        let mounted = Mounted::new(&drive, at.path())?;
        drive
            .disk()
            .attributes(ROOT)
            .map_err(|Errno(number)| io::Error::from_raw_os_error(number))?;
        mounted.unmount()
    };
    try_it().map_err(|error| format!("no file system can be mounted through /dev/fuse: {error}"))
}
