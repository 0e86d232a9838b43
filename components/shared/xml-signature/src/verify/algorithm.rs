// SPDX-License-Identifier: Apache-2.0
//! What is accepted from others: everything that this crate signs with, and SHA-1 where a policy switches it on.

use crate::algorithm::{DigestAlgorithm, SignatureAlgorithm};

/// A digest algorithm of a received signature (XML Signature 1.1 §6.2).
///
/// A type of its own, so that nothing that signs can name SHA-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerificationDigest {
    /// SHA-1, only under [`Policy::allow_sha1`](crate::Policy::allow_sha1).
    Sha1,
    /// One that is also made.
    Current(DigestAlgorithm),
}

impl VerificationDigest {
    /// The identifier in a document (XML Signature 1.1 §6.2.1; RFC 6931 §2.1).
    pub fn uri(self) -> &'static str {
        match self {
            Self::Sha1 => "http://www.w3.org/2000/09/xmldsig#sha1",
            Self::Current(algorithm) => algorithm.uri(),
        }
    }

    /// The short name, for configuration and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Current(algorithm) => algorithm.name(),
        }
    }

    /// Octets in a digest.
    pub fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Current(algorithm) => algorithm.length(),
        }
    }

    /// The algorithm of exactly this identifier.
    pub fn from_uri(uri: &str) -> Option<Self> {
        match uri {
            uri if uri == Self::Sha1.uri() => Some(Self::Sha1),
            uri => DigestAlgorithm::from_uri(uri).map(Self::Current),
        }
    }
}

/// A signature algorithm of a received signature (XML Signature 1.1 §6.4).
///
/// No HMAC: whoever verifies with a public key would take it for the secret. No DSA, and no ECDSA with SHA-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerificationAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-1, only under [`Policy::allow_sha1`](crate::Policy::allow_sha1).
    RsaSha1,
    /// One that is also made.
    Current(SignatureAlgorithm),
}

impl VerificationAlgorithm {
    /// Bytes of salt with RSASSA-PSS (RFC 9231 §2.3.10); `None` for all others.
    pub(super) fn salt_length(self) -> Option<usize> {
        match self {
            Self::Current(SignatureAlgorithm::RsaPssSha256) => Some(32),
            Self::Current(SignatureAlgorithm::RsaPssSha384) => Some(48),
            Self::Current(SignatureAlgorithm::RsaPssSha512) => Some(64),
            _ => None,
        }
    }

    /// The identifier in a document (XML Signature 1.1 §6.4.2; RFC 6931 §2.3).
    pub fn uri(self) -> &'static str {
        match self {
            Self::RsaSha1 => "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
            Self::Current(algorithm) => algorithm.uri(),
        }
    }

    /// The short name, for configuration and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaSha1 => "rsa-sha1",
            Self::Current(algorithm) => algorithm.name(),
        }
    }

    /// The algorithm of exactly this identifier.
    pub fn from_uri(uri: &str) -> Option<Self> {
        match uri {
            uri if uri == Self::RsaSha1.uri() => Some(Self::RsaSha1),
            uri => SignatureAlgorithm::from_uri(uri).map(Self::Current),
        }
    }

    /// Whether a signature value is r‖s of a curve rather than one number.
    pub(super) fn is_ecdsa(self) -> bool {
        matches!(self, Self::Current(algorithm) if algorithm.is_ecdsa())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_its_own_identifier() {
        let digests = DigestAlgorithm::ALL.map(VerificationDigest::Current);
        for digest in digests.into_iter().chain([VerificationDigest::Sha1]) {
            assert_eq!(VerificationDigest::from_uri(digest.uri()), Some(digest));
        }
        let algorithms = SignatureAlgorithm::ALL.map(VerificationAlgorithm::Current);
        for algorithm in algorithms
            .into_iter()
            .chain([VerificationAlgorithm::RsaSha1])
        {
            let found = VerificationAlgorithm::from_uri(algorithm.uri());
            assert_eq!(found, Some(algorithm));
        }
    }

    #[test]
    fn what_is_weak_or_undefined_is_unknown() {
        for uri in [
            "",
            "none",
            "rsa-sha256",
            "http://www.w3.org/2000/09/xmldsig#dsa-sha1",
            "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
            "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
            "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha1",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256 ",
            "HTTP://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
        ] {
            assert_eq!(VerificationAlgorithm::from_uri(uri), None, "{uri}");
        }
        for uri in [
            "sha256",
            "http://www.w3.org/2001/04/xmlenc#sha384",
            "http://www.w3.org/2001/04/xmldsig-more#md5",
            "http://www.w3.org/2000/09/xmldsig#sha256",
        ] {
            assert_eq!(VerificationDigest::from_uri(uri), None, "{uri}");
        }
    }
}
