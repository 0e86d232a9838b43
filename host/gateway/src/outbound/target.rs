// SPDX-License-Identifier: Apache-2.0
//! Where a request goes, read from its URL.

use rustls_pki_types::{IpAddr, ServerName};

use super::reason::Reason;

/// Port of `https` (RFC 9110 §4.2.2), and of `http` (§4.2.1).
const HTTPS: u16 = 443;
const HTTP: u16 = 80;

/// A host with a port, and what of it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Name or address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// As the field `Host` has it.
    pub(super) authority: String,
    /// Path and query.
    pub(super) path: String,
    /// Without TLS: only to this machine.
    pub(super) is_plain: bool,
}

impl Target {
    /// Reads an absolute `https` URL.
    pub(super) fn of_url(url: &str) -> Result<Self, Reason> {
        https_url::check(url)?;
        let rest = url.strip_prefix("https://").unwrap_or(url);
        Ok(Self::of_rest(rest, HTTPS))
    }

    /// Reads an absolute URL of `https`, or of `http` where its host is to be this machine.
    pub(super) fn of_url_or_plain(url: &str) -> Result<Self, Reason> {
        let Some(rest) = url.strip_prefix("http://") else {
            return Self::of_url(url);
        };
        // But for scheme and port they are written alike.
        https_url::check(&format!("https://{rest}"))?;
        Ok(Self::of_rest(rest, HTTP))
    }

    fn of_rest(rest: &str, usual_port: u16) -> Self {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let port = authority
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host, port.parse().ok()?)));
        // Within brackets stand colons of the address.
        let (host, port) = match port {
            Some((host, port)) if !authority.ends_with(']') => (host, port),
            _ => (authority, usual_port),
        };
        let slash = if path.starts_with('/') { "" } else { "/" };
        Self {
            host: host.trim_matches(['[', ']']).to_owned(),
            port,
            authority: match port == usual_port {
                true => host.to_owned(),
                false => format!("{host}:{port}"),
            },
            path: format!("{slash}{path}"),
            is_plain: usual_port == HTTP,
        }
    }
}

/// The name that the server's certificate has to be for.
pub(super) fn server_name(host: &str) -> Option<ServerName<'static>> {
    if let Ok(address) = host.parse::<std::net::IpAddr>() {
        return Some(ServerName::IpAddress(IpAddr::from(address)));
    }
    // The dot that makes a name absolute is not part of the name in a certificate (RFC 6066 §3).
    let name = host.strip_suffix('.').unwrap_or(host);
    ServerName::try_from(name.to_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        for (url, host, port, authority, path) in [
            ("https://a.example", "a.example", 443, "a.example", "/"),
            (
                "https://a.example:443/x",
                "a.example",
                443,
                "a.example",
                "/x",
            ),
            (
                "https://a.example:8443?y=1:2",
                "a.example",
                8443,
                "a.example:8443",
                "/?y=1:2",
            ),
            (
                "https://127.0.0.1/x:9/@",
                "127.0.0.1",
                443,
                "127.0.0.1",
                "/x:9/@",
            ),
            ("https://[::1]/x", "::1", 443, "[::1]", "/x"),
            ("https://[::1]:8443/x?a", "::1", 8443, "[::1]:8443", "/x?a"),
        ] {
            let target = Target {
                host: host.to_owned(),
                port,
                authority: authority.to_owned(),
                path: path.to_owned(),
                is_plain: false,
            };
            assert_eq!(Target::of_url(url), Ok(target));
        }
        assert_eq!(
            Target::of_url("http://127.0.0.1/x"),
            Err(Reason::Url(https_url::UrlError::NotEncrypted))
        );
    }

    #[test]
    fn plain_urls_are_read_where_they_are_asked_for() {
        let target = Target::of_url_or_plain("http://127.0.0.1:8000/x").unwrap();
        assert!(target.is_plain);
        assert_eq!(
            (target.port, target.authority.as_str()),
            (8000, "127.0.0.1:8000")
        );
        let target = Target::of_url_or_plain("http://localhost/x").unwrap();
        assert_eq!((target.port, target.authority.as_str()), (80, "localhost"));
        assert!(
            !Target::of_url_or_plain("https://localhost/x")
                .unwrap()
                .is_plain
        );
        assert!(Target::of_url_or_plain("http://user@localhost/x").is_err());
    }

    #[test]
    fn a_final_dot_is_no_part_of_a_certificate_s_name() {
        assert_eq!(server_name("a.example."), server_name("a.example"));
        assert!(server_name("a.example").is_some());
        assert_eq!(server_name("a b"), None);
    }
}
