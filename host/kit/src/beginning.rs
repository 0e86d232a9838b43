// SPDX-License-Identifier: Apache-2.0
//! A crate to begin a component with: a small agency with one operation each way, to be made into a real one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::error::KitError;

/// What a clone of the repository is known by.
pub(crate) const SDK_CRATE: &str = "components/shared/agency-guest";

/// Names in the template, and in what the template is about.
const TEMPLATE_NAME: &str = "parcels";
const TEMPLATE_TYPE: &str = "Parcels";

/// Longest name, in characters.
const LONGEST_NAME: usize = 64;

/// First line of sources here, whose licence is no matter of those who begin with them.
const LICENCE_LINE: &str = "// SPDX-License-Identifier: Apache-2.0\n";

macro_rules! template {
    ($($name:literal),+ $(,)?) => {
        [$(($name, include_str!(concat!("../template/", $name)))),+]
    };
}

/// Files of the crate but for its manifest, by their places.
const TEMPLATE: [(&str, &str); 22] = template![
    "README.md",
    "src/lib.rs",
    "src/component.rs",
    "src/describe.rs",
    "src/wire.rs",
    "cases/settings.json",
    "cases/announcement/case.json",
    "cases/announcement/expected.json",
    "cases/announcement/content.txt",
    "cases/announcement-taken/case.json",
    "cases/announcement-taken/expected.json",
    "cases/announcement-taken/answer.json",
    "cases/announcement-unanswered/case.json",
    "cases/announcement-unanswered/expected.json",
    "cases/notification/case.json",
    "cases/notification/expected.json",
    "cases/notification/call.json",
    "cases/notification-by-a-stranger/case.json",
    "cases/notification-by-a-stranger/expected.json",
    "cases/notification-by-a-stranger/call.json",
    "cases/url-without-tls/case.json",
    "cases/url-without-tls/expected.json",
];

/// Where the crates of the SDK come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sdk {
    /// A clone of Silta's repository.
    Clone(PathBuf),
    /// The repository, which cargo fetches.
    Git(String),
}

impl Sdk {
    /// What somebody has named: the URL of a repository, or else a folder.
    pub fn named(name: &str) -> Self {
        let is_url = name.contains("://") || (name.contains('@') && name.contains(':'));
        match is_url {
            true => Self::Git(name.to_owned()),
            false => Self::Clone(name.into()),
        }
    }
}

/// A crate that is to be begun.
#[derive(Debug)]
pub struct Beginning<'a> {
    name: &'a str,
    agency: &'a str,
    sdk: Sdk,
}

impl<'a> Beginning<'a> {
    /// A crate of this name, for an agency of this id.
    ///
    /// # Errors
    /// One of them cannot be a name.
    pub fn new(name: &'a str, agency: &'a str, sdk: Sdk) -> Result<Self, KitError> {
        for name in [name, agency] {
            if !is_name(name) {
                return Err(KitError::Name(name.to_owned()));
            }
        }
        Ok(Self { name, agency, sdk })
    }

    /// Writes the crate to a folder that is not there yet or is empty, and says which files it has written. With a clone as the SDK, its lock file comes along:
    /// the crate begins with the versions that the SDK is tested with.
    ///
    /// # Errors
    /// The folder is not empty, the clone is none, or something cannot be written.
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, KitError> {
        let is_taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        if is_taken || folder.is_file() {
            return Err(KitError::Occupied(folder.to_owned()));
        }
        let clone = match &self.sdk {
            Sdk::Clone(path) => Some(clone(path)?),
            Sdk::Git(_) => None,
        };
        let mut written = Vec::new();
        let mut write = |name: &str, text: &str| {
            let path = folder.join(name);
            let parent = path.parent().unwrap_or(folder);
            fs::create_dir_all(parent).map_err(|source| file_error(parent, source))?;
            fs::write(&path, text).map_err(|source| file_error(&path, source))?;
            written.push(path);
            Ok(())
        };
        write("Cargo.toml", &self.manifest(clone.as_deref()))?;
        write(".gitignore", "/target/\n*.wasm\n")?;
        for (name, text) in TEMPLATE {
            write(name, &self.filled(text))?;
        }
        if let Some(clone) = &clone {
            let lock = clone.join("Cargo.lock");
            if let Ok(text) = fs::read_to_string(lock) {
                write("Cargo.lock", &text)?;
            }
        }
        Ok(written)
    }

