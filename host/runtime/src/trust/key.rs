// SPDX-License-Identifier: Apache-2.0
//! The public key in a certificate, or without one.

use x509_parser::{
    certificate::X509CertificateParser,
    nom::Parser,
    oid_registry::{OID_KEY_TYPE_EC_PUBLIC_KEY, OID_PKCS1_RSAENCRYPTION},
    prelude::FromDer,
    x509::SubjectPublicKeyInfo,
};

use super::public_key::PublicKey;
use crate::keys::are_equal_points;

/// Reads the key of a certificate or a bare SubjectPublicKeyInfo; `None` when `der` is neither, or more than one.
pub(super) fn read(der: &[u8]) -> Option<PublicKey<'_>> {
    let info = bare(der).or_else(|| of_certificate(der))?;
    PublicKey::of_info(info.raw)
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
