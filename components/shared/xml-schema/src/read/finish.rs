// SPDX-License-Identifier: Apache-2.0
//! What can be looked at once everything is read: the types left over, substitution groups, default values, content models.

use std::collections::HashMap;

use crate::content::{self, ContentModel, may_be_empty};
use crate::error::SchemaFault;
use crate::model::{Content, ElementId, Particle, Place, Term, Type, TypeId};
use crate::name::QName;

use super::{At, Compiled, Outcome, Reader, derivation};

impl<'d> Reader<'d> {
    pub(super) fn finish(mut self) -> Outcome<Compiled> {
        while let Some(id) = self.queue.pop_front() {
            if let Some(definition) = self.pending.get(&id).copied() {
                self.force(definition, id)?;
            }
        }
        let elements = std::mem::take(&mut self.elements_at);
        for (id, at) in &elements {
            self.join_group(*id, *at)?;
        }
        for (id, at) in &elements {
            self.settle_constraint(*id, *at)?;
        }
        let positions = self.documents.positions();
        let mut contents = HashMap::new();
        let complex: Vec<_> = (0..self.model.types.len())
            .filter_map(|index| u32::try_from(index).ok())
            .map(TypeId)
            .collect();
        for id in complex {
            let Some(Type::Complex(complex)) = self.model.get_type(id) else {
                continue;
            };
            let place = complex.place;
            let fault = |fault| {
                let (file, position) = positions.of(place);
                crate::error::SchemaError {
                    file: file.to_owned(),
                    position,
                    fault,
                }
            };
            if let Content::Elements { particle, .. } = &complex.content {
                let found = content::ambiguity(particle, &self.model, self.limits);
                if let Some(found) =
                    found.map_err(|exceeded| fault(SchemaFault::Limit(exceeded)))?
                {
                    return Err(ambiguous(&positions, &found));
                }
                self.consistent(particle, &mut HashMap::new())
                    .map_err(|message| {
                        let rule = "cos-element-consistent";
                        fault(SchemaFault::Invalid { rule, message })
                    })?;
            }
            let model = ContentModel::of(&complex.content, &self.model, self.limits);
            if let Some(model) = model.map_err(|exceeded| fault(SchemaFault::Limit(exceeded)))? {
                self.components = self.components.saturating_add(model.size());
                if self.components > self.limits.components.saturating_mul(8) {
                    let maximum = self.limits.components;
                    let limit = crate::limits::Limit::Components;
                    return Err(fault(SchemaFault::Limit(crate::limits::Exceeded {
                        limit,
                        maximum,
                    })));
                }
                contents.insert(id, model);
            }
        }
        Ok(Compiled {
            model: self.model,
            contents,
            positions,
        })
    }

    /// §3.3.6: the head's type is one that that of the member is derived from, and no group holds itself.
    fn join_group(&mut self, id: ElementId, at: At<'d>) -> Outcome<()> {
        let Some(element) = self.model.element(id) else {
            return Ok(());
        };
        let Some(head) = element.head.and_then(|head| self.model.element(head)) else {
            return Ok(());
        };
        if !derivation::is_derived(&self.model, element.type_id, head.type_id, head.forbids) {
            let message = format!(
                "the type is not derived, as it may be, from that of the head {}",
                head.name
            );
            return Err(self.invalid(at, "e-props-correct.4", message));
        }
        let (Some(head_id), mut above) = (element.head, element.head) else {
            return Ok(());
        };
        let mut left = self.limits.depth;
        while let Some(current) = above {
            if current == id {
                let message = "a substitution group that holds its own head";
                return Err(self.invalid(at, "e-props-correct.6", message));
            }
            let Some(fewer) = left.checked_sub(1) else {
                let maximum = self.limits.depth;
                let limit = crate::limits::Limit::Depth;
                return Err(self.exceeded(at, crate::limits::Exceeded { limit, maximum }));
            };
            left = fewer;
            above = self.model.element(current).and_then(|current| current.head);
        }
        self.model.members.entry(head_id).or_default().push(id);
        Ok(())
    }

    /// §3.3.6, Element Default Valid.
    fn settle_constraint(&mut self, id: ElementId, at: At<'d>) -> Outcome<()> {
        let Some(element) = self.model.element(id) else {
            return Ok(());
        };
        let Some(constraint) = &element.constraint else {
            return Ok(());
        };
        let text = constraint.text.clone();
        let simple = match self.model.get_type(element.type_id) {
            Some(Type::Simple(_)) => Some(element.type_id),
            Some(Type::Complex(complex)) => match &complex.content {
                Content::Simple(simple) => Some(*simple),
                Content::Elements {
                    particle,
                    is_mixed: true,
                } if may_be_empty(particle) => None,
                _ => {
                    let message = "an element with a default or fixed value has simple content, or mixed content that may be empty";
                    return Err(self.invalid(at, "cos-valid-default.2.1", message));
                }
            },
            None => None,
        };
        let Some(simple) = simple else {
            return Ok(());
        };
        if self.is_identifier(simple) {
            let message = "an element of the type `ID` has neither default nor fixed value";
            return Err(self.invalid(at, "e-props-correct.5", message));
        }
        let value = self.value_of(at, simple, &text, "e-props-correct.2")?;
        if let Some(element) = self.model.elements.get_mut(id.0 as usize)
            && let Some(constraint) = &mut element.constraint
        {
            constraint.value = Some(value);
        }
        Ok(())
    }

    /// §3.8.6, Element Declarations Consistent: one name has one type.
    fn consistent(
        &self,
        particle: &Particle,
        known: &mut HashMap<QName, TypeId>,
    ) -> Result<(), String> {
        match &particle.term {
            Term::Element(id) => {
                let Some(element) = self.model.element(*id) else {
                    return Ok(());
                };
                let first = *known.entry(element.name.clone()).or_insert(element.type_id);
                if first == element.type_id {
                    return Ok(());
                }
                Err(format!(
                    "the element {} has two types in one content model",
                    element.name
                ))
            }
            Term::Any(_) => Ok(()),
            Term::Sequence(particles) | Term::Choice(particles) | Term::All(particles) => particles
                .iter()
                .try_for_each(|particle| self.consistent(particle, known)),
        }
    }
}

/// The error of an ambiguous content model.
pub(crate) fn ambiguous(
    positions: &super::Positions,
    found: &content::Ambiguity,
) -> crate::error::SchemaError {
    let place = |place: Place| positions.of(place);
    let ((file, position), (other, at)) = (place(found.second), place(found.first));
    crate::error::SchemaError {
        file: file.to_owned(),
        position,
        fault: SchemaFault::Invalid {
            rule: "cos-nonambig",
            message: format!("an element may be of this particle or of that at {other}:{at}"),
        },
    }
}
