// SPDX-License-Identifier: Apache-2.0
//! Sources to begin a component with: a small agency with one operation each way, to be made into a real one.

mod javascript;
mod rust;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::error::{KitError, file_error};

pub(crate) use rust::SDK_CRATE;
pub use rust::Sdk;

/// What stands in the template for the name of the crate and for the id of the agency. No name has upper case, so that what is put in is none of them.
const CRATE_NAME: &str = "CRATE_NAME";
const AGENCY_ID: &str = "AGENCY_ID";

/// Longest name, in characters.
const LONGEST_NAME: usize = 64;

/// First line of sources here, whose licence is no matter of those who begin with them.
const LICENCE_LINE: &str = "// SPDX-License-Identifier: Apache-2.0\n";

/// A file of a template: its place, and its text.
type File = (&'static str, &'static str);

macro_rules! template {
    ($folder:literal; $($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!($folder, $name)))),+]
    };
}
use template;

/// What begins the places of cases, which are the same in every language.
const CASES: &str = "cases/";

/// Sources that are to be begun.
#[derive(Debug)]
pub struct Beginning<'a> {
    name: &'a str,
    agency: &'a str,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Crate(Sdk),
    Scripts,
}

impl<'a> Beginning<'a> {
    /// A crate of this name in Rust, for an agency of this id.
    ///
    /// # Errors
    /// One of them cannot be a name, or the first not that of a crate.
    pub fn new(name: &'a str, agency: &'a str, sdk: Sdk) -> Result<Self, KitError> {
        let begun = Self::of(name, agency, Kind::Crate(sdk))?;
        match rust::TAKEN.contains(&name) {
            true => Err(KitError::TakenName(name.to_owned())),
            false => Ok(begun),
        }
    }

    /// A package of this name in JavaScript, for an agency of this id. It needs no SDK: the contract comes with the program.
    ///
    /// # Errors
    /// One of them cannot be a name.
    pub fn in_javascript(name: &'a str, agency: &'a str) -> Result<Self, KitError> {
        Self::of(name, agency, Kind::Scripts)
    }

    fn of(name: &'a str, agency: &'a str, kind: Kind) -> Result<Self, KitError> {
        match [name, agency].into_iter().find(|name| !is_name(name)) {
            Some(name) => Err(KitError::Name(name.to_owned())),
            None => Ok(Self { name, agency, kind }),
        }
    }

    /// Writes the sources to a folder that is not there yet or is empty, and says which files it has written. With a clone as the SDK of a crate, its lock file comes
    /// along: the crate begins with the versions that the SDK is tested with.
    ///
    /// # Errors
    /// The folder is not empty, the clone is none, or something cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, KitError> {
        let is_taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        if is_taken || folder.is_file() {
            return Err(KitError::Occupied(folder.to_owned()));
        }
        let mut written = Vec::new();
        for (name, text) in self.files()? {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent).map_err(|source| file_error(parent, source))?;
            fs::write(&path, text).map_err(|source| file_error(&path, source))?;
            written.push(path);
        }
        Ok(written)
    }

    /// All files, with their texts.
    fn files(&self) -> Result<Vec<(&'static str, String)>, KitError> {
        let filled = |(name, text): &File| (*name, self.filled(text));
        let mut files = Vec::new();
        match &self.kind {
            Kind::Crate(sdk) => {
                let clone = match sdk {
                    Sdk::Clone(path) => Some(rust::clone(path)?),
                    Sdk::Git(_) => None,
                };
                let manifest = rust::manifest(self.name, sdk, clone.as_deref());
                files.push(("Cargo.toml", manifest));
                files.push((".gitignore", "/target/\n*.wasm\n".to_owned()));
                files.extend(rust::TEMPLATE.iter().map(filled));
                let lock =
                    clone.and_then(|clone| fs::read_to_string(clone.join("Cargo.lock")).ok());
                files.extend(lock.map(|text| ("Cargo.lock", text)));
            }
            Kind::Scripts => {
                files.push((".gitignore", "/node_modules/\n*.wasm\n".to_owned()));
                files.extend(javascript::TEMPLATE.iter().map(filled));
                let cases = rust::TEMPLATE.iter();
                let cases = cases.filter(|(name, _)| name.starts_with(CASES));
                files.extend(cases.map(filled));
            }
        }
        Ok(files)
    }

    fn filled(&self, text: &str) -> String {
        let text = text.strip_prefix(LICENCE_LINE).unwrap_or(text);
        text.replace(CRATE_NAME, self.name)
            .replace(AGENCY_ID, self.agency)
    }
}

