// SPDX-License-Identifier: Apache-2.0
//! From a certificate to an anchor (RFC 5280 §6).
//!
//! First it is found out which of the certificates shown somebody trusted has issued, going down from the anchors: that costs
//! one signature for each certificate and issuer of its name. Only those are given to the library that judges the path, so that
//! what strangers show costs next to nothing, and what is told of a certificate is told of one that was really issued.

use std::cell::RefCell;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, VerifiedPath};

use super::{
    error::IdentifyError,
    identity::Identity,
    issuers::{Anchor, Issuers},
    key,
    path_cache::PathResult,
    purpose::Purpose,
    revocation::{self, ListSigner},
    shown::{self, Shown},
    signed::{NotSigned, Signed},
};

/// Certificates beside the first that are looked at. A path has one or two; each more of one name multiplies the paths.
const MOST_BESIDE: usize = 4;

/// Bytes of all certificates together. Four of RSA with 4096 bits have 8 kB.
const MOST_BYTES: usize = 12 * 1024;

/// Whether a chain is small enough to be looked at.
pub(super) fn check_size(first: &[u8], rest: &[impl AsRef<[u8]>]) -> Result<(), IdentifyError> {
    let rest_bytes = rest.iter().map(|der| der.as_ref().len());
    let bytes = first.len() + rest_bytes.sum::<usize>();
    if rest.len() > MOST_BESIDE || bytes > MOST_BYTES {
        return Err(IdentifyError::TooManyCertificates);
    }
    Ok(())
}

/// Leads a certificate to an anchor at a time, in seconds since 1970.
pub(super) fn find(
    set: &Issuers,
    first: &[u8],
    rest: &[impl AsRef<[u8]>],
    purpose: Purpose,
    at: i64,
) -> PathResult {
    let always = |error| PathResult {
        result: Err(error),
        from: i64::MIN,
        until: i64::MAX,
    };
    if key::bare(first).is_some() {
        // Nobody can have issued it.
        return always(IdentifyError::NoPath);
    }
    let Some(end) = Shown::read(first) else {
        return always(IdentifyError::CertificateUnreadable(1));
    };
    let others: Vec<_> = rest.iter().map(|der| Shown::read(der.as_ref())).collect();
    let unreadable = others.iter().position(Option::is_none);
    let mut others: Vec<Shown<'_>> = others.into_iter().flatten().collect();
    let (from, until) = window(set, &end, &others, at);
    let result = match issued(&set.anchors, &end, &mut others) {
        Ok(()) => judge(set, &end, &others, purpose, at),
        // One that cannot be read may be the one that is missing.
        Err(IdentifyError::NoPath) => Err(match unreadable {
            Some(index) => unreadable_at(index + 2),
            None => IdentifyError::NoPath,
        }),
        Err(error) => Err(error),
    };
    PathResult {
        result,
        from,
        until,
    }
}

fn unreadable_at(position: usize) -> IdentifyError {
    IdentifyError::CertificateUnreadable(u32::try_from(position).unwrap_or(u32::MAX))
}

/// The seconds around `at` in which no certificate shown and no list begins or ceases to count.
fn window(set: &Issuers, end: &Shown<'_>, others: &[Shown<'_>], at: i64) -> (i64, i64) {
    let certificates = std::iter::once(end).chain(others).flat_map(|shown| {
        let (first, last) = shown.validity();
        [first, last.saturating_add(1)]
    });
    let lists = set.revocation_lists.iter();
    let lists = lists.flat_map(|list| list.times());
    certificates
        .chain(lists)
        .fold((i64::MIN, i64::MAX), |(from, until), time| {
            match time <= at {
                true => (from.max(time), until),
                false => (from, until.min(time)),
            }
        })
}

