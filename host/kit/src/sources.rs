// SPDX-License-Identifier: Apache-2.0
//! Where the sources of a component lie on this machine.

use std::{
    collections::BTreeSet,
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{error::KitError, memory};

/// What cargo says of the packages of a workspace.
pub(crate) struct Sources<'a> {
    program: &'a str,
    folder: &'a Path,
    package: Option<&'a str>,
    metadata: Value,
}

/// Cargo's folder, with the crates that it has fetched; `None` where there is none to be named.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    let named = env::var_os("CARGO_HOME").filter(|home| !home.is_empty());
    let usual = || env::home_dir().map(|home| home.join(".cargo"));
    named.map(PathBuf::from).or_else(usual)
}

impl<'a> Sources<'a> {
    /// Those of the workspace in a folder; of one package of it, or of all.
    ///
    /// # Errors
    /// There is no cargo, or it cannot read the manifest.
    pub(crate) fn of(
        program: &'a str,
        folder: &'a Path,
        package: Option<&'a str>,
    ) -> Result<Self, KitError> {
        let mut cargo = Command::new(program);
        // Without dependencies nothing is resolved or fetched.
        let arguments = ["metadata", "--no-deps", "--format-version", "1"];
        let output = cargo.current_dir(folder).args(arguments);
        let output = answered(program, output.stderr(Stdio::inherit()))?;
        let metadata = serde_json::from_slice(&output);
        let metadata = metadata.map_err(|_| KitError::Compilation(folder.to_owned()))?;
        Ok(Self {
            program,
            folder,
            package,
            metadata,
        })
    }

    /// Memory that the component begins with, in KiB. It is that of the package which is compiled, not of another in the workspace: the one that is named, here or in
    /// the options of cargo, otherwise the one whose manifest lies in the folder, or the only one that cargo compiles by default in a workspace that is no package.
    ///
    /// # Errors
    /// The manifest says what cannot be.
    pub(crate) fn memory_kib(&self, options: &[OsString]) -> Result<u64, KitError> {
        let named = self.package.or_else(|| package_in(options));
        let manifest = resolved(&self.folder.join("Cargo.toml"));
        let lies_here = |found: &Value| {
            let path = found["manifest_path"].as_str();
            path.is_some_and(|path| resolved(Path::new(path)) == manifest)
        };
        let found = |is_it: &dyn Fn(&Value) -> bool| self.packages().find(|found| is_it(found));
        let compiled = match named {
            Some(name) => found(&|package| is_meant(package, name)),
            None => found(&lies_here).or_else(|| self.only_default()),
        };
        compiled.map_or(Ok(memory::USUAL_KIB), memory::memory_kib)
    }

    fn only_default(&self) -> Option<&Value> {
        let defaults = self.metadata.get("workspace_default_members")?.as_array()?;
        let [id] = defaults.as_slice() else {
            return None;
        };
        self.packages().find(|package| package["id"] == *id)
    }

    fn packages(&self) -> impl Iterator<Item = &Value> {
        let packages = self.metadata.get("packages").and_then(Value::as_array);
        packages.into_iter().flatten()
    }

    /// The packages that may be compiled: the one that is named, or all of the workspace.
    fn own(&self) -> impl Iterator<Item = &Value> {
        let packages = self.packages();
        packages.filter(|found| self.package.is_none_or(|name| found["name"] == name))
    }

    /// Folders of the workspaces that path dependencies lie in, such as the clone with the SDK. Cargo names sources of the own workspace by paths in it, and those
    /// of others by whole ones.
    pub(crate) fn roots(&self) -> BTreeSet<PathBuf> {
        let dependencies = self
            .own()
            .filter_map(|package| package["dependencies"].as_array());
        let paths = dependencies
            .flatten()
            .filter_map(|dependency| dependency["path"].as_str());
        let paths: BTreeSet<&str> = paths.collect();
        let roots = paths.into_iter().map(|path| self.root(Path::new(path)));
        roots.collect()
    }

