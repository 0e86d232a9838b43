// SPDX-License-Identifier: Apache-2.0
//! A file of the folder. It is opened once: what is checked is what is run.

use std::{
    fs,
    io::{Read, Seek},
    path::Path,
    sync::Arc,
    time::SystemTime,
};

use wasmtime::{Engine, component::Component};

#[cfg(target_os = "linux")]
use super::reading::checksum_of;
use super::{KEPT_BYTES, SEAL, checksum, seal};

/// A file that nobody else can have written: somebody may have put it there while the folder was open to others.
pub(super) struct Stored {
    file: Arc<fs::File>,
    length: u64,
}

impl Stored {
    /// `None` where it is not there, belongs to somebody else than the folder does, can be written by others, or is larger than all files together may be.
    #[cfg(unix)]
    pub(super) fn open(path: &Path, folder: &Path) -> Option<Self> {
        use std::os::unix::fs::{MetadataExt, OpenOptionsExt};

        let mut options = fs::OpenOptions::new();
        // Not what a link leads to; and no waiting for whoever writes to a pipe.
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
        let file = options.read(true).open(path).ok()?;
        let (told, folder) = (file.metadata().ok()?, fs::metadata(folder).ok()?);
        let is_ours = told.is_file() && told.uid() == folder.uid() && told.mode() & 0o022 == 0;
        let length = told.len();
        let file = Arc::new(file);
        (is_ours && length <= KEPT_BYTES).then_some(Self { file, length })
    }

    /// No folder is used there.
    #[cfg(not(unix))]
    pub(super) fn open(_: &Path, _: &Path) -> Option<Self> {
        None
    }

    /// Its component, mapped; `None` where the file is damaged or of another engine.
    ///
    /// # Errors
    /// Why it is not to be mapped, or cannot be: where nothing may be run that is mapped (the mount option `noexec`), a copy may.
    #[cfg(target_os = "linux")]
    #[expect(
        unsafe_code,
        reason = "the engine cannot prove what a file holds; here it is known who wrote it, for which engine, and that it is whole"
    )]
    pub(super) fn mapped(&self, engine: &Engine) -> Result<Option<Component>, String> {
        use std::os::fd::AsRawFd;

        if !is_of_this_machine(&self.file) {
            return Err("its file system is not known to be this machine's alone".to_owned());
        }
        if !self.is_whole() {
            return Ok(None);
        }
        // The engine opens by name only: this is the file that is open, whatever lies at its name by now.
        let path = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        // SAFETY: `deserialize_file` demands bytes that `serialize` made, unchanged for as long as the component is there. The file that is open here, and no other, has been seen to be this
        // user's alone (`open`) and whole (`is_whole`); its name says that it was written for an engine of this version and these settings. Nobody else can change it, and we never change
        // a file that has its name. This user's other programs are asked not to; the file is there to be read only.
        let mapped = unsafe { Component::deserialize_file(engine, &path) };
        mapped.map(Some).map_err(|error| format!("{error:#}"))
    }

    /// There is no way to map a file that is open.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn mapped(&self, _: &Engine) -> Result<Option<Component>, String> {
        Err("files are mapped on Linux only".to_owned())
    }

    /// Its component, in memory of its own; `None` where the file is damaged, or of another engine.
    #[expect(
        unsafe_code,
        reason = "the engine cannot prove what a file holds; here it is known who wrote it, for which engine, and that it is whole"
    )]
    pub(super) fn copied(&self, engine: &Engine) -> Option<Component> {
        (&*self.file).rewind().ok()?;
        let mut content = Vec::with_capacity(usize::try_from(self.length).ok()?);
        let read = (&*self.file).take(self.length).read_to_end(&mut content);
        read.ok()?;
        let (code, end) = content.split_last_chunk::<SEAL>()?;
        if end.as_slice() != seal(checksum::of(code)?) {
            return None;
        }
        // SAFETY: as above; this memory is what the checksum was computed over.
        unsafe { Component::deserialize(engine, code) }.ok()
    }

    /// So that what is used is kept. Where that cannot be noted, it is compiled again some day.
    pub(super) fn mark_used(&self) {
        let _ = self.file.set_modified(SystemTime::now());
    }

    /// Whether it is what [`write_new`](super::write_new) wrote, to the last bit.
    #[cfg(target_os = "linux")]
    fn is_whole(&self) -> bool {
        use std::os::unix::fs::FileExt;

        let Some(code) = self.length.checked_sub(SEAL as u64) else {
            return false;
        };
        // One byte more: it may have grown since it was opened.
        let mut end = [0; SEAL + 1];
        if !matches!(self.file.read_at(&mut end, code), Ok(SEAL)) {
            return false;
        }
        let checksum = checksum_of(&self.file, code).map(seal);
        checksum.is_some_and(|whole| end.starts_with(&whole))
    }
}

