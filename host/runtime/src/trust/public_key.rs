// SPDX-License-Identifier: Apache-2.0
//! A public key in a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).

use super::{
    algorithm::Kind,
    der::{BIT_STRING, Fields, INTEGER, SEQUENCE, octets},
};

/// Fewest bits of an RSA modulus that verifies without the operator's leave, and under a certificate or a list at all (SOG-IS agreed cryptographic mechanisms).
pub(super) const SHORT: u32 = 2048;

/// Most bits of an RSA modulus; the work grows with their square, and the key may be anybody's.
pub(super) const LONGEST: u32 = 8192;

/// A public key as it was found. That it is sound is not known yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicKey<'a> {
    pub(super) kind: Kind<'a>,
    /// Content of the subjectPublicKey: RSAPublicKey (RFC 8017 §A.1.1), or a point (SEC 1 §2.3.3).
    pub(super) octets: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// Reads the key in a SubjectPublicKeyInfo; `None` when it does not even have the form of its kind.
    pub(super) fn of_info(info: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::within(info, SEQUENCE)?;
        let kind = Kind::read(fields.expect(SEQUENCE)?)?;
        let octets = octets(fields.expect(BIT_STRING)?)?;
        fields.end()?;
        // The library reads more: a third form of points (RFC 5480 §2.2), and a SubjectPublicKeyInfo within this one.
        let has_form = match kind {
            Kind::Elliptic(_) => matches!(octets.first(), Some(2..=4)),
            Kind::Ed25519 => octets.len() == 32,
            _ if kind.is_rsa() => Fields::within(octets, SEQUENCE)?.next_if(INTEGER).is_some(),
            _ => true,
        };
        has_form.then_some(Self { kind, octets })
    }

    /// Bits of the modulus of an RSA key.
    pub(super) fn modulus_bits(&self) -> Option<u32> {
        if !self.kind.is_rsa() {
            return None;
        }
        let modulus = Fields::within(self.octets, SEQUENCE)?.expect(INTEGER)?;
        let zeros = modulus.iter().take_while(|octet| **octet == 0).count();
        let digits = modulus.get(zeros..)?;
        let bits = u32::try_from(digits.len()).ok()?.checked_mul(8)?;
        bits.checked_sub(digits.first()?.leading_zeros())
    }
}
