// SPDX-License-Identifier: Apache-2.0
//! What an issuer signed: a certificate or a revocation list.

use aws_lc_rs::signature::{ParsedPublicKey, UnparsedPublicKey};

use crate::trust::{
    algorithm::Scheme,
    der::{BIT_STRING, Fields, SEQUENCE, octets},
    public_key::{LONGEST, PublicKey, SHORT},
};

/// SIGNED of X.509, as certificates and revocation lists are (RFC 5280 §4.1, §5.1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    /// What is signed, an element.
    pub(super) content: &'a [u8],
    /// Content of the AlgorithmIdentifier.
    pub(super) algorithm: &'a [u8],
    signature: &'a [u8],
}

/// Why a signature is not the issuer's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotSigned {
    /// The key did not make it.
    ByAnother,
    /// Nothing here can tell; the text names what is missing.
    Unsupported(String),
    /// More were to be verified than are.
    OutOfBudget,
}

impl<'a> Signed<'a> {
    /// Reads the three parts; `None` when they are not the whole of `bytes`.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::within(bytes, SEQUENCE)?;
        let content = fields.next_if(SEQUENCE)?.whole;
        let algorithm = fields.expect(SEQUENCE)?;
        let signature = octets(fields.expect(BIT_STRING)?)?;
        fields.end()?;
        Some(Self {
            content,
            algorithm,
            signature,
        })
    }

    /// Whether the key in a SubjectPublicKeyInfo made the signature.
    pub(super) fn check(&self, info: &[u8]) -> Result<(), NotSigned> {
        self.check_by(info, &KeptKey::default())
    }

    /// The same by a key that is kept.
    pub(super) fn check_by(&self, info: &[u8], kept: &KeptKey) -> Result<(), NotSigned> {
        let key = PublicKey::of_info(info).ok_or(NotSigned::ByAnother)?;
        let scheme = Scheme::read(self.algorithm).map_err(NotSigned::Unsupported)?;
        let issuers = |what: String| NotSigned::Unsupported(format!("an issuer's {what}"));
        let verifier = key.kind.verifier(scheme).map_err(issuers)?;
        let verifier = verifier.ok_or(NotSigned::ByAnother)?;
        let verified = match kept.for_scheme(scheme) {
            Some(key) => key.verify_sig(self.content, self.signature),
            None => {
                UnparsedPublicKey::new(verifier, key.octets).verify(self.content, self.signature)
            }
        };
        verified.map_err(|_| match key.modulus_bits() {
            Some(..SHORT) => issuers(format!("RSA key of fewer than {SHORT} bits")),
            Some(bits) if bits > LONGEST => issuers(format!("RSA key of more than {LONGEST} bits")),
            _ => NotSigned::ByAnother,
        })
    }
}

/// The key of an issuer that is always the same, ready for each scheme that it may sign by: to read a key and to prepare its
/// arithmetic costs a sixth of a verification with RSA.
#[derive(Debug, Default)]
pub(super) struct KeptKey(Vec<(Scheme, ParsedPublicKey)>);

impl KeptKey {
    /// That of a SubjectPublicKeyInfo; empty if nothing is verified with it.
    pub(super) fn of(info: &[u8]) -> Self {
        let Some(key) = PublicKey::of_info(info) else {
            return Self::default();
        };
        let ready = Scheme::all().filter_map(|scheme| {
            let verifier = key.kind.verifier(scheme).ok()??;
            Some((scheme, ParsedPublicKey::new(verifier, key.octets).ok()?))
        });
        Self(ready.collect())
    }

    fn for_scheme(&self, scheme: Scheme) -> Option<&ParsedPublicKey> {
        let mut ready = self.0.iter();
        ready
            .find(|(known, _)| *known == scheme)
            .map(|(_, key)| key)
    }
}
