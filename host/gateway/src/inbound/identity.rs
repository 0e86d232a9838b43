// SPDX-License-Identifier: Apache-2.0
//! The certificates that a listener shows.

use std::{fmt, sync::Arc, time::SystemTime};

use arc_swap::ArcSwap;
use rustls::{
    crypto::aws_lc_rs,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use silta::{
    keys::{Chain, KeyError, Validity},
    pem,
};

use crate::inbound::{
    error::ListenerError,
    setup::ListenerPair,
    tls::{self, server_key},
};

/// Certificate and private key of a listener, checked like those of key roles. `Debug` shows no key.
#[derive(Clone)]
pub struct ServerIdentity {
    /// Keys of different kinds, the preferred one first.
    keys: Vec<Arc<CertifiedKey>>,
    validities: Vec<Validity>,
}

impl ServerIdentity {
    /// Reads a private key and its certificates (the server's and its issuers', in any order), see [`pem`], and checks them at a time.
    ///
    /// # Errors
    /// [`ListenerError::Key`] or [`ListenerError::Identity`]: a file that cannot be read, a certificate that has expired or is not
    /// valid yet, a key that is another certificate's, or one that TLS has no use for.
    pub fn read(
        certificates: &[u8],
        private_key: &[u8],
        at: SystemTime,
    ) -> Result<Self, ListenerError> {
        let key = pem::private_key(private_key).map_err(KeyError::PrivateKeyFile)?;
        let chain = Chain::read(certificates)?;
        let kind = server_key::kind(&key);
        let provider = aws_lc_rs::default_provider();
        let key = provider.key_provider.load_private_key(key);
        let key = key.map_err(|_| ListenerError::UnusableKey { kind })?;
        let chain = match key
            .public_key()
            .as_deref()
            .and_then(tls::subject_public_key)
        {
            Some(own) => chain.of_key(own)?,
            None => chain,
        };
        chain.check_validity(at)?;
        let certified = CertifiedKey::new(chain.certificates().to_vec(), key);
        certified.keys_match().map_err(|error| match error {
            rustls::Error::InconsistentKeys(_) => ListenerError::Key(KeyError::KeyMismatch {
                subject: chain.subject().to_owned(),
            }),
            other => ListenerError::Identity(other),
        })?;
        Ok(Self {
            keys: vec![Arc::new(certified)],
            validities: chain.validities().to_vec(),
        })
    }

    /// As configured: this one, and others of different kinds beside it.
    ///
    /// # Errors
    /// [`ListenerError::Also`] with what [`read`](Self::read) says of one of them.
    pub fn beside_configured(
        self,
        others: &[ListenerPair],
        at: SystemTime,
    ) -> Result<Self, ListenerError> {
        let mut others = others.iter().zip(1..);
        others.try_fold(self, |identity, (pair, number)| {
            match Self::read(&pair.certificates, &pair.private_key, at) {
                Ok(other) => Ok(identity.beside(other)),
                Err(error) => Err(ListenerError::Also {
                    number,
                    error: Box::new(error),
                }),
            }
        })
    }

    /// This one, and another of a different kind for callers that cannot use this one.
    #[must_use]
    pub fn beside(mut self, other: Self) -> Self {
        self.keys.extend(other.keys);
        self.validities.extend(other.validities);
        self
    }

    /// Validity of each certificate, in their order.
    pub fn validities(&self) -> &[Validity] {
        &self.validities
    }
}

impl fmt::Debug for ServerIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerIdentity")
            .field("validities", &self.validities)
            .finish_non_exhaustive()
    }
}

/// The identity that handshakes begin with from now on.
pub(crate) struct CurrentIdentity(ArcSwap<ServerIdentity>);

impl CurrentIdentity {
    pub(crate) fn new(identity: ServerIdentity) -> Self {
        Self(ArcSwap::from_pointee(identity))
    }

    pub(crate) fn validities(&self) -> Vec<Validity> {
        self.0.load().validities().to_vec()
    }

    pub(crate) fn replace(&self, identity: ServerIdentity) {
        self.0.store(Arc::new(identity));
    }
}

impl ResolvesServerCert for CurrentIdentity {
    /// The first that the caller can verify; if there is none, the first, with which the handshake fails.
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let identity = self.0.load();
        let is_verifiable =
            |key: &&Arc<CertifiedKey>| key.key.choose_scheme(hello.signature_schemes()).is_some();
        let fitting = identity.keys.iter().find(is_verifiable);
        fitting.or_else(|| identity.keys.first()).cloned()
    }
}

impl fmt::Debug for CurrentIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CurrentIdentity")
            .field(&self.0.load())
            .finish()
    }
}
