// SPDX-License-Identifier: Apache-2.0
//! Simple type definitions (Part 1, §3.14; Part 2, §4.1).

use crate::limits::{Exceeded, Limit};
use crate::model::{ANY_SIMPLE_TYPE, Derivations, Facets, SimpleType, Type, TypeId, Variety};
use crate::name::QName;
use crate::value::{Primitive, WhiteSpace};

use super::{At, Outcome, Reader, derivation};

/// What stands for a type until it is read.
pub(super) fn placeholder() -> Type {
    Type::Simple(Box::new(plain(
        Variety::Atomic(Primitive::AnySimple),
        WhiteSpace::Preserve,
    )))
}

fn plain(variety: Variety, white_space: WhiteSpace) -> SimpleType {
    SimpleType {
        name: None,
        base: ANY_SIMPLE_TYPE,
        variety,
        white_space,
        lexical: None,
        facets: Facets::default(),
        weight: 1,
        holds_list: false,
        forbids: Derivations::NONE,
    }
}

impl<'d> Reader<'d> {
    /// The name of a global component; none of an anonymous one.
    pub(super) fn own_name(&self, at: At<'d>) -> Option<QName> {
        let name = at.attribute("name")?;
        Some(QName::new(self.target(at), name))
    }

    /// The set of an attribute such as `final`, or its default.
    pub(super) fn derivations(&self, at: At<'d>, attribute: &str) -> Outcome<Derivations> {
        let Some(value) = at.attribute(attribute) else {
            let schema = self.schema(at);
            return Ok(schema.map_or(Derivations::NONE, |schema| match attribute {
                "block" => schema.blocks,
                _ => schema.forbids,
            }));
        };
        derivation::set(Some(&value)).ok_or_else(|| {
            let message = format!("`{attribute}` names what is no derivation");
            self.invalid(at, "src-ct", message)
        })
    }

    pub(super) fn simple_type(&mut self, at: At<'d>) -> Outcome<Type> {
        let Some(variety) = at.children().next() else {
            let message = "a simple type is a `restriction`, a `list` or a `union`";
            return Err(self.invalid(at, "src-simple-type", message));
        };
        let mut simple = match variety.node.local() {
            "restriction" => {
                let base = self.base_or_inline(variety, "base")?;
                self.restricted_by_facets(variety, base)?
            }
            "list" => self.list(variety)?,
            _ => self.union(variety)?,
        };
        simple.name = self.own_name(at);
        simple.forbids = self.derivations(at, "final")?;
        Ok(Type::Simple(Box::new(simple)))
    }

    /// The simple type that an attribute names, or the one within.
    fn base_or_inline(&mut self, at: At<'d>, attribute: &str) -> Outcome<TypeId> {
        match (at.attribute(attribute), at.child("simpleType")) {
            (Some(name), None) => self.simple_named(at, &name),
            (None, Some(inline)) => self.inline(inline),
            _ => {
                let message = format!(
                    "either `{attribute}` or a `simpleType` within is needed, and not both"
                );
                Err(self.invalid(at, "src-simple-type.2", message))
            }
        }
    }

    /// A simple type within something, read.
    pub(super) fn inline(&mut self, at: At<'d>) -> Outcome<TypeId> {
        let id = self.anonymous(at);
        self.force(at, id)?;
        Ok(id)
    }

    fn known(&self, at: At<'d>, id: TypeId) -> Outcome<SimpleType> {
        let simple = self.model.simple(id).cloned();
        simple.ok_or_else(|| self.invalid(at, "src-simple-type", "a simple type is needed here"))
    }

    /// A restriction of a simple type by the facets in it.
    pub(super) fn restricted_by_facets(&mut self, at: At<'d>, base: TypeId) -> Outcome<SimpleType> {
        let known = self.known(at, base)?;
        if known.forbids.meets(Derivations::RESTRICTION) {
            let message = "the base is final: it may not be restricted";
            return Err(self.invalid(at, "st-props-correct.3", message));
        }
        if base == ANY_SIMPLE_TYPE {
            let message = "`anySimpleType` may not be restricted";
            return Err(self.invalid(at, "cos-st-restricts.1.1", message));
        }
        let mut simple = SimpleType {
            name: None,
            base,
            forbids: Derivations::NONE,
            ..known
        };
        self.facets(at, base, &mut simple)?;
        Ok(simple)
    }

    fn list(&mut self, at: At<'d>) -> Outcome<SimpleType> {
        let item = self.base_or_inline(at, "itemType")?;
        let known = self.known(at, item)?;
        if known.forbids.meets(Derivations::LIST) {
            let message = "the type of the items is final: there may be no list of it";
            return Err(self.invalid(at, "st-props-correct.4.2.1", message));
        }
        if known.holds_list {
            let message = "a list of lists";
            return Err(self.invalid(at, "cos-st-restricts.2.1", message));
        }
        let mut list = plain(Variety::List(item), WhiteSpace::Collapse);
        list.weight = known.weight;
        list.holds_list = true;
        Ok(list)
    }

    fn union(&mut self, at: At<'d>) -> Outcome<SimpleType> {
        let mut members = Vec::new();
        for name in at
            .attribute("memberTypes")
            .unwrap_or_default()
            .split_ascii_whitespace()
        {
            members.push(self.simple_named(at, name)?);
        }
        let inline: Vec<_> = at.children().collect();
        for definition in inline {
            members.push(self.inline(definition)?);
        }
        if members.is_empty() {
            let message = "a union needs `memberTypes` or types within";
            return Err(self.invalid(at, "src-union-memberTypes-or-simpleTypes", message));
        }
        let (mut weight, mut holds_list) = (1usize, false);
        for member in &members {
            let known = self.known(at, *member)?;
            weight = weight.saturating_add(known.weight);
            holds_list = holds_list || known.holds_list;
            if known.forbids.meets(Derivations::UNION) {
                let message = "a member of the union is final: it may not be in one";
                return Err(self.invalid(at, "cos-st-restricts.3.1", message));
            }
        }
        // Every member is tried with every value, and every member of a member.
        if weight > self.limits.components {
            return Err(self.exceeded(
                at,
                Exceeded {
                    limit: Limit::Components,
                    maximum: self.limits.components,
                },
            ));
        }
        // What a union does with white space its members do.
        let mut union = plain(Variety::Union(members), WhiteSpace::Preserve);
        union.weight = weight;
        union.holds_list = holds_list;
        Ok(union)
    }
}