/// Whether a text can be the name of a crate, a component and an agency alike.
fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= LONGEST_NAME
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(is_allowed)
        && !text.ends_with('-')
        && !text.contains("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_crates_and_agencies_alike() {
        for name in ["parcels", "dog-licences", "a", "x9-1"] {
            assert!(is_name(name), "{name}");
        }
        let long = "a".repeat(65);
        for name in ["", "Parcels", "9a", "a_b", "a--b", "a-", "a/b", "ä", &long] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn no_crate_has_a_name_of_rust_or_of_the_sdk() {
        for name in ["self", "serde-json", "agency-guest", "core"] {
            let refused = Beginning::new(name, "parcels", Sdk::Git("u".into())).unwrap_err();
            assert_eq!(refused.code(), "component.taken-name");
            assert!(refused.to_string().contains("--agency"), "{refused}");
            Beginning::new("parcels", name, Sdk::Git("u".into())).unwrap();
        }
    }

    #[test]
    fn nothing_of_the_templates_is_left_out() {
        for (root, template) in [
            ("template", &rust::TEMPLATE[..]),
            ("javascript/template", &javascript::TEMPLATE[..]),
        ] {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(root);
            let mut folders = vec![root.clone()];
            let mut count = 0;
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        folders.push(path);
                        continue;
                    }
                    let name = path.strip_prefix(&root).unwrap().display().to_string();
                    assert!(template.iter().any(|(known, _)| *known == name), "{name}");
                    count += 1;
                }
            }
            assert_eq!(count, template.len());
        }
    }

    #[test]
    fn scripts_have_their_own_names_and_the_cases_of_the_crate() {
        let begun = Beginning::in_javascript("gw-dogs", "dog-licences").unwrap();
        let files = begun.files().unwrap();
        let file = |wanted: &str| {
            let (_, text) = files.iter().find(|(name, _)| *name == wanted).unwrap();
            text.as_str()
        };
        for (name, text) in &files {
            assert!(
                !text.contains(CRATE_NAME) && !text.contains(AGENCY_ID),
                "{name}"
            );
            assert!(!text.contains("SPDX"), "{name}");
        }
        assert!(file("package.json").contains("\"name\": \"gw-dogs\""));
        assert!(file("package-lock.json").contains("\"name\": \"gw-dogs\""));
        assert!(file("src/describe.js").contains("agency: \"dog-licences\""));
        assert!(file("cases/settings.json").contains("dog-licences"));
        // What is pinned is the same in both, and nobody's registry is named.
        let lock: serde_json::Value = serde_json::from_str(file("package-lock.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(file("package.json")).unwrap();
        let packages = lock["packages"].as_object().unwrap();
        assert_eq!(packages[""]["devDependencies"], manifest["devDependencies"]);
        for (name, package) in packages.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(
                package["integrity"]
                    .as_str()
                    .unwrap()
                    .starts_with("sha512-"),
                "{name}"
            );
            assert!(package.get("resolved").is_none(), "{name}");
        }
    }

    #[test]
    fn a_crate_has_its_own_names() {
        let begun = Beginning::new("gw-dogs", "dog-licences", Sdk::Git("u".into())).unwrap();
        let file = |begun: &Beginning<'_>, file: &str| {
            let (_, text) = rust::TEMPLATE
                .iter()
                .find(|(name, _)| *name == file)
                .unwrap();
            begun.filled(text)
        };
        let text = file(&begun, "src/lib.rs");
        assert!(text.starts_with("//! dog-licences, an agency"), "{text}");
        assert!(file(&begun, "README.md").starts_with("# gw-dogs\n"));
        // No name of an agency touches a name in the code, or another name that was put in.
        for agency in ["component", "post-miniparcels", "self"] {
            let other = Beginning::new("parcels-path", agency, Sdk::Git("u".into())).unwrap();
            for (name, template) in rust::TEMPLATE
                .iter()
                .filter(|(name, _)| name.ends_with(".rs"))
            {
                let code = |text: &str, id: &str| text.replace(id, "");
                let (own, others) = (begun.filled(template), other.filled(template));
                let lines = own.lines().zip(others.lines());
                for (own, other) in lines.filter(|(own, other)| own != other) {
                    assert_eq!(code(own, "dog-licences"), code(other, agency), "{name}");
                    let is_text = own.contains('"') || own.trim_start().starts_with("//");
                    assert!(is_text, "{name}: {own}");
                }
                assert!(!others.contains(AGENCY_ID) && !others.contains(CRATE_NAME));
            }
        }
        let manifest = rust::manifest("gw-dogs", &Sdk::Git("u".into()), None);
        assert!(manifest.contains("name = \"gw-dogs\""), "{manifest}");
        for part in ["agency-http = { git = \"u\" }", "\n[workspace]\n"] {
            assert!(manifest.contains(part), "{part}: {manifest}");
        }
    }
}
