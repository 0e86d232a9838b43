// SPDX-License-Identifier: Apache-2.0
//! Names that an issuer may certify (RFC 5280 §4.2.1.10).

use super::{
    certificate::Certificate,
    error::{IdentifyError, rule},
    extensions::Extensions,
    general_name::GeneralName,
};
use crate::names;
use crate::trust::der::{
    self, Element, Fields, OBJECT_IDENTIFIER, SEQUENCE, SET, constructed, primitive,
};

/// Most comparisons of a name with a subtree on one path. Issuers have a handful of subtrees, and certificates of names.
const MOST_COMPARISONS: u32 = 2048;

/// Most subtrees that are walked over on one path, of whatever kind.
const MOST_VISITED: usize = 250_000;

/// emailAddress of PKCS#9, 1.2.840.113549.1.9.1.
const EMAIL_ADDRESS: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 9, 1];

/// What one issuer may certify.
#[derive(Debug)]
pub(crate) struct NameConstraints<'a> {
    permitted: Vec<Subtree<'a>>,
    excluded: Vec<Subtree<'a>>,
}

#[derive(Debug)]
struct Subtree<'a> {
    base: GeneralName<'a>,
    /// Has a minimum or maximum, to which RFC 5280 gives no meaning.
    is_bounded: bool,
}

impl<'a> NameConstraints<'a> {
    /// Reads the whole of `value`.
    pub(super) fn read(value: &'a [u8]) -> Option<Self> {
        let mut fields = Fields::within(value, SEQUENCE)?;
        let permitted = fields.next_if(constructed(0));
        let excluded = fields.next_if(constructed(1));
        fields.end()?;
        if permitted.is_none() && excluded.is_none() {
            return None;
        }
        let read = |subtrees: Option<Element<'a>>| match subtrees {
            Some(subtrees) => {
                let subtrees = Fields::of(subtrees.content).each(Subtree::read)?;
                (!subtrees.is_empty()).then_some(subtrees)
            }
            None => Some(Vec::new()),
        };
        Some(Self {
            permitted: read(permitted)?,
            excluded: read(excluded)?,
        })
    }

    fn subtrees(&self) -> impl Iterator<Item = &Subtree<'a>> {
        self.permitted.iter().chain(&self.excluded)
    }
}

impl<'a> Subtree<'a> {
    fn read(element: Element<'a>) -> Option<Self> {
        let mut fields = Fields::within(element.whole, SEQUENCE)?;
        let base = GeneralName::read(fields.next()?)?;
        if let GeneralName::Ip(block) = base {
            is_block(block)?;
        }
        let minimum = match fields.next_if(primitive(0)) {
            Some(minimum) => der::unsigned(minimum.content)?,
            None => 0,
        };
        let maximum = fields.next_if(primitive(1));
        fields.end()?;
        Some(Self {
            base,
            is_bounded: minimum != 0 || maximum.is_some(),
        })
    }
}

/// An address and a mask of ones and then zeros, of version 4 or 6.
fn is_block(block: &[u8]) -> Option<()> {
    let (_, mask) = block.split_at_checked(block.len() / 2)?;
    let mask: u128 = match <[u8; 4]>::try_from(mask) {
        Ok(four) => u128::from(u32::from_be_bytes(four)) << 96,
        Err(_) => u128::from_be_bytes(mask.try_into().ok()?),
    };
    let is_size = matches!(block.len(), 8 | 32);
    (is_size && mask.leading_ones() + mask.trailing_zeros() >= u128::BITS).then_some(())
}

/// What the issuers above a certificate may certify, all together.
#[derive(Debug, Default)]
pub(super) struct Constraints<'c, 'a> {
    all: Vec<&'c NameConstraints<'a>>,
    comparisons: u32,
    visited: usize,
}

impl<'c, 'a> Constraints<'c, 'a> {
    pub(super) fn add(&mut self, constraints: Option<&'c NameConstraints<'a>>) {
        self.all.extend(constraints);
    }

