// SPDX-License-Identifier: Apache-2.0
//! Who vouches for a server.

use std::{fmt, sync::Arc};

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;

use super::settings_error::SettingsError;

/// Certificates that vouch for a server. Clones share them.
///
/// Names, dates and purposes are verified as usual (RFC 5280, RFC 9525); revocation of a server's certificate is not looked at.
#[derive(Clone)]
pub struct ServerTrust {
    roots: Arc<RootCertStore>,
    is_platform: bool,
}

impl ServerTrust {
    /// Certificates of the operator's choice, in DER, and no others: those of the platform do not count.
    ///
    /// # Errors
    /// [`SettingsError::NoAnchors`] or [`SettingsError::Anchor`].
    pub fn anchors<'a>(
        certificates: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, SettingsError> {
        let mut roots = RootCertStore::empty();
        for (certificate, number) in certificates.into_iter().zip(1..) {
            roots
                .add(CertificateDer::from(certificate))
                .map_err(|_| SettingsError::Anchor { number })?;
        }
        if roots.is_empty() {
            return Err(SettingsError::NoAnchors);
        }
        Ok(Self {
            roots: Arc::new(roots),
            is_platform: false,
        })
    }

    /// The certificates of the operating system, read now: `SSL_CERT_FILE` and `SSL_CERT_DIR` where they are set, otherwise where the system keeps
    /// them. Single ones that cannot be read are left out.
    ///
    /// # Errors
    /// [`SettingsError::NoPlatformAnchors`]: there is none.
    pub fn platform() -> Result<Self, SettingsError> {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        let (usable, _) = roots.add_parsable_certificates(found.certs);
        if usable == 0 {
            return Err(SettingsError::NoPlatformAnchors);
        }
        Ok(Self {
            roots: Arc::new(roots),
            is_platform: true,
        })
    }

    pub(super) fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.roots)
    }
}

impl fmt::Debug for ServerTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whose = if self.is_platform {
            "platform"
        } else {
            "anchors"
        };
        write!(f, "ServerTrust({whose}: {})", self.roots.len())
    }
}
