// SPDX-License-Identifier: Apache-2.0
use std::net::SocketAddr;

use silta_gateway::{IpNetwork, ListenerConfig, ListenerLimits, TrustedProxies};

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

    pub(crate) fn address(&self, text: &str, field: &str) -> Result<SocketAddr, ConfigError> {
        text.parse().map_err(|_| {
            let reason =
                "this has to be an IP address with a port, such as 127.0.0.1:8444 or [::]:8444";
            self.wrong(field, reason.into())
        })
    }

    /// Proxies that speak for callers; `None` without the table `[listener.proxies]`.
    ///
    /// # Errors
    /// An address is none, a name is none of a header field, no proxy is named, or `socket` is named without `address-field`.
    pub fn listener_proxies(&self) -> Result<Option<TrustedProxies>, ConfigError> {
        let table = self.content.listener.as_ref();
        let Some(table) = table.and_then(|table| table.proxies.as_ref()) else {
            return Ok(None);
        };
        let field = "listener.proxies";
        let networks = self.networks(&table.addresses, &format!("{field}.addresses"))?;
        let socket = table
            .socket
            .as_ref()
            .map(|path| self.resolve(path.as_ref()));
        if networks.is_empty() && socket.is_none() {
            let reason = "no proxy is named; name their addresses, or a `socket` for those of this machine, or leave the table out";
            return Err(self.wrong(&format!("{field}.addresses"), reason.to_owned()));
        }
        let name = |text: &str, which: &str| self.field_name(text, &format!("{field}.{which}"));
        let certificate = table.certificate_field.as_deref().unwrap_or("client-cert");
        let address = table.address_field.as_deref();
        if socket.is_some() && address.is_none() {
            let reason = "a socket has no addresses; name the field in which the proxy says where a caller calls from, such as x-forwarded-for";
            return Err(self.wrong(&format!("{field}.address-field"), reason.to_owned()));
        }
        Ok(Some(TrustedProxies {
            networks,
            socket,
            certificate_field: name(certificate, "certificate-field")?,
            address_field: address
                .map(|text| name(text, "address-field"))
                .transpose()?,
        }))
    }

    /// Addresses and networks that a field lists.
    pub(crate) fn networks(
        &self,
        texts: &[String],
        field: &str,
    ) -> Result<Vec<IpNetwork>, ConfigError> {
        let networks = texts.iter().zip(1..).map(|(text, number)| {
            let place = format!("{field}[{number}]");
            let network = text.parse::<IpNetwork>();
            network.map_err(|error| self.wrong(&place, error.to_string()))
        });
        networks.collect()
    }

    /// The name of a header field.
    pub(crate) fn field_name(&self, text: &str, field: &str) -> Result<String, ConfigError> {
        let is_of_name =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        match !text.is_empty() && text.bytes().all(is_of_name) {
            true => Ok(text.to_owned()),
            false => {
                let reason = "has to be the name of a header field, in lower-case letters, digits and hyphens";
                Err(self.wrong(field, reason.to_owned()))
            }
        }
    }

    /// What callers may use; `None` without a listener.
    pub fn listener_limits(&self) -> Option<&ListenerLimits> {
        let table = self.content.listener.as_ref()?;
        Some(&table.limits)
    }
}
