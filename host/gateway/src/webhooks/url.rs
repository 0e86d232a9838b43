// SPDX-License-Identifier: Apache-2.0
//! Where a receiver may listen.

use std::net::IpAddr;

use https_url::UrlError;

/// Why a URL is none that entries are pushed to. Nothing of it is repeated: people put tokens into URLs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WrongUrl {
    /// It is no URL that requests are sent to.
    #[error("{0}")]
    Url(#[from] UrlError),
    /// It is plain `http` to another machine.
    #[error(
        "the URL begins with http://, which goes to this machine alone (localhost, 127.0.0.1, [::1]): what agencies have brought would be readable on the way; use https://"
    )]
    InClear,
}

/// Judges the URL of a receiver: `https`, or `http` to this machine.
///
/// # Errors
/// See [`WrongUrl`].
pub fn check_url(url: &str) -> Result<(), WrongUrl> {
    let Some(rest) = url.strip_prefix("http://") else {
        return Ok(https_url::check(url)?);
    };
    // But for the scheme they are written alike.
    https_url::check(&format!("https://{rest}"))?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(address) => address.split(']').next(),
        None => authority.split(':').next(),
    };
    let host = host.unwrap_or_default();
    let is_here = host
        .parse::<IpAddr>()
        .map_or(host == "localhost", |address| address.is_loopback());
    match is_here {
        true => Ok(()),
        false => Err(WrongUrl::InClear),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_tls_only_this_machine_is_pushed_to() {
        for url in [
            "https://erp.example/in?token=1",
            "http://localhost:8000/in",
            "http://127.0.0.1/in",
            "http://[::1]:8000/in",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for url in [
            "http://erp.example/",
            "http://127.0.0.1.example/",
            "http://localhost.example/",
            "http://10.0.0.1/",
            "http://[2001:db8::1]/",
        ] {
            assert_eq!(check_url(url), Err(WrongUrl::InClear), "{url}");
        }
        for url in ["", "ftp://localhost/", "http://user@localhost/", "http:///"] {
            assert!(matches!(check_url(url), Err(WrongUrl::Url(_))), "{url}");
        }
    }
}
