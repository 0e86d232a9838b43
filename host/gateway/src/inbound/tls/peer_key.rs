// SPDX-License-Identifier: Apache-2.0
//! The key of a client's certificate.
//!
//! The component decides about the certificate itself. TLS needs its key only, which is read here from any certificate, even from one that no library for
//! certification paths reads: its owner gets a reply that says so, and not a broken connection.

use rustls::{SignatureScheme, crypto::WebPkiSupportedAlgorithms};
use rustls_pki_types::{AlgorithmIdentifier, SignatureVerificationAlgorithm, alg_id};
use x509_parser::asn1_rs::{Any, Class, FromBer, Oid, Tag, oid};

/// A kind of key with which a client can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Rsa,
    /// Bound to RSASSA-PSS (RFC 4055 §3.1).
    RsaPss,
    P256,
    P384,
    P521,
    Ed25519,
}

/// A public key with which a signature can be verified.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PeerKey<'a> {
    kind: Kind,
    bits: &'a [u8],
}

/// Why the key of a certificate cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsupported {
    /// There is no key to be found.
    #[error("the client certificate is not a readable X.509 certificate")]
    Certificate,
    /// A key of another kind.
    #[error(
        "the key of the client certificate is of a kind that is not supported here ({0}); use RSA, ECDSA on P-256, P-384 or P-521, or Ed25519"
    )]
    Kind(String),
    /// An RSA key that is too short or too long.
    #[error("the RSA key of the client certificate has {0} bits; 2048 to 8192 are supported here")]
    RsaSize(usize),
}

impl Unsupported {
    /// Stable code.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Certificate => "caller.certificate-unreadable",
            Self::Kind(_) | Self::RsaSize(_) => "caller.key-unsupported",
        }
    }
}

/// Signatures by keys that are bound to RSASSA-PSS (RFC 8446 §4.2.3), for which rustls has no names, and the names of the same for other RSA keys.
const PSS: [(u16, SignatureScheme); 3] = [
    (0x0809, SignatureScheme::RSA_PSS_SHA256),
    (0x080a, SignatureScheme::RSA_PSS_SHA384),
    (0x080b, SignatureScheme::RSA_PSS_SHA512),
];

/// What clients may sign with, our preference first.
pub(crate) fn schemes(algorithms: &WebPkiSupportedAlgorithms) -> Vec<SignatureScheme> {
    let pss = PSS.map(|(number, _)| SignatureScheme::from(number));
    let mut schemes = algorithms.supported_schemes();
    schemes.extend(pss);
    schemes
}

impl<'a> PeerKey<'a> {
    /// The key of a certificate (RFC 5280 §4.1), of which nothing else is read.
    pub(crate) fn of(certificate: &'a [u8]) -> Result<Self, Unsupported> {
        let info = key_info(certificate).ok_or(Unsupported::Certificate)?;
        Self::read(info)
    }

    /// Reads the content of a SubjectPublicKeyInfo.
    fn read(info: &'a [u8]) -> Result<Self, Unsupported> {
        let unreadable = || Unsupported::Certificate;
        let (algorithm, bits) = parts(info).ok_or_else(unreadable)?;
        let (parameters, algorithm) = identifier(algorithm).ok_or_else(unreadable)?;
        let kind = kind(&algorithm, parameters)?;
        if matches!(kind, Kind::Rsa | Kind::RsaPss) {
            let size = modulus_bits(bits).ok_or_else(unreadable)?;
            if !(2048..=8192).contains(&size) {
                return Err(Unsupported::RsaSize(size));
            }
        }
        Ok(Self { kind, bits })
    }

    /// Whether the key has made a signature in a handshake.
    pub(crate) fn has_signed(
        &self,
        message: &[u8],
        (scheme, signature): (SignatureScheme, &[u8]),
        algorithms: &WebPkiSupportedAlgorithms,
        is_tls13: bool,
    ) -> bool {
        let Some(algorithm) = self.algorithm(scheme, algorithms, is_tls13) else {
            return false;
        };
        algorithm
            .verify_signature(self.bits, message, signature)
            .is_ok()
    }

    /// How a key of this kind signs by a scheme. In TLS 1.3 a scheme says everything; in TLS 1.2 that for ECDSA leaves the curve open.
    fn algorithm(
        &self,
        scheme: SignatureScheme,
        algorithms: &WebPkiSupportedAlgorithms,
        is_tls13: bool,
    ) -> Option<&'static dyn SignatureVerificationAlgorithm> {
        let of_pss = PSS
            .iter()
            .find(|(number, _)| SignatureScheme::from(*number) == scheme);
        let scheme = match (self.kind, of_pss) {
            (Kind::RsaPss, Some((_, same))) => *same,
            (Kind::RsaPss, None) | (_, Some(_)) => return None,
            _ => scheme,
        };
        if is_tls13 && !is_for_tls13(scheme) {
            return None;
        }
        let (_, possible) = algorithms
            .mapping
            .iter()
            .find(|(known, _)| *known == scheme)?;
        let possible = if is_tls13 {
            possible.get(..1)?
        } else {
            possible
        };
        let fits = |algorithm: &&&dyn SignatureVerificationAlgorithm| {
            algorithm.public_key_alg_id() == self.kind.identifier()
        };
        possible.iter().find(fits).copied()
    }
}

