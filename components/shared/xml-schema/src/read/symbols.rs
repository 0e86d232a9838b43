// SPDX-License-Identifier: Apache-2.0
//! Global declarations and definitions by name. Each kind has names of its own (Part 1, §2.5).

use std::collections::HashMap;

use crate::error::SchemaFault;
use crate::name::QName;

use super::At;
use super::documents::SchemaDocument;
use super::syntax;

/// A space of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Type,
    Element,
    Attribute,
    Group,
    AttributeGroup,
}

impl Kind {
    fn of(local: &str) -> Option<Self> {
        Some(match local {
            "simpleType" | "complexType" => Self::Type,
            "element" => Self::Element,
            "attribute" => Self::Attribute,
            "group" => Self::Group,
            "attributeGroup" => Self::AttributeGroup,
            _ => return None,
        })
    }

    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Type => "type",
            Self::Element => "element",
            Self::Attribute => "attribute",
            Self::Group => "group",
            Self::AttributeGroup => "attribute group",
        }
    }
}

pub(super) struct Symbols<'d> {
    symbols: HashMap<(Kind, QName), At<'d>>,
    /// In the order of the documents.
    order: Vec<(Kind, QName, At<'d>)>,
}

impl<'d> Symbols<'d> {
    pub(super) fn of(schemas: &[SchemaDocument<'d>]) -> Result<Self, (At<'d>, SchemaFault)> {
        let mut symbols = Self {
            symbols: HashMap::new(),
            order: Vec::new(),
        };
        for (index, schema) in schemas.iter().enumerate() {
            let root = At {
                schema: index,
                node: schema.root,
            };
            for at in root.children() {
                let Some(kind) = Kind::of(at.node.local()).filter(|_| syntax::is_schema(at.node))
                else {
                    continue;
                };
                let name = at.attribute("name").unwrap_or_default();
                let invalid = |message: String| {
                    let rule = "sch-props-correct.2";
                    (at, SchemaFault::Invalid { rule, message })
                };
                if !canonical_xml::is_ncname(&name) {
                    return Err(invalid(
                        "a global component needs a `name` without a colon".to_owned(),
                    ));
                }
                let name = QName::new(schema.target.clone(), name);
                let known = symbols.symbols.insert((kind, name.clone()), at);
                if known.is_some() {
                    let noun = kind.noun();
                    return Err(invalid(format!("the {noun} {name} is there twice")));
                }
                symbols.order.push((kind, name, at));
            }
        }
        Ok(symbols)
    }

    pub(super) fn find(&self, kind: Kind, name: &QName) -> Option<At<'d>> {
        self.symbols.get(&(kind, name.clone())).copied()
    }

    pub(super) fn all(&self) -> Vec<(Kind, QName, At<'d>)> {
        self.order.clone()
    }
}