    /// Judges the names of a certificate below them.
    pub(super) fn check(
        &mut self,
        certificate: &Certificate<'_>,
        extensions: &Extensions<'_>,
    ) -> Result<(), IdentifyError> {
        if self.all.is_empty() {
            return Ok(());
        }
        let unreadable = || rule("a name that cannot be read");
        if !certificate.subject.is_empty() {
            let subject = certificate.subject.name().ok_or_else(unreadable)?;
            self.check_name(&GeneralName::Directory(subject.clone()))?;
        }
        let names = &extensions.alternative_names;
        for name in names {
            self.check_name(name)?;
        }
        // Where old certificates have them.
        if !names
            .iter()
            .any(|name| matches!(name, GeneralName::Email(_)))
        {
            for email in emails(certificate.subject.der).ok_or_else(unreadable)? {
                self.check_name(&GeneralName::Email(&email))?;
            }
        }
        Ok(())
    }

    fn check_name(&mut self, name: &GeneralName<'_>) -> Result<(), IdentifyError> {
        for constraints in &self.all {
            self.visited = self.visited.saturating_add(constraints.subtrees().count());
            if self.visited > MOST_VISITED {
                let what = "nameConstraints with so many names".to_owned();
                return Err(IdentifyError::Unsupported(what));
            }
            let mut of_kind = constraints
                .subtrees()
                .filter(|subtree| subtree.base.kind() == name.kind());
            if of_kind.any(|subtree| subtree.is_unsupported()) {
                return Err(IdentifyError::Unsupported(format!(
                    "nameConstraints of such a form for a {}",
                    name.kind()
                )));
            }
            let among =
                |subtrees: &[Subtree<'_>],
                 comparison: fn(&GeneralName<'_>, &GeneralName<'_>) -> bool| {
                    let of_kind = subtrees
                        .iter()
                        .filter(|subtree| subtree.base.kind() == name.kind());
                    of_kind.fold((0_u32, false), |(count, found), subtree| {
                        (count + 1, found || comparison(name, &subtree.base))
                    })
                };
            let (permitted, is_permitted) = among(&constraints.permitted, is_within);
            let (excluded, is_excluded) = among(&constraints.excluded, may_be_within);
            self.comparisons = self.comparisons.saturating_add(permitted + excluded);
            if self.comparisons > MOST_COMPARISONS {
                let what = "nameConstraints with so many names".to_owned();
                return Err(IdentifyError::Unsupported(what));
            }
            let is_constrained = permitted + excluded > 0;
            if is_excluded || permitted > 0 && !is_permitted || is_constrained && !is_sound(name) {
                return Err(rule(
                    "a name outside of those that an issuer may certify (nameConstraints)",
                ));
            }
        }
        Ok(())
    }
}

impl Subtree<'_> {
    fn is_unsupported(&self) -> bool {
        self.is_bounded
            || match &self.base {
                GeneralName::Other(_) => true,
                // No name, and each library takes it for another set of names.
                GeneralName::Dns(base) => base.starts_with('.'),
                _ => false,
            }
    }
}

/// Whether anything can be said of where a name belongs.
fn is_sound(name: &GeneralName<'_>) -> bool {
    match name {
        GeneralName::Email(address) => {
            let parts = address.rsplit_once('@');
            parts.is_some_and(|(local, host)| is_local(local) && is_host(host))
        }
        GeneralName::Dns(name) => is_host(name.strip_prefix("*.").unwrap_or(name)),
        GeneralName::Uri(uri) => host_of(uri).is_some(),
        GeneralName::Ip(address) => matches!(address.len(), 4 | 16),
        GeneralName::Directory(_) => true,
        GeneralName::Other(_) => false,
    }
}

/// The part of an address before the @, which has one itself only within quotes (RFC 5321 §4.1.2).
fn is_local(local: &str) -> bool {
    let is_quoted = local.len() > 1 && local.starts_with('"') && local.ends_with('"');
    !local.is_empty() && (is_quoted || !local.contains('@'))
}

