// SPDX-License-Identifier: Apache-2.0
//! Whether a certificate of a path is revoked.

mod list;

pub(super) use list::{ListError, RevocationList};

use super::{error::IdentifyError, shown::Shown, signed::NotSigned};
use crate::time;

/// Who issued a certificate, as far as that counts for its lists.
#[derive(Clone, Copy)]
pub(super) struct ListSigner<'a> {
    /// SubjectPublicKeyInfo as DER.
    pub(super) key_info: &'a [u8],
    /// Its key usage, if it has one, has cRLSign (RFC 5280 §6.3.3 f).
    pub(super) may_sign_lists: bool,
}

/// Judges a certificate by the lists of its issuer at a time, in seconds since 1970. Without any list nothing is judged.
///
/// Every list that the issuer signed and that counts by then is looked at, whatever its place in the file: one that names the
/// certificate revokes it, be it out of date or not, since nobody takes a revocation back; and of those that are for the
/// certificate the one that lasts longest has to be in date, whatever older ones lie beside it.
pub(super) fn check(
    lists: &[RevocationList],
    certificate: &Shown<'_>,
    issuer: ListSigner<'_>,
    at: i64,
) -> Result<(), IdentifyError> {
    if lists.is_empty() {
        return Ok(());
    }
    let of_issuer = lists
        .iter()
        .filter(|list| list.issuer == certificate.issuer());
    let mut gap = Gap::NoList;
    let mut last: Option<&RevocationList> = None;
    for list in of_issuer {
        if let Err(reason) = usable(list, issuer, at) {
            gap = gap.max(reason);
            continue;
        }
        if list.names(certificate.content.raw_serial()) {
            return Err(IdentifyError::Revoked);
        }
        if !list.is_for(certificate) {
            gap = gap.max(Gap::OtherScope);
        } else if last.is_none_or(|last| list.next_update > last.next_update) {
            last = Some(list);
        }
    }
    match last {
        Some(last) if at < last.next_update => Ok(()),
        Some(last) => Err(Gap::RanOut(last.next_update).into()),
        None => Err(gap.into()),
    }
}

/// Whether a list in the name of the issuer is one.
fn usable(list: &RevocationList, issuer: ListSigner<'_>, at: i64) -> Result<(), Gap> {
    if list.this_update > at {
        return Err(Gap::Future(list.this_update));
    }
    if !issuer.may_sign_lists {
        return Err(Gap::NotForLists);
    }
    list.check_signature(issuer.key_info)
        .map_err(|reason| match reason {
            NotSigned::ByAnother => Gap::OtherKey,
            NotSigned::Unsupported(feature) => Gap::Unsupported(feature),
        })
}

/// Why no list tells; later ones say more.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    NoList,
    OtherScope,
    OtherKey,
    NotForLists,
    Unsupported(String),
    Future(i64),
    RanOut(i64),
}

impl From<Gap> for IdentifyError {
    fn from(gap: Gap) -> Self {
        let date = |seconds| time::from_parts(seconds, 0).map_or_else(String::new, time::display);
        Self::RevocationUnknown(match gap {
            Gap::NoList => {
                "none of its revocation lists is of the certificate's issuer; add that issuer's".into()
            }
            Gap::OtherScope => {
                "the revocation lists of the issuer are for a part of its certificates that this one is not in; add the list that is for it".into()
            }
            Gap::OtherKey => {
                "the revocation list in the issuer's name is not signed with the issuer's key; fetch it again".into()
            }
            Gap::NotForLists => {
                "the key usage of the issuer does not have cRLSign, so that its revocation lists do not count; pin the certificate if it is to be trusted".into()
            }
            Gap::Unsupported(feature) => {
                format!("the revocation list of the issuer has something that is not supported here: {feature}; pin the certificate if it is to be trusted")
            }
            Gap::Future(since) => {
                format!("the revocation list of the issuer counts only from {}; check the clock of this machine", date(since))
            }
            Gap::RanOut(until) => {
                format!("the revocation list of the issuer ran out on {}; renew it", date(until))
            }
        })
    }
}
