// SPDX-License-Identifier: Apache-2.0
//! What a list says of single certificates (RFC 5280 §5.1.2.6 and §5.3).

use std::collections::HashMap;

use super::super::{extensions, general_name::GeneralName, name::Name};
use super::list::ListError;
use crate::{
    names::identifier,
    trust::der::{self, ENUMERATED, Element, Fields, INTEGER, SEQUENCE},
};

/// Extensions of an entry below 2.5.29, by their last number.
const REASON: u8 = 21;
const HOLD_INSTRUCTION: u8 = 23;
const INVALIDITY_DATE: u8 = 24;
const CERTIFICATE_ISSUER: u8 = 29;

/// CRLReason (§5.3.1).
const CERTIFICATE_HOLD: u8 = 6;
const REMOVE_FROM_LIST: u8 = 8;

/// What a list says of a certificate that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// No longer revoked: it was on hold, or it has expired.
    Removed,
    /// Revoked until further notice.
    OnHold,
    /// Revoked for good.
    Revoked,
}

/// The certificates of an issuer by the content of their serial numbers' INTEGERs.
type Serials = HashMap<Box<[u8]>, Standing>;

/// Certificates that a list names, by their issuers. Only an indirect list has more than one.
#[derive(Debug)]
pub(super) struct Entries {
    /// Place of each issuer's certificates.
    places: HashMap<Name, usize>,
    serials: Vec<Serials>,
}

impl Entries {
    /// Reads the content of revokedCertificates.
    pub(super) fn read(
        content: &[u8],
        issuer: &Name,
        is_indirect: bool,
        is_delta: bool,
    ) -> Result<Self, ListError> {
        let mut places = HashMap::from([(issuer.clone(), 0)]);
        let mut all = vec![Serials::new()];
        // The issuer named last counts for those that follow (§5.3.3).
        let mut current = 0;
        let mut fields = Fields::of(content);
        while !fields.is_empty() {
            let entry = fields.next().ok_or(ListError::Unreadable)?;
            let entry = Entry::read(entry, is_indirect)?;
            if let Some(named) = entry.issuer {
                current = *places.entry(named).or_insert(all.len());
                if current == all.len() {
                    all.push(Serials::new());
                }
            }
            let standing = match entry.standing {
                // Only a delta takes back.
                Standing::Removed if !is_delta => Standing::Revoked,
                standing => standing,
            };
            if let Some(serials) = all.get_mut(current) {
                let known = serials.entry(entry.serial.into()).or_insert(standing);
                *known = standing.max(*known);
            }
        }
        Ok(Self {
            places,
            serials: all,
        })
    }

    pub(super) fn standing(&self, issuer: &Name, serial: &[u8]) -> Option<Standing> {
        let place = self.places.get(issuer)?;
        self.serials.get(*place)?.get(serial).copied()
    }
}

struct Entry<'a> {
    serial: &'a [u8],
    issuer: Option<Name>,
    standing: Standing,
}

impl<'a> Entry<'a> {
    fn read(entry: Element<'a>, is_indirect: bool) -> Result<Self, ListError> {
        let parts = || {
            let mut fields = Fields::within(entry.whole, SEQUENCE)?;
            let serial = fields.expect(INTEGER)?;
            der::time(fields.next()?)?;
            let extensions = match fields.next_if(SEQUENCE) {
                Some(extensions) => extensions::read_all(extensions.whole).ok()?,
                None => Vec::new(),
            };
            fields.end()?;
            Some((serial, extensions))
        };
        let (serial, extensions) = parts().ok_or(ListError::Unreadable)?;
        let mut entry = Self {
            serial,
            issuer: None,
            standing: Standing::Revoked,
        };
        for extension in extensions {
            match extension.identifier {
                [0x55, 0x1D, REASON] => {
                    let reason = reason(extension.value).ok_or(ListError::Unreadable)?;
                    entry.standing = match reason {
                        CERTIFICATE_HOLD => Standing::OnHold,
                        REMOVE_FROM_LIST => Standing::Removed,
                        _ => Standing::Revoked,
                    };
                }
                [0x55, 0x1D, CERTIFICATE_ISSUER] if is_indirect => {
                    let issuer = issuer(extension.value).ok_or(ListError::Unreadable)?;
                    entry.issuer = Some(issuer);
                }
                [0x55, 0x1D, HOLD_INSTRUCTION | INVALIDITY_DATE] => {}
                other if extension.is_critical => {
                    let name = identifier(other);
                    let what = format!("an entry has the extension {name}, marked critical");
                    return Err(ListError::Unsupported(what));
                }
                _ => {}
            }
        }
        Ok(entry)
    }
}

fn reason(value: &[u8]) -> Option<u8> {
    let mut fields = Fields::of(value);
    let reason = fields.expect(ENUMERATED)?;
    fields.end()?;
    match reason {
        [reason] => Some(*reason),
        _ => None,
    }
}

fn issuer(value: &[u8]) -> Option<Name> {
    let names = GeneralName::read_all(value)?;
    names.into_iter().find_map(|name| match name {
        GeneralName::Directory(name) => Some(name),
        _ => None,
    })
}
