// SPDX-License-Identifier: Apache-2.0
use std::path::PathBuf;

use serde::Deserialize;
use silta_gateway::{MailLimits, MailProtocol};
use toml::Spanned;

use super::Table;

/// `[mail]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct MailTable {
    pub(crate) address: String,
    /// `smtp` or `lmtp`. Default `smtp`.
    #[serde(default)]
    pub(crate) protocol: MailProtocol,
    /// Addresses and networks of those that are served.
    pub(crate) relays: Vec<String>,
    /// Name that relays are greeted with. Default the address that they have connected to.
    pub(crate) host_name: Option<String>,
    /// With `certificates`; without both STARTTLS is not offered.
    pub(crate) private_key: Option<Spanned<PathBuf>>,
    pub(crate) certificates: Option<Spanned<PathBuf>>,
    /// Default false: who delivers on a machine of one's own needs no TLS, and a component may ask for it by itself.
    #[serde(default)]
    pub(crate) require_tls: bool,
    #[serde(default)]
    pub(crate) limits: Table<MailLimits>,
}

/// `[agencies.ID.mail]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AgencyMailTable {
    /// Addresses, and domains with an `@` before them.
    pub(crate) recipients: Vec<String>,
}
