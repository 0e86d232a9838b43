// SPDX-License-Identifier: Apache-2.0
//! How connections are opened.

use std::time::Duration;

use super::{secret::SecretText, settings_error::SettingsError, trust::ServerTrust};

/// Time for opening a connection, TLS included, unless the settings say otherwise.
pub const DEFAULT_CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// An HTTP proxy that is asked for a way to the server by CONNECT (RFC 9110 §9.3.6). TLS is spoken with the server through it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) credentials: Option<ProxyCredentials>,
}

/// What a proxy asks for (Basic, RFC 7617). `Debug` hides the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyCredentials {
    /// User name, without a colon.
    pub user: String,
    /// Password.
    pub password: SecretText,
}

impl Proxy {
    /// Reads `host:port`; an IPv6 address stands in brackets.
    ///
    /// # Errors
    /// [`SettingsError::Proxy`].
    pub fn new(address: &str) -> Result<Self, SettingsError> {
        let wrong = || SettingsError::Proxy(address.to_owned());
        // A proxy is named as the authority of a URL is.
        if address.contains(['/', '?']) {
            return Err(wrong());
        }
        https_url::check(&format!("https://{address}")).map_err(|_| wrong())?;
        let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
        Ok(Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.parse().map_err(|_| wrong())?,
            credentials: None,
        })
    }

    /// With a user name and a password.
    ///
    /// # Errors
    /// [`SettingsError::UserName`].
    pub fn with_credentials(self, credentials: ProxyCredentials) -> Result<Self, SettingsError> {
        if credentials.user.contains(':') {
            return Err(SettingsError::UserName {
                of: "the proxy",
                character: "a colon",
            });
        }
        Ok(Self {
            credentials: Some(credentials),
            ..self
        })
    }
}

/// How connections are opened.
#[derive(Debug, Clone)]
pub struct ConnectSettings {
    /// Who vouches for the server; `None` are the certificates of the platform.
    pub trust: Option<ServerTrust>,
    /// The proxy on the way; `None` is none.
    pub proxy: Option<Proxy>,
    /// Time for looking up the name, connecting (to the proxy and through it as well) and the TLS handshake together.
    pub connect_timeout: Duration,
    /// Whether URLs that begin with `http://` are sent to as well, without TLS, where their host is this machine. Default false: agencies are never this machine.
    pub plain_on_loopback: bool,
    /// Whether the trace that an operation belongs to goes along with its requests, as the field `traceparent` (W3C Trace Context). Default false: no agency has asked
    /// for it.
    pub send_trace: bool,
}

impl Default for ConnectSettings {
    fn default() -> Self {
        Self {
            trust: None,
            proxy: None,
            connect_timeout: DEFAULT_CONNECT_TIMEOUT,
            plain_on_loopback: false,
            send_trace: false,
        }
    }
}