    /// The folder of the workspace that a package lies in; its own where cargo does not say.
    fn root(&self, package: &Path) -> PathBuf {
        let mut cargo = Command::new(self.program);
        cargo.args(["locate-project", "--workspace", "--message-format", "plain"]);
        cargo.arg("--manifest-path").arg(package.join("Cargo.toml"));
        let told = answered(self.program, cargo.stderr(Stdio::null())).unwrap_or_default();
        let manifest = String::from_utf8_lossy(&told);
        let root = Path::new(manifest.trim()).parent();
        root.filter(|root| root.is_absolute())
            .unwrap_or(package)
            .to_owned()
    }
}

/// Whether cargo means a package by a name, alone or with a version, or by an identifier.
fn is_meant(package: &Value, wanted: &str) -> bool {
    let name = wanted.split_once('@').map_or(wanted, |(name, _)| name);
    package["name"] == name || package["id"] == wanted
}

/// The package that options of cargo name.
fn package_in(options: &[OsString]) -> Option<&str> {
    let mut options = options.iter().filter_map(|option| option.to_str());
    while let Some(option) = options.next() {
        if matches!(option, "-p" | "--package") {
            return options.next();
        }
        let joined = option.strip_prefix("--package=");
        if let Some(name) = joined.or_else(|| option.strip_prefix("-p")) {
            return Some(name.trim_start_matches('='));
        }
    }
    None
}

/// The path without links and `..`, by which two ways to one file are told to be the same.
fn resolved(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn answered(program: &str, cargo: &mut Command) -> Result<Vec<u8>, KitError> {
    let output = cargo.stdin(Stdio::null()).output();
    let output = output.map_err(|source| KitError::Program {
        program: program.to_owned(),
        variable: "CARGO",
        source,
    })?;
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Memory of what is compiled in a folder of a workspace with two packages that say otherwise than each other, and one that says what cannot be.
    fn begun_with(folder: &str, package: Option<&str>, options: &[&str]) -> Result<u64, KitError> {
        let said = |name: &str, kib: u64| {
            let metadata = json!({"silta": {"memory-kib": kib}});
            let manifest_path = format!("/no-such-workspace/{name}/Cargo.toml");
            let id = format!("path+file:///no-such-workspace/{name}#0.1.0");
            json!({"name": name, "id": id, "manifest_path": manifest_path, "metadata": metadata})
        };
        let defaults = ["path+file:///no-such-workspace/mail#0.1.0"];
        let options: Vec<OsString> = options.iter().map(OsString::from).collect();
        Sources {
            program: "cargo",
            folder: Path::new(folder),
            package,
            metadata: json!({
                "packages": [said("bad", 100), said("mail", 320), said("tax", 192)],
                "workspace_default_members": defaults,
            }),
        }
        .memory_kib(&options)
    }

    #[test]
    fn memory_is_that_of_the_package_that_is_compiled() {
        let (root, tax) = ("/no-such-workspace", "/no-such-workspace/tax");
        assert_eq!(begun_with(tax, None, &["--locked"]).unwrap(), 192);
        assert_eq!(begun_with(tax, Some("mail"), &[]).unwrap(), 320);
        assert_eq!(begun_with(root, None, &[]).unwrap(), 320);
        for options in [
            ["--offline", "--package", "mail"].as_slice(),
            &["--package=mail"],
            &["-p", "mail@0.1.0"],
            &["-pmail"],
            &["-p", "path+file:///no-such-workspace/mail#0.1.0"],
        ] {
            for folder in [root, tax] {
                assert_eq!(
                    begun_with(folder, None, options).unwrap(),
                    320,
                    "{options:?}"
                );
            }
        }
    }

    #[test]
    fn another_package_is_not_blamed_nor_heeded() {
        let refused = begun_with("/no-such-workspace/bad", None, &[]).unwrap_err();
        assert!(refused.to_string().contains("`bad`"), "{refused}");
    }
}
