// SPDX-License-Identifier: Apache-2.0
//! Namespaces: which are declared, and what prefixes stand for where.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::checks;
use crate::error::{Fault, ReadErrorKind};
use crate::limits::{Limit, Limits};
use crate::name::XML_NAMESPACE;

use super::arena::{Binding, NO_NAMESPACE, XML_NAMESPACE_INDEX, name_short, short};
use super::scan::is_same;
use super::tag::RawAttribute;

/// The declarations of a document. What is in scope somewhere is a list of bindings, named by the index of the innermost.
#[derive(Debug)]
pub(super) struct Scopes {
    bindings: Vec<Binding>,
    /// Those beside the two that every document has.
    namespaces: Vec<Arc<str>>,
    /// Their indices, once there are more than [`FEW`].
    known: BTreeMap<Arc<str>, u32>,
    /// Where a namespace name that is no absolute URI is declared, if one is.
    pub(super) relative: Option<u32>,
}

/// The namespaces that every document has, at their fixed indices.
const FIXED: [&str; 2] = ["", XML_NAMESPACE];

/// So many namespaces are compared one by one.
const FEW: usize = 8;

impl Scopes {
    pub(super) fn new() -> Self {
        Self {
            bindings: Vec::new(),
            namespaces: Vec::new(),
            known: BTreeMap::new(),
            relative: None,
        }
    }

    /// The scope within an element that has these attributes.
    pub(super) fn declare(
        &mut self,
        outer: u32,
        raw: &[RawAttribute<'_>],
        limits: &Limits,
    ) -> Result<u32, Fault> {
        let mut scope = outer;
        for attribute in raw {
            let Some(prefix) = attribute.declared_prefix() else {
                continue;
            };
            let at = |kind| Fault::new(attribute.offset, kind);
            if checks::is_reserved_binding(prefix, &attribute.value) {
                return Err(at(ReadErrorKind::NamespaceMisuse));
            }
            let count = self
                .bindings
                .get(scope as usize)
                .map_or(0, |binding| binding.count);
            if count as usize == limits.namespaces {
                let kind = ReadErrorKind::limit(Limit::Namespaces, limits.namespaces);
                return Err(at(kind));
            }
            if !attribute.value.is_empty() && !checks::is_absolute_uri(&attribute.value) {
                let offset = short(attribute.offset);
                self.relative.get_or_insert(offset);
            }
            let prefix_offset = attribute.offset + "xmlns:".len();
            let namespace = self.intern(&attribute.value);
            self.bindings.push(Binding {
                prefix: short(prefix_offset),
                prefix_length: name_short(prefix.len()),
                count: count + 1,
                namespace,
                outer: scope,
            });
            scope = short(self.bindings.len() - 1);
        }
        Ok(scope)
    }

    /// The namespace of a name with this prefix, at `offset` of the text.
    pub(super) fn of_name(
        &self,
        text: &str,
        prefix: &str,
        scope: u32,
        offset: usize,
    ) -> Result<u32, Fault> {
        match prefix {
            // Never bound, and neither an element nor an attribute may carry it (Namespaces in XML 1.0 §3).
            "xmlns" => Err(Fault::new(offset, ReadErrorKind::NamespaceMisuse)),
            _ => self
                .resolve(text, scope, prefix)
                .ok_or_else(|| Fault::new(offset, ReadErrorKind::UnboundPrefix)),
        }
    }

    /// What a prefix is bound to; the empty prefix always to something, `xml` by definition.
    pub(super) fn resolve(&self, text: &str, scope: u32, prefix: &str) -> Option<u32> {
        if prefix == "xml" {
            return Some(XML_NAMESPACE_INDEX);
        }
        let mut scope = scope;
        while let Some(binding) = self.bindings.get(scope as usize) {
            let is_as_long = usize::from(binding.prefix_length) == prefix.len();
            if is_as_long && prefix_of(text, binding) == prefix {
                return Some(binding.namespace);
            }
            scope = binding.outer;
        }
        prefix.is_empty().then_some(NO_NAMESPACE)
    }

    /// Prefixes and namespaces declared from `scope` outwards up to, and without, `outer`; shadowed ones too.
    pub(super) fn declared<'a>(
        &'a self,
        text: &'a str,
        scope: u32,
        outer: u32,
    ) -> impl Iterator<Item = (&'a str, u32)> {
        let mut scope = scope;
        std::iter::from_fn(move || {
            let binding = self.bindings.get(scope as usize)?;
            if scope == outer {
                return None;
            }
            scope = binding.outer;
            Some((prefix_of(text, binding), binding.namespace))
        })
    }

    /// The namespace of that index.
    pub(super) fn name(&self, index: u32) -> &str {
        let index = index as usize;
        if let Some(fixed) = FIXED.get(index) {
            return fixed;
        }
        let namespace = self.namespaces.get(index - FIXED.len());
        namespace.map_or("", |namespace| namespace)
    }

    fn intern(&mut self, namespace: &str) -> u32 {
        if let Some(index) = FIXED.iter().position(|fixed| *fixed == namespace) {
            return short(index);
        }
        let known = match self.known.is_empty() {
            true => {
                let mut few = self.namespaces.iter();
                let found = few.position(|known| is_same(known, namespace));
                found.map(|place| short(FIXED.len() + place))
            }
            false => self.known.get(namespace).copied(),
        };
        known.unwrap_or_else(|| self.add(namespace.into()))
    }

    fn add(&mut self, namespace: Arc<str>) -> u32 {
        let index = |place: usize| short(FIXED.len() + place);
        let place = self.namespaces.len();
        self.namespaces.push(namespace);
        if self.namespaces.len() > FEW {
            let unknown = self.namespaces.iter().enumerate().skip(self.known.len());
            let unknown = unknown.map(|(place, namespace)| (Arc::clone(namespace), index(place)));
            self.known.extend(unknown);
        }
        index(place)
    }
}

fn prefix_of<'a>(text: &'a str, binding: &Binding) -> &'a str {
    let start = binding.prefix as usize;
    let end = start + usize::from(binding.prefix_length);
    // No length and perhaps past the end: the default namespace.
    text.get(start..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_has_one_index_whether_there_are_few_or_many() {
        let mut scopes = Scopes::new();
        assert_eq!(scopes.intern(""), NO_NAMESPACE);
        assert_eq!(scopes.intern(XML_NAMESPACE), XML_NAMESPACE_INDEX);
        let names: Vec<String> = (0..3 * FEW).map(|number| format!("urn:{number}")).collect();
        let indices: Vec<u32> = names.iter().map(|name| scopes.intern(name)).collect();
        for (name, index) in names.iter().zip(&indices) {
            assert_eq!(scopes.name(*index), name);
            assert_eq!(scopes.intern(name), *index);
        }
        assert_eq!(scopes.namespaces.len(), names.len());
        assert_eq!((scopes.name(0), scopes.name(1)), ("", XML_NAMESPACE));
        assert_eq!(scopes.name(1000), "");
    }
}
