// SPDX-License-Identifier: Apache-2.0
//! Where a request goes, and where an answer leads to.

use std::net::IpAddr;

use ureq::http::Uri;

use crate::reference::authority;

/// A URL of a server, without a user in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    is_tls: bool,
    /// `HOST` or `HOST:PORT`.
    host: String,
    /// From the first `/` on.
    path: String,
}

impl Location {
    pub(crate) fn new(is_tls: bool, host: &str) -> Self {
        Self {
            is_tls,
            host: host.to_owned(),
            path: "/".to_owned(),
        }
    }

    /// An absolute URL; `None` where a text is none, or of another scheme.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let is_tls = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let host = authority(uri.authority()?.as_str())?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/{path}"),
        };
        Some(Self { is_tls, host, path })
    }

    /// Where an answer from here leads to: an absolute URL, or a path of this server.
    pub(crate) fn leads_to(&self, text: &str) -> Option<Self> {
        match text.starts_with('/') && !text.starts_with("//") {
            true => {
                let path: Uri = text.parse().ok()?;
                let path = path.path_and_query()?.as_str();
                Some(self.with_path(path))
            }
            false => Self::read(text),
        }
    }

    /// The same server, another path.
    pub(crate) fn with_path(&self, path: &str) -> Self {
        Self {
            path: path.to_owned(),
            ..self.clone()
        }
    }

    /// The same with a parameter more; its value is encoded.
    pub(crate) fn with_parameter(&self, name: &str, value: &str) -> Self {
        let parting = if self.path.contains('?') { '&' } else { '?' };
        let value = encoded(value);
        self.with_path(&format!("{}{parting}{name}={value}", self.path))
    }

    /// Whether both are of one server, so that what one may know the other may.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        let port = |one: &Self| {
            let port = one.host.rsplit_once(':').map(|(_, port)| port.to_owned());
            let port = port.filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()));
            port.unwrap_or_else(|| if one.is_tls { "443" } else { "80" }.to_owned())
        };
        (self.is_tls, self.name(), port(self)) == (other.is_tls, other.name(), port(other))
    }

    pub(crate) fn is_tls(&self) -> bool {
        self.is_tls
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn url(&self) -> String {
        let scheme = if self.is_tls { "https" } else { "http" };
        format!("{scheme}://{}{}", self.host, self.path)
    }

    fn name(&self) -> &str {
        name(&self.host)
    }
}

/// Whether a server is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = name(host);
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || address
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Without the port.
fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port))
            if port.bytes().all(|byte| byte.is_ascii_digit()) && !port.is_empty() =>
        {
            match name.contains(':') && !name.ends_with(']') {
                true => host,
                false => name,
            }
        }
        _ => host,
    }
}

/// As a value of a query (RFC 3986 §2.1, §2.3).
fn encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_lead_somewhere_or_nowhere() {
        let base = Location::new(true, "r.fi:5000").with_path("/v2/a/blobs/uploads/");
        let to = |text: &str| base.leads_to(text).map(|to| to.url());
        assert_eq!(
            to("/v2/x?y=1").as_deref(),
            Some("https://r.fi:5000/v2/x?y=1")
        );
        assert_eq!(to("http://Blob/x").as_deref(), Some("http://blob/x"));
        assert_eq!(
            to("https://b.fi?sig=a").as_deref(),
            Some("https://b.fi/?sig=a")
        );
        for nowhere in [
            "",
            "x",
            "//b.fi/x",
            "ftp://b.fi/",
            "https://a:b@b.fi/",
            "file:///etc/passwd",
            "https:///x",
        ] {
            assert_eq!(to(nowhere), None, "{nowhere}");
        }
        let asked = base
            .with_parameter("digest", "sha256:0")
            .with_parameter("b", "ä");
        assert!(
            asked
                .url()
                .ends_with("/uploads/?digest=sha256%3A0&b=%C3%A4")
        );
    }

    #[test]
    fn the_same_server_is_known_by_scheme_name_and_port() {
        let of = |text: &str| Location::read(text).unwrap();
        assert!(of("https://r.fi/a").is_beside(&of("https://R.fi:443/b")));
        assert!(of("http://[::1]:80/a").is_beside(&of("http://[::1]/")));
        for other in [
            "http://r.fi/",
            "https://r.fi:5000/",
            "https://x.r.fi/",
            "http://r.fi:443/",
        ] {
            assert!(!of("https://r.fi/").is_beside(&of(other)), "{other}");
        }
    }

    #[test]
    fn loopback_is_told_by_name_and_address() {
        for own in [
            "localhost",
            "localhost:5000",
            "127.0.0.1:5000",
            "127.1.2.3",
            "[::1]",
            "[::1]:5000",
        ] {
            assert!(is_loopback(own), "{own}");
        }
        for other in [
            "r.fi",
            "localhost.fi:5000",
            "127.0.0.1.fi",
            "10.0.0.1:80",
            "[::2]",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