/// File systems that one machine alone writes to, as far as is known, by their numbers in the kernel's `magic.h` and their own sources: ext2 to ext4, XFS, Btrfs, F2FS, bcachefs, ZFS, overlayfs, tmpfs, ramfs.
#[cfg(target_os = "linux")]
const OF_ONE_MACHINE: [u32; 9] = [
    0xef53,
    0x5846_5342,
    0x9123_683e,
    0xf2f5_2010,
    0xca45_1a4e,
    0x2fc1_2fc1,
    0x794c_7630,
    0x0102_1994,
    0x8584_58f6,
];

/// Whether a file can be mapped without asking a network or another program for it: what cannot be had of a mapped file later, since another machine removed it or a connection broke, ends the
/// process (SIGBUS).
#[cfg(target_os = "linux")]
fn is_of_this_machine(file: &fs::File) -> bool {
    // The numbers have 32 bits; the field's size differs between processors.
    rustix::fs::fstatfs(file).is_ok_and(|told| OF_ONE_MACHINE.contains(&(told.f_type as u32)))
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{
        super::{Cache, Key},
        *,
    };

    /// The smallest component: magic, version, layer.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    /// A folder with one file, and what it is.
    fn kept(engine: &Engine) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let kept = folder.path().join("kept");
        let cache = Cache::open(kept).unwrap();
        let key = Key::new(engine, &[0; 32]);
        let component = Component::new(engine, EMPTY).unwrap();
        cache.store(&key, &component).unwrap();
        assert!(cache.load(engine, &key).is_some());
        let path = cache.path(&key);
        (folder, path)
    }

    fn open(path: &Path) -> Option<Stored> {
        Stored::open(path, path.parent().unwrap())
    }

    #[test]
    fn what_is_stored_can_be_copied() {
        let engine = Engine::default();
        let (_folder, path) = kept(&engine);
        assert!(open(&path).unwrap().copied(&engine).is_some());
        let content = fs::read(&path).unwrap();
        for at in [0, content.len() / 2, content.len() - 1] {
            let mut damaged = content.clone();
            damaged[at] ^= 1;
            let aside = path.with_extension("aside");
            fs::write(&aside, damaged).unwrap();
            fs::rename(&aside, &path).unwrap();
            let stored = open(&path).unwrap();
            assert!(stored.copied(&engine).is_none(), "{at}");
            assert!(!stored.is_whole(), "{at}");
        }
    }

    #[test]
    fn a_file_is_the_one_that_was_opened_whatever_comes_to_its_name() {
        let engine = Engine::default();
        let (_folder, path) = kept(&engine);
        let stored = open(&path).unwrap();
        let aside = path.with_extension("aside");
        fs::write(&aside, "of another").unwrap();
        fs::rename(&aside, &path).unwrap();
        // Where the file system is another one, it is told.
        match stored.mapped(&engine) {
            Ok(component) => assert!(component.is_some()),
            Err(reason) => assert!(!is_of_this_machine(&stored.file), "{reason}"),
        }
        assert!(stored.copied(&engine).is_some());
    }

    #[test]
    fn links_and_what_is_no_file_are_not_opened() {
        let engine = Engine::default();
        let (_folder, path) = kept(&engine);
        let folder = path.parent().unwrap();
        let link = folder.join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(open(&link).is_none());
        assert!(Stored::open(folder, folder).is_none());
    }

    #[test]
    fn file_systems_of_others_are_told() {
        // Nothing of it is on a disk of this machine.
        let file = Arc::new(fs::File::open("/proc/self/status").unwrap());
        assert!(!is_of_this_machine(&file));
        let stored = Stored { file, length: 100 };
        let refused = stored.mapped(&Engine::default());
        assert!(refused.err().unwrap().contains("file system"));
    }
}
