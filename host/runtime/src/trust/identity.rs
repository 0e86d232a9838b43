//! Whom a certificate speaks for.

use std::time::{Duration, SystemTime};

use aws_lc_rs::digest;
use x509_parser::{
    certificate::X509Certificate,
    oid_registry::{OID_X509_COMMON_NAME, OID_X509_SERIALNUMBER, Oid},
    prelude::FromDer,
    x509::X509Name,
};

use crate::time;

/// 9999-12-31 23:59:59 UTC, RFC 5280's "no well-defined expiration date" (§4.1.2.5), in seconds since 1970.
const NEVER: Duration = Duration::from_secs(253_402_300_799);

/// Who a certificate or a pinned key speaks for, as in the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) subject: String,
    pub(crate) serial_number: String,
    pub(crate) common_name: String,
    pub(crate) issuer: String,
    pub(crate) not_before: SystemTime,
    pub(crate) not_after: SystemTime,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) pinned: bool,
}

impl Identity {
    /// Whether the certificate names itself as its issuer.
    pub(super) fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }
}

/// What a certificate says of itself.
pub(super) struct Claims {
    /// The identity it claims, not pinned.
    pub(super) identity: Identity,
    /// Its key is for signatures.
    pub(super) may_sign: bool,
}

impl Claims {
    /// Reads the certificate that is the whole of `der`.
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (rest, certificate) = X509Certificate::from_der(der).ok()?;
        if !rest.is_empty() {
            return None;
        }
        // RFC 5280 §4.2.1.3: without the extension a key may be used for anything.
        let usage = certificate.key_usage().ok()?;
        let identity = Identity {
            subject: certificate.subject().to_string(),
            serial_number: attribute(certificate.subject(), &OID_X509_SERIALNUMBER),
            common_name: attribute(certificate.subject(), &OID_X509_COMMON_NAME),
            issuer: certificate.issuer().to_string(),
            not_before: time::from_asn1(certificate.validity().not_before),
            not_after: time::from_asn1(certificate.validity().not_after),
            fingerprint: fingerprint(der),
            pinned: false,
        };
        Some(Self {
            identity,
            may_sign: usage.is_none_or(|usage| {
                usage.value.digital_signature() || usage.value.non_repudiation()
            }),
        })
    }
}

impl Identity {
    /// That of a pinned key without a certificate; `info` is its SubjectPublicKeyInfo in DER.
    pub(super) fn of_bare_key(info: &[u8]) -> Self {
        Self {
            subject: String::new(),
            serial_number: String::new(),
            common_name: String::new(),
            issuer: String::new(),
            not_before: SystemTime::UNIX_EPOCH,
            not_after: SystemTime::UNIX_EPOCH + NEVER,
            fingerprint: fingerprint(info),
            pinned: true,
        }
    }
}

fn fingerprint(der: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, der).as_ref().to_vec()
}

fn attribute(name: &X509Name<'_>, oid: &Oid<'_>) -> String {
    name.iter_by_oid(oid)
        .next()
        .and_then(|attribute| attribute.as_str().ok())
        .unwrap_or_default()
        .to_owned()
}
