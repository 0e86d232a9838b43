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

macro_rules! file {
    ($name:literal) => {
        ContractFile {
            name: $name,
            text: include_str!(concat!("../../../wit/", $name)),
        }
    };
}

/// The files of the WIT package `silta:agency`, in the version that this program hosts. Together they are the whole package: it depends on no other.
pub const CONTRACT: [ContractFile; 9] = [
    file!("world.wit"),
    file!("types.wit"),
    file!("facts.wit"),
    file!("blobs.wit"),
    file!("keys.wit"),
    file!("trust.wit"),
    file!("host.wit"),
    file!("descriptor.wit"),
    file!("exchange.wit"),
];

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
    }
}
