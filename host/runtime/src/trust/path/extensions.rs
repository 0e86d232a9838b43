// SPDX-License-Identifier: Apache-2.0
//! Extensions of a certificate that a path is judged by (RFC 5280 §4.2.1). Read strictly: what is passed over would widen what a
//! certificate may be used for.

use super::{constraints::NameConstraints, general_name::GeneralName, name::Name};
use crate::trust::der::{
    self, BIT_STRING, BOOLEAN, Element, Fields, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
    constructed, primitive,
};

/// Bits of a key usage (§4.2.1.3), the first of them the highest.
pub(super) mod key_usage {
    pub(in super::super) const DIGITAL_SIGNATURE: u16 = 0x8000;
    pub(in super::super) const CONTENT_COMMITMENT: u16 = 0x4000;
    pub(in super::super) const KEY_CERT_SIGN: u16 = 0x0400;
    pub(in super::super) const CRL_SIGN: u16 = 0x0200;

    /// Names of all bits, the highest first.
    const NAMES: [&str; 9] = [
        "digitalSignature",
        "contentCommitment",
        "keyEncipherment",
        "dataEncipherment",
        "keyAgreement",
        "keyCertSign",
        "cRLSign",
        "encipherOnly",
        "decipherOnly",
    ];

    /// Names of the bits that are set.
    pub(in super::super) fn names(usage: u16) -> Vec<&'static str> {
        let bits = std::iter::successors(Some(0x8000_u16), |bit| Some(bit >> 1));
        let named = bits.zip(NAMES).filter(|(bit, _)| usage & bit != 0);
        named.map(|(_, name)| name).collect()
    }
}

/// Most certificate policies of one certificate, and most mappings. Authorities have a handful.
pub(super) const MOST_POLICIES: usize = 32;

/// Most extensions of a certificate, a list or an entry. Certificates have a dozen.
pub(super) const MOST_EXTENSIONS: usize = 64;

/// Extensions below 2.5.29, by their last number.
const KEY_IDENTIFIER: u8 = 14;
const KEY_USAGE: u8 = 15;
const ALTERNATIVE_NAMES: u8 = 17;
const ISSUER_ALTERNATIVE_NAMES: u8 = 18;
const BASIC_CONSTRAINTS: u8 = 19;
const NAME_CONSTRAINTS: u8 = 30;
const DISTRIBUTION_POINTS: u8 = 31;
const POLICIES: u8 = 32;
const MAPPINGS: u8 = 33;
const AUTHORITY_KEY_IDENTIFIER: u8 = 35;
const POLICY_CONSTRAINTS: u8 = 36;
const EXTENDED_KEY_USAGE: u8 = 37;
const FRESHEST_LIST: u8 = 46;
const INHIBIT_ANY_POLICY: u8 = 54;

/// What they say.
#[derive(Debug, Default)]
pub(crate) struct Extensions<'a> {
    pub(super) key_usage: Option<u16>,
    /// Content of the key identifier by which others name it.
    pub(super) key_identifier: Option<&'a [u8]>,
    /// That by which it names its issuer.
    pub(super) authority_key_identifier: Option<&'a [u8]>,
    pub(super) alternative_names: Vec<GeneralName<'a>>,
    /// Whether it is an authority's, and how many others may follow it then.
    pub(super) is_authority: bool,
    pub(super) path_length: Option<u32>,
    pub(super) name_constraints: Option<NameConstraints<'a>>,
    pub(super) distribution_points: Option<Vec<DistributionPoint<'a>>>,
    pub(super) policies: Option<Vec<&'a [u8]>>,
    /// From the issuer's to the subject's.
    pub(super) mappings: Vec<(&'a [u8], &'a [u8])>,
    pub(super) require_explicit_policy: Option<u32>,
    pub(super) inhibit_policy_mapping: Option<u32>,
    pub(super) inhibit_any_policy: Option<u32>,
    pub(super) purposes: Option<Vec<&'a [u8]>>,
    /// One that is not known here and is marked critical: content of its identifier.
    pub(super) unknown: Option<&'a [u8]>,
}

