// SPDX-License-Identifier: Apache-2.0
//! `[operator]`: what whoever operates the gateway is told, and where.

use std::net::{IpAddr, SocketAddr};

use silta_gateway::{Certificates, PageSetup, UserField, WrongPage};

use crate::{error::ConfigError, load::Config};

impl Config {
    /// Where the operator's server listens; `None` without a table `[operator]`.
    pub fn operator_address(&self) -> Option<Result<SocketAddr, ConfigError>> {
        let table = self.content.operator.as_ref()?;
        Some(self.address(&table.address, "operator.address"))
    }

    /// The pages that it shows, without agencies and certificates; `None` where there are none.
    ///
    /// # Errors
    /// A name or an address is none, a number is out of its range, or everybody could decide on operations.
    pub fn operator_page(&self) -> Result<Option<PageSetup>, ConfigError> {
        let (Some(table), Some(address)) = (&self.content.operator, self.operator_address()) else {
            return Ok(None);
        };
        let address = address?;
        for (host, number) in table.hosts.iter().zip(1..) {
            if !is_host(host) {
                let field = format!("operator.hosts[{number}]");
                let reason = "has to be the name of a host without a port, such as silta.virasto.example, or an IP address";
                return Err(self.wrong(&field, reason.to_owned()));
            }
        }
        let streams = table.live_streams;
        self.within("operator.live-streams", streams, &(0..=1_000))?;
        let proxies = self.networks(&table.proxies, "operator.proxies")?;
        let name = table.user_field.as_deref();
        let name = name.map(|name| self.field_name(name, "operator.user-field"));
        let user = name.transpose()?.map(|name| UserField { name, proxies });
        if user.is_none() && !table.proxies.is_empty() {
            let reason = "proxies are believed one thing, who asks, and `user-field` names no field for it; name it, or leave this out";
            return Err(self.wrong("operator.proxies", reason.to_owned()));
        }
        let page = PageSetup {
            agencies: Vec::new(),
            certificates: Certificates::default(),
            hosts: table.hosts.clone(),
            actions: table.actions,
            user,
            deployer: None,
            live_streams: streams,
        };
        page.check(address).map_err(|wrong| {
            let field = match wrong {
                WrongPage::NoProxies => "operator.user-field",
                _ => "operator.actions",
            };
            self.wrong(field, wrong.to_string())
        })?;
        Ok(table.page.then_some(page))
    }
}

fn is_host(text: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let is_name = !text.is_empty() && text.len() <= 253 && text.bytes().all(is_of_name);
    is_name || text.parse::<IpAddr>().is_ok()
}
