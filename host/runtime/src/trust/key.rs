//! The public key in a certificate, or without one.

use x509_parser::{
    certificate::X509CertificateParser,
    nom::Parser,
    oid_registry::{
        OID_EC_P256, OID_KEY_TYPE_EC_PUBLIC_KEY, OID_NIST_EC_P384, OID_NIST_EC_P521,
        OID_PKCS1_RSAENCRYPTION,
    },
    prelude::FromDer,
    public_key::PublicKey as Content,
    x509::SubjectPublicKeyInfo,
};

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
    /// rsaEncryption (RFC 3279 §2.3.1), with the bits of its modulus.
    Rsa { bits: u32 },
    /// id-ecPublicKey on a named curve (RFC 5480 §2.1.1).
    Ecdsa(Curve),
    /// Anything that no algorithm here is for.
    Other,
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
        });
    }
    if algorithm.algorithm != OID_KEY_TYPE_EC_PUBLIC_KEY {
        return Some(Kind::Other);
    }
    let curve = algorithm.parameters.as_ref()?.as_oid().ok();
    Some(curve.map_or(Kind::Other, |curve| {
        [
            (OID_EC_P256, Curve::P256),
            (OID_NIST_EC_P384, Curve::P384),
            (OID_NIST_EC_P521, Curve::P521),
        ]
        .into_iter()
        .find(|(oid, _)| *oid == curve)
        .map_or(Kind::Other, |(_, curve)| Kind::Ecdsa(curve))
    }))
}

/// Bits of a big-endian number, leading zeros not counted.
fn bits(number: &[u8]) -> Option<u32> {
    let start = number.iter().position(|byte| *byte != 0)?;
    let digits = number.get(start..)?;
    let bits = u32::try_from(digits.len()).ok()?.checked_mul(8)?;
    bits.checked_sub(digits.first()?.leading_zeros())
}
