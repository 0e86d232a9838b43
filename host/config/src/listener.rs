// SPDX-License-Identifier: Apache-2.0
use std::path::PathBuf;

use silta_gateway::{ListenerConfig, ListenerPair};
use toml::Spanned;

use crate::{error::ConfigError, load::Config, read::LIMIT};

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
