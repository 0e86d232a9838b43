// SPDX-License-Identifier: Apache-2.0
//! What a registry is talked to with.

use std::time::Duration;

use rustls_pki_types::CertificateDer;

use crate::credentials::Credentials;

/// How a registry is reached, as whom, and how much of it is taken.
#[derive(Debug, Clone, Default)]
pub struct RegistrySettings {
    /// As whom; `None` for what anybody may do.
    pub credentials: Option<Credentials>,
    /// Certificates that the server's has to lead to; `None` for those of the operating system. With some, TLS is used on loopback as well.
    pub anchors: Option<Vec<CertificateDer<'static>>>,
    /// Whether a server elsewhere than on loopback is talked to without TLS: whoever is between sees the credentials. What comes is compared with its digest all the same.
    pub allow_http: bool,
    /// How much is taken, and for how long.
    pub limits: RegistryLimits,
}

/// How much is taken of a registry, and for how long. Each is named in the error that it causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistryLimits {
    /// Time for a push or a pull, all requests of it together (`seconds`). Default 120 s.
    pub time: Duration,
    /// Most bytes of a component (`component-bytes`). Default 64 MiB, the most that is compiled.
    pub component_bytes: u64,
}

impl Default for RegistryLimits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(120),
            component_bytes: 64 << 20,
        }
    }
}