/// Labels that are not empty, of visible characters.
fn is_host(host: &str) -> bool {
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_graphic());
    host.split('.').all(is_label)
}

/// Whether a name is certainly in a subtree.
fn is_within(name: &GeneralName<'_>, base: &GeneralName<'_>) -> bool {
    use GeneralName as N;
    match (name, base) {
        (N::Email(address), N::Email(base)) => is_mailbox_within(address, base),
        (N::Dns(name), N::Dns(base)) => is_domain_within(name, base),
        (N::Directory(name), N::Directory(base)) => name.is_within(base),
        (N::Uri(uri), N::Uri(base)) => host_of(uri).is_some_and(|host| is_host_within(host, base)),
        (N::Ip(address), N::Ip(block)) => is_address_within(address, block),
        _ => false,
    }
}

/// Whether a name may be one in a subtree: of a wildcard, whether any of the names that it stands for is.
fn may_be_within(name: &GeneralName<'_>, base: &GeneralName<'_>) -> bool {
    use GeneralName as N;
    let by_wildcard = match (name, base) {
        (N::Dns(name), N::Dns(base)) => name
            .strip_prefix("*.")
            .is_some_and(|parent| is_domain_within(base, parent)),
        _ => false,
    };
    by_wildcard || is_within(name, base)
}

/// A mailbox, a host, or a domain that begins with a period; the part before the @ with regard to case.
fn is_mailbox_within(address: &str, base: &str) -> bool {
    let Some((local, host)) = address.rsplit_once('@') else {
        return false;
    };
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => {
            local == base_local && host.eq_ignore_ascii_case(base_host)
        }
        None => is_host_within(host, base),
    }
}

/// A host, or a domain that begins with a period, which the domain itself is not in.
fn is_host_within(host: &str, base: &str) -> bool {
    match base.starts_with('.') {
        true => ends_with(host, base) && host.len() > base.len(),
        false => base.is_empty() || host.eq_ignore_ascii_case(base),
    }
}

/// The domain itself, and all below it.
fn is_domain_within(name: &str, base: &str) -> bool {
    let above = name.len().checked_sub(base.len() + 1);
    let is_below = || {
        let period = above.and_then(|at| name.as_bytes().get(at));
        period == Some(&b'.') && ends_with(name, base)
    };
    base.is_empty() || name.eq_ignore_ascii_case(base) || is_below()
}

fn ends_with(text: &str, end: &str) -> bool {
    let at = text.len().checked_sub(end.len());
    let last = at.and_then(|at| text.get(at..));
    last.is_some_and(|last| last.eq_ignore_ascii_case(end))
}

/// The host of a URI with an authority (RFC 3986 §3.2) if it is a name.
fn host_of(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => host,
    };
    let is_address = host
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    (!is_address && is_host(host) && !host.contains(['[', ':', '%'])).then_some(host)
}

fn is_address_within(address: &[u8], block: &[u8]) -> bool {
    let (network, mask) = block.split_at_checked(block.len() / 2).unwrap_or_default();
    let mut bytes = address.iter().zip(network).zip(mask);
    address.len() == network.len()
        && bytes.all(|((address, network), mask)| address & mask == network & mask)
}

/// Addresses in a name.
fn emails(name: &[u8]) -> Option<Vec<String>> {
    let mut emails = Vec::new();
    let mut sets = Fields::within(name, SEQUENCE)?;
    while !sets.is_empty() {
        let mut attributes = Fields::of(sets.expect(SET)?);
        while !attributes.is_empty() {
            let mut attribute = Fields::of(attributes.expect(SEQUENCE)?);
            if attribute.expect(OBJECT_IDENTIFIER)? == EMAIL_ADDRESS {
                let value = attribute.next()?;
                emails.push(names::characters(value.tag, value.content)?);
            }
        }
    }
    Some(emails)
}
