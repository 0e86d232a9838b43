// SPDX-License-Identifier: Apache-2.0
//! Certificates and signatures of others, checked against what the operator trusts.

mod algorithm;
mod anchors;
mod dated;
mod der;
mod error;
mod identity;
mod key;
mod path;
mod path_cache;
mod pin;
mod public_key;
mod ready_keys;
mod tolerance;
mod verification;

use std::{collections::BTreeMap, sync::Arc};

pub use anchors::AnchorSet;
pub use dated::Dated;
pub use error::TrustError;
pub(crate) use identity::Identity;
pub(crate) use path::{IdentifyError, Purpose};
use ready_keys::ReadyKeys;
pub use tolerance::ClockTolerance;
use verification::LegacyAlgorithms;
pub(crate) use verification::{VerificationAlgorithm, VerifyError};

/// The anchor sets of one agency by name.
#[derive(Debug, Clone, Default)]
pub struct TrustStore {
    sets: BTreeMap<String, Arc<AnchorSet>>,
    legacy: LegacyAlgorithms,
    /// Of this store and its clones: what it allows decides about what is kept.
    ready: Arc<ReadyKeys>,
}

impl TrustStore {
    /// Trusts nobody.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an anchor set, or replaces that of the name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, set: AnchorSet) -> Self {
        self.sets.insert(name.into(), Arc::new(set));
        self
    }

    /// Lets signatures with SHA-1 verify. Off unless an agency still makes them: SHA-1 collisions can be bought.
    #[must_use]
    pub fn with_sha1(mut self, allowed: bool) -> Self {
        self.legacy.sha1 = allowed;
        self.ready = Arc::default();
        self
    }

    /// Lets signatures by RSA keys of 1024 to 2047 bits verify, made with PKCS#1 v1.5 and SHA-1, SHA-256 or SHA-512. Off
    /// unless an agency still has such a key: the shortest of them are within the reach of a state.
    ///
    /// Paths to an anchor take 2048 bits in any case; a certificate with a shorter key has to be pinned.
    #[must_use]
    pub fn with_short_rsa(mut self, allowed: bool) -> Self {
        self.legacy.short_rsa = allowed;
        self.ready = Arc::default();
        self
    }

    /// Names of the anchor sets.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sets.keys().map(String::as_str)
    }

    /// The anchor sets by name.
    pub fn sets(&self) -> impl Iterator<Item = (&str, &AnchorSet)> {
        let sets = self.sets.iter();
        sets.map(|(name, set)| (name.as_str(), set.as_ref()))
    }

    /// Names of the weak algorithms that are allowed.
    pub(crate) fn legacy_algorithms(&self) -> String {
        let all = [
            ("sha1", self.legacy.sha1),
            ("short-rsa", self.legacy.short_rsa),
        ];
        let allowed = all.into_iter().filter(|(_, is_allowed)| *is_allowed);
        allowed.map(|(name, _)| name).collect::<Vec<_>>().join(" ")
    }

    pub(crate) fn set(&self, name: &str) -> Option<&AnchorSet> {
        self.sets.get(name).map(Arc::as_ref)
    }

    /// Checks a signature with the public key of a certificate or a bare one (DER), trusted or not. The key is kept ready if it made the signature.
    pub(crate) fn verify(
        &self,
        algorithm: VerificationAlgorithm,
        key: &[u8],
        bytes: &[u8],
        signature: &[u8],
    ) -> Result<(), VerifyError> {
        if let Some(ready) = self.ready.get(algorithm, key) {
            return ready.verify(bytes, signature);
        }
        let ready = verification::verify(algorithm, key, bytes, signature, self.legacy)?;
        self.ready.keep(algorithm, key, ready);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
