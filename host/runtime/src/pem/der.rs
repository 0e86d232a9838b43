// SPDX-License-Identifier: Apache-2.0
//! A file that is one object in DER, as authorities publish certificates and lists.

use rustls_pki_types::PrivateKeyDer;
use x509_parser::{
    asn1_rs::{Any, FromDer, Header, Oid, Tag, oid},
    certificate::X509Certificate,
    certification_request::X509CertificationRequest,
    revocation_list::CertificateRevocationList,
    x509::SubjectPublicKeyInfo,
};

use super::{Expected, Kind, Object, PemError};

/// PKCS#12 (RFC 7292).
pub(super) const PKCS12: &str = "a PKCS#12 store";
/// Certificates in a SignedData (RFC 5652 §5).
pub(super) const PKCS7: &str = "a PKCS#7 bundle";
/// PKCS#10 (RFC 2986).
pub(super) const REQUEST: &str = "a request for a certificate";

const ENCRYPTED: &str = "an encrypted private key";
const UNKNOWN: &str = "something unknown";

/// `pkcs-7` of PKCS#9: contents of CMS.
const CMS: Oid<'static> = oid!(1.2.840.113549.1.7);

/// Whether a file is DER: a SEQUENCE that is the whole of it, or that is no text. A zero begins texts as well.
pub(super) fn is_der(file: &[u8]) -> bool {
    let is_sequence = file.first() == Some(&0x30);
    is_sequence && (length(file) == Some(file.len()) || std::str::from_utf8(file).is_err())
}

/// Reads the one object.
pub(super) fn read(file: &[u8], expected: Expected) -> Result<Object, PemError> {
    let whole = length(file);
    if whole != Some(file.len()) {
        let goes_on = whole.is_some_and(|length| length < file.len());
        let what = if goes_on {
            "goes on after"
        } else {
            "ends before"
        };
        return Err(PemError::DerLength { what });
    }
    let (kind, found) = identify(file);
    if found == ENCRYPTED && expected == Expected::PrivateKey {
        return Err(PemError::Encrypted { line: 1 });
    }
    match kind.filter(|kind| expected.allows(*kind)) {
        Some(kind) => Ok(Object {
            kind,
            der: file.to_vec(),
            line: 1,
        }),
        None => Err(PemError::OtherDer { found, expected }),
    }
}

/// Bytes of the first object, its header included.
fn length(file: &[u8]) -> Option<usize> {
    let (content, header) = Header::from_der(file).ok()?;
    let length = header.length().definite().ok()?;
    (file.len() - content.len()).checked_add(length)
}

/// What it is, and how that is called.
fn identify(der: &[u8]) -> (Option<Kind>, &'static str) {
    if X509Certificate::from_der(der).is_ok() {
        (Some(Kind::Certificate), "a certificate")
    } else if CertificateRevocationList::from_der(der).is_ok() {
        (Some(Kind::RevocationList), "a revocation list")
    } else if SubjectPublicKeyInfo::from_der(der).is_ok() {
        (Some(Kind::PublicKey), "a public key")
    } else if PrivateKeyDer::try_from(der).is_ok() && !is_pkcs12(der) {
        (Some(Kind::PrivateKey), "a private key")
    } else if X509CertificationRequest::from_der(der).is_ok() {
        (None, REQUEST)
    } else {
        (None, foreign(der))
    }
}

/// What nothing is read from, by its first element.
fn foreign(der: &[u8]) -> &'static str {
    let Some((rest, first)) = elements(der) else {
        return UNKNOWN;
    };
    if is_pkcs12(der) {
        return PKCS12;
    }
    match first.tag() {
        Tag::Oid if first.as_oid().is_ok_and(|oid| oid.starts_with(&CMS)) => PKCS7,
        // EncryptedPrivateKeyInfo (RFC 5958 §3): an algorithm, and octets that are the whole rest.
        Tag::Sequence => match Any::from_der(rest) {
            Ok(([], octets)) if octets.tag() == Tag::OctetString => ENCRYPTED,
            _ => UNKNOWN,
        },
        _ => UNKNOWN,
    }
}

/// PFX (RFC 7292 §4): version 3, then a content of CMS.
fn is_pkcs12(der: &[u8]) -> bool {
    let content = || {
        let (rest, version) = elements(der)?;
        let (_, info) = Any::from_der(rest).ok()?;
        let (_, kind) = Any::from_der(info.data).ok()?;
        Some(version.as_u32() == Ok(3) && kind.as_oid().is_ok_and(|oid| oid.starts_with(&CMS)))
    };
    content().unwrap_or(false)
}

/// The first element of a SEQUENCE, and what follows it.
fn elements(der: &[u8]) -> Option<(&[u8], Any<'_>)> {
    let (_, sequence) = Any::from_der(der).ok()?;
    Any::from_der(sequence.data).ok()
}
