use std::path::PathBuf;

use serde::Deserialize;
use silta_gateway::{ListenerConfig, ListenerLimits, ListenerPair};
use toml::Spanned;

use super::{Config, ConfigError, form::Table, read::LIMIT};

/// `[listener]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ListenerTable {
    address: String,
    pub(super) private_key: Spanned<PathBuf>,
    pub(super) certificates: Spanned<PathBuf>,
    #[serde(default)]
    also: Vec<Table<PairTable>>,
    #[serde(default)]
    limits: Table<ListenerLimits>,
}

/// `[[listener.also]]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct PairTable {
    pub(super) private_key: Spanned<PathBuf>,
    pub(super) certificates: Spanned<PathBuf>,
}

impl ListenerTable {
    /// Every private key and its certificates, with the name of the table they stand in.
    pub(super) fn pairs(&self) -> Vec<(String, &Spanned<PathBuf>, &Spanned<PathBuf>)> {
        let own = ("listener".to_owned(), &self.private_key, &self.certificates);
        let also = self.also.iter().zip(1..);
        let also = also.map(|(pair, number)| {
            let name = format!("listener.also[{number}]");
            (name, &pair.private_key, &pair.certificates)
        });
        std::iter::once(own).chain(also).collect()
    }
}

impl Config {
    /// Where agencies call, the files read; `None` when the table `[listener]` is left out.
    ///
    /// # Errors
    /// The address is none, or a file cannot be read.
    pub fn listener(&self) -> Result<Option<ListenerConfig>, ConfigError> {
        let Some(table) = &self.content.listener else {
            return Ok(None);
        };
        let address = table.address.parse().map_err(|_| {
            let reason =
                "this has to be an IP address with a port, such as 127.0.0.1:8444 or [::]:8444";
            self.error("listener.address".into(), reason.into())
        })?;
        let read = |(name, key, certificates): (String, &Spanned<PathBuf>, &Spanned<PathBuf>)| {
            Ok(ListenerPair {
                private_key: self.read_private(key, &format!("{name}.private-key"))?,
                certificates: self.read_named(
                    certificates,
                    &format!("{name}.certificates"),
                    LIMIT,
                )?,
            })
        };
        let mut pairs = table.pairs().into_iter();
        let own = (
            "listener".to_owned(),
            &table.private_key,
            &table.certificates,
        );
        let own = read(pairs.next().unwrap_or(own))?;
        Ok(Some(ListenerConfig {
            address,
            private_key: own.private_key,
            certificates: own.certificates,
            also: pairs.map(read).collect::<Result<_, ConfigError>>()?,
            limits: *table.limits,
        }))
    }
}
