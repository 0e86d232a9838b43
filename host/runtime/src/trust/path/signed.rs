// SPDX-License-Identifier: Apache-2.0
//! What an issuer signed: a certificate or a revocation list.

use aws_lc_rs::signature::{ParsedPublicKey, UnparsedPublicKey};

use super::{
    algorithm::{Kind, Scheme},
    der::{BIT_STRING, Fields, INTEGER, SEQUENCE, octets},
};

/// Fewest bits of an RSA modulus under a certificate or a list (SOG-IS agreed cryptographic mechanisms).
const SHORT: u32 = 2048;

/// Most bits; the work grows with their square.
const LONG: u32 = 8192;

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
        let (kind, octets) = key(info).ok_or(NotSigned::ByAnother)?;
        let scheme = Scheme::read(self.algorithm).map_err(NotSigned::Unsupported)?;
        let verifier = kind.verifier(scheme).map_err(NotSigned::Unsupported)?;
        let verifier = verifier.ok_or(NotSigned::ByAnother)?;
        let verified = match kept.for_scheme(scheme) {
            Some(key) => key.verify_sig(self.content, self.signature),
            None => UnparsedPublicKey::new(verifier, octets).verify(self.content, self.signature),
        };
        verified.map_err(|_| match modulus_bits(kind, octets) {
            Some(..SHORT) => {
                NotSigned::Unsupported(format!("an issuer's RSA key of fewer than {SHORT} bits"))
            }
            Some(bits) if bits > LONG => {
                NotSigned::Unsupported(format!("an issuer's RSA key of more than {LONG} bits"))
            }
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
        let Some((kind, octets)) = key(info) else {
            return Self::default();
        };
        let ready = Scheme::all().filter_map(|scheme| {
            let verifier = kind.verifier(scheme).ok()??;
            Some((scheme, ParsedPublicKey::new(verifier, octets).ok()?))
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

/// Kind and octets of a key.
fn key(info: &[u8]) -> Option<(Kind<'_>, &[u8])> {
    let mut fields = Fields::within(info, SEQUENCE)?;
    let kind = Kind::read(fields.expect(SEQUENCE)?)?;
    let key = octets(fields.expect(BIT_STRING)?)?;
    fields.end()?;
    // The library reads more: a third form of points (RFC 5480 §2.2), and a SubjectPublicKeyInfo within this one.
    let has_form = match kind {
        Kind::Elliptic(_) => matches!(key.first(), Some(2..=4)),
        Kind::Ed25519 => key.len() == 32,
        _ if kind.is_rsa() => Fields::within(key, SEQUENCE)?.next_if(INTEGER).is_some(),
        _ => true,
    };
    has_form.then_some((kind, key))
}

/// Bits of the modulus of an RSA key.
fn modulus_bits(kind: Kind<'_>, key: &[u8]) -> Option<u32> {
    if !kind.is_rsa() {
        return None;
    }
    let modulus = Fields::within(key, SEQUENCE)?.expect(INTEGER)?;
    let zeros = modulus.iter().take_while(|octet| **octet == 0).count();
    let digits = modulus.get(zeros..)?;
    let bits = u32::try_from(digits.len()).ok()?.checked_mul(8)?;
    bits.checked_sub(digits.first()?.leading_zeros())
}
