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

    /// Folders of the workspaces that path dependencies lie in, such as the clone with the SDK. Cargo names sources of the own workspace by paths in it, and those
    /// of others by whole ones.
    pub(crate) fn roots(&self) -> BTreeSet<PathBuf> {
        let packages = self.metadata.get("packages").and_then(Value::as_array);
        let packages = packages.into_iter().flatten();
        let own = packages.filter(|found| self.package.is_none_or(|name| found["name"] == name));
        let dependencies = own.filter_map(|package| package["dependencies"].as_array());
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
