// SPDX-License-Identifier: Apache-2.0
use std::time::SystemTime;

use x509_parser::{
    asn1_rs::{Any, FromDer, Tag},
    prelude::X509Certificate,
    time::ASN1Time,
    x509::X509Name,
};

use crate::{names, time};

/// Something in an anchor set that runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dated {
    /// A certificate that others' certificates lead to. Its end does not end that, but its issuer takes it for over.
    Anchor {
        /// Its subject.
        subject: String,
        /// Its end.
        not_after: SystemTime,
    },
    /// The certificate of one who signs revocation lists. Once it has run out, they count no longer.
    ListSigner {
        /// Its subject.
        subject: String,
        /// Its end.
        not_after: SystemTime,
    },
    /// A revocation list that is complete. Once it has run out, no certificate of its issuer is accepted.
    List {
        /// Its issuer.
        issuer: String,
        /// When its successor is due.
        next_update: SystemTime,
    },
}

impl Dated {
    pub(super) fn anchor(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(Self::Anchor {
            subject: names::text(certificate.subject()),
            not_after: time::from_asn1(certificate.validity().not_after),
        })
    }

    pub(super) fn list_signer(der: &[u8]) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        Some(Self::ListSigner {
            subject: names::text(certificate.subject()),
            not_after: time::from_asn1(certificate.validity().not_after),
        })
    }

    /// TBSCertList (RFC 5280 §5.1.2) as far as the times: the entries after them are many.
    pub(super) fn list(der: &[u8]) -> Option<Self> {
        let (_, list) = Any::from_der(der).ok()?;
        let (_, signed) = Any::from_der(list.data).ok()?;
        let (mut rest, first) = Any::from_der(signed.data).ok()?;
        if first.tag() == Tag::Integer {
            (rest, _) = Any::from_der(rest).ok()?;
        }
        let (rest, issuer) = X509Name::from_der(rest).ok()?;
        let (rest, _this_update) = ASN1Time::from_der(rest).ok()?;
        let (_, next_update) = ASN1Time::from_der(rest).ok()?;
        Some(Self::List {
            issuer: names::text(&issuer),
            next_update: time::from_asn1(next_update),
        })
    }
}
