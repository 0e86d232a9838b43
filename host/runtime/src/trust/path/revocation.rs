// SPDX-License-Identifier: Apache-2.0
//! Whether a certificate of a path is revoked (RFC 5280 §6.3).

mod entries;
mod list;
mod number;
mod scope;

use std::{cell::RefCell, collections::BTreeMap};

use entries::Standing;
pub(crate) use list::{ListError, RevocationList};
use scope::ALL_REASONS;

use super::{
    anchor::Judges,
    certificate::Certificate,
    error::{IdentifyError, rule},
    name::Name,
    pool::{Issuer, Path, Pool},
    signed::NotSigned,
    validation::{self, Role},
};
use crate::time;

/// Whether any of these lists revokes the certificate of an issuer with this serial number. Nobody takes a revocation back, so
/// that it counts in whatever list it is, out of date or not; what is only on hold, until a later list says otherwise.
pub(crate) fn is_revoked<'l>(
    lists: impl Iterator<Item = &'l RevocationList> + Clone,
    issuer: &Name,
    serial: &[u8],
) -> bool {
    let said = lists.map(|list| (list, list.standing(issuer, serial)));
    let mut naming = said.clone();
    naming.any(|(list, standing)| match standing {
        Some(Standing::Revoked) => true,
        Some(Standing::OnHold) => {
            let mut later = said.clone();
            !later.any(|(later, standing)| later.follows(list, standing))
        }
        Some(Standing::Removed) | None => false,
    })
}

/// Judges revocation on paths to one anchor at one time.
pub(super) struct Revocation<'p, 'a> {
    pool: &'p Pool<'a>,
    judges: &'p Judges,
    at: i64,
    anchor: usize,
    /// Places of certificates whose signatures under lists count, of those whose do not, and of those with too many ways to tell.
    signers: RefCell<BTreeMap<usize, Option<bool>>>,
    /// Those that are being judged. They count meanwhile: a signer of lists may stand in its own.
    in_judgement: RefCell<Vec<usize>>,
}

impl<'p, 'a> Revocation<'p, 'a> {
    pub(super) fn new(pool: &'p Pool<'a>, judges: &'p Judges, anchor: usize, at: i64) -> Self {
        Self {
            pool,
            judges,
            at,
            anchor,
            signers: RefCell::default(),
            in_judgement: RefCell::default(),
        }
    }

    /// From the anchor down: below a revoked issuer nothing counts, its lists neither. Without any list nothing is judged.
    pub(super) fn check(&self, path: &Path) -> Result<(), IdentifyError> {
        if self.judges.lists.is_empty() {
            return Ok(());
        }
        let mut issuer = Issuer::Anchor(path.anchor);
        for place in &path.certificates {
            self.check_one(*place, issuer)?;
            issuer = Issuer::Certificate(*place);
        }
        Ok(())
    }

    /// Every list for the certificate that is signed as it should be and counts by then is looked at, whatever its place in the
    /// file: one that names it revokes it, and those in date have to be for all reasons together.
    fn check_one(&self, place: usize, issuer: Issuer) -> Result<(), IdentifyError> {
        let certificate = self.pool.certificate(place).ok_or(IdentifyError::NoPath)?;
        let unreadable = || rule("an issuer's name that cannot be read");
        let name = certificate.issuer.name().ok_or_else(unreadable)?;
        let points = certificate.extensions()?.distribution_points.as_deref();
        let points = points.unwrap_or_default();
        let mut gap = Gap::NoList;
        let mut usable = Vec::new();
        for list in &self.judges.lists {
            let mut signers = points.iter().map(|point| &point.list_issuers);
            if !list.is_of(&certificate.issuer) && !signers.any(|names| list.is_of_any(names)) {
                continue;
            }
            match self.check_list(list, issuer) {
                Ok(()) => usable.push(list),
                Err(reason) => gap = gap.max(reason),
            }
        }
        if is_revoked(usable.iter().copied(), name, certificate.serial) {
            return Err(IdentifyError::Revoked);
        }
        let mut reasons = 0;
        for list in usable {
            gap = gap.max(match self.reasons(list, certificate, points) {
                Ok(more) => {
                    reasons |= more;
                    Gap::OtherReasons
                }
                Err(reason) => reason,
            });
        }
        match reasons {
            ALL_REASONS => Ok(()),
            _ => Err(gap.into()),
        }
    }

