// SPDX-License-Identifier: Apache-2.0
//! The algorithms accepted, by their full identifiers. What is not here is refused.

use aws_lc_rs::digest;
use aws_lc_rs::signature::{self, VerificationAlgorithm};

use crate::certificate::KeyKind;

pub(super) const EXCLUSIVE_C14N: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(super) const INCLUSIVE_C14N: &str = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// A signature algorithm of XML Signature or RFC 6931 (§2.3.2–2.3.10), SHA-1 and HMAC left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum SignatureAlgorithm {
    RsaSha256,
    RsaSha384,
    RsaSha512,
    RsaPssSha256,
    RsaPssSha384,
    RsaPssSha512,
    EcdsaSha256,
    EcdsaSha384,
    EcdsaSha512,
}

impl SignatureAlgorithm {
    pub(super) fn from_uri(uri: &str) -> Option<Self> {
        Some(match uri {
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256" => Self::RsaSha256,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha384" => Self::RsaSha384,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" => Self::RsaSha512,
            "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1" => Self::RsaPssSha256,
            "http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1" => Self::RsaPssSha384,
            "http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1" => Self::RsaPssSha512,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256" => Self::EcdsaSha256,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384" => Self::EcdsaSha384,
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512" => Self::EcdsaSha512,
            _ => return None,
        })
    }

    /// The verifier for a key of this kind, `None` when the two do not fit. RSA keys must have
    /// 2048 to 8192 bits. ECDSA values are r‖s of fixed length; the hash must be the one usual for
    /// the curve, except that P-521 takes any of the three.
    pub(super) fn verifier(self, key: KeyKind) -> Option<&'static dyn VerificationAlgorithm> {
        Some(match (self, key) {
            (Self::RsaSha256, KeyKind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (Self::RsaSha384, KeyKind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (Self::RsaSha512, KeyKind::Rsa) => &signature::RSA_PKCS1_2048_8192_SHA512,
            (Self::RsaPssSha256, KeyKind::Rsa) => &signature::RSA_PSS_2048_8192_SHA256,
            (Self::RsaPssSha384, KeyKind::Rsa) => &signature::RSA_PSS_2048_8192_SHA384,
            (Self::RsaPssSha512, KeyKind::Rsa) => &signature::RSA_PSS_2048_8192_SHA512,
            (Self::EcdsaSha256, KeyKind::P256) => &signature::ECDSA_P256_SHA256_FIXED,
            (Self::EcdsaSha384, KeyKind::P384) => &signature::ECDSA_P384_SHA384_FIXED,
            (Self::EcdsaSha256, KeyKind::P521) => &signature::ECDSA_P521_SHA256_FIXED,
            (Self::EcdsaSha384, KeyKind::P521) => &signature::ECDSA_P521_SHA384_FIXED,
            (Self::EcdsaSha512, KeyKind::P521) => &signature::ECDSA_P521_SHA512_FIXED,
            _ => return None,
        })
    }
}

/// The digest algorithm with this identifier; SHA-1 left out.
pub(super) fn digest_from_uri(uri: &str) -> Option<&'static digest::Algorithm> {
    Some(match uri {
        "http://www.w3.org/2001/04/xmlenc#sha256" => &digest::SHA256,
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => &digest::SHA384,
        "http://www.w3.org/2001/04/xmlenc#sha512" => &digest::SHA512,
        _ => return None,
    })
}
