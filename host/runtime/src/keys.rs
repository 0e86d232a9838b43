// SPDX-License-Identifier: Apache-2.0
//! Private keys by role. Components name a role; the key stays here.

mod chain;
mod ecdsa_form;
mod handshake;
mod points;
mod signer;
mod unsupported;

use std::{collections::BTreeMap, fmt, sync::Arc, time::SystemTime};

use aws_lc_rs::digest::Digest;
use rustls_pki_types::CertificateDer;
use serde::{Deserialize, Serialize};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::{
    digest::sha256,
    pem::{self, PemError},
};
pub use chain::{Chain, Validity};
pub(crate) use ecdsa_form::ecdsa_der;
pub(crate) use points::are_equal as are_equal_points;
use signer::Signer;

/// Algorithms that signatures are made with, each with the digest it includes. SHA-1 is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SignatureAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
    /// RSASSA-PSS with SHA-256, MGF1 and salt over the same digest (RFC 8017 §8.1).
    RsaPssSha256,
    /// RSASSA-PSS with SHA-384.
    RsaPssSha384,
    /// RSASSA-PSS with SHA-512.
    RsaPssSha512,
    /// ECDSA on P-256 with SHA-256; r and s of 32 bytes each.
    EcdsaP256Sha256,
    /// ECDSA on P-384 with SHA-384; r and s of 48 bytes each.
    EcdsaP384Sha384,
}

impl SignatureAlgorithm {
    /// Stable name, as in configuration files and audit records.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// Why a key cannot serve. Never carries key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file of the private key cannot be read as one.
    #[error("{0}")]
    PrivateKeyFile(PemError),
    /// The key is not usable.
    #[error("the private key is not usable: {0}")]
    Unusable(&'static str),
    /// The file of the certificates cannot be read as one.
    #[error("{0}")]
    CertificateFile(PemError),
    /// A certificate cannot be read.
    #[error("certificate number {0} is not a readable X.509 certificate")]
    UnreadableCertificate(usize),
    /// The certificate is for another key.
    #[error(
        "the private key does not belong to the certificate ({subject}); check that both files come from the same certificate request"
    )]
    KeyMismatch {
        /// Subject of the first certificate.
        subject: String,
    },
    /// The certificate has expired.
    #[error(
        "the certificate ({subject}) expired on {not_after}; order a new one from its issuer and replace the file"
    )]
    Expired {
        /// Subject of the certificate.
        subject: String,
        /// End of validity.
        not_after: String,
    },
    /// The certificate is not valid yet.
    #[error(
        "the certificate ({subject}) is valid only from {not_before}; check the clock of this machine"
    )]
    NotYetValid {
        /// Subject of the certificate.
        subject: String,
        /// Start of validity.
        not_before: String,
    },
    /// The key cannot sign with that algorithm.
    #[error("a key of this kind ({kind}) cannot sign with {algorithm}")]
    AlgorithmUnsuitable {
        /// Kind of the key.
        kind: &'static str,
        /// The algorithm's name.
        algorithm: &'static str,
    },
    /// No algorithm is allowed.
    #[error("the list of algorithms is empty; a key that may not sign serves nobody")]
    NoAlgorithms,
}

/// A private key with its certificates and what it may be used for.
pub struct RoleKey {
    signer: Signer,
    chain: Chain,
    fingerprint: [u8; 32],
    algorithms: Vec<SignatureAlgorithm>,
    signatures_per_call: u32,
    outside_validity: bool,
}

impl RoleKey {
    /// Reads a key (PKCS#8, PKCS#1 or SEC 1, unencrypted) and its certificates (the signer's and its issuers', in any order) from PEM,
    /// or either from one object in DER. See [`pem`].
    ///
    /// The key may sign with the SHA-256 algorithm of its kind (SHA-384 for P-384), once a call.
    ///
    /// # Errors
    /// Anything but a usable pair that belongs together.
    pub fn from_pem(private_key: &[u8], certificates: &[u8]) -> Result<Self, KeyError> {
        let signer = read_signer(private_key)?;
        let chain = Chain::read(certificates)?.of_key(signer.public_key())?;
        let first = chain.certificates().first().map_or(&[][..], AsRef::as_ref);
        let fingerprint = sha256(first);
        Ok(Self {
            algorithms: vec![signer.usual_algorithm()],
            signatures_per_call: 1,
            outside_validity: false,
            signer,
            chain,
            fingerprint,
        })
    }

    /// Allows these algorithms and no others, best first.
    ///
    /// # Errors
    /// An empty list, or an algorithm that the key is not of a kind for.
    pub fn with_algorithms(mut self, algorithms: &[SignatureAlgorithm]) -> Result<Self, KeyError> {
        if algorithms.is_empty() {
            return Err(KeyError::NoAlgorithms);
        }
        if let Some(unsuitable) = algorithms
            .iter()
            .find(|algorithm| !self.signer.suits(**algorithm))
        {
            return Err(KeyError::AlgorithmUnsuitable {
                kind: self.signer.kind(),
                algorithm: unsuitable.name(),
            });
        }
        self.algorithms = algorithms.to_vec();
        Ok(self)
    }