    /// The reasons for which a list tells that the certificate is not revoked.
    fn reasons(
        &self,
        list: &RevocationList,
        certificate: &Certificate<'_>,
        points: &[super::extensions::DistributionPoint<'_>],
    ) -> Result<u16, Gap> {
        if list.is_delta() {
            return Err(Gap::OnlyDelta);
        }
        let reasons = list.reasons_for(certificate, points);
        if reasons == 0 {
            return Err(Gap::OtherScope);
        }
        let until = list.next_update;
        match self.at < until.saturating_add(self.judges.tolerance.lists) {
            true => Ok(reasons),
            false => Err(Gap::RanOut(until)),
        }
    }

    /// Whether a list in the name of an issuer is one.
    fn check_list(&self, list: &RevocationList, issuer: Issuer) -> Result<(), Gap> {
        if list.this_update > self.at.saturating_add(self.judges.tolerance.lists) {
            return Err(Gap::Future(list.this_update));
        }
        let mut gap = Gap::OtherKey;
        // Those who are believed already: the issuer of the certificate, and the anchor.
        let believed = [issuer, Issuer::Anchor(self.anchor)];
        let others = self.pool.signers().map(Issuer::Certificate);
        for signer in believed.into_iter().chain(others) {
            let Some(certificate) = self.pool.issuer(signer) else {
                continue;
            };
            if !list.is_of(&certificate.subject) {
                continue;
            }
            let reason = match list.check_signature(certificate.key_info) {
                Ok(()) if !certificate.may_sign_lists() => Gap::NotForLists,
                Ok(()) if believed.contains(&signer) => return Ok(()),
                Ok(()) => match self.is_signer(signer) {
                    Some(true) => return Ok(()),
                    Some(false) => Gap::SignerNotAccepted,
                    None => Gap::ManyPaths,
                },
                Err(NotSigned::Unsupported(feature)) => Gap::Unsupported(feature),
                Err(NotSigned::ByAnother | NotSigned::OutOfBudget) => Gap::OtherKey,
            };
            gap = gap.max(reason);
        }
        Err(gap)
    }

    /// Whether a path leads to a signer of lists, from the same anchor (§6.3.3 f); `None` if there are more than are looked for.
    fn is_signer(&self, signer: Issuer) -> Option<bool> {
        let Issuer::Certificate(place) = signer else {
            return Some(false);
        };
        if self.in_judgement.borrow().contains(&place) {
            return Some(true);
        }
        if let Some(known) = self.signers.borrow().get(&place) {
            return *known;
        }
        self.in_judgement.borrow_mut().push(place);
        let found = self.pool.find_path(place, |path| {
            path.anchor == self.anchor
                && validation::check(self.pool, path, self.judges, Role::ListSigner, self.at)
                    .is_ok()
                && self.check(path).is_ok()
        });
        self.in_judgement.borrow_mut().pop();
        let mut signers = self.signers.borrow_mut();
        if found != Some(true) {
            // Others may have counted because this one did meanwhile.
            signers.retain(|_, counts| *counts != Some(true));
        }
        signers.insert(place, found);
        found
    }
}

/// Why no list tells; later ones say more.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    NoList,
    OnlyDelta,
    OtherScope,
    OtherReasons,
    OtherKey,
    NotForLists,
    SignerNotAccepted,
    ManyPaths,
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
            Gap::OnlyDelta => {
                "of the issuer there are only delta lists, which tell changes; add its complete list".into()
            }
            Gap::OtherScope => {
                "the revocation lists of the issuer are for a part of its certificates that this one is not in; add the list that is for it".into()
            }
            Gap::OtherReasons => {
                "the revocation lists of the issuer are for some reasons of revocation only; add those that are for the others".into()
            }
            Gap::OtherKey => {
                "the revocation list in the issuer's name is not signed with the issuer's key; fetch it again, or name the certificate of its signer as one of those who sign lists (`list-signers` in silta.toml, `--list-signers` on the command line)".into()
            }
            Gap::NotForLists => {
                "the key usage of the issuer does not have cRLSign, so that its revocation lists do not count; pin the certificate if it is to be trusted".into()
            }
            Gap::SignerNotAccepted => {
                "the certificate of the revocation list's signer is not accepted itself: no path leads to it from the same anchor, or it has run out or is revoked; fetch that certificate and the lists again".into()
            }
            Gap::ManyPaths => {
                "there are more ways from the revocation list's signer to the anchors than are tried here; name fewer certificates among those who sign lists, and none of one name and key twice".into()
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
