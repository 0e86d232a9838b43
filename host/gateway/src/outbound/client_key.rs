// SPDX-License-Identifier: Apache-2.0
//! A key role as the client's key of a TLS connection.

use std::{fmt, sync::Arc};

use rustls::{
    SignatureAlgorithm as Kind, SignatureScheme as Scheme,
    client::ResolvesClientCert,
    sign::{CertifiedKey, Signer, SigningKey},
};
use silta::{RoleKey, SignatureAlgorithm};

/// What a handshake may be signed with, best first.
const ALGORITHMS: [(Scheme, SignatureAlgorithm); 8] = [
    (
        Scheme::ECDSA_NISTP384_SHA384,
        SignatureAlgorithm::EcdsaP384Sha384,
    ),
    (
        Scheme::ECDSA_NISTP256_SHA256,
        SignatureAlgorithm::EcdsaP256Sha256,
    ),
    (Scheme::RSA_PSS_SHA512, SignatureAlgorithm::RsaPssSha512),
    (Scheme::RSA_PSS_SHA384, SignatureAlgorithm::RsaPssSha384),
    (Scheme::RSA_PSS_SHA256, SignatureAlgorithm::RsaPssSha256),
    (Scheme::RSA_PKCS1_SHA512, SignatureAlgorithm::RsaSha512),
    (Scheme::RSA_PKCS1_SHA384, SignatureAlgorithm::RsaSha384),
    (Scheme::RSA_PKCS1_SHA256, SignatureAlgorithm::RsaSha256),
];

/// Shows the certificate of a key role to a server that asks for one.
pub(super) struct ClientKey(Arc<CertifiedKey>);

impl ClientKey {
    pub(super) fn new(key: Arc<RoleKey>) -> Self {
        let chain = key.chain().certificates().to_vec();
        Self(Arc::new(CertifiedKey::new(
            chain,
            Arc::new(HandshakeKey(key)),
        )))
    }
}

impl ResolvesClientCert for ClientKey {
    /// The issuers that the server names are not looked at: it may trust others than it names, and without a certificate it would refuse for certain.
    fn resolve(&self, _: &[&[u8]], schemes: &[Scheme]) -> Option<Arc<CertifiedKey>> {
        let fits = self.0.key.choose_scheme(schemes).is_some();
        fits.then(|| Arc::clone(&self.0))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl fmt::Debug for ClientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientKey").finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct HandshakeKey(Arc<RoleKey>);

impl SigningKey for HandshakeKey {
    fn choose_scheme(&self, offered: &[Scheme]) -> Option<Box<dyn Signer>> {
        let (scheme, algorithm) = ALGORITHMS.into_iter().find(|(scheme, algorithm)| {
            offered.contains(scheme) && self.0.suits_handshake(*algorithm)
        })?;
        Some(Box::new(HandshakeSigner {
            key: Arc::clone(&self.0),
            scheme,
            algorithm,
        }))
    }

    fn algorithm(&self) -> Kind {
        match self.0.suits_handshake(SignatureAlgorithm::RsaSha256) {
            true => Kind::RSA,
            false => Kind::ECDSA,
        }
    }
}

#[derive(Debug)]
struct HandshakeSigner {
    key: Arc<RoleKey>,
    scheme: Scheme,
    algorithm: SignatureAlgorithm,
}

impl Signer for HandshakeSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        let signature = self.key.sign_handshake(self.algorithm, message);
        signature.ok_or_else(|| rustls::Error::General("the client's key does not sign".to_owned()))
    }

    fn scheme(&self) -> Scheme {
        self.scheme
    }
}
