// SPDX-License-Identifier: Apache-2.0
//! Why a component, or a crate for one, was not made.

use std::{
    io,
    path::{Path, PathBuf},
};

use silta_contract::Unreadable;

/// Why a component, or a crate for one, was not made. [`KitError::code`] is stable and meant for programs, the text is meant for people.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KitError {
    /// The name cannot be that of a crate and of an agency.
    #[error(
        "`{0}` cannot be the name of a component: it has to begin with a letter and have lower-case letters, digits and single hyphens only, 64 at most"
    )]
    Name(String),
    /// The name is Rust's, or that of a crate of the SDK.
    #[error(
        "`{0}` cannot be the name of a crate: Rust, or what the crate depends on, has it; name the crate otherwise, and the agency with --agency"
    )]
    TakenName(String),
    /// Something is there already.
    #[error("{}: is there already, and is not empty; name another folder, or remove it", .0.display())]
    Occupied(PathBuf),
    /// The folder that was named is no clone of the repository with the SDK.
    #[error(
        "{}: no clone of Silta's repository, for it has no {}; name the folder of a clone, or the URL of the repository",
        .0.display(),
        super::beginning::SDK_CRATE
    )]
    NoSdk(PathBuf),
    /// There is no crate to compile, and nothing in JavaScript.
    #[error(
        "{}: there is no Cargo.toml here, nor a package.json; name the folder of the component with --dir, or begin one with `silta component new`",
        .0.display()
    )]
    NoCrate(PathBuf),
    /// A file cannot be read or written.
    #[error("{}: {source}; check the path and its permissions", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A program cannot be started.
    #[error(
        "`{program}` cannot be started ({source}); install Rust, https://rustup.rs, or say by the variable {variable} where it is"
    )]
    Program {
        /// The program.
        program: String,
        /// The variable that names it.
        variable: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// The compilation target is missing and cannot be added here.
    #[error(
        "the compilation target {target} is missing, and {why}. Add it with `rustup target add {target}`, or install a Rust toolchain that has it",
        target = super::TARGET
    )]
    Target {
        /// Why it cannot be added.
        why: &'static str,
    },
    /// The compiler has refused the crate, and has said why.
    #[error("{}: cargo could not build it; what it says is above", .0.display())]
    Compilation(PathBuf),
    /// Node or npm cannot be started.
    #[error(
        "`{program}` cannot be started ({source}); a component in JavaScript needs it. Install Node, https://nodejs.org, which npm comes with, or say by the variable {variable} where it is"
    )]
    NoNode {
        /// The program.
        program: &'static str,
        /// The variable that names it.
        variable: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// Node is too old.
    #[error(
        "the version of Node is `{found}`, and a component in JavaScript needs {oldest} or later; install it, https://nodejs.org, or say by the variable NODE where it is"
    )]
    OldNode {
        /// What Node says of its version.
        found: String,
        /// The oldest that will do.
        oldest: u32,
    },
    /// Node is there and does not run.
    #[error(
        "Node says nothing of its version, but: {0}; a component in JavaScript needs it. Mend that, or say by the variable NODE where another is"
    )]
    FailedNode(String),
    /// npm has not installed what makes components of JavaScript.
    #[error(
        "{}: npm did not install `{package}`, which makes components; what it says is above. package.json has to name it under devDependencies, as `silta component new --lang js` writes it, in the version of package-lock.json; npm has to reach its registry or have it in its cache, and to put it into node_modules of this very folder, where alone it is looked for",
        folder.display()
    )]
    NotInstalled {
        /// The folder.
        folder: PathBuf,
        /// The package.
        package: &'static str,
    },
    /// What makes components does not run; the sources have no part in that.
    #[error(
        "{}: `{package}`, which makes components, could not be run to its end ({status}); what is wrong is above, and is not of the sources. Where it was installed for another machine or in part, remove node_modules, and it is installed anew; else see that there is space for temporary files, and memory",
        folder.display()
    )]
    Maker {
        /// The folder.
        folder: PathBuf,
        /// The package.
        package: &'static str,
        /// How it ended.
        status: String,
    },
    /// Temporary files are where the engine of JavaScript cannot be told to read.
    #[error(
        "{}: is the folder of temporary files, and its path has other than letters from a to z, digits, `.`, `-` and `_`, which the engine of JavaScript cannot be told; name another by the variable TMPDIR",
        .0.display()
    )]
    TemporaryFolder(PathBuf),
    /// The scripts are no component; what is wrong was said on standard error.
    #[error("{}: no component could be made of its sources; what is wrong is above", .0.display())]
    Scripts(PathBuf),
    /// Cargo built no library for the sandbox.
    #[error(
        "{}: cargo built no module of WebAssembly; the package needs a library (src/lib.rs) that ends with `agency_guest::component!(TYPE)`",
        .0.display()
    )]
    NoModule(PathBuf),
    /// The manifest asks for memory that a component cannot begin with.
    #[error(
        "the package `{package}`: `memory-kib` of [package.metadata.silta] in its Cargo.toml is {value}; it says how many KiB of memory a component begins with, a multiple of 64 from {least} to {most}: {stack} for the stack, what the constants take, and what a call allocates. Without it they are {usual}",
        least = super::memory::LEAST_KIB,
        most = super::memory::MOST_KIB,
        stack = super::memory::STACK_KIB,
        usual = super::memory::USUAL_KIB
    )]
    Memory {
        /// Name of the package.
        package: String,
        /// What it has there, as JSON.
        value: String,
    },
    /// The manifest has something for Silta that nobody reads.
    #[error(
        "the package `{package}`: [package.metadata.silta] in its Cargo.toml has {found}; it is a table with one key, `memory-kib`"
    )]
    ManifestKey {
        /// Name of the package.
        package: String,
        /// What it has there.
        found: String,
    },
    /// The module asks for what no component gets.
    #[error(
        "it imports {}, which no component gets: it has no files, network, clock, randomness or environment. Leave out what needs them (a dependency, perhaps: `cargo tree`), build for {} and not for a wasip target, and take time, identifiers and bytes from the contract",
        listed(.0),
        super::TARGET
    )]
    ForbiddenImports(Vec<String>),
    /// The bytes are no module that a component can be made of.
    #[error("{0}")]
    Module(String),
    /// The bytes are no component of the contract.
    #[error("it is no component: {0}")]
    NotAComponent(String),
}

