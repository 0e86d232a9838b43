// SPDX-License-Identifier: Apache-2.0
//! Keys that have verified something, kept ready: whoever signs does so again, and to find a key in a certificate and to prepare its arithmetic costs a third of a
//! verification with RSA.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use super::verification::{ReadyKey, VerificationAlgorithm};

/// How many are kept; one has a few kilobytes.
const MOST: usize = 32;

/// Bytes of the longest certificate whose key is kept.
const LONGEST: usize = 8 * 1024;

/// The keys of one store, by algorithm and by all the bytes that they were read from. The oldest goes when there are too many.
///
/// Only a signature that verifies brings a key in here: what is shown and signs nothing drives out nobody.
#[derive(Debug, Default)]
pub(super) struct ReadyKeys(Mutex<VecDeque<Kept>>);

#[derive(Debug)]
struct Kept {
    algorithm: VerificationAlgorithm,
    /// The DER of a certificate or of a bare key.
    source: Vec<u8>,
    key: Arc<ReadyKey>,
}

impl ReadyKeys {
    /// The key that was read from these bytes, if it is kept.
    pub(super) fn get(
        &self,
        algorithm: VerificationAlgorithm,
        source: &[u8],
    ) -> Option<Arc<ReadyKey>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().find(|kept| kept.is_of(algorithm, source));
        found.map(|kept| Arc::clone(&kept.key))
    }

    /// Keeps a key that has verified a signature.
    pub(super) fn keep(&self, algorithm: VerificationAlgorithm, source: &[u8], key: ReadyKey) {
        if source.len() > LONGEST {
            return;
        }
        let kept = Kept {
            algorithm,
            source: source.to_vec(),
            key: Arc::new(key),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been first.
        if all.iter().any(|known| known.is_of(algorithm, source)) {
            return;
        }
        all.push_back(kept);
        if all.len() > MOST {
            all.pop_front();
        }
    }
}

impl Kept {
    fn is_of(&self, algorithm: VerificationAlgorithm, source: &[u8]) -> bool {
        self.algorithm == algorithm && self.source == source
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        keys::{RoleKey, SignatureAlgorithm},
        trust::{TrustStore, VerifyError},
    };

    const BYTES: &[u8] = b"bytes";

    fn kept(store: &TrustStore) -> usize {
        store.ready.0.lock().unwrap().len()
    }

    fn signer() -> (RoleKey, Vec<u8>) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = rcgen::CertificateParams::default()
            .self_signed(&key)
            .unwrap();
        let role = RoleKey::from_pem(key.serialize_pem().as_bytes(), certificate.pem().as_bytes());
        (role.unwrap(), certificate.der().to_vec())
    }

    fn sign(key: &RoleKey, bytes: &[u8]) -> Vec<u8> {
        key.sign(SignatureAlgorithm::EcdsaP256Sha256, &bytes.into())
            .unwrap()
    }

    #[test]
    fn a_key_that_is_kept_verifies_what_it_signed_and_no_more() {
        use VerificationAlgorithm as A;
        let store = TrustStore::new();
        let (key, certificate) = signer();
        let signature = sign(&key, b"bytes");
        let verify = |algorithm, bytes: &[u8], signature: &[u8]| {
            store.verify(algorithm, &certificate, bytes, signature)
        };
        assert_eq!(
            verify(A::EcdsaSha256, b"other", &signature),
            Err(VerifyError::Mismatch)
        );
        assert_eq!(kept(&store), 0);
        for _ in 0..3 {
            assert_eq!(verify(A::EcdsaSha256, b"bytes", &signature), Ok(()));
            assert_eq!(kept(&store), 1);
            for (algorithm, bytes, signature) in [
                (A::EcdsaSha256, b"other".as_slice(), signature.as_slice()),
                (A::EcdsaSha256, BYTES, &signature[1..]),
                (A::EcdsaSha256, BYTES, &sign(&key, b"other")),
                (A::EcdsaSha384, BYTES, &signature),
            ] {
                let refused = verify(algorithm, bytes, signature);
                assert_eq!(refused, Err(VerifyError::Mismatch));
            }
        }
        // The same key in other bytes is another one.
        let (_, other) = signer();
        let refused = store.verify(A::EcdsaSha256, &other, b"bytes", &signature);
        assert_eq!(refused, Err(VerifyError::Mismatch));
    }

    #[test]
    fn the_oldest_of_too_many_goes() {
        let store = TrustStore::new();
        let signers: Vec<_> = (0..=MOST).map(|_| signer()).collect();
        for (key, certificate) in &signers {
            let signature = sign(key, b"bytes");
            let algorithm = VerificationAlgorithm::EcdsaSha256;
            let verified = store.verify(algorithm, certificate, b"bytes", &signature);
            assert_eq!(verified, Ok(()));
        }
        assert_eq!(kept(&store), MOST);
        let all = store.ready.0.lock().unwrap();
        let has = |index: usize| all.iter().any(|kept| kept.source == signers[index].1);
        assert!(!has(0) && has(1) && has(MOST));
    }

    #[test]
    fn a_switch_that_is_turned_off_counts_for_a_key_that_is_kept() {
        let store = TrustStore::new();
        let (key, certificate) = signer();
        let signature = sign(&key, b"bytes");
        let algorithm = VerificationAlgorithm::EcdsaSha256;
        let verified = store.verify(algorithm, &certificate, b"bytes", &signature);
        assert_eq!((verified, kept(&store)), (Ok(()), 1));
        assert_eq!(kept(&store.clone().with_short_rsa(false)), 0);
        assert_eq!(kept(&store.with_sha1(false)), 0);
    }
}
