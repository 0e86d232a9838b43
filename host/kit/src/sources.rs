// SPDX-License-Identifier: Apache-2.0
//! Where the sources of a component lie on this machine.

use std::{
    collections::BTreeSet,
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::error::KitError;

/// Memory that a component begins with where its manifest does not say, in KiB. It is cleared between calls, and growing costs system calls.
pub(crate) const USUAL_MEMORY_KIB: u64 = 256;

/// Most memory that a component may begin with, in KiB.
pub(crate) const MOST_MEMORY_KIB: u64 = 16 << 10;

/// Where a package says so, in what cargo tells of it.
const MEMORY: &str = "/metadata/silta/memory-kib";

/// A page of memory, in KiB.
const PAGE_KIB: u64 = 64;

/// What cargo says of the packages of a workspace.
pub(crate) struct Sources<'a> {
    program: &'a str,
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
        folder: &Path,
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
            package,
            metadata,
        })
    }

    /// Memory that the component begins with, in KiB: what its manifest says, or [`USUAL_MEMORY_KIB`].
    ///
    /// # Errors
    /// The manifest says something else than whole pages, or more than [`MOST_MEMORY_KIB`].
    pub(crate) fn memory_kib(&self) -> Result<u64, KitError> {
        let name = |package: &Value| Some(package.get("name")?.as_str()?.to_owned());
        let said = |package: &Value| Some((name(package)?, package.pointer(MEMORY)?.to_owned()));
        let Some((package, value)) = self.own().find_map(said) else {
            return Ok(USUAL_MEMORY_KIB);
        };
        let fits =
            |kib: &u64| (PAGE_KIB..=MOST_MEMORY_KIB).contains(kib) && kib.is_multiple_of(PAGE_KIB);
        value.as_u64().filter(fits).ok_or_else(|| KitError::Memory {
            package,
            value: value.to_string(),
        })
    }

    /// The packages that are compiled: the one that is named, or all of the workspace.
    fn own(&self) -> impl Iterator<Item = &Value> {
        let packages = self.metadata.get("packages").and_then(Value::as_array);
        let packages = packages.into_iter().flatten();
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

    fn memory(package: Option<&str>, metadata: Value) -> Result<u64, KitError> {
        let metadata = json!({"packages": [
            {"name": "plain", "metadata": null},
            {"name": "parcels", "metadata": metadata},
        ]});
        let program = "cargo";
        Sources {
            program,
            package,
            metadata,
        }
        .memory_kib()
    }

    #[test]
    fn memory_is_what_the_manifest_says() {
        let said = json!({"silta": {"memory-kib": 128}});
        assert_eq!(memory(Some("parcels"), said.clone()).unwrap(), 128);
        assert_eq!(memory(None, said.clone()).unwrap(), 128);
        assert_eq!(memory(Some("plain"), said).unwrap(), USUAL_MEMORY_KIB);
        for silent in [json!(null), json!({"silta": {}}), json!({"other": 1})] {
            assert_eq!(memory(None, silent).unwrap(), USUAL_MEMORY_KIB);
        }
    }

    #[test]
    fn memory_is_whole_pages_within_the_limit() {
        for value in [
            json!(0),
            json!(100),
            json!(MOST_MEMORY_KIB + 64),
            json!("128"),
            json!(-64),
        ] {
            let refused = memory(None, json!({"silta": {"memory-kib": value}})).unwrap_err();
            assert_eq!(refused.code(), "component.memory");
            let text = refused.to_string();
            assert!(
                text.contains("`parcels`") && text.contains(&value.to_string()),
                "{text}"
            );
        }
    }
}
