// SPDX-License-Identifier: Apache-2.0
//! Whom to push to.

use super::secret::CallbackSecret;
use crate::client::Endpoint;

/// A receiver, by its URL and its secret.
pub(super) struct Target {
    pub(super) endpoint: Endpoint,
    pub(super) secret: CallbackSecret,
}

impl Target {
    /// `None` when the URL is not `https` with a host.
    pub(super) fn new(url: &str, secret: CallbackSecret) -> Option<Self> {
        let endpoint = Endpoint::parse(url)?;
        Some(Self { endpoint, secret })
    }

    /// Whether the path ends as a callback's has to.
    pub(super) fn is_callback(&self) -> bool {
        self.endpoint.path.ends_with("/Notify/v1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_ends_as_published() {
        let target = |path: &str| {
            let secret = CallbackSecret::new("A".repeat(32)).unwrap();
            Target::new(&format!("https://localhost{path}"), secret).unwrap()
        };
        assert!(target("/vero/Notify/v1").is_callback());
        for other in ["/Notify/v2", "/Notify/v1/", "/Notify/v1?a=b", "/notify/v1"] {
            assert!(!target(other).is_callback());
        }
    }
}
