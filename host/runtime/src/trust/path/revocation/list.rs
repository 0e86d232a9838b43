// SPDX-License-Identifier: Apache-2.0
//! A revocation list, read (RFC 5280 §5).

use std::sync::{Mutex, PoisonError};

use super::super::{
    extensions::{self, Extension},
    name::{Name, NameField},
    signed::{NotSigned, Signed},
};
use super::{
    entries::{Entries, Standing},
    number::Number,
    scope::Scope,
};
use crate::digest::sha256;
use crate::{
    names::identifier,
    trust::der::{self, Fields, INTEGER, SEQUENCE, constructed},
};

/// Keys of one issuer whose signature under a list has been judged; an issuer has one or two.
const MOST_KEYS: usize = 8;

/// Extensions of a list below 2.5.29, by their last number.
const NUMBER: u8 = 20;
const DELTA: u8 = 27;
const DISTRIBUTION_POINT: u8 = 28;
const AUTHORITY_KEY_IDENTIFIER: u8 = 35;

/// Why a list cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ListError {
    /// It is no revocation list in DER.
    Unreadable,
    /// It is of a kind, or has something, that is not supported; named for people.
    Unsupported(String),
}

pub(super) fn unsupported(what: &str) -> ListError {
    ListError::Unsupported(what.to_owned())
}

/// A revocation list: a complete one of what is in its scope, or what has changed since one (*delta*).
#[derive(Debug)]
pub(crate) struct RevocationList {
    /// As it was read, for its signature.
    der: Vec<u8>,
    issuer_der: Vec<u8>,
    issuer: Name,
    /// From when it counts, in seconds since 1970.
    pub(super) this_update: i64,
    /// Until before when it counts.
    pub(super) next_update: i64,
    /// Its place among those of its issuer and scope.
    number: Option<Number>,
    /// Of a delta, the complete list from which on it tells the changes.
    base: Option<Number>,
    pub(super) scope: Scope,
    /// The identifier of the key that it is signed with, if it names that.
    authority_key: Option<Vec<u8>>,
    entries: Entries,
    /// SHA-256 of keys, and whether they signed it. The work of a long list is done once.
    judged: Mutex<Vec<KnownKey>>,
}

/// SHA-256 of a key, and whether it signed a list.
type KnownKey = ([u8; 32], Result<(), NotSigned>);

impl RevocationList {
    /// Reads the list that is the whole of `bytes`.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ListError> {
        let signed = Signed::read(bytes).ok_or(ListError::Unreadable)?;
        let parts = Parts::read(signed.content).ok_or(ListError::Unreadable)?;
        let issuer = Name::read(parts.issuer).ok_or(ListError::Unreadable)?;
        let mut number = None;
        let mut base = None;
        let mut scope = Scope::default();
        let mut authority_key = None;
        for extension in &parts.extensions {
            match extension.identifier {
                [0x55, 0x1D, NUMBER] => number = Some(Number::read(extension.value)?),
                [0x55, 0x1D, DELTA] => base = Some(Number::read(extension.value)?),
                [0x55, 0x1D, DISTRIBUTION_POINT] => {
                    scope = Scope::read(extension.value, &issuer)?;
                }
                [0x55, 0x1D, AUTHORITY_KEY_IDENTIFIER] => {
                    let identifier = extensions::key_identifier(extension.value).flatten();
                    authority_key = identifier.map(<[u8]>::to_vec);
                }
                other if extension.is_critical => {
                    let name = identifier(other);
                    let what = format!("it has the extension {name}, marked critical");
                    return Err(ListError::Unsupported(what));
                }
                _ => {}
            }
        }
        let Some(next_update) = parts.next_update else {
            return Err(unsupported(
                "it does not say when the next one comes (nextUpdate), so that nobody could tell when it is out of date",
            ));
        };
        let entries = Entries::read(parts.entries, &issuer, scope.is_indirect, base.is_some())?;
        Ok(Self {
            issuer_der: parts.issuer.to_vec(),
            issuer,
            this_update: parts.this_update,
            next_update,
            number,
            base,
            scope,
            authority_key,
            entries,
            judged: Mutex::default(),
            der: bytes.to_vec(),
        })
    }

    /// What it says of the certificate of an issuer with this serial number; `None` when it does not name it.
    pub(super) fn standing(&self, issuer: &Name, serial: &[u8]) -> Option<Standing> {
        self.entries.standing(issuer, serial)
    }

    /// When it begins and ceases to count, in seconds since 1970.
    pub(crate) fn times(&self) -> (i64, i64) {
        (self.this_update, self.next_update)
    }

    /// Whether it tells only what has changed.
    pub(crate) fn is_delta(&self) -> bool {
        self.base.is_some()
    }

    /// Whether it stands in for an older one without a gap: of the same issuer, key and scope, complete, and as long in force.
    pub(crate) fn supersedes(&self, older: &Self) -> bool {
        let is_same = self.issuer == older.issuer
            && self.scope == older.scope
            // Of lists that name no key nobody knows that it is the same.
            && self.authority_key.is_some()
            && self.authority_key == older.authority_key;
        is_same
            && !self.is_delta()
            && self.this_update > older.this_update
            && self.this_update <= older.next_update
            && self.next_update >= older.next_update
    }

    /// The name of its issuer as DER.
    pub(crate) fn issuer_der(&self) -> &[u8] {
        &self.issuer_der
    }

    /// Whether that is the name of its issuer.
    pub(super) fn is_of(&self, name: &NameField<'_>) -> bool {
        name.is_named(&self.issuer_der, &self.issuer)
    }

    /// Whether its issuer is among these.
    pub(super) fn is_of_any(&self, names: &[Name]) -> bool {
        names.contains(&self.issuer)
    }

    /// Whether it takes back what an older list says of a certificate that it does not name itself, or names as removed.
    pub(super) fn follows(&self, older: &Self, standing: Option<Standing>) -> bool {
        let is_same = self.issuer == older.issuer && self.scope == older.scope;
        let is_newer = self.this_update > older.this_update;
        is_same
            && is_newer
            && match (&self.base, standing) {
                (None, None) => true,
                // A delta tells the changes of that list or of an older one (§5.2.4).
                (Some(base), Some(Standing::Removed)) => {
                    older.number.as_ref().is_some_and(|number| base <= number)
                }
                _ => false,
            }
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
}

/// TBSCertList in parts (§5.1).
struct Parts<'a> {
    issuer: &'a [u8],
    this_update: i64,
    next_update: Option<i64>,
    /// Content of revokedCertificates.
    entries: &'a [u8],
    extensions: Vec<Extension<'a>>,
}

impl<'a> Parts<'a> {
    fn read(content: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::within(content, SEQUENCE)?;
        // Version 1 has no number and no extensions, and is otherwise the same.
        fields.next_if(INTEGER);
        fields.expect(SEQUENCE)?;
        let issuer = fields.next_if(SEQUENCE)?.whole;
        let this_update = der::time(fields.next()?)?;
        let next_update = match fields
            .next_if(der::UTC_TIME)
            .or_else(|| fields.next_if(der::GENERALIZED_TIME))
        {
            Some(time) => Some(der::time(time)?),
            None => None,
        };
        let entries = fields.next_if(SEQUENCE);
        let extensions = match fields.next_if(constructed(0)) {
            Some(extensions) => extensions::read_all(extensions.content).ok()?,
            None => Vec::new(),
        };
        fields.end()?;
        Some(Self {
            issuer,
            this_update,
            next_update,
            entries: entries.map_or(&[], |entries| entries.content),
            extensions,
        })
    }
}