impl From<Unreadable> for KitError {
    fn from(unreadable: Unreadable) -> Self {
        Self::NotAComponent(unreadable.to_string())
    }
}

impl KitError {
    /// Stable code in lower case with dots.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Name(_) => "component.name",
            Self::TakenName(_) => "component.taken-name",
            Self::Occupied(_) => "component.occupied",
            Self::NoSdk(_) => "component.no-sdk",
            Self::NoCrate(_) => "component.no-crate",
            Self::File { .. } => "file.unusable",
            Self::Program { .. } => "component.no-cargo",
            Self::NoNode { .. } => "component.no-node",
            Self::OldNode { .. } => "component.old-node",
            Self::FailedNode(_) => "component.failed-node",
            Self::NotInstalled { .. } => "component.not-installed",
            Self::Maker { .. } => "component.maker-failed",
            Self::TemporaryFolder(_) => "component.temporary-folder",
            Self::Scripts(_) => "component.not-made",
            Self::Target { .. } => "component.no-target",
            Self::Compilation(_) => "component.not-compiled",
            Self::NoModule(_) => "component.no-module",
            Self::Memory { .. } => "component.memory",
            Self::ManifestKey { .. } => "component.manifest-key",
            Self::ForbiddenImports(_) => "component.forbidden-import",
            Self::Module(_) => "component.module",
            Self::NotAComponent(_) => "component.invalid",
        }
    }
}

pub(crate) fn file_error(path: &Path, source: io::Error) -> KitError {
    KitError::File {
        path: path.to_owned(),
        source,
    }
}

/// Most imports that are named; whoever has one of them has dozens.
const MOST_NAMED: usize = 8;

fn listed(names: &[String]) -> String {
    let named: Vec<String> = names
        .iter()
        .take(MOST_NAMED)
        .map(|name| format!("`{name}`"))
        .collect();
    match names.len().saturating_sub(MOST_NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
