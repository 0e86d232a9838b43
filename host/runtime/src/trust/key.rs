// SPDX-License-Identifier: Apache-2.0
//! The public key in a certificate, or without one.

use x509_parser::{
    asn1_rs::Any,
    certificate::X509CertificateParser,
    nom::Parser,
    oid_registry::{
        OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_NIST_EC_P521,
        OID_NIST_HASH_SHA256, OID_NIST_HASH_SHA384, OID_NIST_HASH_SHA512, OID_PKCS1_RSAENCRYPTION,
        OID_PKCS1_RSASSAPSS,
    },
    prelude::FromDer,
    public_key::{PublicKey as Content, RSAPublicKey},
    signature_algorithm::RsaSsaPssParams,
    x509::SubjectPublicKeyInfo,
};

use crate::{keys::are_equal_points, names};

/// id-mgf1, 1.2.840.113549.1.1.8 (RFC 4055 §2.2), as content of an OBJECT IDENTIFIER.
const MASK_BY_DIGEST: [u8; 9] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 8];

/// Curves that signatures are verified on (FIPS 186-5, SP 800-186 §3.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Bytes of the curve's order, and so of r and of s.
    pub(super) fn order_size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// What kind of key it is, as far as algorithms differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// RSA, with the bits of its modulus.
    Rsa { bits: u32, scheme: Scheme },
    /// id-ecPublicKey on a named curve (RFC 5480 §2.1.1).
    Ecdsa(Curve),
    /// id-ecPublicKey on a curve that is not supported.
    OtherCurve,
    /// Anything that no algorithm here is for.
    Other,
}

/// What an RSA key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// rsaEncryption (RFC 3279 §2.3.1): PKCS#1 v1.5 and PSS.
    Any,
    /// id-RSASSA-PSS without parameters (RFC 4055 §1.2): PSS, with any digest.
    Pss,
    /// id-RSASSA-PSS with parameters: PSS, with that digest, which is that of MGF1 as well, and with a salt as long or shorter.
    PssWith(Digest),
    /// id-RSASSA-PSS with parameters that are not supported.
    PssOther,
}

/// Digests that PSS is verified with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

/// A public key as it was found. That it is sound is not known yet.
#[derive(Debug)]
pub(super) struct PublicKey<'a> {
    info: SubjectPublicKeyInfo<'a>,
    pub(super) kind: Kind,
}

impl<'a> PublicKey<'a> {
    /// Reads the key of a certificate or a bare SubjectPublicKeyInfo; `None` when `der` is neither, or more than one.
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        let info = bare(der).or_else(|| of_certificate(der))?;
        let kind = kind(&info)?;
        Some(Self { info, kind })
    }

    /// The curve of an elliptic key by its name and number, or what kind of key it is.
    pub(super) fn name(&self) -> String {
        let algorithm = &self.info.algorithm;
        let curve = algorithm
            .parameters
            .as_ref()
            .and_then(|curve| curve.as_oid().ok());
        match curve.filter(|_| algorithm.algorithm == OID_KEY_TYPE_EC_PUBLIC_KEY) {
            Some(curve) => format!("keys on the curve {}", names::identifier(&curve)),
            None => format!(
                "keys of the kind {}",
                names::identifier(&algorithm.algorithm)
            ),
        }
    }

    /// Content of the subjectPublicKey: RSAPublicKey (RFC 8017 §A.1.1) or a point (SEC 1 §2.3.3).
    pub(super) fn bytes(&self) -> &[u8] {
        &self.info.subject_public_key.data
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

/// `None` when the key does not even have the form of its kind.
fn kind(info: &SubjectPublicKeyInfo<'_>) -> Option<Kind> {
    if info.subject_public_key.unused_bits != 0 {
        return None;
    }
    let algorithm = &info.algorithm;
    if algorithm.algorithm == OID_PKCS1_RSAENCRYPTION {
        let Ok(Content::RSA(key)) = info.parsed() else {
            return None;
        };
        return Some(Kind::Rsa {
            bits: bits(key.modulus)?,
            scheme: Scheme::Any,
        });
    }
    if algorithm.algorithm == OID_PKCS1_RSASSAPSS {
        let (_, key) = RSAPublicKey::from_der(&info.subject_public_key.data).ok()?;
        return Some(Kind::Rsa {
            bits: bits(key.modulus)?,
            scheme: scheme(algorithm.parameters.as_ref()),
        });
    }
    if algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY {
        return Some(Kind::Other);
    }
    let curve = algorithm.parameters.as_ref()?.as_oid().ok();
    Some(curve.map_or(Kind::OtherCurve, |curve| {
        [
            (OID_EC_P256, Curve::P256),
            (OID_NIST_EC_P384, Curve::P384),
            (OID_NIST_EC_P521, Curve::P521),
        ]
        .into_iter()
        .find(|(oid, _)| *oid == curve)
        .map_or(Kind::OtherCurve, |(_, curve)| Kind::Ecdsa(curve))
    }))
}

/// What the parameters of a key for PSS allow (RFC 4055 §3.1 and §3.3).
fn scheme(parameters: Option<&Any<'_>>) -> Scheme {
    let Some(parameters) = parameters else {
        return Scheme::Pss;
    };
    let Ok(parameters) = RsaSsaPssParams::try_from(parameters) else {
        return Scheme::PssOther;
    };
    let digest = [
        (OID_NIST_HASH_SHA256, Digest::Sha256, 32),
        (OID_NIST_HASH_SHA384, Digest::Sha384, 48),
        (OID_NIST_HASH_SHA512, Digest::Sha512, 64),
    ]
    .into_iter()
    .find(|(oid, ..)| parameters.hash_algorithm_oid() == oid);
    let mask = parameters.mask_gen_algorithm();
    match (digest, mask) {
        (Some((oid, digest, size)), Ok(mask))
            if mask.mgf.as_bytes() == MASK_BY_DIGEST
                && mask.hash == oid
                && parameters.salt_length() <= size
                && parameters.trailer_field() == 1 =>
        {
            Scheme::PssWith(digest)
        }
        _ => Scheme::PssOther,
    }
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

/// Bits of a big-endian number, leading zeros not counted.
fn bits(number: &[u8]) -> Option<u32> {
    let start = number.iter().position(|byte| *byte != 0)?;
    let digits = number.get(start..)?;
    let bits = u32::try_from(digits.len()).ok()?.checked_mul(8)?;
    bits.checked_sub(digits.first()?.leading_zeros())
}
