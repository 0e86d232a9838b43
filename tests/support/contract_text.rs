// SPDX-License-Identifier: Apache-2.0
//! The contract's text, parsed.

use std::path::Path;

use wit_parser::{PackageId, Resolve, WorldId};

/// The contract as it stands in a folder.
pub(crate) struct ContractText {
    pub(crate) resolve: Resolve,
    pub(crate) package: PackageId,
    pub(crate) world: WorldId,
}

impl ContractText {
    /// The contract of this workspace.
    pub(crate) fn current() -> Self {
        Self::read(&super::workspace().join("wit"))
    }

    /// The contract in a folder.
    pub(crate) fn read(folder: &Path) -> Self {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(folder).unwrap();
        let world = resolve.select_world(&[package], Some("agency")).unwrap();
        Self {
            resolve,
            package,
            world,
        }
    }

    /// The contract of this workspace with one passage replaced.
    pub(crate) fn edited(file: &str, passage: &str, replacement: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        copy_texts(&super::workspace().join("wit"), folder.path());
        let path = folder.path().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(passage), "{file} has no `{passage}`");
        std::fs::write(&path, text.replacen(passage, replacement, 1)).unwrap();
        Self::read(folder.path())
    }
}

/// Copies the `.wit` files of a folder.
pub(crate) fn copy_texts(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            std::fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
        }
    }
}
