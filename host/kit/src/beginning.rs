// SPDX-License-Identifier: Apache-2.0
//! A crate to begin a component with: a small agency with one operation each way, to be made into a real one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::error::KitError;

/// What a clone of the repository is known by.
pub(crate) const SDK_CRATE: &str = "components/shared/agency-guest";

/// What stands in the template for the name of the crate and for the id of the agency. No name has upper case, so that what is put in is none of them.
const CRATE_NAME: &str = "CRATE_NAME";
const AGENCY_ID: &str = "AGENCY_ID";

/// Names that no crate can have: Rust's own, and those of what the crate depends on.
const TAKEN: [&str; 52] = [
    "agency-guest",
    "agency-http",
    "schemars",
    "serde",
    "serde-json",
    "alloc",
    "core",
    "proc-macro",
    "std",
    "test",
    "abstract",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "struct",
    "super",
];

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
    ///
    /// `git@example.org:silta.git`, which git takes and cargo does not, becomes `ssh://git@example.org/silta.git`.
    pub fn named(name: &str) -> Self {
        if name.contains("://") {
            return Self::Git(name.to_owned());
        }
        match name.split_once(':') {
            Some((host, path)) if host.contains('@') && !host.contains('/') => {
                Self::Git(format!("ssh://{host}/{}", path.trim_start_matches('/')))
            }
            _ => Self::Clone(name.into()),
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
    /// One of them cannot be a name, or the first not that of a crate.
    pub fn new(name: &'a str, agency: &'a str, sdk: Sdk) -> Result<Self, KitError> {
        for name in [name, agency] {
            if !is_name(name) {
                return Err(KitError::Name(name.to_owned()));
            }
        }
        if TAKEN.contains(&name) {
            return Err(KitError::TakenName(name.to_owned()));
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
        text.replace(CRATE_NAME, self.name)
            .replace(AGENCY_ID, self.agency)
    }

    fn manifest(&self, clone: Option<&Path>) -> String {
        let dependency = |name: &str| match (&self.sdk, clone) {
            (Sdk::Git(url), _) => format!("{name} = {{ git = {} }}", toml_text(url)),
            (_, clone) => {
                let clone = clone.unwrap_or_else(|| Path::new(""));
                let path = clone.join("components/shared").join(name);
                let path = toml_text(&path.display().to_string());
                format!("{name} = {{ path = {path} }}")
            }
        };
        format!(
            "[package]
name = {}
version = \"0.1.0\"
edition = \"2024\"
rust-version = \"1.95\"
publish = false

[lib]
crate-type = [\"cdylib\", \"rlib\"]
doctest = false # its functions exist inside the sandbox only

# A workspace of its own, whatever lies around it. Leave it out where the crate is a member of yours, and move the profile at the end there.
[workspace]

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
            toml_text(self.name),
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

/// A text as TOML. A text of JSON is one, but for DEL, which TOML wants escaped.
fn toml_text(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
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
    fn a_url_is_a_repository_that_cargo_takes_and_all_else_a_folder() {
        for (name, url) in [
            (
                "https://example.org/silta.git",
                Some("https://example.org/silta.git"),
            ),
            (
                "git@example.org:silta.git",
                Some("ssh://git@example.org/silta.git"),
            ),
            (
                "git@example.org:/srv/silta.git",
                Some("ssh://git@example.org/srv/silta.git"),
            ),
            ("../silta", None),
            ("./a@b:c", None),
            ("C@thing", None),
        ] {
            let wanted = url.map_or_else(|| Sdk::Clone(name.into()), |url| Sdk::Git(url.into()));
            assert_eq!(Sdk::named(name), wanted, "{name}");
        }
    }

    #[test]
    fn texts_of_the_manifest_are_escaped_as_toml_wants_it() {
        assert_eq!(toml_text("a\"\\b"), r#""a\"\\b""#);
        assert_eq!(toml_text("\u{1}\u{7f}\n"), r#""\u0001\u007f\n""#);
        assert_eq!(toml_text("ä'{"), "\"ä'{\"");
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
        let file = |begun: &Beginning<'_>, file: &str| {
            let (_, text) = TEMPLATE.iter().find(|(name, _)| *name == file).unwrap();
            begun.filled(text)
        };
        let text = file(&begun, "src/lib.rs");
        assert!(text.starts_with("//! dog-licences, an agency"), "{text}");
        assert!(file(&begun, "README.md").starts_with("# gw-dogs\n"));
        // No name of an agency touches a name in the code, or another name that was put in.
        for agency in ["component", "post-miniparcels", "self"] {
            let other = Beginning::new("parcels-path", agency, Sdk::Git("u".into())).unwrap();
            for (name, template) in TEMPLATE.iter().filter(|(name, _)| name.ends_with(".rs")) {
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
        let manifest = begun.manifest(None);
        assert!(manifest.contains("name = \"gw-dogs\""), "{manifest}");
        for part in ["agency-http = { git = \"u\" }", "\n[workspace]\n"] {
            assert!(manifest.contains(part), "{part}: {manifest}");
        }
    }

    #[test]
    fn a_folder_that_is_no_clone_is_refused() {
        let refused = clone(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err();
        assert_eq!(refused.code(), "component.no-sdk");
        assert!(refused.to_string().contains(SDK_CRATE), "{refused}");
    }
}
