// SPDX-License-Identifier: Apache-2.0
//! The attributes of an element.

use std::borrow::Cow;

use crate::error::{Fault, ReadErrorKind};

use super::super::arena::{AttributeData, NO_NAMESPACE, PREFIXED_ATTRIBUTES, name_short, short};
use super::super::tag::RawAttribute;
use super::builder::Builder;

impl Builder<'_, '_> {
    /// Whether a start tag that declares nothing is its own canonical form: one space before each attribute, double quotes, values
    /// that need no escape, names without prefix in ascending order.
    pub(super) fn is_verbatim(&self, raw: &[RawAttribute<'_>], rest: &str) -> bool {
        let length: usize = raw
            .iter()
            .map(|attribute| 4 + attribute.local.len() + attribute.raw_length)
            .sum();
        let ascending = raw
            .iter()
            .zip(raw.iter().skip(1))
            .all(|(one, next)| one.local < next.local);
        let bytes = self.text.as_bytes();
        let plainly = |attribute: &RawAttribute<'_>| {
            attribute.prefix.is_empty()
                && matches!(attribute.value, Cow::Borrowed(_))
                && attribute.offset.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b' ')
                && attribute
                    .value_offset
                    .checked_sub(1)
                    .and_then(|at| bytes.get(at))
                    == Some(&b'"')
        };
        length == rest.len() && ascending && raw.iter().all(plainly)
    }

    /// Records the attributes that are no declarations, distinct as expanded names too. An attribute without prefix is in no
    /// namespace, whatever the default is (Namespaces in XML 1.0 §6.2).
    pub(super) fn attributes(&mut self, raw: &[RawAttribute<'_>], scope: u32) -> Result<u8, Fault> {
        let mut flags = 0;
        let first = self.tables.attributes.len();
        for attribute in raw {
            if attribute.declared_prefix().is_some() {
                continue;
            }
            let namespace = match attribute.prefix {
                "" => NO_NAMESPACE,
                prefix => {
                    flags |= PREFIXED_ATTRIBUTES;
                    self.namespace(prefix, scope, attribute.offset)?
                }
            };
            // Equal names as written have been found already: only two prefixes can make two names equal.
            let is_equal = |other: &AttributeData| {
                other.namespace == namespace && self.local_of(other) == attribute.local
            };
            let earlier = self.tables.attributes.get(first..).unwrap_or_default();
            if namespace != NO_NAMESPACE && earlier.iter().any(is_equal) {
                let kind = ReadErrorKind::DuplicateAttribute;
                return Err(Fault::new(attribute.offset, kind));
            }
            let colon = usize::from(!attribute.prefix.is_empty());
            self.tables.attributes.push(AttributeData {
                start: short(attribute.offset),
                value: short(attribute.value_offset),
                value_length: short(attribute.raw_length),
                namespace,
                prefix: name_short(attribute.prefix.len()),
                name: name_short(attribute.prefix.len() + colon + attribute.local.len()),
                plain: matches!(attribute.value, Cow::Borrowed(_)),
            });
        }
        Ok(flags)
    }

    fn local_of(&self, attribute: &AttributeData) -> &str {
        let start = attribute.start as usize;
        let name = self.slice(start, start + usize::from(attribute.name));
        name.split_once(':').map_or(name, |(_, local)| local)
    }
}
