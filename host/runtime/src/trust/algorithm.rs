// SPDX-License-Identifier: Apache-2.0
//! Algorithms of signatures and kinds of keys, as AlgorithmIdentifiers name them.

use aws_lc_rs::signature::{self, VerificationAlgorithm};

use super::der::{self, Fields, INTEGER, NULL, OBJECT_IDENTIFIER, SEQUENCE, constructed};
use crate::names::identifier;

/// ecdsa-with-SHA256 to SHA512 (RFC 5758 §3.2), as content of an OBJECT IDENTIFIER like all that follow.
const ECDSA: [(&[u8], Digest); 3] = [
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2], Digest::Sha256),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 3], Digest::Sha384),
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 4], Digest::Sha512),
];

/// sha256WithRSAEncryption to sha512 (RFC 4055 §5).
#[rustfmt::skip]
const PKCS1: [(&[u8], Digest); 3] = [
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 11], Digest::Sha256),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 12], Digest::Sha384),
    (&[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 13], Digest::Sha512),
];

/// id-sha256 to id-sha512 (RFC 4055 §2.1).
const DIGESTS: [(&[u8], Digest); 3] = [
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], Digest::Sha256),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2], Digest::Sha384),
    (&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3], Digest::Sha512),
];

/// id-RSASSA-PSS and id-mgf1 (RFC 4055 §3.1, §2.2), rsaEncryption (RFC 3279 §2.3.1), id-Ed25519 (RFC 8410 §3).
const PSS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 10];
const MASK_BY_DIGEST: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 8];
const RSA: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1];
const ED25519: &[u8] = &[0x2B, 0x65, 0x70];

/// id-ecPublicKey, and its curves (RFC 5480 §2.1.1).
const ELLIPTIC: &[u8] = &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 2, 1];
const CURVES: [(&[u8], Curve); 3] = [
    (&[0x2A, 0x86, 0x48, 0xCE, 0x3D, 3, 1, 7], Curve::P256),
    (&[0x2B, 0x81, 4, 0, 34], Curve::P384),
    (&[0x2B, 0x81, 4, 0, 35], Curve::P521),
];

/// The salt of a signature that does not say otherwise (RFC 4055 §3.1).
const USUAL_SALT: u32 = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Digest {
    Sha256,
    Sha384,
    Sha512,
}

impl Digest {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Bytes of it.
    fn size(self) -> u32 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// Bytes of the curve's order, and so of r and of s (FIPS 186-5, SP 800-186 §3.2.1).
    pub(super) fn order_size(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// How something is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    Ecdsa(Digest),
    /// RSASSA-PKCS1-v1_5.
    Pkcs1(Digest),
    /// RSASSA-PSS with that digest, for the mask as well, and with a salt as long as it.
    Pss(Digest),
    Ed25519,
}

impl Scheme {
    /// All that are verified.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let with = [Self::Ecdsa, Self::Pkcs1, Self::Pss];
        let all = with
            .into_iter()
            .flat_map(|with| Digest::ALL.into_iter().map(with));
        all.chain([Self::Ed25519])
    }

