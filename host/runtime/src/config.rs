//! The configuration file `silta.toml`: which component serves each agency, with which settings, keys, anchors, secrets and
//! limits; and where agencies call.
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
use toml::Spanned;

use crate::keys::SignatureAlgorithm;

use form::Table;
pub(crate) use listener::ListenerTable;
pub use listener::{ListenerConfig, ListenerLimits, ListenerPair};
pub use snapshot::Snapshot;
pub use upkeep::Expiry;

/// A configuration file, read and checked for form. Keys and certificates are read when an agency's [`Deployment`](crate::Deployment) is made.
#[derive(Debug, Clone)]
pub struct Config {
    pub(crate) file: PathBuf,
    pub(crate) text: String,
    pub(crate) content: Content,
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
pub(crate) struct Content {
    #[serde(default)]
    pub(crate) audit: Option<PathBuf>,
    #[serde(default)]
    pub(crate) reload_seconds: Option<u32>,
    #[serde(default)]
    pub(crate) listener: Option<Table<ListenerTable>>,
    #[serde(default)]
    pub(crate) agencies: BTreeMap<String, Table<AgencyTable>>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AgencyTable {
    pub(crate) component: String,
    #[serde(default)]
    pub(crate) settings: toml::Table,
    #[serde(default)]
    pub(crate) keys: BTreeMap<String, Table<KeyTable>>,
    #[serde(default)]
    pub(crate) anchors: BTreeMap<String, Table<AnchorTable>>,
    #[serde(default)]
    pub(crate) secrets: BTreeMap<String, Table<SecretTable>>,
    #[serde(default)]
    pub(crate) limits: Table<LimitsTable>,
    #[serde(default)]
    pub(crate) tls: Table<TlsTable>,
    #[serde(default)]
    pub(crate) allow_sha1: bool,
    #[serde(default)]
    pub(crate) allow_short_rsa: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct KeyTable {
    pub(crate) private_key: Spanned<PathBuf>,
    pub(crate) certificates: Spanned<PathBuf>,
    #[serde(default)]
    pub(crate) algorithms: Option<Vec<SignatureAlgorithm>>,
    #[serde(default)]
    pub(crate) signatures_per_call: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AnchorTable {
    #[serde(default)]
    pub(crate) certificates: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(crate) pinned: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(crate) revocation_lists: Option<Spanned<PathBuf>>,
    #[serde(default)]
    pub(crate) revocation_list_bytes: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SecretTable {
    pub(crate) files: Vec<Spanned<PathBuf>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct LimitsTable {
    pub(crate) deadline_milliseconds: Option<u64>,
    pub(crate) memory_bytes: Option<u64>,
    pub(crate) blob_bytes: Option<u64>,
    pub(crate) hostcall_bytes: Option<u64>,
    pub(crate) handles: Option<u64>,
    pub(crate) log_bytes: Option<u64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TlsTable {
    pub(crate) server_anchors: Option<Spanned<PathBuf>>,
}
