// SPDX-License-Identifier: Apache-2.0
//! Has cargo compile a crate to a module of WebAssembly.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    error::KitError,
    memory::STACK_KIB,
    sources::{Sources, cargo_home},
};

/// The compilation target of components: WebAssembly with nothing around it. A wasip target would bring imports that no component gets.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// What the code may use beside the core of WebAssembly.
const FEATURES: [&str; 2] = ["-C", "target-feature=+simd128"];

/// What stands between flags in `CARGO_ENCODED_RUSTFLAGS`, so that a path may have blanks.
const BETWEEN_FLAGS: &str = "\x1f";

/// A crate to be compiled by cargo. It is linked with little stack and memory, which is what a fresh instance for each call costs least with.
#[derive(Debug)]
pub struct Compilation<'a> {
    folder: &'a Path,
    package: Option<&'a str>,
    target_folder: Option<&'a Path>,
    options: Vec<OsString>,
    forgotten: Vec<OsString>,
}

impl<'a> Compilation<'a> {
    /// Of the crate, or the workspace, in a folder.
    pub fn of(folder: &'a Path) -> Self {
        Self {
            folder,
            package: None,
            target_folder: None,
            options: Vec::new(),
            // It would add to, or take the place of, what the linker is told here.
            forgotten: ["RUSTFLAGS".into()].into(),
        }
    }

    /// The package of that name, where the folder is a workspace.
    #[must_use]
    pub fn package(self, name: &'a str) -> Self {
        Self {
            package: Some(name),
            ..self
        }
    }

    /// Where cargo keeps what it compiles. Default: where it would by itself.
    #[must_use]
    pub fn target_folder(self, folder: &'a Path) -> Self {
        Self {
            target_folder: Some(folder),
            ..self
        }
    }

    /// Further options of `cargo rustc`, such as `--locked` or `--offline`.
    #[must_use]
    pub fn options(mut self, options: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.options.extend(options.into_iter().map(Into::into));
        self
    }

    /// Variables of the environment that cargo is not to see.
    #[must_use]
    pub fn without_variables(
        mut self,
        names: impl IntoIterator<Item = impl Into<OsString>>,
    ) -> Self {
        self.forgotten.extend(names.into_iter().map(Into::into));
        self
    }

    /// Compiles it in the profile `component`, and says where the module lies. What the compiler has to say goes to standard error.
    ///
    /// # Errors
    /// There is no crate or no cargo, its manifest says to Silta what cannot be, the compiler refuses the crate, or it has no library.
    pub fn run(&self) -> Result<PathBuf, KitError> {
        if !self.folder.join("Cargo.toml").is_file() {
            return Err(KitError::NoCrate(self.folder.to_owned()));
        }
        let program = env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let sources = Sources::of(&program, self.folder, self.package)?;
        let memory_kib = sources.memory_kib(&self.options)?;
        let output = self
            .command(&program, memory_kib)
            .env("CARGO_ENCODED_RUSTFLAGS", flags(&sources))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|source| KitError::Program {
                program,
                variable: "CARGO",
                source,
            })?;
        if !output.status.success() {
            return Err(KitError::Compilation(self.folder.to_owned()));
        }
        let messages = String::from_utf8_lossy(&output.stdout);
        let module = messages.lines().filter_map(module_of).next_back();
        module.ok_or_else(|| KitError::NoModule(self.folder.to_owned()))
    }

    fn command(&self, program: &str, memory_kib: u64) -> Command {
        let mut cargo = Command::new(program);
        cargo.current_dir(self.folder).args([
            "rustc",
            "--quiet",
            "--lib",
            "--crate-type",
            "cdylib",
            "--profile",
            "component",
            "--target",
            TARGET,
            "--message-format",
            "json-render-diagnostics",
        ]);
        if let Some(package) = self.package {
            cargo.args(["--package", package]);
        }
        if let Some(folder) = self.target_folder {
            cargo.arg("--target-dir").arg(folder);
        }
        cargo.args(&self.options).args(["--", "-C"]).arg(format!(
            "link-args=-zstack-size={} --initial-memory={}",
            STACK_KIB * 1024,
            memory_kib * 1024
        ));
        for name in &self.forgotten {
            cargo.env_remove(name);
        }
        cargo
    }
}

/// What the compiler is told for every crate. Places where something panics have paths in them: those of the machine would be published with the component,
/// and would make another component of the same sources on another machine.
fn flags(sources: &Sources<'_>) -> OsString {
    let mut flags: OsString = FEATURES.join(BETWEEN_FLAGS).into();
    let home = cargo_home().map(|home| (home, "/cargo"));
    let roots = sources.roots().into_iter().map(|root| (root, "/sdk"));
    for (from, to) in home.into_iter().chain(roots) {
        flags.push(BETWEEN_FLAGS);
        flags.push("--remap-path-prefix=");
        flags.push(from);
        flags.push("=");
        flags.push(to);
    }
    flags
}

/// The module that a message of cargo says was built; the last one is that of the package itself.
fn module_of(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message.get("reason")? != "compiler-artifact" {
        return None;
    }
    let files = message.get("filenames")?.as_array()?;
    let mut files = files.iter().filter_map(Value::as_str);
    files
        .find(|name| name.ends_with(".wasm"))
        .map(PathBuf::from)
}

/// Adds the compilation target where rustup can, to the toolchain that a folder's crate is built with.
///
/// # Errors
/// It is missing, and there is no rustup, or rustup cannot add it; or there is no compiler.
pub fn ensure_target(folder: &Path) -> Result<(), KitError> {
    if !folder.is_dir() {
        return Err(KitError::NoCrate(folder.to_owned()));
    }
    let program = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let asked = Command::new(&program)
        .current_dir(folder)
        .args(["--print", "target-libdir", "--target", TARGET])
        .output()
        .map_err(|source| KitError::Program {
            program,
            variable: "RUSTC",
            source,
        })?;
    let folder = String::from_utf8_lossy(&asked.stdout).trim().to_owned();
    if asked.status.success() && Path::new(&folder).is_dir() {
        return Ok(());
    }
    let why = match Command::new("rustup")
        .current_dir(folder)
        .args(["target", "add", TARGET])
        .status()
    {
        Ok(status) if status.success() => return Ok(()),
        Ok(_) => "rustup could not add it",
        Err(_) => "there is no rustup to add it",
    };
    Err(KitError::Target { why })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_found_in_what_cargo_says() {
        for (message, module) in [
            (
                r#"{"reason": "compiler-artifact", "filenames": ["/t/a.d", "/t/a.wasm"]}"#,
                Some("/t/a.wasm"),
            ),
            (
                r#"{"reason": "compiler-artifact", "filenames": ["/t/liba.rlib"]}"#,
                None,
            ),
            (r#"{"reason": "build-finished", "success": true}"#, None),
            ("warning: no JSON", None),
        ] {
            assert_eq!(module_of(message), module.map(PathBuf::from), "{message}");
        }
    }

    #[test]
    fn a_folder_without_a_crate_is_named() {
        let folder = Path::new("no-such-crate");
        let refused = Compilation::of(folder).run().unwrap_err();
        assert_eq!(refused.code(), "component.no-crate");
        assert!(refused.to_string().contains("no-such-crate"), "{refused}");
    }
}
