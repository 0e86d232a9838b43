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
    /// Further private keys and certificates, of other kinds.
    pub also: Vec<ListenerPair>,
    /// What is set of the limits.
    pub limits: ListenerLimits,
}

/// A private key and its certificate, as in their files. `Debug` shows no key.
#[derive(Clone)]
pub struct ListenerPair {
    /// The private key.
    pub private_key: Vec<u8>,
    /// Its certificate, the issuers' after it.
    pub certificates: Vec<u8>,
}

impl fmt::Debug for ListenerPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListenerPair").finish_non_exhaustive()
    }
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
    /// Connections of one address at once.
    pub connections_per_address: Option<u32>,
    /// Connections at once of callers without an accepted call.
    pub stranger_connections: Option<u32>,
    /// Callers with an accepted call that are remembered.
    pub known_callers: Option<u32>,
    /// Certificates that a client may show.
    pub chain_certificates: Option<u32>,
    /// Their size together.
    pub chain_bytes: Option<u32>,
    /// Calls of one agency in the sandbox at once.
    pub calls_per_agency: Option<u32>,
    /// Request line and header fields of a call.
    pub header_bytes: Option<u32>,
    /// Header fields of a call.
    pub header_fields: Option<u32>,
    /// Bytes of bodies held at once, over all calls.
    pub body_bytes_at_once: Option<u64>,
    /// Time for the TLS handshake, and for the head of each call.
    pub header_milliseconds: Option<u32>,
    /// Time between the calls of a connection.
    pub idle_milliseconds: Option<u32>,
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
    also: Vec<Table<PairTable>>,
    #[serde(default)]
    limits: Table<ListenerLimits>,
}

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
            limits: (*table.limits).clone(),
        }))
    }
}
