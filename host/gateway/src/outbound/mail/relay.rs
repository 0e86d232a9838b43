// SPDX-License-Identifier: Apache-2.0
//! The relay that mail goes to.

use std::{net::IpAddr, time::Duration};

use super::address::is_hello_name;
use crate::outbound::{
    secret::SecretText, settings::DEFAULT_CONNECT_TIMEOUT, settings_error::SettingsError,
    target::server_name, trust::ServerTrust,
};

/// How the way to the relay is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS from the start (RFC 8314 §3.3), usually on port 465.
    Implicit,
    /// TLS by STARTTLS (RFC 3207), usually on port 25 or 587. A relay without it gets nothing.
    StartTls,
    /// None: for a relay on this machine only.
    PlainOnLoopback,
}

/// User name and password at the relay. `Debug` hides the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailCredentials {
    /// User name.
    pub user: String,
    /// Password.
    pub password: SecretText,
}

/// The relay that mail goes to, and how.
#[derive(Debug, Clone)]
pub struct MailRelay {
    /// Name or address, without brackets. The relay's certificate has to be for it.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the way is protected.
    pub security: MailSecurity,
    /// Who vouches for the relay; `None` are the certificates of the platform.
    pub trust: Option<ServerTrust>,
    /// With whom to authenticate (PLAIN or LOGIN); `None` is not at all.
    pub credentials: Option<MailCredentials>,
    /// What EHLO says: the name of this machine. `None` is its address in brackets (RFC 5321 §4.1.4).
    pub hello_name: Option<String>,
    /// Time for opening the connection: name, TCP, TLS, greeting, EHLO, STARTTLS and authentication together.
    pub connect_timeout: Duration,
}

impl MailRelay {
    /// A relay without authentication, verified by the certificates of the platform, within ten seconds.
    pub fn new(host: impl Into<String>, port: u16, security: MailSecurity) -> Self {
        Self {
            host: host.into(),
            port,
            security,
            trust: None,
            credentials: None,
            hello_name: None,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
        }
    }

    pub(super) fn check(&self) -> Result<(), SettingsError> {
        if server_name(&self.host).is_none() {
            return Err(SettingsError::RelayHost(self.host.clone()));
        }
        if let Some(name) = self.hello_name.as_ref().filter(|name| !is_hello_name(name)) {
            return Err(SettingsError::HelloName(name.clone()));
        }
        let is_here = match self.host.parse::<IpAddr>() {
            Ok(address) => address.is_loopback(),
            Err(_) => self.host.eq_ignore_ascii_case("localhost"),
        };
        if self.security == MailSecurity::PlainOnLoopback && !is_here {
            return Err(SettingsError::PlainRelay(self.host.clone()));
        }
        match &self.credentials {
            // It would end the name within the message of PLAIN (RFC 4616 §2).
            Some(own) if own.user.contains('\0') => Err(SettingsError::UserName {
                of: "the relay",
                character: "NUL",
            }),
            _ => Ok(()),
        }
    }
}
