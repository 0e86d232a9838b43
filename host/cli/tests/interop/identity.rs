// SPDX-License-Identifier: Apache-2.0
//! Keys and certificates in files, as other people's programs want them.

use std::{fs, path::PathBuf, sync::OnceLock};

use tempfile::TempDir;
use xml_testkit::{Key, Kind};

/// A key with a certificate of its own, in files as well.
pub(crate) struct Identity {
    pub(crate) key: Key,
    pub(crate) key_file: PathBuf,
    pub(crate) certificate_file: PathBuf,
    _folder: TempDir,
}

impl Identity {
    fn make(kind: Kind) -> Self {
        let key = Key::generate(kind);
        let folder = tempfile::tempdir().unwrap();
        let (key_file, certificate_file) = (
            folder.path().join("key.pem"),
            folder.path().join("certificate.pem"),
        );
        fs::write(&key_file, key.private_pem()).unwrap();
        fs::write(&certificate_file, key.certificate_pem()).unwrap();
        Self {
            key,
            key_file,
            certificate_file,
            _folder: folder,
        }
    }
}

/// An identity of each kind, made once.
pub(crate) fn identity(kind: Kind) -> &'static Identity {
    static MADE: [OnceLock<Identity>; 4] = [const { OnceLock::new() }; 4];
    MADE[kind as usize].get_or_init(|| Identity::make(kind))
}
