// SPDX-License-Identifier: Apache-2.0
//! The contract as text.

/// A file of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContractFile {
    /// Its name.
    pub name: &'static str,
    /// Its text, WIT.
    pub text: &'static str,
}

/// The files of the package in a folder below `wit`.
macro_rules! files {
    ($folder:literal) => {
        files!($folder: "world.wit", "types.wit", "facts.wit", "blobs.wit", "keys.wit", "trust.wit", "host.wit", "descriptor.wit", "exchange.wit")
    };
    ($folder:literal: $($name:literal),+) => {
        [$(ContractFile {
            name: $name,
            text: include_str!(concat!("../../../wit/", $folder, $name)),
        }),+]
    };
}

/// The files of the WIT package `silta:agency`, in the version that this program hosts. Together they are the whole package: it depends on no other.
pub const CONTRACT: [ContractFile; 9] = files!("");

/// The same of each published version, oldest first. They never change.
pub(crate) const PUBLISHED: [[ContractFile; 9]; 1] = [files!("published/0.1.0/")];

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    #[test]
    fn no_file_of_the_contract_is_left_out() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
        let names = fs::read_dir(folder).unwrap().map(|entry| {
            let name = entry.unwrap().file_name();
            name.into_string().unwrap()
        });
        let there: BTreeSet<String> = names.filter(|name| name.ends_with(".wit")).collect();
        let known: BTreeSet<String> = CONTRACT.iter().map(|file| file.name.to_owned()).collect();
        assert_eq!(there, known);
        let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/published");
        let versions = fs::read_dir(&published).unwrap();
        assert_eq!(versions.count(), PUBLISHED.len());
        for version in fs::read_dir(published).unwrap() {
            let folder = version.unwrap().path();
            let files: BTreeSet<String> = fs::read_dir(&folder)
                .unwrap()
                .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
                .collect();
            let is_known = |known: &&[ContractFile; 9]| {
                let texts = known.iter().map(|file| file.text.to_owned());
                texts.collect::<BTreeSet<_>>() == files
            };
            assert!(
                PUBLISHED.iter().any(|known| is_known(&known)),
                "{}",
                folder.display()
            );
        }
    }
}
