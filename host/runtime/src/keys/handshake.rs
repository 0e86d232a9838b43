// SPDX-License-Identifier: Apache-2.0
//! Keys that authenticate a TLS connection.

use std::sync::Arc;

use super::{Keyring, RoleKey, SignatureAlgorithm, ecdsa_form::ecdsa_der, signer::Signer};
use crate::blob::Blob;

impl RoleKey {
    /// Whether the key is of a kind that signs a TLS handshake with this algorithm. The list of algorithms that a component may sign messages with
    /// ([`with_algorithms`](Self::with_algorithms)) does not count: a handshake is signed by the host.
    pub fn suits_handshake(&self, algorithm: SignatureAlgorithm) -> bool {
        !self.is_stand_in() && self.signer.suits(algorithm)
    }

    /// Signs what a TLS handshake has signed, in the form that TLS has: ECDSA as DER (RFC 8446 §4.2.3, RFC 5246 §4.7).
    ///
    /// `None` when the key is not of a kind for the algorithm, or fails to sign.
    pub fn sign_handshake(
        &self,
        algorithm: SignatureAlgorithm,
        handshake: &[u8],
    ) -> Option<Vec<u8>> {
        if !self.suits_handshake(algorithm) {
            return None;
        }
        let signature = self.signer.sign(algorithm, &Blob::from(handshake))?;
        match self.signer {
            // r and s, as long as each other.
            Signer::P256(_) | Signer::P384(_) => ecdsa_der(&signature, signature.len() / 2),
            Signer::Rsa(_) | Signer::Nothing => Some(signature),
        }
    }
}

impl Keyring {
    /// The key of a role, for whoever keeps it beside the keyring: a client of the agency, for as long as it connects.
    pub fn shared(&self, role: &str) -> Option<Arc<RoleKey>> {
        self.found(role).cloned()
    }
}
