// SPDX-License-Identifier: Apache-2.0
//! Whether the servers of agencies can be reached.

use std::{
    fmt, io,
    net::{SocketAddr, TcpStream, ToSocketAddrs},
    time::Duration,
};

use serde_json::Value;
use ureq::http::Uri;

/// How long a connection may take, to each address of a server.
const PATIENCE: Duration = Duration::from_secs(5);

/// More addresses of a server than this are not tried.
const MOST_ADDRESSES: usize = 8;

/// A server that a setting names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// JSON pointer of the setting.
    pub(super) pointer: String,
    host: String,
    port: u16,
}

/// Why a server cannot be reached.
#[derive(Debug)]
pub(super) enum Unreachable {
    /// Its name leads to no address.
    Unresolved(io::Error),
    /// None of its addresses takes a connection.
    Unconnected(SocketAddr, io::Error),
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, .. } = self;
        write!(f, "{host} at port {port}")
    }
}

impl Unreachable {
    /// Stable code, for programs.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Unresolved(_) => "server.unresolved",
            Self::Unconnected(..) => "server.unreachable",
        }
    }
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unresolved(error) => write!(
                f,
                "its name leads to no address ({error}); check the name, and the name servers of this machine"
            ),
            Self::Unconnected(address, error) => write!(
                f,
                "no connection can be made to {address} ({error}); check the port, and whether a firewall lets this machine through"
            ),
        }
    }
}

/// Servers that settings name: in members called `url`, or `…-url`, on any level.
pub(super) fn servers(settings: &Value) -> Vec<Server> {
    let mut servers = Vec::new();
    collect(settings, "", &mut servers);
    servers
}

fn collect(settings: &Value, pointer: &str, servers: &mut Vec<Server>) {
    let Some(members) = settings.as_object() else {
        return;
    };
    for (name, value) in members {
        let step = name.replace('~', "~0").replace('/', "~1");
        let pointer = format!("{pointer}/{step}");
        let is_url = name == "url" || name.ends_with("-url");
        match value.as_str().filter(|_| is_url).and_then(address) {
            Some((host, port)) => servers.push(Server {
                pointer,
                host,
                port,
            }),
            None => collect(value, &pointer, servers),
        }
    }
}

/// Host and port of a URL of a kind that requests go to.
fn address(url: &str) -> Option<(String, u16)> {
    let url: Uri = url.parse().ok()?;
    let usual = match url.scheme_str()? {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let host = url.host()?.trim_start_matches('[').trim_end_matches(']');
    Some((host.to_owned(), url.port_u16().unwrap_or(usual)))
}

/// Connects to a server by the first of its addresses that takes a connection.
///
/// # Errors
/// Its name leads nowhere, or none of its addresses takes one: the last of them is told.
pub(super) fn connect(server: &Server) -> Result<TcpStream, Unreachable> {
    let addresses = (server.host.as_str(), server.port).to_socket_addrs();
    let addresses = addresses.map_err(Unreachable::Unresolved)?;
    let mut last = None;
    for address in addresses.take(MOST_ADDRESSES) {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(connection) => return Ok(connection),
            Err(error) => last = Some((address, error)),
        }
    }
    Err(match last {
        Some((address, error)) => Unreachable::Unconnected(address, error),
        None => Unreachable::Unresolved(io::ErrorKind::NotFound.into()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn servers_are_those_of_urls() {
        let settings = json!({
            "url": "https://localhost:8443/dme",
            "inner": {"token-url": "https://[::1]/token", "url": "mailto:x"},
            "namespace": "https://example.org/schema",
            "hourly": "https://example.org/",
        });
        let servers = servers(&settings);
        let found = servers
            .iter()
            .map(|server| (server.pointer.as_str(), server.host.as_str(), server.port));
        let mut found: Vec<_> = found.collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("/inner/token-url", "::1", 443),
                ("/url", "localhost", 8443)
            ]
        );
    }
}
