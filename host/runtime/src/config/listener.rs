use std::{fmt, net::SocketAddr, path::PathBuf};

use serde::Deserialize;
use toml::Spanned;

use super::{Config, ConfigError, form::Table, read::LIMIT};

/// Where agencies call, and as whom the listener answers.
///
/// `Debug` shows no key.
#[derive(Clone)]
pub struct ListenerConfig {
    /// Address and port to listen at; port 0 is any free one.
    pub address: SocketAddr,
    /// The server's private key, as in its file.
    pub private_key: Vec<u8>,
    /// Its certificate, the issuers' after it, as in their file.
    pub certificates: Vec<u8>,
    /// What is set of the limits.
    pub limits: ListenerLimits,
}

impl fmt::Debug for ListenerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerConfig")
            .field("address", &self.address)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The table `[listener.limits]`: what is left out is up to the listener. Times are in milliseconds, sizes in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ListenerLimits {
    /// Connections open at once.
    pub connections: Option<u32>,
    /// Calls of one agency in the sandbox at once.
    pub calls_per_agency: Option<u32>,
    /// Request line and header fields of a call.
    pub header_bytes: Option<u32>,
    /// Header fields of a call.
    pub header_fields: Option<u32>,
    /// Time for the TLS handshake, and for the head of each call.
    pub header_milliseconds: Option<u32>,
    /// Time for the body of a call, and again for its answer to be taken.
    pub body_milliseconds: Option<u32>,
    /// Time for an answer.
    pub answer_milliseconds: Option<u32>,
    /// Time for calls under way once the listener stops.
    pub stop_milliseconds: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ListenerTable {
    address: String,
    pub(super) private_key: Spanned<PathBuf>,
    pub(super) certificates: Spanned<PathBuf>,
    #[serde(default)]
    limits: Table<ListenerLimits>,
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
        Ok(Some(ListenerConfig {
            address,
            private_key: self.read_private(&table.private_key, "listener.private-key")?,
            certificates: self.read_named(&table.certificates, "listener.certificates", LIMIT)?,
            limits: (*table.limits).clone(),
        }))
    }
}
