// SPDX-License-Identifier: Apache-2.0
use std::net::SocketAddr;

use silta_gateway::{ListenerConfig, ListenerLimits};

use crate::{error::ConfigError, load::Config};

impl Config {
    /// Where agencies call, the files read; `None` when the table `[listener]` is left out.
    ///
    /// # Errors
    /// The address is none, or a file cannot be read.
    pub fn listener(&self) -> Result<Option<ListenerConfig>, ConfigError> {
        let (Some(address), Some(limits)) = (self.listener_address(), self.listener_limits())
        else {
            return Ok(None);
        };
        let address = address?;
        let mut pairs = Vec::new();
        for part in self.listener_parts() {
            let first = |errors: Vec<ConfigError>| self.first(&part.field, errors);
            pairs.push(part.content.map_err(first)?);
        }
        let mut pairs = pairs.into_iter();
        Ok(pairs.next().map(|own| ListenerConfig {
            address,
            private_key: own.private_key,
            certificates: own.certificates,
            also: pairs.collect(),
            limits: *limits,
        }))
    }

    /// The address to listen at; `None` without a listener.
    pub fn listener_address(&self) -> Option<Result<SocketAddr, ConfigError>> {
        let table = self.content.listener.as_ref()?;
        Some(self.address(&table.address, "listener.address"))
    }

    /// Where the operator's server listens; `None` without a table `[operator]`.
    pub fn operator_address(&self) -> Option<Result<SocketAddr, ConfigError>> {
        let table = self.content.operator.as_ref()?;
        Some(self.address(&table.address, "operator.address"))
    }

    fn address(&self, text: &str, field: &str) -> Result<SocketAddr, ConfigError> {
        text.parse().map_err(|_| {
            let reason =
                "this has to be an IP address with a port, such as 127.0.0.1:8444 or [::]:8444";
            self.wrong(field, reason.into())
        })
    }

    /// What callers may use; `None` without a listener.
    pub fn listener_limits(&self) -> Option<&ListenerLimits> {
        let table = self.content.listener.as_ref()?;
        Some(&table.limits)
    }
}
