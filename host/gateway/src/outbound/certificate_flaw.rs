// SPDX-License-Identifier: Apache-2.0
//! What makes a server's certificate unusable, put in plain words. What the library shows is for whoever programs.

use rustls::CertificateError;

/// AlgorithmIdentifiers begin with these, by RFC 8017 §A.2.4 and RFC 5758 §3.2: tag and length of the OBJECT IDENTIFIER, and its content.
const SHA1: [&[u8]; 2] = [
    &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 5],
    &[6, 7, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 1],
];

const VERSION: &str = "it, or one of its issuers', is of an old version, and version 3 is needed";
const CRITICAL: &str =
    "it, or one of its issuers', has an extension, marked critical, that is not supported here";
const PURPOSE: &str = "its extended key usage does not have serverAuth";
const ALGORITHM: &str =
    "it, or one of its issuers', is signed with an algorithm that is not accepted here";
const SIGNED_WITH_SHA1: &str =
    "it, or one of its issuers', is signed with SHA-1, for which collisions can be made";
const KEY: &str = "a key does not fit the algorithm of the signature that is made with it";
const FORM: &str = "it, or one of its issuers', is not in the form of a certificate (RFC 5280)";
const AUTHORITY: &str = "it is an authority's (basicConstraints with CA:TRUE), as `openssl req -x509` makes them, and a server needs one of an end (CA:FALSE)";
const END: &str =
    "one of its issuers may not issue (it is not marked CA:TRUE, or has not keyCertSign)";
const NAMES: &str = "one of its issuers may not issue for such a name (nameConstraints)";
const LENGTH: &str =
    "there are more issuers in between than one of them allows (pathLenConstraint)";

/// What is wrong with the certificate.
pub(super) fn plainly(flaw: &CertificateError) -> String {
    match flaw {
        CertificateError::BadEncoding => FORM.to_owned(),
        CertificateError::UnhandledCriticalExtension => CRITICAL.to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            PURPOSE.to_owned()
        }
        CertificateError::UnsupportedSignatureAlgorithmContext {
            signature_algorithm_id,
            ..
        } => of_algorithm(signature_algorithm_id).to_owned(),
        CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => KEY.to_owned(),
        CertificateError::Other(other) => match other.0.downcast_ref() {
            Some(error) => of_library(error),
            None => other.to_string(),
        },
        other => other.to_string(),
    }
}

fn of_algorithm(identifier: &[u8]) -> &'static str {
    match SHA1.iter().any(|sha1| identifier.starts_with(sha1)) {
        true => SIGNED_WITH_SHA1,
        false => ALGORITHM,
    }
}

fn of_library(error: &webpki::Error) -> String {
    let known = match error {
        webpki::Error::UnsupportedCertVersion => VERSION,
        webpki::Error::UnsupportedCriticalExtension => CRITICAL,
        webpki::Error::CaUsedAsEndEntity => AUTHORITY,
        webpki::Error::EndEntityUsedAsCa => END,
        webpki::Error::NameConstraintViolation => NAMES,
        webpki::Error::PathLenConstraintViolated => LENGTH,
        webpki::Error::RequiredEkuNotFoundContext(_) => PURPOSE,
        other => return format!("it breaks a rule for certificates: {other}"),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::OtherError;

    use super::*;

    #[test]
    fn what_is_usual_in_the_field_is_told_in_words() {
        let of =
            |error: webpki::Error| plainly(&CertificateError::Other(OtherError(Arc::new(error))));
        for (error, expected) in [
            (webpki::Error::CaUsedAsEndEntity, AUTHORITY),
            (webpki::Error::UnsupportedCertVersion, VERSION),
            (webpki::Error::UnsupportedCriticalExtension, CRITICAL),
            (webpki::Error::NameConstraintViolation, NAMES),
        ] {
            assert_eq!(of(error), expected);
        }
        let told = of(webpki::Error::InvalidSerialNumber);
        assert_eq!(
            told,
            "it breaks a rule for certificates: InvalidSerialNumber"
        );
    }

    #[test]
    fn sha1_is_named() {
        let of = |algorithm: &[u8]| {
            plainly(&CertificateError::UnsupportedSignatureAlgorithmContext {
                signature_algorithm_id: algorithm.to_vec(),
                supported_algorithms: Vec::new(),
            })
        };
        let sha1_with_rsa = [6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 5, 5, 0];
        assert_eq!(of(&sha1_with_rsa), SIGNED_WITH_SHA1);
        let md5_with_rsa = [6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 4, 5, 0];
        assert_eq!(of(&md5_with_rsa), ALGORITHM);
    }
}
