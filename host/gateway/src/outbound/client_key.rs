// SPDX-License-Identifier: Apache-2.0
//! A key role as the client's key of a TLS connection, and whether a server asks for it.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

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

/// Whether the server of a connection has asked for a client certificate, and what it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    No,
    /// It was shown one.
    Shown,
    /// There was none to show: no key, or none that signs with what the server takes.
    Missing,
}

/// The same, seen from outside of the handshake.
#[derive(Debug, Clone, Default)]
pub(super) struct CertificateRequest(Arc<AtomicU8>);

impl CertificateRequest {
    pub(super) fn asked(&self) -> Asked {
        let states = [Asked::No, Asked::Shown, Asked::Missing];
        let now = self.0.load(Ordering::SeqCst);
        let known = states.into_iter().find(|state| *state as u8 == now);
        known.unwrap_or(Asked::No)
    }

    fn set(&self, asked: Asked) {
        self.0.store(asked as u8, Ordering::SeqCst);
    }
}

/// Shows the certificate of a key role, if there is one, to a server that asks for it.
pub(super) struct ClientKey {
    key: Option<Arc<CertifiedKey>>,
    request: CertificateRequest,
}

impl ClientKey {
    pub(super) fn new(key: Option<Arc<RoleKey>>, request: CertificateRequest) -> Self {
        let certified = |key: Arc<RoleKey>| {
            let chain = key.chain().certificates().to_vec();
            Arc::new(CertifiedKey::new(chain, Arc::new(HandshakeKey(key))))
        };
        Self {
            key: key.map(certified),
            request,
        }
    }
}

impl ResolvesClientCert for ClientKey {
    /// The issuers that the server names are not looked at: it may trust others than it names, and without a certificate it would refuse for certain.
    fn resolve(&self, _: &[&[u8]], schemes: &[Scheme]) -> Option<Arc<CertifiedKey>> {
        let fits = |key: &&Arc<CertifiedKey>| key.key.choose_scheme(schemes).is_some();
        let shown = self.key.as_ref().filter(fits).cloned();
        self.request.set(match shown {
            Some(_) => Asked::Shown,
            None => Asked::Missing,
        });
        shown
    }

    fn has_certs(&self) -> bool {
        self.key.is_some()
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
