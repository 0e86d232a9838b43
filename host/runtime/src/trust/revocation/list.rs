// SPDX-License-Identifier: Apache-2.0
//! A revocation list, read.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use x509_parser::{
    asn1_rs::{FromDer, Tag},
    extensions::{GeneralName, X509Extension},
    oid_registry::{
        OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER, OID_X509_EXT_CRL_NUMBER,
        OID_X509_EXT_DELTA_CRL_INDICATOR, OID_X509_EXT_HOLD_INSTRUCTION_CODE,
        OID_X509_EXT_INVALIDITY_DATE, OID_X509_EXT_ISSUER_DISTRIBUTION_POINT,
        OID_X509_EXT_REASON_CODE,
    },
    time::ASN1Time,
};

use super::super::{
    der::{self, Element},
    shown::Shown,
    signed::{NotSigned, Signed},
};
use crate::{digest::sha256, names};

/// Keys of one issuer whose signature under a list has been judged; an issuer has one or two.
const MOST_KEYS: usize = 8;

/// Why a list cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum ListError {
    /// It is no revocation list in DER.
    Unreadable,
    /// It is of a kind, or has something, that is not supported; named for people.
    Unsupported(String),
}

/// A complete revocation list of one issuer (RFC 5280 §5).
#[derive(Debug)]
pub(in super::super) struct RevocationList {
    /// As it was read, for its signature.
    der: Vec<u8>,
    /// Issuer as DER.
    pub(super) issuer: Vec<u8>,
    /// From when it counts, in seconds since 1970.
    pub(super) this_update: i64,
    /// Until before when it counts.
    pub(super) next_update: i64,
    /// Content of the serial numbers' INTEGERs.
    revoked: HashSet<Box<[u8]>>,
    scope: Scope,
    /// SHA-256 of keys, and whether they signed it. The work of a long list is done once.
    judged: Mutex<Vec<KnownKey>>,
}

/// SHA-256 of a key, and whether it signed a list.
type KnownKey = ([u8; 32], Result<(), NotSigned>);

/// For which certificates of its issuer a list is (RFC 5280 §5.2.5).
#[derive(Debug, Default)]
struct Scope {
    only_ends: bool,
    only_authorities: bool,
    /// Names of its distribution point; empty for a list without one.
    points: Vec<Point>,
}

/// A name of a distribution point.
#[derive(Debug, PartialEq, Eq)]
enum Point {
    Uri(String),
    /// A name as DER.
    Directory(Vec<u8>),
}

impl Point {
    fn of(name: &GeneralName<'_>) -> Option<Self> {
        match name {
            GeneralName::URI(uri) => Some(Self::Uri((*uri).to_owned())),
            GeneralName::DirectoryName(name) => Some(Self::Directory(name.as_raw().to_vec())),
            _ => None,
        }
    }
}

impl RevocationList {
    /// Reads the list that is the whole of `bytes`.
    pub(in super::super) fn read(bytes: &[u8]) -> Result<Self, ListError> {
        Signed::read(bytes).ok_or(ListError::Unreadable)?;
        let parts = Parts::read(bytes).ok_or(ListError::Unreadable)?;
        let scope = scope(&parts.extensions)?;
        let mut revoked = HashSet::with_capacity(parts.entries.len());
        for entry in &parts.entries {
            revoked.insert(serial(entry)?);
        }
        let Some(next_update) = parts.next_update else {
            let what = "it does not say when the next one comes (nextUpdate), so that nobody could tell when it is out of date";
            return Err(ListError::Unsupported(what.to_owned()));
        };
        Ok(Self {
            issuer: parts.issuer.to_vec(),
            this_update: parts.this_update,
            next_update,
            revoked,
            scope,
            judged: Mutex::default(),
            der: bytes.to_vec(),
        })
    }

    /// Whether it names a certificate of its issuer by the content of the serial number.
    pub(in super::super) fn names(&self, serial: &[u8]) -> bool {
        self.revoked.contains(serial)
    }

    /// When it begins and ceases to count, in seconds since 1970.
    pub(in super::super) fn times(&self) -> [i64; 2] {
        [self.this_update, self.next_update]
    }

