// SPDX-License-Identifier: Apache-2.0
//! What a schema declares, for whoever writes documents by it or compares it with what is written.

use std::fmt;

use canonical_xml::Position;

use crate::limits::Limits;
use crate::model::{
    self, AttributeUse, Constraint, Content, ElementDeclaration, Place, Type, TypeId, Variety,
};
use crate::name::{QName, XSD_NAMESPACE};
use crate::read::Compiled;
use crate::simple::Judge;
use crate::value::Value;

/// An element as it is declared. Types refer to each other, so that declarations may hold each other: whoever walks them bounds the depth.
#[derive(Clone, Copy)]
pub struct Declared<'s> {
    pub(crate) compiled: &'s Compiled,
    pub(crate) limits: &'s Limits,
    pub(crate) element: &'s ElementDeclaration,
}

/// What may stand in an element, and how often.
#[derive(Clone, Debug)]
pub struct Particle<'s> {
    /// At least so often.
    pub least: u32,
    /// At most so often; `None` is without bound.
    pub most: Option<u32>,
    /// What.
    pub term: Term<'s>,
}

/// What may stand in an element.
#[derive(Clone, Debug)]
pub enum Term<'s> {
    /// This element, or one that is declared to stand in its place.
    Element(Declared<'s>),
    /// Elements that the schema does not name.
    Any,
    /// These, in this order.
    Sequence(Vec<Particle<'s>>),
    /// One of these.
    Choice(Vec<Particle<'s>>),
    /// These, in any order.
    All(Vec<Particle<'s>>),
}

/// An attribute as it is used by a type.
#[derive(Clone, Copy)]
pub struct DeclaredAttribute<'s> {
    of: Declared<'s>,
    used: &'s AttributeUse,
}

/// A text as its type has it.
#[derive(Clone, Copy)]
pub struct Text<'s> {
    of: Declared<'s>,
    type_id: TypeId,
    constraint: Option<&'s Constraint>,
}

impl<'s> Declared<'s> {
    /// Its name; the namespace is empty where local elements are not qualified.
    pub fn name(self) -> &'s QName {
        &self.element.name
    }

    /// File, line and column of its declaration.
    pub fn place(self) -> (&'s str, Position) {
        self.compiled.positions.of(self.element.place)
    }

    /// Whether others stand in its place and it never does.
    pub fn is_abstract(self) -> bool {
        self.element.is_abstract
    }

    /// The name of its type, where it has one.
    pub fn type_name(self) -> Option<&'s QName> {
        self.component()?.name()
    }

    /// File, line and column of its type; `None` for simple ones.
    pub fn type_place(self) -> Option<(&'s str, Position)> {
        match self.component()? {
            Type::Simple(_) => None,
            Type::Complex(complex) => Some(self.compiled.positions.of(complex.place)),
        }
    }

    /// Its text, if it has text and no elements.
    pub fn text(self) -> Option<Text<'s>> {
        let type_id = match self.component()? {
            Type::Simple(_) => self.element.type_id,
            Type::Complex(complex) => match complex.content {
                Content::Simple(type_id) => type_id,
                Content::Empty | Content::Elements { .. } => return None,
            },
        };
        Some(Text {
            of: self,
            type_id,
            constraint: self.element.constraint.as_ref(),
        })
    }

    /// Its attributes, but for wildcards.
    pub fn attributes(self) -> impl Iterator<Item = DeclaredAttribute<'s>> {
        let uses = match self.component() {
            Some(Type::Complex(complex)) => complex.attributes.as_slice(),
            _ => &[],
        };
        uses.iter()
            .map(move |used| DeclaredAttribute { of: self, used })
    }

    /// The elements in it; `None` where it has none.
    pub fn content(self) -> Option<Particle<'s>> {
        match self.component()? {
            Type::Complex(complex) => match &complex.content {
                Content::Elements { particle, .. } => Some(self.particle(particle)),
                Content::Empty | Content::Simple(_) => None,
            },
            Type::Simple(_) => None,
        }
    }

    fn component(self) -> Option<&'s Type> {
        self.compiled.model.get_type(self.element.type_id)
    }

    /// Groups nest within the limit `depth` of the schema.
    fn particle(self, particle: &'s model::Particle) -> Particle<'s> {
        let all = |particles: &'s [std::sync::Arc<model::Particle>]| {
            let read = particles.iter().map(|particle| self.particle(particle));
            read.collect::<Vec<_>>()
        };
        let term = match &particle.term {
            model::Term::Element(id) => match self.compiled.model.element(*id) {
                Some(element) => Term::Element(Self { element, ..self }),
                None => Term::Any,
            },
            model::Term::Any(_) => Term::Any,
            model::Term::Sequence(particles) => Term::Sequence(all(particles)),
            model::Term::Choice(particles) => Term::Choice(all(particles)),
            model::Term::All(particles) => Term::All(all(particles)),
        };
        Particle {
            least: particle.least,
            most: particle.most,
            term,
        }
    }

    fn place_of(self, place: Place) -> (&'s str, Position) {
        self.compiled.positions.of(place)
    }
}

impl<'s> DeclaredAttribute<'s> {
    /// Its name.
    pub fn name(self) -> &'s QName {
        &self.used.declaration.name
    }

    /// File, line and column of its declaration.
    pub fn place(self) -> (&'s str, Position) {
        self.of.place_of(self.used.declaration.place)
    }

    /// Whether it has to be there.
    pub fn is_required(self) -> bool {
        self.used.is_required
    }

    /// Its value.
    pub fn text(self) -> Text<'s> {
        Text {
            of: self.of,
            type_id: self.used.declaration.type_id,
            constraint: self.used.declaration.constraint.as_ref(),
        }
    }
}

impl<'s> Text<'s> {
    /// Whether the type has this text among its values.
    pub fn accepts(self, text: &str) -> bool {
        let judge = Judge {
            model: &self.of.compiled.model,
            limits: self.of.limits,
        };
        judge.judge(self.type_id, text, &|_| None).is_ok()
    }

    /// The only text that may stand there.
    pub fn fixed(self) -> Option<&'s str> {
        let constraint = self.constraint.filter(|constraint| constraint.is_fixed);
        constraint.map(|constraint| constraint.text.as_str())
    }

    /// The local name of the built-in type that its type comes from, such as `dateTime`.
    pub fn built_in(self) -> &'s str {
        let mut id = self.type_id;
        for _ in 0..=self.of.limits.depth {
            let Some(component) = self.of.compiled.model.get_type(id) else {
                break;
            };
            match component.name() {
                Some(name) if name.namespace() == XSD_NAMESPACE => return name.local(),
                _ => id = component.base(),
            }
        }
        "anySimpleType"
    }

    /// The words that its type lists; none where it lists no words, or anything else than words.
    pub fn words(self) -> Vec<&'s str> {
        let simple = self.of.compiled.model.simple(self.type_id);
        let Some(simple) = simple.filter(|simple| matches!(simple.variety, Variety::Atomic(_)))
        else {
            return Vec::new();
        };
        let values = simple.facets.enumeration.as_deref().unwrap_or_default();
        let words = values.iter().filter_map(|value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        });
        words.collect()
    }
}

impl fmt::Debug for Declared<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Declared({})", self.name())
    }
}

impl fmt::Debug for DeclaredAttribute<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeclaredAttribute({})", self.name())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({})", self.built_in())
    }
}