/// Why they cannot be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ExtensionFault<'a> {
    /// They are no Extensions.
    Unreadable,
    /// There are more than are looked at.
    Crowded,
    /// That one is not as RFC 5280 writes it.
    Malformed(&'a [u8]),
    /// That one occurs twice.
    Twice(&'a [u8]),
    /// That one has more than is looked at.
    TooMany(&'a [u8]),
}

impl<'a> Extensions<'a> {
    /// Reads Extensions, the whole of `der`.
    pub(super) fn read(der: &'a [u8]) -> Result<Self, ExtensionFault<'a>> {
        let mut extensions = Self::default();
        for extension in read_all(der)? {
            extensions.add(&extension)?;
        }
        Ok(extensions)
    }

    fn add(&mut self, extension: &Extension<'a>) -> Result<(), ExtensionFault<'a>> {
        let value = extension.value;
        let fault = ExtensionFault::Malformed(extension.identifier);
        let known = match extension.identifier {
            [0x55, 0x1D, KEY_IDENTIFIER] => set(&mut self.key_identifier, octets(value)),
            [0x55, 0x1D, KEY_USAGE] => set(&mut self.key_usage, usage(value)),
            [0x55, 0x1D, ALTERNATIVE_NAMES] => {
                GeneralName::read_all(value).map(|names| self.alternative_names = names)
            }
            [0x55, 0x1D, BASIC_CONSTRAINTS] => self.basic_constraints(value),
            [0x55, 0x1D, NAME_CONSTRAINTS] => {
                set(&mut self.name_constraints, NameConstraints::read(value))
            }
            [0x55, 0x1D, DISTRIBUTION_POINTS] => set(&mut self.distribution_points, points(value)),
            [0x55, 0x1D, POLICIES] => set(&mut self.policies, policies(value)),
            [0x55, 0x1D, MAPPINGS] => mappings(value).map(|mappings| self.mappings = mappings),
            [0x55, 0x1D, AUTHORITY_KEY_IDENTIFIER] => {
                key_identifier(value).map(|identifier| self.authority_key_identifier = identifier)
            }
            [0x55, 0x1D, POLICY_CONSTRAINTS] => self.policy_constraints(value),
            [0x55, 0x1D, EXTENDED_KEY_USAGE] => set(&mut self.purposes, identifiers(value)),
            [0x55, 0x1D, INHIBIT_ANY_POLICY] => set(&mut self.inhibit_any_policy, skip(value)),
            // Nothing in them bears on a path.
            [0x55, 0x1D, ISSUER_ALTERNATIVE_NAMES | FRESHEST_LIST] => Some(()),
            unknown => {
                if extension.is_critical && self.unknown.is_none() {
                    self.unknown = Some(unknown);
                }
                Some(())
            }
        };
        known.ok_or(fault)?;
        let policies = self.policies.as_ref().map_or(0, Vec::len);
        if policies.max(self.mappings.len()) > MOST_POLICIES {
            return Err(ExtensionFault::TooMany(extension.identifier));
        }
        Ok(())
    }

    /// BasicConstraints (§4.2.1.9). FALSE may be written out, as many issuers do.
    fn basic_constraints(&mut self, value: &'a [u8]) -> Option<()> {
        let mut fields = Fields::within(value, SEQUENCE)?;
        if let Some(authority) = fields.next_if(BOOLEAN) {
            self.is_authority = der::boolean(authority.content)?;
        }
        if let Some(length) = fields.next_if(INTEGER) {
            self.path_length = Some(der::unsigned(length.content)?);
        }
        fields.end()
    }

    /// PolicyConstraints (§4.2.1.11).
    fn policy_constraints(&mut self, value: &'a [u8]) -> Option<()> {
        let mut fields = Fields::within(value, SEQUENCE)?;
        if fields.is_empty() {
            return None;
        }
        if let Some(skip) = fields.next_if(primitive(0)) {
            self.require_explicit_policy = Some(der::unsigned(skip.content)?);
        }
        if let Some(skip) = fields.next_if(primitive(1)) {
            self.inhibit_policy_mapping = Some(der::unsigned(skip.content)?);
        }
        fields.end()
    }
}

fn set<T>(field: &mut Option<T>, value: Option<T>) -> Option<()> {
    *field = Some(value?);
    Some(())
}

/// One extension, of a certificate, a list or an entry in one.
#[derive(Debug)]
pub(super) struct Extension<'a> {
    /// Content of its object identifier.
    pub(super) identifier: &'a [u8],
    pub(super) is_critical: bool,
    pub(super) value: &'a [u8],
}

/// Extensions ::= SEQUENCE SIZE (1..MAX) OF Extension, the whole of `der`, each of them once (§4.2, §5.2).
pub(super) fn read_all(der: &[u8]) -> Result<Vec<Extension<'_>>, ExtensionFault<'_>> {
    let mut fields = Fields::within(der, SEQUENCE).ok_or(ExtensionFault::Unreadable)?;
    let mut all: Vec<Extension<'_>> = Vec::new();
    while !fields.is_empty() || all.is_empty() {
        let extension = Extension::read(&mut fields).ok_or(ExtensionFault::Unreadable)?;
        if all.len() == MOST_EXTENSIONS {
            return Err(ExtensionFault::Crowded);
        }
        let identifier = extension.identifier;
        if all.iter().any(|known| known.identifier == identifier) {
            return Err(ExtensionFault::Twice(identifier));
        }
        all.push(extension);
    }
    Ok(all)
}

impl<'a> Extension<'a> {
    fn read(all: &mut Fields<'a>) -> Option<Self> {
        let mut fields = Fields::of(all.expect(SEQUENCE)?);
        let identifier = fields.expect(OBJECT_IDENTIFIER)?;
        let is_critical = match fields.next_if(BOOLEAN) {
            Some(critical) => der::boolean(critical.content)?,
            None => false,
        };
        let value = fields.expect(OCTET_STRING)?;
        fields.end()?;
        Some(Self {
            identifier,
            is_critical,
            value,
        })
    }
}

fn only(value: &[u8], tag: u8) -> Option<&[u8]> {
    let mut fields = Fields::of(value);
    let content = fields.expect(tag)?;
    fields.end()?;
    Some(content)
}

fn octets(value: &[u8]) -> Option<&[u8]> {
    only(value, OCTET_STRING)
}

fn usage(value: &[u8]) -> Option<u16> {
    der::bits(only(value, BIT_STRING)?)
}

fn skip(value: &[u8]) -> Option<u32> {
    der::unsigned(only(value, INTEGER)?)
}

fn identifiers(value: &[u8]) -> Option<Vec<&[u8]>> {
    let all = Fields::within(value, SEQUENCE)?
        .each(|element| (element.tag == OBJECT_IDENTIFIER).then_some(element.content))?;
    (!all.is_empty()).then_some(all)
}

/// certificatePolicies (§4.2.1.4); qualifiers are for people.
fn policies(value: &[u8]) -> Option<Vec<&[u8]>> {
    let mut all: Vec<&[u8]> = Vec::new();
    let mut fields = Fields::within(value, SEQUENCE)?;
    while !fields.is_empty() {
        let mut information = Fields::of(fields.expect(SEQUENCE)?);
        let policy = information.expect(OBJECT_IDENTIFIER)?;
        if !information.is_empty() {
            information.expect(SEQUENCE)?;
        }
        information.end()?;
        // More are refused by their number.
        if all.len() <= MOST_POLICIES && all.contains(&policy) {
            return None;
        }
        all.push(policy);
    }
    (!all.is_empty()).then_some(all)
}

fn mappings(value: &[u8]) -> Option<Vec<(&[u8], &[u8])>> {
    let all = Fields::within(value, SEQUENCE)?.each(|element| {
        let mut fields = Fields::within(element.whole, SEQUENCE)?;
        let pair = (
            fields.expect(OBJECT_IDENTIFIER)?,
            fields.expect(OBJECT_IDENTIFIER)?,
        );
        fields.end()?;
        Some(pair)
    })?;
    (!all.is_empty()).then_some(all)
}

/// AuthorityKeyIdentifier (§4.2.1.1): the identifier alone, since issuer and serial number are hints of the same.
pub(super) fn key_identifier(value: &[u8]) -> Option<Option<&[u8]>> {
    let mut fields = Fields::within(value, SEQUENCE)?;
    let identifier = fields.next_if(primitive(0));
    fields.next_if(constructed(1));
    fields.next_if(primitive(2));
    fields.end()?;
    Some(identifier.map(|identifier| identifier.content))
}

/// Where an issuer publishes lists for a certificate (§4.2.1.13).
#[derive(Debug)]
pub(super) struct DistributionPoint<'a> {
    pub(super) name: Option<PointName<'a>>,
    /// Reasons that lists there are for; without it, all.
    pub(super) reasons: Option<u16>,
    /// Who signs them, if that is not the issuer.
    pub(super) list_issuers: Vec<Name>,
}

/// DistributionPointName.
#[derive(Debug)]
pub(super) enum PointName<'a> {
    Full(Vec<GeneralName<'a>>),
    /// Content of a relative name below that of the list's issuer.
    Relative(&'a [u8]),
}

impl<'a> PointName<'a> {
    /// Reads the one choice.
    pub(super) fn read(content: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::of(content);
        let choice = fields.next()?;
        fields.end()?;
        const FULL: u8 = constructed(0);
        const RELATIVE: u8 = constructed(1);
        match choice.tag {
            FULL => Some(Self::Full(general_names(choice)?)),
            RELATIVE => Some(Self::Relative(choice.content)),
            _ => None,
        }
    }
}

/// GeneralNames under a tag of its own.
fn general_names(element: Element<'_>) -> Option<Vec<GeneralName<'_>>> {
    let names = Fields::of(element.content).each(GeneralName::read)?;
    (!names.is_empty()).then_some(names)
}

fn points(value: &[u8]) -> Option<Vec<DistributionPoint<'_>>> {
    let all = Fields::within(value, SEQUENCE)?.each(|element| {
        let mut fields = Fields::within(element.whole, SEQUENCE)?;
        let name = match fields.next_if(constructed(0)) {
            Some(name) => Some(PointName::read(name.content)?),
            None => None,
        };
        let reasons = match fields.next_if(primitive(1)) {
            Some(reasons) => Some(der::bits(reasons.content)?),
            None => None,
        };
        let list_issuers = match fields.next_if(constructed(2)) {
            Some(names) => general_names(names)?,
            None => Vec::new(),
        };
        fields.end()?;
        let list_issuers = list_issuers.into_iter().filter_map(|name| match name {
            GeneralName::Directory(name) => Some(name),
            _ => None,
        });
        Some(DistributionPoint {
            name,
            reasons,
            list_issuers: list_issuers.collect(),
        })
    })?;
    (!all.is_empty()).then_some(all)
}
