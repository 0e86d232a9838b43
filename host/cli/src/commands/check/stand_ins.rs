// SPDX-License-Identifier: Apache-2.0
//! What stands in for parts that are wrong or missing, so that they do not hide what else is wrong. Nothing is signed or trusted with it: a
//! component that is only checked makes no call but of its own tests.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use silta::{AnchorSet, RoleKey, describe::SecretForm};

/// Something to take the place of a key, and something to take that of anchors.
pub(super) struct StandIns {
    certificate: String,
    private_key: String,
}

impl StandIns {
    /// Makes them; `None` if this machine cannot make keys.
    pub(super) fn make() -> Option<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().ok()?).ok()?;
        Some(Self {
            certificate: issuer.pem(),
            private_key: issuer.key().serialize_pem(),
        })
    }

    /// A key that is never out of date.
    pub(super) fn key(&self) -> Option<RoleKey> {
        let key = RoleKey::from_pem(self.private_key.as_bytes(), self.certificate.as_bytes());
        Some(key.ok()?.with_signatures_outside_validity())
    }

    /// A set of one anchor.
    pub(super) fn anchors(&self) -> Option<AnchorSet> {
        AnchorSet::from_pem(self.certificate.as_bytes()).ok()
    }
}

/// A value that has a form, where one can be made.
pub(super) fn secret(form: Option<SecretForm>) -> Vec<u8> {
    form.and_then(|form| form.generate())
        .unwrap_or_else(|| b"x".to_vec())
}
