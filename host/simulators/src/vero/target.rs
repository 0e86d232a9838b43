//! Whom to push to.

use hyper::http::uri::{Authority, Scheme, Uri};
use rustls_pki_types::ServerName;

use super::error::VeroError;
use super::secret::CallbackSecret;

/// A receiver, by its URL and its secret.
pub(super) struct Target {
    pub(super) authority: Authority,
    pub(super) host: ServerName<'static>,
    pub(super) port: u16,
    /// With the query, if there is one.
    pub(super) path: String,
    pub(super) secret: CallbackSecret,
}

impl Target {
    pub(super) fn new(url: &str, secret: CallbackSecret) -> Result<Self, VeroError> {
        let uri: Uri = url.parse().map_err(|_| VeroError::Url)?;
        let authority = uri.authority().ok_or(VeroError::Url)?.clone();
        // An IPv6 address stands in brackets in a URL, and nowhere else.
        let host = authority.host();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let host = ServerName::try_from(host.to_owned()).map_err(|_| VeroError::Url)?;
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return Err(VeroError::Url);
        }
        Ok(Self {
            host,
            port: authority.port_u16().unwrap_or(443),
            path: uri
                .path_and_query()
                .map_or_else(|| "/".to_owned(), ToString::to_string),
            authority,
            secret,
        })
    }

    /// Whether the path ends as a callback's has to.
    pub(super) fn is_callback(&self) -> bool {
        self.path.ends_with("/Notify/v1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(url: &str) -> Result<Target, VeroError> {
        Target::new(url, CallbackSecret::new("A".repeat(32)).unwrap())
    }

    #[test]
    fn urls_are_taken_apart() {
        let found = target("https://[::1]:8444/vero/Notify/v1").unwrap();
        assert_eq!((found.port, found.is_callback()), (8444, true));
        assert_eq!(found.host.to_str(), "::1");
        assert_eq!(target("https://localhost").unwrap().port, 443);
        for other in ["/Notify/v2", "/Notify/v1/", "/Notify/v1?a=b", "/notify/v1"] {
            assert!(
                !target(&format!("https://localhost{other}"))
                    .unwrap()
                    .is_callback()
            );
        }
    }

    #[test]
    fn what_cannot_be_called_is_an_error() {
        for url in [
            "",
            "http://localhost/Notify/v1",
            "https://",
            "/Notify/v1",
            "https://a b/",
        ] {
            assert!(matches!(target(url), Err(VeroError::Url)), "{url}");
        }
    }
}