    /// Allows so many signatures in one call of a component. Default 1: a message is signed once.
    #[must_use]
    pub fn with_signatures_per_call(mut self, signatures: u32) -> Self {
        self.signatures_per_call = signatures;
        self
    }

    /// Allows signatures outside the validity of the certificate too, for whoever tests what receivers make of them.
    #[must_use]
    pub fn with_signatures_outside_validity(mut self) -> Self {
        self.outside_validity = true;
        self
    }

    /// Whether the certificate is within its validity at a time, where it has to be.
    ///
    /// # Errors
    /// [`KeyError::Expired`] or [`KeyError::NotYetValid`].
    pub fn check_validity(&self, at: SystemTime) -> Result<(), KeyError> {
        match self.outside_validity {
            true => Ok(()),
            false => self.chain.check_validity(at),
        }
    }

    /// Its certificates.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// SHA-256 of the first certificate.
    pub fn fingerprint(&self) -> [u8; 32] {
        self.fingerprint
    }

    pub(crate) fn algorithms(&self) -> &[SignatureAlgorithm] {
        &self.algorithms
    }

    pub(crate) fn signatures_per_call(&self) -> u32 {
        self.signatures_per_call
    }

    pub(crate) fn may_sign_with(&self, algorithm: SignatureAlgorithm) -> bool {
        self.algorithms.contains(&algorithm)
    }

    /// Whether it is the key of self-tests, which signs nothing.
    pub(crate) fn is_stand_in(&self) -> bool {
        matches!(self.signer, Signer::Nothing)
    }

    /// Signs what has this digest, by [`SignatureAlgorithm::digest`]; `None` when the key fails to. The caller has checked that the algorithm is allowed.
    pub(crate) fn sign_digest(
        &self,
        algorithm: SignatureAlgorithm,
        digest: &Digest,
    ) -> Option<Vec<u8>> {
        self.signer.sign_digest(algorithm, digest)
    }

    #[cfg(test)]
    pub(crate) fn sign(
        &self,
        algorithm: SignatureAlgorithm,
        content: &crate::Blob,
    ) -> Option<Vec<u8>> {
        self.signer.sign(algorithm, content)
    }

    /// Zeros in the place of a signature.
    pub(crate) fn blank_signature(&self) -> Vec<u8> {
        vec![0; self.signer.signature_length()]
    }
}

impl RoleKey {
    /// The key of self-tests, which signs nothing, with whatever algorithm and as often as it is asked.
    fn stand_in() -> Self {
        Self {
            signer: Signer::Nothing,
            chain: Chain::stand_in(),
            fingerprint: [0; 32],
            algorithms: vec![Signer::Nothing.usual_algorithm()],
            signatures_per_call: u32::MAX,
            outside_validity: true,
        }
    }
}

impl fmt::Debug for RoleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoleKey")
            .field("subject", &self.chain.subject())
            .field("algorithms", &self.algorithms)
            .finish_non_exhaustive()
    }
}

/// The keys of one agency by role.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    roles: BTreeMap<String, Arc<RoleKey>>,
    /// The key of every other role.
    others: Option<Arc<RoleKey>>,
}

impl Keyring {
    /// A keyring without keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a key, or replaces that of the role.
    #[must_use]
    pub fn with(mut self, role: impl Into<String>, key: RoleKey) -> Self {
        self.roles.insert(role.into(), Arc::new(key));
        self
    }

    /// Keys for self-tests: whatever the role, one that signs nothing.
    pub(crate) fn stand_in() -> Self {
        Self {
            others: Some(Arc::new(RoleKey::stand_in())),
            ..Self::default()
        }
    }

    /// The key of a role.
    pub fn role(&self, role: &str) -> Option<&RoleKey> {
        self.found(role).map(Arc::as_ref)
    }

    fn found(&self, role: &str) -> Option<&Arc<RoleKey>> {
        self.roles.get(role).or(self.others.as_ref())
    }

    /// Roles and keys in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RoleKey)> {
        self.roles
            .iter()
            .map(|(role, key)| (role.as_str(), key.as_ref()))
    }
}

/// DER of the certificates of a file, each of them readable.
pub(crate) fn read_certificates(file: &[u8]) -> Result<Vec<CertificateDer<'static>>, KeyError> {
    let certificates = pem::certificates(file).map_err(KeyError::CertificateFile)?;
    let is_whole = |der: &CertificateDer<'_>| {
        X509Certificate::from_der(der).is_ok_and(|(rest, _)| rest.is_empty())
    };
    match certificates.iter().position(|der| !is_whole(der)) {
        Some(index) => Err(KeyError::UnreadableCertificate(index + 1)),
        None => Ok(certificates),
    }
}

fn read_signer(file: &[u8]) -> Result<Signer, KeyError> {
    Signer::from_der(&pem::private_key(file).map_err(KeyError::PrivateKeyFile)?)
}

#[cfg(test)]
mod tests;