/// Whether the end was issued below an anchor, in whatever way; leaves of the others those that were.
fn issued<'a>(
    anchors: &[Anchor],
    end: &Shown<'a>,
    others: &mut Vec<Shown<'a>>,
) -> Result<(), IdentifyError> {
    let mut unsupported = None;
    let mut by = |certificate: &Shown<'_>, issuers: &[&Shown<'_>]| {
        let anchors = anchors.iter().filter(|anchor| {
            anchor.subject == certificate.issuer()
                && may_be(anchor.key_id.as_deref(), certificate.authority_key_id())
        });
        let issuers = issuers.iter().filter(|issuer| {
            issuer.subject() == certificate.issuer()
                && may_be(issuer.subject_key_id(), certificate.authority_key_id())
        });
        let keys = anchors.map(|anchor| anchor.key_info.as_slice());
        let mut keys = keys.chain(issuers.map(|issuer| issuer.key_info()));
        let Some(signed) = Signed::read(certificate.der) else {
            return false;
        };
        keys.any(|key| match signed.check(key) {
            Ok(()) => true,
            Err(NotSigned::ByAnother) => false,
            Err(NotSigned::Unsupported(feature)) => {
                unsupported = Some(feature);
                false
            }
        })
    };
    let mut above: Vec<Shown<'a>> = Vec::new();
    // From the anchors down: nothing is asked of a certificate that nobody trusted has issued.
    loop {
        let issuers: Vec<&Shown<'_>> = above.iter().collect();
        let next: Vec<usize> = (0..others.len())
            .filter(|index| others.get(*index).is_some_and(|other| by(other, &issuers)))
            .collect();
        if next.is_empty() {
            break;
        }
        for index in next.into_iter().rev() {
            above.push(others.remove(index));
        }
    }
    let issuers: Vec<&Shown<'_>> = above.iter().collect();
    let found = by(end, &issuers);
    *others = above;
    match (found, unsupported) {
        (true, _) => Ok(()),
        (false, Some(feature)) => Err(IdentifyError::Unsupported(feature)),
        (false, None) => Err(IdentifyError::NoPath),
    }
}

/// Two key identifiers that do not contradict each other (RFC 5280 §4.2.1.1: they help to find the key).
fn may_be(of_issuer: Option<&[u8]>, named: Option<&[u8]>) -> bool {
    match (of_issuer, named) {
        (Some(of_issuer), Some(named)) => of_issuer == named,
        _ => true,
    }
}

/// Judges the path of an end that somebody trusted has issued.
fn judge(
    set: &Issuers,
    end: &Shown<'_>,
    others: &[Shown<'_>],
    purpose: Purpose,
    at: i64,
) -> Result<Identity, IdentifyError> {
    let since = u64::try_from(at).map_err(|_| IdentifyError::NotYetValid)?;
    let since = UnixTime::since_unix_epoch(std::time::Duration::from_secs(since));
    let first = CertificateDer::from(end.der);
    let others_der: Vec<_> = others
        .iter()
        .map(|other| CertificateDer::from(other.der))
        .collect();
    let told = |error| refusal(error, end, others);
    let certificate = EndEntityCert::try_from(&first).map_err(told)?;
    // What is wrong with a path that the library finds in order.
    let wrong = RefCell::new(None);
    let check = |path: &VerifiedPath<'_>| {
        let rules = Rules {
            set,
            end,
            others,
            purpose,
            at,
        };
        rules.check(path).map_err(|error| {
            let mut wrong = wrong.borrow_mut();
            // That it is revoked is certain, whatever another anchor of the same name and key may not tell.
            if !matches!(*wrong, Some(IdentifyError::Revoked)) {
                *wrong = Some(error);
            }
            webpki::Error::UnknownIssuer
        })
    };
    let verified = certificate.verify_for_usage(
        webpki::ALL_VERIFICATION_ALGS,
        &set.library,
        &others_der,
        since,
        AnyPurpose,
        None,
        Some(&check),
    );
    match verified {
        Ok(_) => Ok(Identity::of(end)),
        Err(error) => Err(wrong.take().unwrap_or_else(|| told(error))),
    }
}

/// Purposes are judged by [`Rules`], which know the end of a path from its issuers.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}

/// What the library leaves to its callers.
struct Rules<'a> {
    set: &'a Issuers,
    end: &'a Shown<'a>,
    others: &'a [Shown<'a>],
    purpose: Purpose,
    at: i64,
}