    /// Issuer as DER.
    pub(in super::super) fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// Whether the key in a SubjectPublicKeyInfo signed it.
    pub(super) fn check_signature(&self, key: &[u8]) -> Result<(), NotSigned> {
        let name = sha256(key);
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, result)) = judged.iter().find(|(known, _)| *known == name) {
            return result.clone();
        }
        let result = match Signed::read(&self.der) {
            Some(signed) => signed.check(key),
            None => Err(NotSigned::ByAnother),
        };
        if judged.len() < MOST_KEYS {
            judged.push((name, result.clone()));
        }
        result
    }

    /// Whether it would name this certificate, at the end of a path or above, if it were revoked (RFC 5280 §6.3.3 b).
    pub(super) fn is_for(&self, certificate: &Shown<'_>) -> bool {
        let is_authority = certificate.authority().is_some();
        if self.scope.only_ends && is_authority || self.scope.only_authorities && !is_authority {
            return false;
        }
        if self.scope.points.is_empty() {
            return true;
        }
        match certificate.distribution_points() {
            Some(names) => {
                let mut names = names.into_iter().filter_map(Point::of);
                names.any(|name| self.scope.points.contains(&name))
            }
            // "Assume a distribution point name of the certificate issuer" (end of §6.3.3).
            None => {
                let issuer = Point::Directory(certificate.issuer().to_vec());
                self.scope.points.contains(&issuer)
            }
        }
    }
}

/// TBSCertList in parts (RFC 5280 §5.1).
struct Parts<'a> {
    issuer: &'a [u8],
    this_update: i64,
    next_update: Option<i64>,
    entries: Vec<Element<'a>>,
    extensions: Vec<X509Extension<'a>>,
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let whole = der::sequence(bytes)?;
        let mut parts = whole
            .first()?
            .children(Tag::Sequence)?
            .into_iter()
            .peekable();
        // Version 1 has no number and no extensions, and is otherwise the same.
        parts.next_if(|part| part.content(Tag::Integer).is_some());
        parts.next()?.content(Tag::Sequence)?;
        let issuer = parts.next()?;
        issuer.content(Tag::Sequence)?;
        let this_update = seconds(&parts.next()?)?;
        let next_update = parts.next_if(|part| seconds(part).is_some());
        let entries = parts.next_if(|part| part.content(Tag::Sequence).is_some());
        let extensions = parts.next();
        if parts.next().is_some() {
            return None;
        }
        Some(Self {
            issuer: issuer.whole,
            this_update,
            next_update: next_update.as_ref().and_then(seconds),
            entries: match entries {
                Some(entries) => entries.children(Tag::Sequence)?,
                None => Vec::new(),
            },
            extensions: match extensions {
                Some(tagged) if tagged.is_tagged(0) => extensions_of(tagged.data())?,
                Some(_) => return None,
                None => Vec::new(),
            },
        })
    }
}

fn seconds(time: &Element<'_>) -> Option<i64> {
    if !matches!(time.tag(), Tag::UtcTime | Tag::GeneralizedTime) {
        return None;
    }
    let (_, time) = ASN1Time::from_der(time.whole).ok()?;
    Some(time.timestamp())
}

/// Extensions ::= SEQUENCE OF Extension.
fn extensions_of(bytes: &[u8]) -> Option<Vec<X509Extension<'_>>> {
    let extensions = der::sequence(bytes)?;
    let read = extensions.iter().map(|extension| {
        let (rest, extension) = X509Extension::from_der(extension.whole).ok()?;
        rest.is_empty().then_some(extension)
    });
    read.collect()
}

