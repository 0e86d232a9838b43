// SPDX-License-Identifier: Apache-2.0
//! A crate of Rust to begin with.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use super::{File, template};
use crate::error::KitError;

/// What a clone of the repository is known by.
pub(crate) const SDK_CRATE: &str = "components/shared/agency-guest";

/// Names that no crate can have: Rust's own, and those of what the crate depends on.
pub(super) const TAKEN: [&str; 52] = [
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

/// Files of the crate but for its manifest, by their places.
pub(super) const TEMPLATE: [File; 22] = template!["../../template/";
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

pub(super) fn manifest(name: &str, sdk: &Sdk, clone: Option<&Path>) -> String {
    let dependency = |name: &str| match (sdk, clone) {
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
            toml_text(name),
            dependency("agency-guest"),
            dependency("agency-http"),
        )
}

/// The absolute path of a clone.
pub(super) fn clone(path: &Path) -> Result<PathBuf, KitError> {
    let no_sdk = || KitError::NoSdk(path.to_owned());
    let clone = fs::canonicalize(path).map_err(|_| no_sdk())?;
    match clone.join(SDK_CRATE).is_dir() {
        true => Ok(clone),
        false => Err(no_sdk()),
    }
}

/// A text as TOML. A text of JSON is one, but for DEL, which TOML wants escaped.
fn toml_text(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_folder_that_is_no_clone_is_refused() {
        let refused = clone(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap_err();
        assert_eq!(refused.code(), "component.no-sdk");
        assert!(refused.to_string().contains(SDK_CRATE), "{refused}");
    }
}
