// SPDX-License-Identifier: Apache-2.0
//! Which maker of components a folder has, and which its lock file asks for.

use std::{fs, path::Path};

use serde_json::Value;

use super::{MAKER, MANIFEST};

/// Where npm lists what it has installed.
const COMPLETE: &str = "node_modules/.package-lock.json";

/// The versions of the maker.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Installed {
    /// That in the folder's own `node_modules`. What Node would find in folders above is not looked at: it may be anybody's.
    there: Option<String>,
    /// That of which npm says that it is installed, once all is there: it writes packages to their places first, and this list last.
    complete: Option<String>,
    /// That of the lock file, if there is one that names it.
    locked: Option<String>,
}

impl Installed {
    pub(super) fn of(folder: &Path) -> Self {
        let package = format!("node_modules/{MAKER}");
        let there = json(&folder.join(&package).join(MANIFEST));
        let listed = |list: &str| {
            let list = json(&folder.join(list))?;
            version(list.get("packages")?.get(&package))
        };
        Self {
            there: version(there.as_ref()),
            complete: listed(COMPLETE),
            locked: listed("package-lock.json"),
        }
    }

    /// Whether components can be made with it: it is there as a whole, and it is the one that is asked for.
    pub(super) fn is_usable(&self) -> bool {
        self.there.is_some()
            && self.there == self.complete
            && (self.locked.is_none() || self.there == self.locked)
    }

    /// Name and version, for people.
    pub(super) fn told(&self) -> String {
        format!("{MAKER} {}", self.there.as_deref().unwrap_or_default())
    }
}

fn version(package: Option<&Value>) -> Option<String> {
    Some(package?.get("version")?.as_str()?.to_owned())
}

fn json(path: &Path) -> Option<Value> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::javascript::stage::Stage;

    #[test]
    fn what_is_installed_has_to_be_there_and_as_the_lock_file_has_it() {
        let stage = Stage::new().unwrap();
        let above = stage.path();
        let folder = above.join("cats");
        let write = |folder: &Path, version: &str| {
            let package = folder.join("node_modules").join(MAKER);
            fs::create_dir_all(&package).unwrap();
            let text = format!(r#"{{"version": "{version}"}}"#);
            fs::write(package.join(MANIFEST), text).unwrap();
        };
        let list = |path: &Path, version: &str| {
            let text = format!(
                r#"{{"packages": {{"node_modules/{MAKER}": {{"version": "{version}"}}}}}}"#
            );
            fs::write(path, text).unwrap();
        };
        let lock = |version: &str| list(&folder.join("package-lock.json"), version);
        write(above, "0.23.0");
        fs::create_dir_all(&folder).unwrap();
        assert!(!Installed::of(&folder).is_usable(), "it lies above");
        write(&folder, "0.23.0");
        assert!(!Installed::of(&folder).is_usable(), "npm is not done");
        list(&folder.join(COMPLETE), "0.22.0");
        assert!(
            !Installed::of(&folder).is_usable(),
            "another was there before"
        );
        list(&folder.join(COMPLETE), "0.23.0");
        assert!(Installed::of(&folder).is_usable(), "nothing is locked");
        lock("0.24.0");
        assert!(!Installed::of(&folder).is_usable(), "another is locked");
        lock("0.23.0");
        assert!(Installed::of(&folder).is_usable());
        assert_eq!(Installed::of(&folder).told(), format!("{MAKER} 0.23.0"));
    }
}
