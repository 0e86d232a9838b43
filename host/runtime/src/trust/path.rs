// SPDX-License-Identifier: Apache-2.0
//! From a certificate to an anchor: certification paths of RFC 5280 §6, found and judged.
//!
//! First it is found out which of the certificates shown somebody trusted has issued, going down from the anchors: that costs
//! one signature for each certificate and issuer of its name. Only of those are paths made, so that what strangers show costs
//! next to nothing, and what is told of a certificate is told of one that was really issued.

mod anchor;
mod certificate;
mod constraints;
mod error;
mod extensions;
mod general_name;
mod name;
mod policies;
mod pool;
mod purpose;
mod revocation;
mod signed;
mod validation;

pub(crate) use anchor::{Anchor, Judges, NotAnAnchor, Tolerance, is_list_signer};
pub(crate) use certificate::Certificate;
pub(crate) use error::IdentifyError;
pub(crate) use name::Name;
pub(crate) use policies::PolicyDemands;
pub(crate) use purpose::Purpose;
pub(crate) use revocation::{ListError, RevocationList, is_revoked};

use pool::Pool;
use revocation::Revocation;
use signed::NotSigned;
use validation::Role;

/// Certificates beside the first that are looked at. A path has one or two; each more of one name multiplies the paths.
const MOST_BESIDE: usize = 4;

/// Bytes of all certificates together. Four of RSA with 4096 bits have 8 kB.
const MOST_BYTES: usize = 12 * 1024;

/// Whether a chain is small enough to be looked at.
pub(crate) fn check_size(first: &[u8], rest: &[impl AsRef<[u8]>]) -> Result<(), IdentifyError> {
    let rest_bytes = rest.iter().map(|der| der.as_ref().len());
    let bytes = first.len() + rest_bytes.sum::<usize>();
    if rest.len() > MOST_BESIDE || bytes > MOST_BYTES {
        return Err(IdentifyError::TooManyCertificates);
    }
    Ok(())
}

/// A judgement, and the seconds since 1970 in which it is the same: from the first up to before the second.
pub(crate) struct Judgement {
    pub(crate) result: Result<(), IdentifyError>,
    pub(crate) from: i64,
    pub(crate) until: i64,
}

/// Leads a certificate to an anchor for a purpose at a time, in seconds since 1970.
pub(crate) fn judge(
    judges: &Judges,
    first: &[u8],
    rest: &[impl AsRef<[u8]>],
    purpose: Purpose,
    at: i64,
) -> Judgement {
    let Some(end) = Certificate::read(first) else {
        return Judgement {
            result: Err(IdentifyError::CertificateUnreadable(1)),
            from: i64::MIN,
            until: i64::MAX,
        };
    };
    let others: Vec<_> = rest
        .iter()
        .map(|der| Certificate::read(der.as_ref()))
        .collect();
    let unreadable = others.iter().position(Option::is_none);
    let shown = std::iter::once(end).chain(others.into_iter().flatten());
    let pool = Pool::new(judges, shown.collect());
    let (from, until) = window(judges, &pool, at);
    let result = match judge_pool(judges, &pool, purpose, at) {
        // One that cannot be read may be the one that is missing.
        Err(IdentifyError::NoPath) => Err(match unreadable {
            Some(index) => unreadable_at(index + 2),
            None => IdentifyError::NoPath,
        }),
        result => result,
    };
    Judgement {
        result,
        from,
        until,
    }
}

fn unreadable_at(position: usize) -> IdentifyError {
    IdentifyError::CertificateUnreadable(u32::try_from(position).unwrap_or(u32::MAX))
}

/// The seconds around `at` in which no certificate and no list begins or ceases to count.
fn window(judges: &Judges, pool: &Pool<'_>, at: i64) -> (i64, i64) {
    let Tolerance {
        certificates,
        lists,
    } = judges.tolerance;
    let of_certificates = pool.all().map(|certificate| {
        let (first, last) = certificate.validity;
        (first, last.saturating_add(1), certificates)
    });
    let of_lists = judges.lists.iter().map(|list| {
        let (first, next) = list.times();
        (first, next, lists)
    });
    let (mut from, mut until) = (i64::MIN, i64::MAX);
    for (first, after, tolerance) in of_certificates.chain(of_lists) {
        for time in [
            first.saturating_sub(tolerance),
            after.saturating_add(tolerance),
        ] {
            match time <= at {
                true => from = from.max(time),
                false => until = until.min(time),
            }
        }
    }
    (from, until)
}

/// Tries the paths there are. Of several that fail, the first is told, unless one tells that something is revoked: that is
/// certain, whatever another anchor of the same name and key may not tell.
fn judge_pool(
    judges: &Judges,
    pool: &Pool<'_>,
    purpose: Purpose,
    at: i64,
) -> Result<(), IdentifyError> {
    pool.end_is_issued().map_err(|reason| match reason {
        NotSigned::ByAnother => IdentifyError::NoPath,
        NotSigned::Unsupported(feature) => IdentifyError::Unsupported(feature),
        NotSigned::OutOfBudget => IdentifyError::TooManyCertificates,
    })?;
    let mut told = None;
    let found = pool.find_path(0, |path| {
        let result = validation::check(pool, path, judges, Role::End(purpose), at)
            .and_then(|()| Revocation::new(pool, judges, path.anchor, at).check(path));
        match result {
            Ok(()) => true,
            Err(error) => {
                if told.is_none() || error == IdentifyError::Revoked {
                    told = Some(error);
                }
                false
            }
        }
    });
    match found {
        Some(true) => Ok(()),
        Some(false) => Err(told.unwrap_or(IdentifyError::NoPath)),
        None => Err(IdentifyError::TooManyCertificates),
    }
}
