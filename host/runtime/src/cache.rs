// SPDX-License-Identifier: Apache-2.0
//! Machine code of components, kept in a folder between runs of a program.
//!
//! What lies there is run without being validated again, so that nobody else may be able to write it: the folder has to be ours and closed to
//! others, or it is not used. What cannot be read when it is loaded, is damaged, or was made by another engine is compiled anew, and never an error.
//!
//! A file is mapped, and not read into memory, where its file system is known to be this machine's alone: it begins with the machine code. What serves keeps it mapped, so that nobody may change
//! it in place; here it is only ever replaced or removed, which leaves what is mapped as it is. From then on it is as with the program's own file: what cannot be read of it any more (a disk
//! that fails, a file that somebody has cut short) ends the process by SIGBUS when it is called.

mod checksum;
#[cfg(target_os = "linux")]
mod reading;
mod stored;

use std::{
    fmt, fs,
    hash::{Hash, Hasher},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Once, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use aws_lc_rs::digest;
use silta_contract::ContractFile;
use wasmtime::{Engine, component::Component};

use crate::{digest::sha256_of, inspect::Measure, observe::hexadecimal};
use stored::Stored;

/// How a file ends, behind machine code and its checksum. The number is another one whenever components are judged by other rules before they are compiled: what lies here is not judged again.
const MAGIC: &[u8; 16] = b"silta compiled 3";

/// Bytes of a file that are not machine code.
const SEAL: usize = checksum::LENGTH + MAGIC.len();

/// Ending of the names of files.
const ENDING: &str = "compiled";

/// Files that are kept: the versions of a handful of components, for a few engines. The ones unused for longest go first.
const KEPT_FILES: usize = 64;

/// Bytes of all files that are kept. A component of an agency has about 2 MB of machine code.
const KEPT_BYTES: u64 = 512 << 20;

/// What is half written for so long was left by a program that ended.
const ABANDONED: Duration = Duration::from_secs(3600);

/// Makes the names of files that are being written differ.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A folder of compiled components.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    /// That files are copied is told once.
    copies: Once,
}

/// What a compiled component depends on: its bytes, the engine and its settings, and what this library lets through: limits, and the contract that the component was judged by.
pub(crate) struct Key(String);

impl Key {
    pub(crate) fn new(engine: &Engine, component: &[u8; 32]) -> Self {
        static CONTRACT: OnceLock<[u8; 32]> = OnceLock::new();
        let contract = CONTRACT.get_or_init(|| digest_of(&silta_contract::CONTRACT));
        Self::judged_by(contract, engine, component)
    }

    /// The same, judged by the contract of that digest.
    fn judged_by(contract: &[u8; 32], engine: &Engine, component: &[u8; 32]) -> Self {
        let mut context = Context(digest::Context::new(&digest::SHA256));
        context.write(MAGIC);
        context.write(contract);
        context.write(component);
        context.write(env!("CARGO_PKG_VERSION").as_bytes());
        for measure in Measure::ALL {
            context.write_u64(measure.limit());
        }
        engine.precompile_compatibility_hash().hash(&mut context);
        Self(hexadecimal(context.0.finish().as_ref()))
    }
}

impl Cache {
    /// Uses a folder, which is made if it is not there.
    pub(crate) fn open(folder: PathBuf) -> Result<Self, Unusable> {
        make_folder(&folder)?;
        let copies = Once::new();
        let cache = Self { folder, copies };
        cache.check_folder()?;
        Ok(cache)
    }

    /// A component that was compiled before by such an engine; `None` whenever there is any doubt.
    pub(crate) fn load(&self, engine: &Engine, key: &Key) -> Option<Component> {
        let stored = Stored::open(&self.path(key), &self.folder)?;
        let component = match stored.mapped(engine) {
            Ok(component) => component?,
            Err(reason) => {
                let component = stored.copied(engine)?;
                self.tell_copied(&reason);
                component
            }
        };
        stored.mark_used();
        Some(component)
    }

    /// What serves takes more memory than it would, and only the log says why.
    fn tell_copied(&self, reason: &str) {
        self.copies.call_once(|| {
            let folder = self.folder.display();
            tracing::info!(target: "silta::cache", "machine code in {folder} is copied into memory, not mapped: {reason}");
        });
    }

