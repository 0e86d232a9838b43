// SPDX-License-Identifier: Apache-2.0
use std::time::SystemTime;

use x509_parser::{prelude::FromDer, x509::X509Name};

use super::path::{Certificate, RevocationList};
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
        let (subject, not_after) = end(der)?;
        Some(Self::Anchor { subject, not_after })
    }

    pub(super) fn list_signer(der: &[u8]) -> Option<Self> {
        let (subject, not_after) = end(der)?;
        Some(Self::ListSigner { subject, not_after })
    }

    /// Those of lists whose end matters: one that tells changes may run out, since the complete one counts alone then, and so may
    /// one that a newer one stands in for.
    pub(super) fn lists(lists: &[RevocationList]) -> impl Iterator<Item = Self> {
        let current = lists.iter().filter(|list| {
            let mut others = lists.iter();
            !list.is_delta() && !others.any(|other| other.supersedes(list))
        });
        current.filter_map(|list| {
            let (_, issuer) = X509Name::from_der(list.issuer_der()).ok()?;
            let (_, next_update) = list.times();
            Some(Self::List {
                issuer: names::text(&issuer),
                next_update: time::from_parts(next_update, 0)?,
            })
        })
    }
}

/// Subject and end of a certificate.
fn end(der: &[u8]) -> Option<(String, SystemTime)> {
    let certificate = Certificate::read(der)?;
    let (_, subject) = X509Name::from_der(certificate.subject.der).ok()?;
    let (_, last) = certificate.validity;
    Some((names::text(&subject), time::from_parts(last, 0)?))
}
