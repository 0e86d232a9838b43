// SPDX-License-Identifier: Apache-2.0
//! The components of a compiled schema (Part 1, §2.2). They refer to each other by number.

use std::collections::HashMap;
use std::sync::Arc;

use crate::name::QName;
use crate::pattern::Pattern;
use crate::value::{Lexical, Primitive, Value, WhiteSpace};
use crate::wildcard::Wildcard;

/// A type, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct TypeId(pub(crate) u32);

/// The ur-type.
pub(crate) const ANY_TYPE: TypeId = TypeId(0);

/// The simple ur-type.
pub(crate) const ANY_SIMPLE_TYPE: TypeId = TypeId(1);

/// An element declaration, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ElementId(pub(crate) u32);

/// Where in the schema something stands: file, and offset of the start tag in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) file: u32,
    pub(crate) offset: u64,
}

/// All components.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) types: Vec<Type>,
    pub(crate) elements: Vec<ElementDeclaration>,
    pub(crate) named_types: HashMap<QName, TypeId>,
    pub(crate) named_elements: HashMap<QName, ElementId>,
    pub(crate) named_attributes: HashMap<QName, AttributeDeclaration>,
    /// By the head of a substitution group: what may stand in its place, whatever stands in the way of it.
    pub(crate) members: HashMap<ElementId, Vec<ElementId>>,
}

impl Model {
    pub(crate) fn get_type(&self, id: TypeId) -> Option<&Type> {
        self.types.get(id.0 as usize)
    }

    pub(crate) fn element(&self, id: ElementId) -> Option<&ElementDeclaration> {
        self.elements.get(id.0 as usize)
    }

    pub(crate) fn simple(&self, id: TypeId) -> Option<&SimpleType> {
        match self.get_type(id)? {
            Type::Simple(simple) => Some(simple),
            Type::Complex(_) => None,
        }
    }

    /// What the type is called in messages.
    pub(crate) fn type_name(&self, id: TypeId) -> String {
        let name = self.get_type(id).and_then(Type::name);
        name.map_or_else(|| "its type".to_owned(), |name| format!("the type {name}"))
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Type {
    Simple(Box<SimpleType>),
    Complex(ComplexType),
}

impl Type {
    pub(crate) fn name(&self) -> Option<&QName> {
        match self {
            Self::Simple(simple) => simple.name.as_ref(),
            Self::Complex(complex) => complex.name.as_ref(),
        }
    }

    pub(crate) fn base(&self) -> TypeId {
        match self {
            Self::Simple(simple) => simple.base,
            Self::Complex(complex) => complex.base,
        }
    }

    /// How it is derived from its base.
    pub(crate) fn derivation(&self) -> Derivations {
        match self {
            Self::Simple(_) => Derivations::RESTRICTION,
            Self::Complex(complex) => complex.derivation,
        }
    }

    pub(crate) fn forbids(&self) -> Derivations {
        match self {
            Self::Simple(simple) => simple.forbids,
            Self::Complex(complex) => complex.forbids,
        }
    }
}

/// A set of ways to derive a type, or to stand in the place of an element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Derivations(pub(crate) u8);

impl Derivations {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const EXTENSION: Self = Self(1);
    pub(crate) const RESTRICTION: Self = Self(2);
    pub(crate) const SUBSTITUTION: Self = Self(4);
    pub(crate) const LIST: Self = Self(8);
    pub(crate) const UNION: Self = Self(16);

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

#[derive(Clone, Debug)]
pub(crate) struct SimpleType {
    pub(crate) name: Option<QName>,
    pub(crate) base: TypeId,
    pub(crate) variety: Variety,
    pub(crate) white_space: WhiteSpace,
    pub(crate) lexical: Option<Lexical>,
    pub(crate) facets: Facets,
    /// Types that a value is judged by at most: members of unions, and their members.
    pub(crate) weight: usize,
    /// Whether it is a list, or a union with one among its members.
    pub(crate) holds_list: bool,
    /// `final`.
    pub(crate) forbids: Derivations,
}

#[derive(Clone, Debug)]
pub(crate) enum Variety {
    Atomic(Primitive),
    List(TypeId),
    Union(Vec<TypeId>),
}

/// All facets of a type, those of its bases included (Part 2, §4.3).
#[derive(Clone, Debug, Default)]
pub(crate) struct Facets {
    pub(crate) length: Option<usize>,
    pub(crate) min_length: Option<usize>,
    pub(crate) max_length: Option<usize>,
    /// One of each group has to match.
    pub(crate) patterns: Vec<Arc<[Pattern]>>,
    pub(crate) enumeration: Option<Arc<[Value]>>,
    pub(crate) least: Option<Bound>,
    pub(crate) most: Option<Bound>,
    pub(crate) total_digits: Option<usize>,
    pub(crate) fraction_digits: Option<usize>,
    /// Names of facets that types derived from it may not change.
    pub(crate) fixed: Vec<&'static str>,
}

#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) value: Value,
    pub(crate) is_inclusive: bool,
    /// As it was written, for messages.
    pub(crate) text: String,
}

#[derive(Clone, Debug)]
pub(crate) struct ComplexType {
    pub(crate) name: Option<QName>,
    pub(crate) base: TypeId,
    pub(crate) derivation: Derivations,
    pub(crate) is_abstract: bool,
    /// `block`.
    pub(crate) blocks: Derivations,
    /// `final`.
    pub(crate) forbids: Derivations,
    pub(crate) content: Content,
    pub(crate) attributes: Vec<AttributeUse>,
    pub(crate) any_attribute: Option<Wildcard>,
    pub(crate) place: Place,
}

#[derive(Clone, Debug)]
pub(crate) enum Content {
    Empty,
    Simple(TypeId),
    Elements {
        particle: Arc<Particle>,
        is_mixed: bool,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct Particle {
    pub(crate) least: u32,
    /// `None` is without bound.
    pub(crate) most: Option<u32>,
    pub(crate) term: Term,
    /// Levels of groups in it.
    pub(crate) depth: usize,
    pub(crate) place: Place,
}

#[derive(Clone, Debug)]
pub(crate) enum Term {
    Element(ElementId),
    Any(Wildcard),
    Sequence(Vec<Arc<Particle>>),
    Choice(Vec<Arc<Particle>>),
    All(Vec<Arc<Particle>>),
}

#[derive(Clone, Debug)]
pub(crate) struct ElementDeclaration {
    pub(crate) name: QName,
    pub(crate) type_id: TypeId,
    pub(crate) is_global: bool,
    pub(crate) is_nillable: bool,
    pub(crate) is_abstract: bool,
    pub(crate) constraint: Option<Constraint>,
    /// `block`.
    pub(crate) blocks: Derivations,
    /// `final`.
    pub(crate) forbids: Derivations,
    /// The head of the substitution group that it is in.
    pub(crate) head: Option<ElementId>,
    pub(crate) place: Place,
}

/// `default` or `fixed`.
#[derive(Clone, Debug)]
pub(crate) struct Constraint {
    pub(crate) is_fixed: bool,
    pub(crate) text: String,
    /// What the text stands for; nothing where the content is mixed.
    pub(crate) value: Option<Value>,
}

#[derive(Clone, Debug)]
pub(crate) struct AttributeDeclaration {
    pub(crate) name: QName,
    pub(crate) type_id: TypeId,
    pub(crate) constraint: Option<Constraint>,
    pub(crate) place: Place,
}

#[derive(Clone, Debug)]
pub(crate) struct AttributeUse {
    pub(crate) declaration: AttributeDeclaration,
    pub(crate) is_required: bool,
}
