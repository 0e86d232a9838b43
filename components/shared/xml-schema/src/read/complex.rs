// SPDX-License-Identifier: Apache-2.0
//! Complex type definitions (Part 1, §3.4).

use std::sync::Arc;

use crate::error::SchemaFault;
use crate::model::{
    ANY_TYPE, ComplexType, Content, Derivations, Particle, Place, Term, Type, TypeId,
};

use super::attribute::Attributes;
use super::syntax::MODELS;
use super::{At, Outcome, Reader};

impl<'d> Reader<'d> {
    pub(super) fn complex_type(&mut self, at: At<'d>) -> Outcome<Type> {
        let mut complex = match (at.child("simpleContent"), at.child("complexContent")) {
            (Some(content), _) => self.simple_content(content)?,
            (None, Some(content)) => self.complex_content(at, content)?,
            (None, None) => {
                let is_mixed = self.flag(at, "mixed")?.unwrap_or(false);
                self.restricted_content(at, ANY_TYPE, is_mixed)?
            }
        };
        complex.name = self.own_name(at);
        complex.is_abstract = self.flag(at, "abstract")?.unwrap_or(false);
        complex.blocks = self.derivations(at, "block")?;
        complex.forbids = self.derivations(at, "final")?;
        complex.place = self.place(at);
        let identifiers = complex.attributes.iter().filter(|attribute| {
            let type_id = attribute.declaration.type_id;
            self.is_identifier(type_id)
        });
        if identifiers.count() > 1 {
            let message = "two attributes of the type `ID`";
            return Err(self.invalid(at, "ct-props-correct.5", message));
        }
        Ok(Type::Complex(complex))
    }

    /// An attribute of the type `boolean`.
    pub(super) fn flag(&self, at: At<'d>, name: &str) -> Outcome<Option<bool>> {
        match at.attribute(name).as_deref() {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => {
                let message = format!("`{name}` is `true` or `false`");
                Err(self.invalid(at, "cvc-datatype-valid.1", message))
            }
        }
    }

    /// `restriction` or `extension`, and the base, read.
    pub(super) fn derivation_in(&mut self, content: At<'d>) -> Outcome<(At<'d>, TypeId)> {
        let Some(derivation) = content.children().next() else {
            let message = "a `restriction` or an `extension` is missing";
            return Err(self.invalid(content, "src-ct", message));
        };
        let Some(base) = derivation.attribute("base") else {
            let message = "the derivation has no `base`";
            return Err(self.invalid(derivation, "src-ct", message));
        };
        let base = self.type_named(derivation, &base)?;
        self.force(derivation, base)?;
        let is_extension = derivation.node.local() == "extension";
        let way = if is_extension {
            Derivations::EXTENSION
        } else {
            Derivations::RESTRICTION
        };
        let is_final = self
            .model
            .get_type(base)
            .is_some_and(|base| base.forbids().meets(way));
        if is_final {
            let message = "the base is final: it may not be derived from in this way";
            return Err(self.invalid(derivation, "cos-ct-extends.1.1", message));
        }
        Ok((derivation, base))
    }

    fn complex_content(&mut self, at: At<'d>, content: At<'d>) -> Outcome<ComplexType> {
        // That of the content goes before that of the type (§3.4.2).
        let is_mixed = match self.flag(content, "mixed")? {
            Some(is_mixed) => is_mixed,
            None => self.flag(at, "mixed")?.unwrap_or(false),
        };
        let (derivation, base) = self.derivation_in(content)?;
        if self.model.simple(base).is_some() {
            let message = "the base of complex content is a complex type";
            return Err(self.invalid(derivation, "src-ct.1", message));
        }
        match derivation.node.local() {
            "extension" => self.extended_content(derivation, base, is_mixed),
            _ => self.restricted_content(derivation, base, is_mixed),
        }
    }

    /// The group that stands in a type, and whether there is any content (§3.4.2, explicit content).
    pub(super) fn explicit_particle(&mut self, at: At<'d>) -> Outcome<Option<Arc<Particle>>> {
        let is_group = |child: &At<'d>| MODELS.contains(&child.node.local());
        let mut groups = at.children().filter(is_group);
        let (Some(group), rest) = (groups.next(), groups.next()) else {
            return Ok(None);
        };
        if rest.is_some() {
            let message = "a content model is one group";
            return Err(self.invalid(at, "src-ct", message));
        }
        drop(groups);
        let particle = self.particle(group)?;
        Ok(particle.filter(|particle| match &particle.term {
            Term::Sequence(particles) | Term::All(particles) => !particles.is_empty(),
            Term::Choice(particles) => !particles.is_empty() || particle.least > 0,
            _ => true,
        }))
    }

    pub(super) fn effective_content(&mut self, at: At<'d>, is_mixed: bool) -> Outcome<Content> {
        let particle = self.explicit_particle(at)?;
        Ok(match particle {
            Some(particle) => Content::Elements { particle, is_mixed },
            None if is_mixed => Content::Elements {
                particle: Arc::new(nothing(self.place(at))),
                is_mixed,
            },
            None => Content::Empty,
        })
    }