    /// Reads the content of an AlgorithmIdentifier.
    ///
    /// # Errors
    /// It is not supported; the text names it.
    pub(super) fn read(content: &[u8]) -> Result<Self, String> {
        let mut parameters = Fields::of(content);
        let Some(oid) = parameters.expect(OBJECT_IDENTIFIER) else {
            return Err("an unknown signature algorithm".to_owned());
        };
        let name = || format!("the signature algorithm {}", identifier(oid));
        if oid == PSS {
            let pss = PssParameters::read(parameters);
            let pss = pss.filter(|pss| pss.salt == pss.digest.size());
            return pss.map(|pss| Self::Pss(pss.digest)).ok_or_else(|| {
                format!("{} with other parameters than SHA-256, SHA-384 or SHA-512, the same for the mask, and a salt as long as that", name())
            });
        }
        let (scheme, is_plain) = if oid == ED25519 {
            (Self::Ed25519, parameters.is_empty())
        } else if let Some(digest) = find(&ECDSA, oid) {
            (Self::Ecdsa(digest), parameters.is_empty())
        } else if let Some(digest) = find(&PKCS1, oid) {
            (Self::Pkcs1(digest), is_null_or_absent(parameters))
        } else {
            return Err(name());
        };
        match is_plain {
            true => Ok(scheme),
            false => Err(format!("{} with parameters", name())),
        }
    }
}

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    Elliptic(Curve),
    Ed25519,
    /// For PKCS#1 v1.5 and PSS (RFC 4055 §1.2).
    Rsa,
    /// For PSS alone, with any parameters.
    Pss,
    /// For PSS alone, with these.
    PssWith(PssParameters),
    /// For PSS alone, with parameters that are not supported.
    PssOther,
    /// On a curve that is not supported, by the content of its identifier.
    Curve(&'a [u8]),
    /// One that nothing here verifies with, by its identifier.
    Other(&'a [u8]),
}

impl<'a> Kind<'a> {
    /// Reads the content of the AlgorithmIdentifier of a SubjectPublicKeyInfo; `None` for what is none.
    pub(super) fn read(content: &'a [u8]) -> Option<Self> {
        let mut parameters = Fields::of(content);
        let oid = parameters.expect(OBJECT_IDENTIFIER)?;
        Some(match oid {
            RSA if is_null_or_absent(parameters) => Self::Rsa,
            PSS if parameters.is_empty() => Self::Pss,
            PSS => match PssParameters::read(parameters) {
                Some(pss) if pss.salt <= pss.digest.size() => Self::PssWith(pss),
                _ => Self::PssOther,
            },
            ED25519 if parameters.is_empty() => Self::Ed25519,
            ELLIPTIC => match parameters.expect(OBJECT_IDENTIFIER) {
                Some(curve) if parameters.is_empty() => {
                    find(&CURVES, curve).map_or(Self::Curve(curve), Self::Elliptic)
                }
                _ => Self::Other(oid),
            },
            _ => Self::Other(oid),
        })
    }

    /// Whether its octets begin with the modulus.
    pub(super) fn is_rsa(self) -> bool {
        matches!(
            self,
            Self::Rsa | Self::Pss | Self::PssWith(_) | Self::PssOther
        )
    }

    /// Whether its octets are a point of an elliptic curve.
    pub(super) fn is_elliptic(self) -> bool {
        matches!(
            self,
            Self::Elliptic(_) | Self::Curve(_) | Self::Other(ELLIPTIC)
        )
    }

    /// Who verifies signatures of such a key; `None` if it makes none of that scheme.
    ///
    /// # Errors
    /// Nothing here can tell; the text says of a key what is not supported of it: `key on the curve …`.
    pub(super) fn verifier(
        self,
        scheme: Scheme,
    ) -> Result<Option<&'static dyn VerificationAlgorithm>, String> {
        Ok(match (self, scheme) {
            (Self::Curve(curve), _) => {
                return Err(format!("key on the curve {}", identifier(curve)));
            }
            (Self::Other(kind), _) => {
                return Err(format!("key of the kind {}", identifier(kind)));
            }
            (Self::PssOther, Scheme::Pss(_)) => {
                return Err("key for RSASSA-PSS with other parameters than SHA-256, SHA-384 or SHA-512, the same for the mask, and a salt no longer than that".to_owned());
            }
            (Self::PssWith(own), Scheme::Pss(digest)) if own.digest != digest => None,
            (Self::Elliptic(curve), Scheme::Ecdsa(digest)) => Some(ecdsa(curve, digest)),
            (Self::Ed25519, Scheme::Ed25519) => Some(&signature::ED25519),
            (Self::Rsa, Scheme::Pkcs1(digest)) => Some(match digest {
                Digest::Sha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                Digest::Sha384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                Digest::Sha512 => &signature::RSA_PKCS1_2048_8192_SHA512,
            }),
            (Self::Rsa | Self::Pss | Self::PssWith(_), Scheme::Pss(digest)) => Some(match digest {
                Digest::Sha256 => &signature::RSA_PSS_2048_8192_SHA256,
                Digest::Sha384 => &signature::RSA_PSS_2048_8192_SHA384,
                Digest::Sha512 => &signature::RSA_PSS_2048_8192_SHA512,
            }),
            _ => None,
        })
    }
}

