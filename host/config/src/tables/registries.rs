// SPDX-License-Identifier: Apache-2.0

use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

/// `[registries.NAME]`: a registry that components may be fetched from, on an operator's order.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RegistryTable {
    /// `HOST` or `HOST:PORT`, as references begin with it.
    pub(crate) address: String,
    /// File with a name and a password for it, as docker's `config.json` has them. Default none: what anybody may fetch.
    pub(crate) credentials: Option<Spanned<PathBuf>>,
    /// File of the certificates that its server's has to lead to, PEM. Default those of the operating system.
    pub(crate) anchors: Option<Spanned<PathBuf>>,
    /// Whether it is talked to without TLS though it is another machine. Default false.
    #[serde(default)]
    pub(crate) allow_http: bool,
    /// Time for all that one order has fetched from it, all requests together. Default 120 s, 1 to 600.
    pub(crate) seconds: Option<u32>,
    /// Most bytes of a component. Default 64 MiB, the most.
    pub(crate) component_bytes: Option<u64>,
}
