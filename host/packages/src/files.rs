// SPDX-License-Identifier: Apache-2.0
//! A package as files beside each other.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use crate::{error::FileError, manifest::Manifest, package::Package, signatures::Signatures};

/// How the files of a package end, after its stem.
const COMPONENT: &str = ".wasm";
const MANIFEST: &str = ".manifest.json";
const SIGNATURES: &str = ".signatures.json";

/// Most bytes of a component that are read, as many as one may have to be compiled.
const MOST_COMPONENT_BYTES: u64 = 64 << 20;

/// Most bytes of the other two that are read: more than they may have, so that what is too large is told as that.
const MOST_OTHER_BYTES: u64 = 128 << 10;

/// The names of a package's files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFiles {
    /// The component.
    pub component: PathBuf,
    /// The manifest.
    pub manifest: PathBuf,
    /// The signatures; not there where nobody has signed.
    pub signatures: PathBuf,
}

impl PackageFiles {
    /// Those of a package that is named by any of its files, or by their common stem.
    pub fn of(path: &Path) -> Self {
        let text = path.as_os_str().to_string_lossy().into_owned();
        let stem = [COMPONENT, MANIFEST, SIGNATURES]
            .iter()
            .find_map(|end| text.strip_suffix(end))
            .unwrap_or(&text);
        let file = |end: &str| PathBuf::from(format!("{stem}{end}"));
        Self {
            component: file(COMPONENT),
            manifest: file(MANIFEST),
            signatures: file(SIGNATURES),
        }
    }

    /// Removes what says something of the component: signatures first, then the manifest. Whoever writes another component there does so before.
    ///
    /// # Errors
    /// A file that is there cannot be removed.
    pub fn remove_texts(&self) -> Result<(), FileError> {
        remove(&self.signatures)?;
        remove(&self.manifest)
    }

    /// Whether there is a manifest, so that the component is one of a package.
    pub fn is_package(&self) -> bool {
        self.manifest.is_file()
    }
}

impl Package {
    /// Reads a package that is named by any of its files, or by their common stem. It is not verified.
    ///
    /// # Errors
    /// A file cannot be read, is too large, or is not what it has to be.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let files = PackageFiles::of(path);
        let manifest = match read(&files.manifest, MOST_OTHER_BYTES) {
            Err(FileError::System { path, source }) if source.kind() == io::ErrorKind::NotFound => {
                Err(FileError::NoManifest { path })
            }
            file => file,
        };
        let manifest = Manifest::read(&manifest?).map_err(|source| FileError::Manifest {
            path: shown(&files.manifest),
            source,
        })?;
        let signatures = match read(&files.signatures, MOST_OTHER_BYTES) {
            Ok(file) => Signatures::read(&file).map_err(|source| FileError::Signatures {
                path: shown(&files.signatures),
                source,
            })?,
            Err(FileError::System { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Signatures::default()
            }
            Err(error) => return Err(error),
        };
        Ok(Self {
            component: read(&files.component, MOST_COMPONENT_BYTES)?,
            manifest,
            signatures,
        })
    }

    /// A package of the contents of its files. `name` is what the component is called in errors. It is not verified.
    ///
    /// # Errors
    /// Manifest or signatures are not what they have to be.
    pub fn from_files(
        name: &str,
        component: Vec<u8>,
        manifest: &[u8],
        signatures: Option<&[u8]>,
    ) -> Result<Self, FileError> {
        let files = PackageFiles::of(Path::new(name));
        let manifest = Manifest::read(manifest).map_err(|source| FileError::Manifest {
            path: shown(&files.manifest),
            source,
        })?;
        let signatures = signatures.map(Signatures::read).transpose();
        let signatures = signatures.map_err(|source| FileError::Signatures {
            path: shown(&files.signatures),
            source,
        })?;
        Ok(Self {
            component,
            manifest,
            signatures: signatures.unwrap_or_default(),
        })
    }

    /// Writes a package beside a path, the signatures last if there are any: whoever looks meanwhile finds no package, or one without its signatures, which is not taken.
    /// Signatures of a package that lay there before are removed where this one has none.
    ///
    /// # Errors
    /// A file cannot be written or removed.
    pub fn write(&self, path: &Path) -> Result<PackageFiles, FileError> {
        let files = PackageFiles::of(path);
        if self.signatures.iter().next().is_none() {
            remove(&files.signatures)?;
        }
        write(&files.component, &self.component)?;
        write(&files.manifest, self.manifest.to_json().as_bytes())?;
        if self.signatures.iter().next().is_some() {
            write(&files.signatures, self.signatures.to_json().as_bytes())?;
        }
        Ok(files)
    }
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    read.map_err(|source| FileError::System {
        path: shown(path),
        source,
    })?;
    if bytes.len() as u64 > most {
        return Err(FileError::TooLarge {
            path: shown(path),
            most,
        });
    }
    Ok(bytes)
}

fn remove(path: &Path) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(FileError::System {
            path: shown(path),
            source,
        }),
        _ => Ok(()),
    }
}

/// Writes a file aside and renames it, so that nobody reads a part of it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    let written = fs::write(&aside, bytes).and_then(|()| fs::rename(&aside, path));
    written.map_err(|source| FileError::System {
        path: shown(path),
        source,
    })
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
