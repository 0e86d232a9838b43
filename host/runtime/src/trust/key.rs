// SPDX-License-Identifier: Apache-2.0
//! The public key in a certificate, or without one.

use x509_parser::{
    certificate::X509CertificateParser,
    nom::Parser,
    oid_registry::{OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION},
    prelude::FromDer,
    x509::SubjectPublicKeyInfo,
};

use super::{
    algorithm::Kind,
    der::{BIT_STRING, Fields, INTEGER, SEQUENCE, octets},
};
use crate::keys::are_equal_points;

/// A public key as it was found. That it is sound is not known yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicKey<'a> {
    pub(super) kind: Kind<'a>,
    /// Content of the subjectPublicKey: RSAPublicKey (RFC 8017 §A.1.1), or a point (SEC 1 §2.3.3).
    pub(super) octets: &'a [u8],
}

impl<'a> PublicKey<'a> {
    /// Reads the key of a certificate or a bare SubjectPublicKeyInfo; `None` when `der` is neither, or more than one.
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        let info = bare(der).or_else(|| of_certificate(der))?;
        Self::of_info(info.raw)
    }

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

/// The whole of `der` as a bare SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
pub(super) fn bare(der: &[u8]) -> Option<SubjectPublicKeyInfo<'_>> {
    let (_, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
    // Nothing after it, and nothing after the key within it.
    (info.raw.len() == der.len()).then_some(info)
}

/// The SubjectPublicKeyInfo of the certificate that is the whole of `der`.
pub(super) fn of_certificate(der: &[u8]) -> Option<SubjectPublicKeyInfo<'_>> {
    // Extensions say nothing of the key, and reading them is most of the work.
    let mut parser = X509CertificateParser::new().with_deep_parse_extensions(false);
    let (rest, certificate) = parser.parse(der).ok()?;
    rest.is_empty()
        .then_some(certificate.tbs_certificate.subject_pki)
}

/// Whether two keys are the same, however they are written: a point of an elliptic curve has two forms (SEC 1 §2.3.3), and the
/// parameters of rsaEncryption may be left out.
pub(super) fn are_equal(one: &SubjectPublicKeyInfo<'_>, other: &SubjectPublicKeyInfo<'_>) -> bool {
    if one.raw == other.raw {
        return true;
    }
    let (kind, point) = (&one.algorithm, &one.subject_public_key.data);
    let (other_kind, other_point) = (&other.algorithm, &other.subject_public_key.data);
    if kind.algorithm != other_kind.algorithm {
        return false;
    }
    if kind.algorithm == OID_PKCS1_RSAENCRYPTION {
        return point == other_point;
    }
    kind.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY
        && kind.parameters == other_kind.parameters
        && are_equal_points(point, other_point)
}