    fn filled(&self, text: &str) -> String {
        let text = text.strip_prefix(LICENCE_LINE).unwrap_or(text);
        text.replace("CRATE_NAME", self.name)
            .replace(TEMPLATE_TYPE, &type_name(self.agency))
            .replace(TEMPLATE_NAME, self.agency)
    }

    fn manifest(&self, clone: Option<&Path>) -> String {
        let dependency = |name: &str| match (&self.sdk, clone) {
            (Sdk::Git(url), _) => format!("{name} = {{ git = {url:?} }}"),
            (_, clone) => {
                let path = clone
                    .unwrap_or_else(|| Path::new(""))
                    .join("components/shared");
                format!(
                    "{name} = {{ path = {:?} }}",
                    path.join(name).display().to_string()
                )
            }
        };
        format!(
            "[package]
name = {:?}
version = \"0.1.0\"
edition = \"2024\"
rust-version = \"1.95\"
publish = false

[lib]
crate-type = [\"cdylib\", \"rlib\"]
doctest = false # its functions exist inside the sandbox only

[dependencies]
# The SDK.
{}
{}
# The same versions as the SDK has.
schemars = {{ version = \"1\", default-features = false, features = [\"derive\", \"std\"] }}
serde = {{ version = \"1\", features = [\"derive\"] }}
serde_json = \"1\"

# A fresh instance is made for each call, so that size is start-up time as well.
[profile.component]
inherits = \"release\"
opt-level = 3
lto = \"fat\"
codegen-units = 1
panic = \"abort\"
strip = \"debuginfo\"
",
            self.name,
            dependency("agency-guest"),
            dependency("agency-http"),
        )
    }
}

/// The absolute path of a clone.
fn clone(path: &Path) -> Result<PathBuf, KitError> {
    let no_sdk = || KitError::NoSdk(path.to_owned());
    let clone = fs::canonicalize(path).map_err(|_| no_sdk())?;
    match clone.join(SDK_CRATE).is_dir() {
        true => Ok(clone),
        false => Err(no_sdk()),
    }
}

fn file_error(path: &Path, source: io::Error) -> KitError {
    KitError::File {
        path: path.to_owned(),
        source,
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

/// `dog-licences` as the name of a type: `DogLicences`.
fn type_name(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{}{rest}", first.to_ascii_uppercase())
    });
    words.collect()
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
        assert_eq!(type_name("dog-licences-2"), "DogLicences2");
    }

    #[test]
    fn a_url_is_a_repository_and_all_else_a_folder() {
        for (name, is_git) in [
            ("https://example.org/silta.git", true),
            ("git@example.org:silta.git", true),
            ("../silta", false),
            ("C@thing", false),
        ] {
            assert_eq!(matches!(Sdk::named(name), Sdk::Git(_)), is_git, "{name}");
        }
    }

    #[test]
    fn nothing_of_the_template_is_left_out() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("template");
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
                assert!(TEMPLATE.iter().any(|(known, _)| *known == name), "{name}");
                count += 1;
            }
        }
        assert_eq!(count, TEMPLATE.len());
    }

    #[test]
    fn a_crate_has_its_own_names() {
        let begun = Beginning::new("gw-dogs", "dog-licences", Sdk::Git("u".into())).unwrap();
        let component = TEMPLATE.iter().find(|(name, _)| *name == "src/lib.rs");
        let text = begun.filled(component.unwrap().1);
        assert!(
            text.ends_with("agency_guest::component!(DogLicences);\n"),
            "{text}"
        );
        assert!(text.starts_with("//! DogLicences, an agency"), "{text}");
        let manifest = begun.manifest(None);
        assert!(manifest.contains("name = \"gw-dogs\""), "{manifest}");
        assert!(
            manifest.contains("agency-http = { git = \"u\" }"),
            "{manifest}"
        );
    }

    #[test]
    fn a_folder_that_is_no_clone_is_refused() {
        let refused = clone(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err();
        assert_eq!(refused.code(), "component.no-sdk");
        assert!(refused.to_string().contains(SDK_CRATE), "{refused}");
    }
}
