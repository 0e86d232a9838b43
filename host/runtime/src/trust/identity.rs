// SPDX-License-Identifier: Apache-2.0
//! Whom a certificate speaks for.

use std::time::SystemTime;

use x509_parser::{
    oid_registry::{OID_X509_COMMON_NAME, OID_X509_SERIALNUMBER},
    prelude::FromDer,
    x509::X509Name,
};

use super::path::Certificate;
use crate::{digest::sha256, names, time};

/// 9999-12-31 23:59:59 UTC, RFC 5280's "no well-defined expiration date" (§4.1.2.5), in seconds since 1970.
const NEVER: i64 = 253_402_300_799;

/// Who a certificate or a pinned key speaks for, as in the contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) subject: String,
    pub(crate) serial_number: String,
    pub(crate) common_name: String,
    pub(crate) issuer: String,
    pub(crate) not_before: SystemTime,
    /// `None` for one without a well-defined end.
    pub(crate) not_after: Option<SystemTime>,
    pub(crate) fingerprint: Vec<u8>,
    pub(crate) pinned: bool,
}

impl Identity {
    /// The one that a certificate claims, not pinned; `None` if its names cannot be read.
    pub(super) fn of(certificate: &Certificate<'_>) -> Option<Self> {
        let (_, subject) = X509Name::from_der(certificate.subject.der).ok()?;
        let (_, issuer) = X509Name::from_der(certificate.issuer.der).ok()?;
        let (first, last) = certificate.validity;
        // Every ASN.1 time (years 0 to 9999) is a SystemTime on the platforms there are.
        let at = |seconds| time::from_parts(seconds, 0).unwrap_or(SystemTime::UNIX_EPOCH);
        Some(Self {
            subject: names::text(&subject),
            serial_number: names::attribute(&subject, &OID_X509_SERIALNUMBER),
            common_name: names::attribute(&subject, &OID_X509_COMMON_NAME),
            issuer: names::text(&issuer),
            not_before: at(first),
            not_after: (last != NEVER).then(|| at(last)),
            fingerprint: sha256(certificate.der).to_vec(),
            pinned: false,
        })
    }

    /// That of a pinned key without a certificate; `info` is its SubjectPublicKeyInfo in DER.
    pub(super) fn of_bare_key(info: &[u8]) -> Self {
        Self {
            subject: String::new(),
            serial_number: String::new(),
            common_name: String::new(),
            issuer: String::new(),
            not_before: SystemTime::UNIX_EPOCH,
            not_after: None,
            fingerprint: sha256(info).to_vec(),
            pinned: true,
        }
    }
}
