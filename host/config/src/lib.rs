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

/// The file.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Content {
    /// File of the audit trail; without it the trail goes to the program's log.
    audit: Option<PathBuf>,
    /// How often the files that are named are looked at for changes. Default 5, 1 to 86,400: a day.
    reload_seconds: u32,
    listener: Option<Table<ListenerTable>>,
    agencies: BTreeMap<String, Table<AgencyTable>>,
}

impl Default for Content {
    fn default() -> Self {
        Self {
            audit: None,
            reload_seconds: 5,
            listener: None,
            agencies: BTreeMap::new(),
        }
    }
}

/// `[agencies.ID]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct AgencyTable {
    /// A file, or `builtin`.
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

/// `[agencies.ID.keys.ROLE]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct KeyTable {
    private_key: Spanned<PathBuf>,
    certificates: Spanned<PathBuf>,
    /// Best first; without it the usual one of the key's kind.
    algorithms: Option<Vec<SignatureAlgorithm>>,
    signatures_per_call: Option<u32>,
}

/// `[agencies.ID.anchors.NAME]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct AnchorTable {
    certificates: Option<Spanned<PathBuf>>,
    pinned: Option<Spanned<PathBuf>>,
    revocation_lists: Option<Spanned<PathBuf>>,
    /// Limit of the file of revocation lists. Default 32 MiB: lists grow as long as their issuer lives.
    revocation_list_bytes: u64,
}

impl Default for AnchorTable {
    fn default() -> Self {
        Self {
            certificates: None,
            pinned: None,
            revocation_lists: None,
            revocation_list_bytes: 32 << 20,
        }
    }
}

/// `[agencies.ID.secrets.ROLE]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct SecretTable {
    /// The current value first, and the one that it replaces.
    files: Vec<Spanned<PathBuf>>,
}

/// `[agencies.ID.tls]`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct TlsTable {
    server_anchors: Option<Spanned<PathBuf>>,
}
