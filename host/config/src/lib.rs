//! The configuration file `silta.toml`: which component serves each agency, with which settings, keys, anchors, secrets and
//! limits; and where agencies call.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = silta_config::Config::read("customs/silta.toml")?;
//! let deployment = config.deployment("tulli", std::fs::read("tulli.wasm")?)?;
//! let agency = silta::Runtime::builder().build()?.deploy("tulli", deployment)?;
//! # Ok(())
//! # }
//! ```
//!
//! Paths in the file are relative to the file. Unknown names are errors: a misspelt limit would be no limit.

mod form;
mod listener;
mod load;
mod read;
mod snapshot;
mod upkeep;

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::Deserialize;
use silta::{Limits, SignatureAlgorithm};
use toml::Spanned;

use form::Table;
use listener::ListenerTable;
pub use snapshot::Snapshot;
pub use upkeep::Expiry;

/// A configuration file, read and checked for form. Keys and certificates are read when an agency's [`Deployment`](silta::Deployment) is made.
#[derive(Debug, Clone)]
pub struct Config {
    file: PathBuf,
    text: String,
    content: Content,
}

/// Which component an agency is to have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ComponentSource {
    /// The one that comes with the program.
    Builtin,
    /// A file.
    File(PathBuf),
}

/// What is wrong with the configuration, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The file at fault: the configuration itself, or one that it names.
    pub file: PathBuf,
    /// Line and column in the file, counted from 1, where the place is known.
    pub place: Option<(usize, usize)>,
    /// Name of the field that led there, such as `agencies.tulli.keys.builder.private-key`; may be empty.
    pub field: String,
    /// What is wrong and what to do.
    pub reason: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some((line, column)) = self.place {
            write!(f, ":{line}:{column}")?;
        }
        if !self.field.is_empty() {
            write!(f, ": {}", self.field)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl std::error::Error for ConfigError {}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Content {
    #[serde(default)]
    audit: Option<PathBuf>,
    #[serde(default)]
    reload_seconds: Option<u32>,
    #[serde(default)]
    listener: Option<Table<ListenerTable>>,
    #[serde(default)]
    agencies: BTreeMap<String, Table<AgencyTable>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AgencyTable {
    component: String,
    #[serde(default)]
    settings: toml::Table,
    #[serde(default)]
    keys: BTreeMap<String, Table<KeyTable>>,
    #[serde(default)]
    anchors: BTreeMap<String, Table<AnchorTable>>,
    #[serde(default)]
    secrets: BTreeMap<String, Table<SecretTable>>,
    #[serde(default)]
    limits: Table<Limits>,
    #[serde(default)]
    tls: Table<TlsTable>,
    #[serde(default)]
    allow_sha1: bool,
    #[serde(default)]
    allow_short_rsa: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct KeyTable {
    private_key: Spanned<PathBuf>,
    certificates: Spanned<PathBuf>,
    #[serde(default)]
    algorithms: Option<Vec<SignatureAlgorithm>>,
    #[serde(default)]
    signatures_per_call: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AnchorTable {
    #[serde(default)]
    certificates: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pinned: Option<Spanned<PathBuf>>,
    #[serde(default)]
    revocation_lists: Option<Spanned<PathBuf>>,
    #[serde(default)]
    revocation_list_bytes: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SecretTable {
    files: Vec<Spanned<PathBuf>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TlsTable {
    server_anchors: Option<Spanned<PathBuf>>,
}
