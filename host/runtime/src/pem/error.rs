// SPDX-License-Identifier: Apache-2.0
use super::Expected;

/// Why a file of certificates, keys or lists is refused whole. Never carries what the file holds, but for names of kinds.
///
/// Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// The file holds nothing of what is expected, and nothing else.
    #[error("no {} found; expected {}", one_of(*.expected), .expected.labels())]
    Nothing {
        /// What it was read for.
        expected: Expected,
    },
    /// A section is of a kind that does not belong into the file.
    #[error(
        "line {line}: {} where {} expected; {}",
        named(.label),
        .expected.things(),
        remedy(.label, *.expected)
    )]
    OtherKind {
        /// Line of the section.
        line: usize,
        /// Its label; empty for one that does not look like a label, which is not repeated.
        label: String,
        /// What the file was read for.
        expected: Expected,
    },
    /// The key is encrypted.
    #[error(
        "line {line}: the private key is encrypted; decrypt it with `openssl pkey -in KEY -out KEY.decrypted` and protect the file by its permissions"
    )]
    Encrypted {
        /// Line of the section.
        line: usize,
    },
    /// A boundary is not a line of its own, or is misspelt.
    #[error(
        "line {line}: this looks like the boundary of a section and is none; it has to be `-----BEGIN …-----` or `-----END …-----` with five hyphens on both sides, alone on its line and from its first column on. Correct the line, or take the section out of the file"
    )]
    Boundary {
        /// Line of the boundary.
        line: usize,
    },
    /// A section has no end.
    #[error(
        "line {line}: the section that begins here has no end, so that the file has been cut short or damaged; get it anew from where it comes from"
    )]
    CutShort {
        /// Line of the section's beginning.
        line: usize,
    },
    /// A section has no beginning, or the end of another one.
    #[error(
        "line {line}: a section ends here that does not begin with the same label, so that the file is damaged; get it anew from where it comes from"
    )]
    OtherEnd {
        /// Line of the end.
        line: usize,
    },
    /// A section has header fields.
    #[error(
        "line {line}: header fields within a section are not read; export the object again without them"
    )]
    HeaderFields {
        /// Line of the first field.
        line: usize,
    },
    /// The text of a section is not base64.
    #[error(
        "line {line}: the section that begins here is not base64, so that the file is damaged; get it anew from where it comes from"
    )]
    NotBase64 {
        /// Line of the section's beginning.
        line: usize,
    },
    /// An object does not have the form of what it is said to be.
    #[error("line {line}: not readable as {}; export it again", one_of(*.expected))]
    Unreadable {
        /// Line of the section's beginning; 1 for a file in DER.
        line: usize,
        /// What the file was read for.
        expected: Expected,
    },
    /// There is a second key.
    #[error(
        "line {line}: a second private key; one is expected, put the other into a file of its own"
    )]
    SecondKey {
        /// Line of the second key.
        line: usize,
    },
    /// The file is text in UTF-16 or UTF-32.
    #[error("the file is text in UTF-16 or UTF-32; save it as UTF-8 or ASCII")]
    Utf16,
    /// A file in DER holds something else.
    #[error("the file is {found} in DER, not {}; {}", one_of(*.expected), der_remedy(.found))]
    OtherDer {
        /// What it holds.
        found: &'static str,
        /// What it was read for.
        expected: Expected,
    },
    /// A file in DER goes on after its object, or ends before it does.
    #[error(
        "the file is DER and {what} its first object ends; one object in DER is read, more than one has to be PEM"
    )]
    DerLength {
        /// How it is wrong: goes on after, or ends before.
        what: &'static str,
    },
}

fn one_of(expected: Expected) -> &'static str {
    match expected {
        Expected::Certificates => "certificate",
        Expected::PrivateKey => "private key",
        Expected::RevocationLists => "revocation list",
        Expected::Pins => "certificate or public key",
    }
}

fn named(label: &str) -> String {
    match label {
        "" => "a section of an unknown kind".to_owned(),
        label => format!("`{label}`"),
    }
}

/// What to do with a section that does not belong into a file.
fn remedy(label: &str, expected: Expected) -> &'static str {
    match (label, expected) {
        ("TRUSTED CERTIFICATE", _) => {
            "it is a certificate in a form of OpenSSL's own; convert it with `openssl x509 -in FILE -out NEW`"
        }
        ("X509 CERTIFICATE" | "X.509 CERTIFICATE", _) => {
            "it is a certificate under a name that is not used any more (RFC 7468 §5.1); write `CERTIFICATE` in both lines"
        }
        ("CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST", _) => {
            "it is a request for a certificate; put the certificate that its issuer answered with in its place"
        }
        ("PKCS7" | "CMS", _) => {
            "take the certificates out of it with `openssl pkcs7 -in FILE -print_certs -out NEW`"
        }
        ("OPENSSH PRIVATE KEY", Expected::PrivateKey) => {
            "it is a key in a form of OpenSSH's own; convert a copy with `ssh-keygen -p -m PKCS8 -f KEY`"
        }
        ("DSA PRIVATE KEY", Expected::PrivateKey) => "DSA signs nothing here; use RSA or ECDSA",
        ("RSA PUBLIC KEY", Expected::Pins) => {
            "convert it with `openssl rsa -RSAPublicKey_in -in FILE -pubout -out NEW`"
        }
        ("EC PARAMETERS", Expected::PrivateKey) => {
            "they are not those of the key; take the section out of the file"
        }
        _ if label.ends_with("PRIVATE KEY") => {
            "private keys have a file of their own; take it out of this one, and see who can read the file"
        }
        (_, Expected::Certificates) => {
            "expected `CERTIFICATE`; take the section out of the file, or name the right file"
        }
        (_, Expected::PrivateKey) => {
            "expected `PRIVATE KEY`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`; take the section out of the file, or name the right file"
        }
        (_, Expected::RevocationLists) => {
            "expected `X509 CRL`; take the section out of the file, or name the right file"
        }
        (_, Expected::Pins) => {
            "expected `CERTIFICATE` or `PUBLIC KEY`; take the section out of the file, or name the right file"
        }
    }
}

fn der_remedy(found: &str) -> &'static str {
    match found {
        super::der::PKCS12 => {
            "take the key out of it with `openssl pkcs12 -in FILE -nocerts -nodes -out KEY`, the certificates with `openssl pkcs12 -in FILE -nokeys -out CERTIFICATES`"
        }
        super::der::PKCS7 => {
            "take the certificates out of it with `openssl pkcs7 -inform DER -in FILE -print_certs -out NEW`"
        }
        super::der::REQUEST => "put the certificate that its issuer answered with in its place",
        _ => "name the right file",
    }
}