impl Kind {
    fn identifier(self) -> AlgorithmIdentifier {
        match self {
            Self::Rsa | Self::RsaPss => alg_id::RSA_ENCRYPTION,
            Self::P256 => alg_id::ECDSA_P256,
            Self::P384 => alg_id::ECDSA_P384,
            Self::P521 => alg_id::ECDSA_P521,
            Self::Ed25519 => alg_id::ED25519,
        }
    }
}

/// RFC 8446 §4.2.3: signatures by PKCS #1 v1.5 and with SHA-1 are not for handshakes.
fn is_for_tls13(scheme: SignatureScheme) -> bool {
    use SignatureScheme as S;
    matches!(
        scheme,
        S::ECDSA_NISTP256_SHA256
            | S::ECDSA_NISTP384_SHA384
            | S::ECDSA_NISTP521_SHA512
            | S::RSA_PSS_SHA256
            | S::RSA_PSS_SHA384
            | S::RSA_PSS_SHA512
            | S::ED25519
    )
}

/// Longest object identifier that is written out, in bytes. Strangers may write as many as a certificate has.
const LONGEST_IDENTIFIER: usize = 32;

fn kind(algorithm: &Oid<'_>, parameters: &[u8]) -> Result<Kind, Unsupported> {
    let unknown = |name: &Oid<'_>| {
        let bytes = name.as_bytes().len();
        Err(Unsupported::Kind(match bytes {
            0..=LONGEST_IDENTIFIER => name.to_id_string(),
            _ => format!("of an object identifier of {bytes} bytes"),
        }))
    };
    if *algorithm == oid!(1.2.840.113549.1.1.1) {
        return Ok(Kind::Rsa);
    }
    if *algorithm == oid!(1.2.840.113549.1.1.10) {
        return Ok(Kind::RsaPss);
    }
    if *algorithm == oid!(1.3.101.112) {
        return Ok(Kind::Ed25519);
    }
    if *algorithm != oid!(1.2.840.10045.2.1) {
        return unknown(algorithm);
    }
    // RFC 5480 §2.1.1: a named curve; one that is spelled out has no name to be compared.
    let Ok((_, curve)) = Oid::from_ber(parameters) else {
        return Err(Unsupported::Kind("elliptic curve without a name".into()));
    };
    if curve == oid!(1.2.840.10045.3.1.7) {
        Ok(Kind::P256)
    } else if curve == oid!(1.3.132.0.34) {
        Ok(Kind::P384)
    } else if curve == oid!(1.3.132.0.35) {
        Ok(Kind::P521)
    } else {
        unknown(&curve)
    }
}

/// Content of the subjectPublicKey in a SubjectPublicKeyInfo (RFC 5280 §4.1).
pub(crate) fn subject_public_key(info: &[u8]) -> Option<&[u8]> {
    let (_, info) = element(info, Tag::Sequence)?;
    parts(info).map(|(_, bits)| bits)
}

/// Algorithm and key in the content of a SubjectPublicKeyInfo.
fn parts(info: &[u8]) -> Option<(&[u8], &[u8])> {
    let (rest, algorithm) = element(info, Tag::Sequence)?;
    let (_, bits) = element(rest, Tag::BitString)?;
    // No key has bits left over.
    Some((algorithm, bits.strip_prefix(&[0])?))
}

/// The content of the SubjectPublicKeyInfo of a certificate.
fn key_info(certificate: &[u8]) -> Option<&[u8]> {
    let (_, certificate) = element(certificate, Tag::Sequence)?;
    let (_, mut rest) = element(certificate, Tag::Sequence)?;
    let (after, first) = any(rest)?;
    let is_version = first.header.class() == Class::ContextSpecific;
    if is_version {
        rest = after;
    }
    // Serial number, algorithm, issuer, validity, subject.
    for _ in 0..5 {
        (rest, _) = any(rest)?;
    }
    element(rest, Tag::Sequence).map(|(_, info)| info)
}

/// Size of the modulus of an RSAPublicKey (RFC 8017 §A.1.1).
fn modulus_bits(key: &[u8]) -> Option<usize> {
    let (_, key) = element(key, Tag::Sequence)?;
    let (_, modulus) = element(key, Tag::Integer)?;
    integer_bits(modulus)
}

/// Size of a positive integer.
pub(super) fn integer_bits(integer: &[u8]) -> Option<usize> {
    let leading = integer.iter().position(|byte| *byte != 0)?;
    let integer = integer.get(leading..)?;
    let zeros = integer.first()?.leading_zeros() as usize;
    Some(integer.len() * 8 - zeros)
}

fn identifier(algorithm: &[u8]) -> Option<(&[u8], Oid<'_>)> {
    Oid::from_ber(algorithm).ok()
}

pub(super) fn element(bytes: &[u8], tag: Tag) -> Option<(&[u8], &[u8])> {
    let (rest, element) = any(bytes)?;
    (element.header.class() == Class::Universal && element.tag() == tag)
        .then_some((rest, element.data))
}

pub(super) fn any(bytes: &[u8]) -> Option<(&[u8], Any<'_>)> {
    Any::from_ber(bytes).ok()
}