fn ecdsa(curve: Curve, digest: Digest) -> &'static dyn VerificationAlgorithm {
    match (curve, digest) {
        (Curve::P256, Digest::Sha256) => &signature::ECDSA_P256_SHA256_ASN1,
        (Curve::P256, Digest::Sha384) => &signature::ECDSA_P256_SHA384_ASN1,
        (Curve::P256, Digest::Sha512) => &signature::ECDSA_P256_SHA512_ASN1,
        (Curve::P384, Digest::Sha256) => &signature::ECDSA_P384_SHA256_ASN1,
        (Curve::P384, Digest::Sha384) => &signature::ECDSA_P384_SHA384_ASN1,
        (Curve::P384, Digest::Sha512) => &signature::ECDSA_P384_SHA512_ASN1,
        (Curve::P521, Digest::Sha256) => &signature::ECDSA_P521_SHA256_ASN1,
        (Curve::P521, Digest::Sha384) => &signature::ECDSA_P521_SHA384_ASN1,
        (Curve::P521, Digest::Sha512) => &signature::ECDSA_P521_SHA512_ASN1,
    }
}

/// RSASSA-PSS-params (RFC 4055 §3.1) with one digest for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PssParameters {
    digest: Digest,
    /// Bytes of the salt: in a signature so many, by a key at least so many (§3.3).
    salt: u32,
}

impl PssParameters {
    /// Reads what follows the identifier; `None` for what is not supported. That is SHA-1 too, which counts where a field is not
    /// there.
    fn read(mut parameters: Fields<'_>) -> Option<Self> {
        let mut fields = Fields::of(parameters.expect(SEQUENCE)?);
        parameters.end()?;
        let digest = digest(Fields::of(fields.expect(constructed(0))?))?;
        let mut mask = Fields::within(fields.expect(constructed(1))?, SEQUENCE)?;
        let is_same =
            mask.expect(OBJECT_IDENTIFIER)? == MASK_BY_DIGEST && self::digest(mask)? == digest;
        let number = |content| {
            let mut fields = Fields::of(content);
            let number = der::unsigned(fields.expect(INTEGER)?)?;
            fields.end().map(|()| number)
        };
        let salt = match fields.expect(constructed(2)) {
            Some(salt) => number(salt)?,
            None => USUAL_SALT,
        };
        // The only trailer there is; DER leaves it out, not every issuer does.
        let trailer = match fields.expect(constructed(3)) {
            Some(trailer) => number(trailer)?,
            None => 1,
        };
        fields.end()?;
        (is_same && trailer == 1).then_some(Self { digest, salt })
    }
}

/// The one AlgorithmIdentifier of a digest. Its parameters are NULL or are left out, which is the same (RFC 4055 §2.1).
fn digest(mut fields: Fields<'_>) -> Option<Digest> {
    let mut algorithm = Fields::of(fields.expect(SEQUENCE)?);
    fields.end()?;
    let digest = find(&DIGESTS, algorithm.expect(OBJECT_IDENTIFIER)?)?;
    is_null_or_absent(algorithm).then_some(digest)
}

fn is_null_or_absent(mut parameters: Fields<'_>) -> bool {
    parameters.is_empty()
        || parameters.expect(NULL).is_some_and(<[u8]>::is_empty) && parameters.is_empty()
}

fn find<T: Copy>(known: &[(&[u8], T)], oid: &[u8]) -> Option<T> {
    let mut known = known.iter();
    known
        .find(|(known, _)| *known == oid)
        .map(|(_, found)| *found)
}