impl Rules<'_> {
    fn check(&self, path: &VerifiedPath<'_>) -> Result<(), IdentifyError> {
        // By identity: several anchors may have one name and key, such as a renewed certificate beside the old one, and differ in what they allow.
        // The library tries each of them.
        let mut anchors = self.set.anchors.iter().zip(&self.set.library);
        let ended_in = anchors.find(|(_, known)| std::ptr::eq(*known, path.anchor()));
        let (anchor, _) = ended_in.ok_or(IdentifyError::NoPath)?;
        let mut issuers = Vec::new();
        for issuer in path.intermediate_certificates() {
            let der = issuer.der();
            let shown = self.others.iter().find(|other| *other.der == *der);
            issuers.push(shown.ok_or(IdentifyError::NoPath)?);
        }
        self.check_issuers(anchor, &issuers)?;
        if !shown::serves(self.end, self.purpose) {
            return Err(IdentifyError::WrongUsage);
        }
        self.check_revocation(anchor, &issuers)
    }

    fn check_issuers(&self, anchor: &Anchor, issuers: &[&Shown<'_>]) -> Result<(), IdentifyError> {
        for issuer in issuers {
            if !issuer.has_usage(|usage| usage.key_cert_sign()) {
                return Err(rule("the key usage of an issuer does not have keyCertSign"));
            }
            if !issuer.has_purpose(|usage| self.purpose.may_come_from(usage)) {
                return Err(IdentifyError::WrongUsage);
            }
        }
        let others = issuers
            .iter()
            .filter(|issuer| issuer.issuer() != issuer.subject());
        let others = u32::try_from(others.count()).unwrap_or(u32::MAX);
        if anchor.path_length.is_some_and(|most| others > most) {
            return Err(rule(TOO_LONG));
        }
        Ok(())
    }

    /// From the anchor down: below a revoked issuer nothing counts, its lists neither.
    fn check_revocation(
        &self,
        anchor: &Anchor,
        issuers: &[&Shown<'_>],
    ) -> Result<(), IdentifyError> {
        let lists = &self.set.revocation_lists;
        let mut signer = anchor.list_signer();
        for certificate in issuers.iter().rev().copied().chain([self.end]) {
            revocation::check(lists, certificate, signer, self.at)?;
            signer = ListSigner {
                key_info: certificate.key_info(),
                may_sign_lists: certificate.has_usage(|usage| usage.crl_sign()),
            };
        }
        Ok(())
    }
}

const TOO_LONG: &str = "more issuers than an issuer allows (pathLenConstraint)";

fn rule(rule: &str) -> IdentifyError {
    IdentifyError::NotAcceptable(rule.to_owned())
}

/// What the library finds wrong with a path.
fn refusal(error: webpki::Error, end: &Shown<'_>, others: &[Shown<'_>]) -> IdentifyError {
    use webpki::Error as E;
    // It refuses what it does not support in several ways.
    let unsupported = || {
        std::iter::once(end)
            .chain(others)
            .find_map(Shown::unsupported)
    };
    match error {
        E::CertExpired { .. } => IdentifyError::Expired,
        E::CertNotValidYet { .. } => IdentifyError::NotYetValid,
        E::CaUsedAsEndEntity => IdentifyError::WrongUsage,
        E::EndEntityUsedAsCa => {
            rule("an issuer does not say that it is an authority (basicConstraints)")
        }
        E::PathLenConstraintViolated => rule(TOO_LONG),
        E::NameConstraintViolation => {
            rule("a name outside of those that an issuer may certify (nameConstraints)")
        }
        E::MalformedNameConstraint | E::InvalidNetworkMaskConstraint => {
            rule("nameConstraints that are malformed")
        }
        E::InvalidCertValidity => rule("a validity that ends before it begins"),
        E::EmptyEkuExtension => rule("an extended key usage without any purpose"),
        E::SignatureAlgorithmMismatch => {
            rule("two different signature algorithms in one certificate")
        }
        E::ExtensionValueInvalid => rule("an extension that occurs twice"),
        E::MaximumNameConstraintComparisonsExceeded => {
            IdentifyError::Unsupported("nameConstraints with so many names".to_owned())
        }
        _ => match unsupported() {
            Some(feature) => IdentifyError::Unsupported(feature),
            None => remaining(&error),
        },
    }
}

fn remaining(error: &webpki::Error) -> IdentifyError {
    use webpki::Error as E;
    match error {
        E::BadDer | E::BadDerTime | E::TrailingData(_) | E::MalformedExtensions => {
            rule("an encoding that is not DER, or a field in a place where none may be")
        }
        E::UnknownIssuer | E::InvalidSignatureForPublicKey => IdentifyError::NoPath,
        E::UnsupportedNameType => {
            IdentifyError::Unsupported("a kind of name in nameConstraints".into())
        }
        _ => rule("one that is not known more closely"),
    }
}
