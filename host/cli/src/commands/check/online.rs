// SPDX-License-Identifier: Apache-2.0
//! Whether the servers of agencies can be reached.

use serde_json::Value;
use silta_gateway::outbound::{Blocking, HttpClient, NotSent};

/// A server that a setting names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// JSON pointer of the setting.
    pub(super) pointer: String,
    pub(super) url: String,
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
        match value.as_str().filter(|_| is_url) {
            Some(url) => servers.push(Server {
                pointer,
                url: url.to_owned(),
            }),
            None => collect(value, &pointer, servers),
        }
    }
}

/// Connects to a server and shakes hands with TLS, without a client certificate, and sends nothing. Gives the version of TLS.
///
/// # Errors
/// Why no request could be sent there.
pub(super) fn reach(
    threads: &Blocking,
    client: &HttpClient,
    server: &Server,
) -> Result<String, NotSent> {
    let reached = threads.reach(client, &server.url, None)?;
    Ok(reached.version)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn servers_are_those_of_urls() {
        let settings = json!({
            "url": "https://localhost:8443/dme",
            "inner": {"token-url": "https://[::1]/token"},
            "namespace": "https://example.org/schema",
            "hourly": "https://example.org/",
        });
        let servers = servers(&settings);
        let found = servers.iter();
        let found = found.map(|server| (server.pointer.as_str(), server.url.as_str()));
        let mut found: Vec<_> = found.collect();
        found.sort_unstable();
        assert_eq!(
            found,
            [
                ("/inner/token-url", "https://[::1]/token"),
                ("/url", "https://localhost:8443/dme")
            ]
        );
    }
}
