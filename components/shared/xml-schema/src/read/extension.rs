// SPDX-License-Identifier: Apache-2.0
//! Extensions, and complex types with simple content (Part 1, §3.4.2).

use std::sync::Arc;

use crate::content::may_be_empty;
use crate::limits::{Exceeded, Limit};
use crate::model::{
    ComplexType, Content, Derivations, Particle, Place, SimpleType, Term, Type, TypeId,
};

use super::attribute::Attributes;
use super::{At, Outcome, Reader};

impl<'d> Reader<'d> {
    pub(super) fn extended_content(
        &mut self,
        at: At<'d>,
        base: TypeId,
        is_mixed: bool,
    ) -> Outcome<ComplexType> {
        let known = self.complex(at, base)?;
        let own = self.effective_content(at, is_mixed)?;
        let content = match (known.content.clone(), own) {
            (Content::Simple(_), _) => {
                let message = "the base has simple content; extend it by `simpleContent`";
                return Err(self.invalid(at, "cos-ct-extends.1.4", message));
            }
            (base, Content::Empty) => base,
            (Content::Empty, own) => own,
            (
                Content::Elements {
                    particle: first,
                    is_mixed: base_is_mixed,
                },
                Content::Elements {
                    particle: then,
                    is_mixed,
                },
            ) => {
                if base_is_mixed != is_mixed {
                    let message = "of base and extension one is mixed and the other is not";
                    return Err(self.invalid(at, "cos-ct-extends.1.4.2.2.2", message));
                }
                let particle = self.joined(at, first, then)?;
                Content::Elements { particle, is_mixed }
            }
            (base, Content::Simple(_)) => base,
        };
        let attributes = self.attributes(at)?;
        self.extended(at, base, known, content, attributes)
    }

    /// What the base has, and then what the extension has.
    fn joined(
        &self,
        at: At<'d>,
        first: Arc<Particle>,
        then: Arc<Particle>,
    ) -> Outcome<Arc<Particle>> {
        let is_all = |particle: &Particle| matches!(particle.term, Term::All(_));
        let is_nothing =
            |particle: &Particle| matches!(&particle.term, Term::Sequence(none) if none.is_empty());
        if is_nothing(&first) {
            return Ok(then);
        }
        if is_nothing(&then) {
            return Ok(first);
        }
        if is_all(&first) || is_all(&then) {
            let message =
                "an `all` group is the whole of a content model; nothing comes before or after it";
            return Err(self.invalid(at, "cos-all-limited.1.2", message));
        }
        let depth = first.depth.max(then.depth) + 1;
        if depth > self.limits.depth {
            let maximum = self.limits.depth;
            return Err(self.exceeded(
                at,
                Exceeded {
                    limit: Limit::Depth,
                    maximum,
                },
            ));
        }
        Ok(Arc::new(Particle {
            least: 1,
            most: Some(1),
            term: Term::Sequence(vec![first, then]),
            depth,
            place: self.place(at),
        }))
    }

    /// §3.4.2, attribute uses and wildcard of an extension.
    fn extended(
        &mut self,
        at: At<'d>,
        base: TypeId,
        known: ComplexType,
        content: Content,
        own: Attributes,
    ) -> Outcome<ComplexType> {
        self.count_many(at, known.attributes.len())?;
        let names: std::collections::HashSet<_> = known
            .attributes
            .iter()
            .map(|attribute| &attribute.declaration.name)
            .collect();
        let mut own_names = own.uses.iter().map(|attribute| &attribute.declaration.name);
        if let Some(twice) = own_names.find(|name| names.contains(name)) {
            let message = format!("the attribute {twice} is in the base already");
            return Err(self.invalid(at, "ct-props-correct.4", message));
        }
        let any_attribute = match (known.any_attribute, own.any) {
            (Some(base), Some(mut own)) => {
                let union = own.namespaces.union(&base.namespaces);
                own.namespaces = union.ok_or_else(|| {
                    let message =
                        "what the wildcards of base and extension let in cannot be said by one";
                    self.invalid(at, "src-ct.5", message)
                })?;
                Some(own)
            }
            (base, own) => own.or(base),
        };
        let mut attributes = known.attributes;
        attributes.extend(own.uses);
        Ok(ComplexType {
            name: None,
            base,
            derivation: Derivations::EXTENSION,
            is_abstract: false,
            blocks: Derivations::NONE,
            forbids: Derivations::NONE,
            content,
            attributes,
            any_attribute,
            place: Place::default(),
        })
    }

    pub(super) fn simple_content(&mut self, content: At<'d>) -> Outcome<ComplexType> {
        let (at, base) = self.derivation_in(content)?;
        let is_extension = at.node.local() == "extension";
        let component = self.model.get_type(base).cloned();
        match component {
            Some(Type::Simple(_)) if is_extension => {
                let own = self.attributes(at)?;
                let known = without_attributes(base);
                self.extended(at, base, known, Content::Simple(base), own)
            }
            Some(Type::Complex(known)) if is_extension => {
                let Content::Simple(_) = known.content else {
                    let message = "the base has no simple content";
                    return Err(self.invalid(at, "src-ct.2", message));
                };
                let own = self.attributes(at)?;
                let content = known.content.clone();
                self.extended(at, base, known, content, own)
            }
            Some(Type::Complex(known)) => self.restricted_simple_content(at, base, known),
            _ => {
                let message = "a simple type is restricted by a `simpleType`, or extended here";
                Err(self.invalid(at, "src-ct.2", message))
            }
        }
    }

    fn restricted_simple_content(
        &mut self,
        at: At<'d>,
        base: TypeId,
        known: ComplexType,
    ) -> Outcome<ComplexType> {
        let inline = match at.child("simpleType") {
            Some(inline) => Some(self.inline(inline)?),
            None => None,
        };
        let restricted = match (&known.content, inline) {
            (Content::Simple(of_base), None) => *of_base,
            (Content::Simple(of_base), Some(inline)) => {
                let without = Derivations::NONE;
                if !super::derivation::is_derived(&self.model, inline, *of_base, without) {
                    let message = "the type within is not derived from that of the base";
                    return Err(self.invalid(at, "derivation-ok-restriction.5.2.2.1", message));
                }
                inline
            }
            (
                Content::Elements {
                    particle,
                    is_mixed: true,
                },
                Some(inline),
            ) if may_be_empty(particle) => inline,
            _ => {
                let message = "the base has no simple content, nor mixed content that may be empty with a `simpleType` here";
                return Err(self.invalid(at, "src-ct.2", message));
            }
        };
        let simple: SimpleType = self.restricted_by_facets(at, restricted)?;
        let own = self.attributes(at)?;
        let content = Content::Simple(self.add_type(Type::Simple(Box::new(simple))));
        self.restricted(at, base, known, content, own)
    }
}

/// What a simple type is as the base of an extension.
fn without_attributes(base: TypeId) -> ComplexType {
    ComplexType {
        name: None,
        base,
        derivation: Derivations::EXTENSION,
        is_abstract: false,
        blocks: Derivations::NONE,
        forbids: Derivations::NONE,
        content: Content::Simple(base),
        attributes: Vec::new(),
        any_attribute: None,
        place: Place::default(),
    }
}
