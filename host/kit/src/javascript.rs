// SPDX-License-Identifier: Apache-2.0
//! Components written in JavaScript: Node runs componentize-js, which puts the sources and an engine of JavaScript into a component.

mod contract;
mod installed;
mod lock;
mod node;
mod stage;

use std::{fs, path::Path};

use silta_contract::CONTRACT;

use crate::{
    error::{KitError, file_error},
    wrapping::Names,
};
use installed::Installed;
use stage::Stage;

/// What says that a folder has a component in JavaScript.
pub(crate) const MANIFEST: &str = "package.json";

/// The package of npm that makes components.
const MAKER: &str = "@bytecodealliance/componentize-js";

/// Folder for what is made, in that where a component is made.
const MADE: &str = ".silta";

/// Files of the program that the sources are made into a component with.
const OWN: [(&str, &str); 4] = [
    ("make.mjs", include_str!("../javascript/build/make.mjs")),
    (
        "repeatable.mjs",
        include_str!("../javascript/build/repeatable.mjs"),
    ),
    ("entry.js", include_str!("../javascript/build/entry.js")),
    ("sandbox.js", include_str!("../javascript/build/sandbox.js")),
];

/// What a component is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Rust: there is a Cargo.toml.
    Rust,
    /// JavaScript: there is a package.json, and no Cargo.toml.
    JavaScript,
}

impl Language {
    /// That of the component in a folder.
    ///
    /// # Errors
    /// There is neither a Cargo.toml nor a package.json.
    pub fn of(folder: &Path) -> Result<Self, KitError> {
        match folder {
            _ if folder.join("Cargo.toml").is_file() => Ok(Self::Rust),
            _ if folder.join(MANIFEST).is_file() => Ok(Self::JavaScript),
            _ => Err(KitError::NoCrate(folder.to_owned())),
        }
    }
}

/// A component that was made of sources in JavaScript.
#[derive(Debug)]
pub struct Scripted {
    /// Its bytes.
    pub component: Vec<u8>,
    /// Name and version of the package that made it.
    pub maker: String,
}

/// Makes the component of the sources in a folder, `src/component.js` and what it imports. What is wrong with them, Node says on standard error. npm fetches what
/// makes components unless the folder has it, in the version of its lock file. With names kept, errors that are thrown are told with their messages; without, with
/// their places only. Nothing is written to the folder but by npm.
///
/// # Errors
/// Node or npm cannot be started or is too old, npm cannot install, what makes components does not run, a file cannot be written, or the sources are no component.
pub fn component_of_scripts(folder: &Path, names: Names) -> Result<Scripted, KitError> {
    let folder = &fs::canonicalize(folder).map_err(|_| KitError::NoCrate(folder.to_owned()))?;
    node::check_version()?;
    // Held until the component is made: nobody clears away meanwhile what makes it.
    let installed = lock::installed(folder)?;
    let stage = Stage::new()?;
    let made = stage.path().join(MADE);
    write_own(&made, names)?;
    // What the maker leaves behind goes with it.
    let temporary = stage.path().join("temporary");
    fs::create_dir(&temporary).map_err(|source| file_error(&temporary, source))?;
    node::make(folder, &made.join("make.mjs"), stage.path(), &temporary)?;
    let component = made.join("component.wasm");
    let mut component = fs::read(&component).map_err(|source| file_error(&component, source))?;
    forget_path(&mut component, stage.path());
    let maker = Installed::of(folder).told();
    drop(installed);
    Ok(Scripted { component, maker })
}

/// Writes what the component is made with.
fn write_own(made: &Path, names: Names) -> Result<(), KitError> {
    let write = |name: &str, text: &str| {
        let path = made.join(name);
        fs::write(&path, text).map_err(|source| file_error(&path, source))
    };
    let wit = made.join("wit");
    fs::create_dir_all(&wit).map_err(|source| file_error(&wit, source))?;
    for file in CONTRACT {
        write(&format!("wit/{}", file.name), file.text)?;
    }
    for (name, text) in OWN {
        write(name, text)?;
    }
    write("contract.js", &contract::script(names)?)
}

/// Puts something else into the place of the folder's path where the maker has left it in the memory of the component: paths of the machine are not published, and where temporary files are may tell whose it is. Nothing reads it there.
fn forget_path(component: &mut [u8], folder: &Path) {
    let path = folder.to_string_lossy();
    let path = path.trim_end_matches('/');
    let relative = path.trim_start_matches('/');
    // With what comes before or behind, so that a short path is not found in code.
    for (before, path, behind) in [
        ("", path, "/.silta/"),
        ("", relative, "/.silta/"),
        ("", path, "/temporary/"),
        ("", relative, "/temporary/"),
        ("--strip-path-prefix ", path, "/ "),
        ("\0", path, "/\0"),
    ] {
        let wanted = format!("{before}{path}{behind}");
        let (begin, end) = (before.len(), before.len() + path.len());
        let mut from = 0;
        while let Some(found) =
            position(component.get(from..).unwrap_or_default(), wanted.as_bytes())
        {
            let found = from + found;
            if let Some(place) = component.get_mut(found + begin..found + end) {
                place.fill(b'_');
            }
            from = found + wanted.len();
        }
    }
}

fn position(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|part| part == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_the_folder_is_forgotten_and_nothing_else() {
        let text = b"\x01/w/p/.silta/t \x02w/p/temporary/t --strip-path-prefix /w/p/ src \0/w/p/\0 /w/p/x /w/p";
        let mut bytes = text.to_vec();
        forget_path(&mut bytes, Path::new("/w/p"));
        let wanted: &[u8] =
            b"\x01____/.silta/t \x02___/temporary/t --strip-path-prefix ____/ src \0____/\0 /w/p/x /w/p";
        assert_eq!(bytes, wanted);
        let mut root = b"/.silta/t --strip-path-prefix // src".to_vec();
        let before = root.clone();
        forget_path(&mut root, Path::new("/"));
        assert_eq!(root, before);
    }

    #[test]
    fn a_folder_is_of_the_language_of_its_manifest() {
        let kit = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(Language::of(kit).unwrap(), Language::Rust);
        let template = kit.join("javascript/template");
        assert_eq!(Language::of(&template).unwrap(), Language::JavaScript);
        let refused = Language::of(&kit.join("src")).unwrap_err();
        assert_eq!(refused.code(), "component.no-crate");
        for name in ["Cargo.toml", "package.json"] {
            assert!(refused.to_string().contains(name), "{refused}");
        }
    }
}
