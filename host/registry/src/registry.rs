// SPDX-License-Identifier: Apache-2.0
//! One server.

use crate::{
    error::RegistryError,
    location::{Location, is_loopback},
    reference::{Reference, authority},
    settings::RegistrySettings,
    transport::Transport,
};

/// A registry, and as whom and how it is talked to. Methods block until all is done.
#[derive(Debug, Clone)]
pub struct Registry {
    pub(crate) base: Location,
    pub(crate) settings: RegistrySettings,
    pub(crate) transport: Transport,
}

impl Registry {
    /// The registry at `HOST` or `HOST:PORT`. It is talked to over TLS; on loopback without, unless there are anchors for it; and elsewhere without where `allow_http` says so.
    ///
    /// # Errors
    /// The host is none.
    pub fn new(host: &str, settings: RegistrySettings) -> Result<Self, RegistryError> {
        let host = Self::address(host)?;
        let is_plain = settings.allow_http || (is_loopback(&host) && settings.anchors.is_none());
        Ok(Self {
            base: Location::new(!is_plain, &host),
            transport: Transport::new(&settings),
            settings,
        })
    }

    /// The address of a registry as references have it, in lower case.
    ///
    /// # Errors
    /// It is none.
    pub fn address(text: &str) -> Result<String, RegistryError> {
        authority(text).ok_or_else(|| {
            let reason =
                "the address of a registry is HOST or HOST:PORT, without a scheme and a path";
            RegistryError::Settings(reason.to_owned())
        })
    }

    /// `HOST` or `HOST:PORT`, in lower case.
    pub fn host(&self) -> &str {
        self.base.host()
    }

    /// Whether a reference is to this registry.
    ///
    /// # Errors
    /// It is to another one.
    pub(crate) fn check(&self, reference: &Reference) -> Result<(), RegistryError> {
        match reference.host() == self.host() {
            true => Ok(()),
            false => Err(RegistryError::OtherHost {
                found: reference.host().to_owned(),
                expected: self.host().to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_tls_only_on_this_machine_or_where_it_is_allowed() {
        let is_tls = |host: &str, anchors: bool, allow_http| {
            let settings = RegistrySettings {
                anchors: anchors.then(Vec::new),
                allow_http,
                ..RegistrySettings::default()
            };
            Registry::new(host, settings).unwrap().base.is_tls()
        };
        assert!(is_tls("registry.example.fi:80", false, false));
        assert!(is_tls("127.0.0.1:5000", true, false));
        assert!(!is_tls("127.0.0.1:5000", false, false));
        assert!(!is_tls("registry.example.fi", false, true));
    }
}