    fn restricted_content(
        &mut self,
        at: At<'d>,
        base: TypeId,
        is_mixed: bool,
    ) -> Outcome<ComplexType> {
        let content = self.effective_content(at, is_mixed)?;
        let known = self.complex(at, base)?;
        self.check_restriction(at, &known.content, &content)?;
        let own = self.attributes(at)?;
        self.restricted(at, base, known, content, own)
    }

    /// What can be told of a restriction without comparing particles one by one (§3.4.6).
    fn check_restriction(&self, at: At<'d>, base: &Content, own: &Content) -> Outcome<()> {
        let (is_wrong, message) = match (base, own) {
            (Content::Empty, Content::Elements { .. }) => (true, "the base has no content"),
            (Content::Simple(_), _) => (true, "the base has simple content, and this has none"),
            (
                Content::Elements {
                    is_mixed: false, ..
                },
                Content::Elements { is_mixed: true, .. },
            ) => (true, "the base is not mixed"),
            (Content::Elements { particle, .. }, Content::Empty) => (
                !crate::content::may_be_empty(particle),
                "the base cannot be empty",
            ),
            _ => (false, ""),
        };
        if is_wrong {
            return Err(self.invalid(at, "derivation-ok-restriction.5", message));
        }
        Ok(())
    }

    /// A complex type that is read.
    pub(super) fn complex(&self, at: At<'d>, id: TypeId) -> Outcome<ComplexType> {
        match self.model.get_type(id) {
            Some(Type::Complex(complex)) => Ok(complex.clone()),
            _ => Err(self.invalid(at, "src-ct.1", "a complex type is needed here")),
        }
    }

    /// §3.4.2, attribute uses and wildcard of a restriction; §3.4.6, what it may change.
    pub(super) fn restricted(
        &mut self,
        at: At<'d>,
        base: TypeId,
        known: ComplexType,
        content: Content,
        own: Attributes,
    ) -> Outcome<ComplexType> {
        for attribute in &own.uses {
            self.check_restricted_attribute(at, &known, attribute)?;
        }
        if base != ANY_TYPE && own.any.is_some() && known.any_attribute.is_none() {
            let message = "the base has no `anyAttribute`";
            return Err(self.invalid(at, "derivation-ok-restriction.4.1", message));
        }
        self.count_many(at, known.attributes.len())?;
        let mut attributes = own.uses;
        let own_names: std::collections::HashSet<_> = attributes
            .iter()
            .map(|attribute| attribute.declaration.name.clone())
            .collect();
        for attribute in known.attributes {
            let name = &attribute.declaration.name;
            if own_names.contains(name) {
                continue;
            }
            if !own.prohibited.contains(name) {
                attributes.push(attribute);
            } else if attribute.is_required {
                let message = format!("the attribute {name} is required in the base");
                return Err(self.invalid(at, "derivation-ok-restriction.3", message));
            }
        }
        Ok(ComplexType {
            name: None,
            base,
            derivation: Derivations::RESTRICTION,
            is_abstract: false,
            blocks: Derivations::NONE,
            forbids: Derivations::NONE,
            content,
            attributes,
            any_attribute: own.any,
            place: Place::default(),
        })
    }

    fn check_restricted_attribute(
        &self,
        at: At<'d>,
        base: &ComplexType,
        own: &crate::model::AttributeUse,
    ) -> Outcome<()> {
        let name = &own.declaration.name;
        let mut in_base = base.attributes.iter();
        let invalid = |rule, what: &str| {
            let message = format!("the attribute {name} {what}");
            Err(self.fault(at, SchemaFault::Invalid { rule, message }))
        };
        let Some(known) = in_base.find(|known| known.declaration.name == *name) else {
            let any = base.any_attribute.as_ref();
            return match any.is_some_and(|any| any.namespaces.allow(name.namespace())) {
                true => Ok(()),
                false => invalid("derivation-ok-restriction.2.2", "is not in the base"),
            };
        };
        if known.is_required && !own.is_required {
            return invalid("derivation-ok-restriction.2.1.1", "is required in the base");
        }
        let is_derived = super::derivation::is_derived(
            &self.model,
            own.declaration.type_id,
            known.declaration.type_id,
            Derivations::NONE,
        );
        if !is_derived {
            return invalid(
                "derivation-ok-restriction.2.1.2",
                "has a type that is not derived from that in the base",
            );
        }
        let fixed = known
            .declaration
            .constraint
            .as_ref()
            .filter(|known| known.is_fixed);
        let own_fixed = own
            .declaration
            .constraint
            .as_ref()
            .filter(|own| own.is_fixed);
        match (
            fixed.map(|fixed| &fixed.value),
            own_fixed.map(|fixed| &fixed.value),
        ) {
            (Some(Some(fixed)), Some(Some(own))) if fixed.equals(own) => Ok(()),
            (Some(_), _) => invalid(
                "derivation-ok-restriction.2.1.3",
                "has another fixed value in the base",
            ),
            (None, _) => Ok(()),
        }
    }
}

/// The particle of mixed content without elements.
fn nothing(place: Place) -> Particle {
    Particle {
        least: 1,
        most: Some(1),
        term: Term::Sequence(Vec::new()),
        depth: 1,
        place,
    }
}