/// What the extensions say of the certificates it is for; refuses lists that are not complete.
fn scope(extensions: &[X509Extension<'_>]) -> Result<Scope, ListError> {
    let unsupported = |what: &str| Err(ListError::Unsupported(what.to_owned()));
    let mut scope = Scope::default();
    for extension in extensions {
        if extension.oid == OID_X509_EXT_DELTA_CRL_INDICATOR {
            return unsupported("it is a delta list, which says only what has changed");
        } else if extension.oid == OID_X509_EXT_ISSUER_DISTRIBUTION_POINT {
            scope = scope_of(extension.value)?;
        } else if extension.critical
            && extension.oid != OID_X509_EXT_CRL_NUMBER
            && extension.oid != OID_X509_EXT_AUTHORITY_KEY_IDENTIFIER
        {
            let name = names::identifier(&extension.oid);
            return unsupported(&format!("it has the extension {name}, marked critical"));
        }
    }
    Ok(scope)
}

/// IssuingDistributionPoint (RFC 5280 §5.2.5), read here and to the end: what a reader passes over would widen the scope.
fn scope_of(value: &[u8]) -> Result<Scope, ListError> {
    let unsupported = |what: &str| Err(ListError::Unsupported(what.to_owned()));
    let mut scope = Scope::default();
    for part in der::sequence(value).ok_or(ListError::Unreadable)? {
        if part.is_tagged(0) {
            scope.points = points(&part)?;
        } else if part.is_tagged(1) {
            scope.only_ends = switch(&part)?;
        } else if part.is_tagged(2) {
            scope.only_authorities = switch(&part)?;
        } else if part.is_tagged(3) {
            return unsupported(
                "it is a list for some reasons of revocation only (onlySomeReasons)",
            );
        } else if part.is_tagged(4) {
            if switch(&part)? {
                return unsupported(
                    "it is an indirect list, which names certificates of other issuers",
                );
            }
        } else if part.is_tagged(5) {
            if switch(&part)? {
                return unsupported("it is a list of attribute certificates");
            }
        } else {
            return Err(ListError::Unreadable);
        }
    }
    Ok(scope)
}

/// An implicitly tagged BOOLEAN.
fn switch(part: &Element<'_>) -> Result<bool, ListError> {
    match part.data() {
        [0] => Ok(false),
        [0xFF] => Ok(true),
        _ => Err(ListError::Unreadable),
    }
}

/// DistributionPointName: the URIs and directory names of a full name.
fn points(part: &Element<'_>) -> Result<Vec<Point>, ListError> {
    let unsupported = |what: &str| Err(ListError::Unsupported(what.to_owned()));
    let name = der::elements(part.data()).ok_or(ListError::Unreadable)?;
    let [name] = <[_; 1]>::try_from(name).map_err(|_| ListError::Unreadable)?;
    if name.is_tagged(1) {
        return unsupported(
            "its distribution point is named relative to the issuer (nameRelativeToCRLIssuer)",
        );
    }
    let names = der::elements(name.data()).filter(|_| name.is_tagged(0));
    let names = names.ok_or(ListError::Unreadable)?;
    let points: Vec<Point> = names
        .iter()
        .filter_map(|name| {
            if name.is_tagged(6) {
                let uri = std::str::from_utf8(name.data()).ok()?;
                return Some(Point::Uri(uri.to_owned()));
            }
            name.is_tagged(4)
                .then(|| Point::Directory(name.data().to_vec()))
        })
        .collect();
    match points.is_empty() {
        true => unsupported("its distribution point has neither a URI nor a directory name"),
        false => Ok(points),
    }
}

/// Content of the serial number of an entry (RFC 5280 §5.1.2.6).
fn serial(entry: &Element<'_>) -> Result<Box<[u8]>, ListError> {
    let mut parts = entry
        .children(Tag::Sequence)
        .ok_or(ListError::Unreadable)?
        .into_iter();
    let serial = parts.next().and_then(|serial| serial.content(Tag::Integer));
    let date = parts.next().and_then(|date| seconds(&date));
    let (Some(serial), Some(_)) = (serial, date) else {
        return Err(ListError::Unreadable);
    };
    if let Some(extensions) = parts.next() {
        let extensions = extensions_of(extensions.whole).ok_or(ListError::Unreadable)?;
        let unknown = extensions.iter().find(|extension| {
            let known = [
                OID_X509_EXT_REASON_CODE,
                OID_X509_EXT_INVALIDITY_DATE,
                OID_X509_EXT_HOLD_INSTRUCTION_CODE,
            ];
            extension.critical && !known.contains(&extension.oid)
        });
        if let Some(unknown) = unknown {
            let name = names::identifier(&unknown.oid);
            let what = format!("an entry has the extension {name}, marked critical");
            return Err(ListError::Unsupported(what));
        }
    }
    match parts.next() {
        None => Ok(serial.into()),
        Some(_) => Err(ListError::Unreadable),
    }
}