    /// Keeps a compiled component. A file is whole or not there.
    pub(crate) fn store(&self, key: &Key, component: &Component) -> Result<(), Unusable> {
        let path = self.path(key);
        let failed = |error| Unusable(self.folder.clone(), Reason::System("written to", error));
        let code = component
            .serialize()
            .map_err(|error| failed(io::Error::other(error.to_string())))?;
        let aside = self.aside();
        let written = write_new(&aside, &code).and_then(|()| fs::rename(&aside, &path));
        if written.is_err() {
            // It may not be there at all.
            let _ = fs::remove_file(&aside);
        }
        written.map_err(failed)?;
        self.prune();
        Ok(())
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}.{ENDING}", key.0))
    }

    /// A new name for a file that is being written: a [`Kept::Unfinished`].
    fn aside(&self) -> PathBuf {
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        self.folder.join(format!(".{process}-{number}.new"))
    }

    /// Removes what has not been used for longest, and what was never finished. What cannot be removed stays.
    fn prune(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let (mut finished, now) = (Vec::new(), SystemTime::now());
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let Ok(used) = metadata.modified() else {
                continue;
            };
            let is_old = now.duration_since(used).is_ok_and(|age| age > ABANDONED);
            match Kept::of(&entry.file_name().to_string_lossy()) {
                Some(Kept::Finished) => finished.push((used, metadata.len(), path)),
                Some(Kept::Unfinished) if is_old => drop(fs::remove_file(path)),
                _ => {}
            }
        }
        finished.sort_unstable_by(|one, other| other.cmp(one));
        let mut bytes = 0;
        for (index, (_, length, path)) in finished.into_iter().enumerate() {
            bytes += length;
            if index >= KEPT_FILES || bytes > KEPT_BYTES {
                drop(fs::remove_file(path));
            }
        }
    }

    /// Whether nobody else can write here. Who we are is who owns a file that we make.
    #[cfg(unix)]
    fn check_folder(&self) -> Result<(), Unusable> {
        use std::os::unix::fs::MetadataExt;

        let refused = |reason| Unusable(self.folder.clone(), reason);
        let failed = |error| refused(Reason::System("used", error));
        let folder = fs::metadata(&self.folder).map_err(failed)?;
        if folder.mode() & 0o022 != 0 {
            return Err(refused(Reason::OpenToOthers(folder.mode() & 0o777)));
        }
        let probe = self.aside();
        let owner = new_file(&probe)
            .and_then(|file| file.metadata())
            .map(|file| file.uid());
        // Left behind, it is removed with what was never finished.
        let _ = fs::remove_file(&probe);
        if owner.map_err(failed)? == folder.uid() {
            Ok(())
        } else {
            Err(refused(Reason::OfAnother))
        }
    }

    /// Who can write where is told in a way of its own elsewhere, which this does not know.
    #[cfg(not(unix))]
    fn check_folder(&self) -> Result<(), Unusable> {
        Err(Unusable(self.folder.clone(), Reason::OfAnother))
    }
}

/// A file that this module writes. Others may lie in a folder that somebody named, and are nobody's to remove.
enum Kept {
    Finished,
    Unfinished,
}

impl Kept {
    /// By its name alone.
    fn of(name: &str) -> Option<Self> {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        match name.rsplit_once('.')? {
            (key, ENDING) if key.len() == 64 && key.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Some(Self::Finished)
            }
            (aside, "new") => {
                let (process, number) = aside.strip_prefix('.')?.split_once('-')?;
                (is_number(process) && is_number(number)).then_some(Self::Unfinished)
            }
            _ => None,
        }
    }
}

/// Why a folder is not used.
#[derive(Debug)]
pub(crate) struct Unusable(PathBuf, Reason);

#[derive(Debug)]
enum Reason {
    /// What cannot be done, and what the system says.
    System(&'static str, io::Error),
    /// Its permissions.
    OpenToOthers(u32),
    /// It belongs to somebody else.
    OfAnother,
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(folder, reason) = self;
        write!(f, "the folder {} of compiled components ", folder.display())?;
        match reason {
            Reason::System(what, error) => write!(f, "cannot be {what}: {error}"),
            Reason::OpenToOthers(mode) => write!(
                f,
                "is not used, since others may write to it (mode {mode:03o}); empty it and take that away (`chmod 700`), or name another"
            ),
            Reason::OfAnother => write!(
                f,
                "is not used, since it is not certain to belong to this user alone; name another"
            ),
        }
    }
}

/// Folders below which it lies are made as ever, it itself for us alone.
fn make_folder(folder: &Path) -> Result<(), Unusable> {
    if folder.is_dir() {
        return Ok(());
    }
    let made = folder
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| {
            let mut builder = fs::DirBuilder::new();
            #[cfg(unix)]
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(folder)
        });
    match made {
        // Another program may have made it meanwhile.
        Err(error) if !folder.is_dir() => {
            Err(Unusable(folder.to_owned(), Reason::System("made", error)))
        }
        _ => Ok(()),
    }
}

fn seal(checksum: [u8; checksum::LENGTH]) -> Vec<u8> {
    [checksum.as_slice(), MAGIC].concat()
}

fn write_new(path: &Path, code: &[u8]) -> io::Result<()> {
    let checksum = checksum::of(code).ok_or(io::ErrorKind::Unsupported)?;
    let mut file = new_file(path)?;
    file.write_all(code)?;
    file.write_all(&seal(checksum))?;
    // What is mapped may leave memory and be read again: by then it has to be on the disk, which may only now say that it is not.
    file.sync_all()
}

/// A file that was not there, for us alone; once written, nobody has a reason to open it for writing.
fn new_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o400);
    options.open(path)
}

/// The SHA-256 of a contract's text, file by file with their lengths.
fn digest_of(contract: &[ContractFile]) -> [u8; 32] {
    sha256_of(contract.iter().flat_map(|file| [file.name, file.text]))
}

/// A hasher that keeps all of what is hashed apart, not 64 bits of it.
struct Context(digest::Context);

impl Hasher for Context {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Not asked for.
    fn finish(&self) -> u64 {
        0
    }
}

#[cfg(test)]
mod tests {
    use silta_contract::CONTRACT;

    use super::*;

    #[test]
    fn what_was_judged_by_another_contract_has_another_name() {
        let engine = Engine::default();
        let name =
            |contract: &[ContractFile]| Key::judged_by(&digest_of(contract), &engine, &[1; 32]).0;
        let own = Key::new(&engine, &[1; 32]).0;
        assert_eq!(name(&CONTRACT), own);
        let mut other = CONTRACT;
        other[0].text = "package silta:agency@0.1.0;";
        assert_ne!(name(&other), own);
        // A passage that has gone from one file to the next is another contract too.
        let [one, two] =
            [("a", "bc"), ("ab", "c")].map(|(name, text)| [ContractFile { name, text }]);
        assert_ne!(digest_of(&one), digest_of(&two));
    }
}
