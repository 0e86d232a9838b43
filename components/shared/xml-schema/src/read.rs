// SPDX-License-Identifier: Apache-2.0
//! Schema documents read into a model (Part 1, §3 and §4).

mod attribute;
mod complex;
mod derivation;
mod documents;
mod element;
mod extension;
mod facet;
mod finish;
mod particle;
mod reference;
mod simple;
mod symbols;
mod syntax;

use std::collections::{HashMap, HashSet, VecDeque};

use canonical_xml::ElementRef;

use crate::content::ContentModel;
use crate::error::{SchemaError, SchemaFault};
use crate::files::Files;
use crate::limits::{Exceeded, Limit, Limits};
use crate::model::{ElementId, Model, Place, Type, TypeId};
use crate::name::QName;

use documents::{Documents, SchemaDocument};
use symbols::Symbols;

/// What reading gives.
pub(crate) struct Compiled {
    pub(crate) model: Model,
    pub(crate) contents: HashMap<TypeId, ContentModel>,
    pub(crate) positions: Positions,
}

/// Reads the schemas in these files, and what they include and import.
pub(crate) fn read(
    files: &Files,
    entries: &[&str],
    limits: &Limits,
) -> Result<Compiled, SchemaError> {
    let documents = Documents::parse(files, limits)?;
    let schemas = documents.graph(files, entries, limits)?;
    let symbols = Symbols::of(&schemas).map_err(|(at, fault)| SchemaError {
        file: documents
            .name(schemas.get(at.schema).map_or(0, |schema| schema.file))
            .to_owned(),
        position: at.node.position(),
        fault,
    })?;
    let mut reader = Reader {
        documents: &documents,
        schemas,
        symbols,
        limits,
        model: crate::builtin::model(),
        pending: HashMap::new(),
        anonymous: HashMap::new(),
        in_progress: HashSet::new(),
        lengths: HashMap::new(),
        queue: VecDeque::new(),
        elements_at: Vec::new(),
        active_groups: Vec::new(),
        components: 0,
        depth: 0,
    };
    reader.globals()?;
    reader.finish()
}

/// A component in its document.
#[derive(Clone, Copy)]
struct At<'d> {
    schema: usize,
    node: ElementRef<'d>,
}

struct Reader<'d> {
    documents: &'d Documents<'d>,
    schemas: Vec<SchemaDocument<'d>>,
    symbols: Symbols<'d>,
    limits: &'d Limits,
    model: Model,
    /// Types that have a number and are not read yet.
    pending: HashMap<TypeId, At<'d>>,
    /// Types without a name, by where they are: a group that is put in two places has one type for its element.
    anonymous: HashMap<(usize, u64), TypeId>,
    /// Types that are being read.
    in_progress: HashSet<TypeId>,
    /// How many derivations there are between a type and the built-in ones.
    lengths: HashMap<TypeId, usize>,
    queue: VecDeque<TypeId>,
    /// Where element declarations are, for what is checked at the end.
    elements_at: Vec<(ElementId, At<'d>)>,
    /// Groups that are being put in their places.
    active_groups: Vec<QName>,
    components: usize,
    depth: usize,
}

pub(crate) use derivation::is_derived;
pub(crate) use documents::Positions;
pub(crate) use finish::ambiguous;

type Outcome<T> = Result<T, SchemaError>;

impl<'d> At<'d> {
    fn to(self, node: ElementRef<'d>) -> Self {
        Self { node, ..self }
    }

    /// The children that are of XML Schema, annotations left out.
    fn children(self) -> impl Iterator<Item = Self> {
        let children = self.node.children();
        let meant =
            children.filter(|child| syntax::is_schema(*child) && child.local() != "annotation");
        meant.map(move |child| self.to(child))
    }

    fn child(self, local: &str) -> Option<Self> {
        self.children().find(|child| child.node.local() == local)
    }

    fn attribute(self, local: &str) -> Option<String> {
        let value = self.node.attribute("", local)?;
        // All attributes of schemas but the texts of values have collapsed white space.
        Some(value.trim_matches(crate::value::is_space).to_owned())
    }
}

impl<'d> Reader<'d> {
    fn schema(&self, at: At<'d>) -> Option<&SchemaDocument<'d>> {
        self.schemas.get(at.schema)
    }

    fn target(&self, at: At<'d>) -> std::sync::Arc<str> {
        self.schema(at)
            .map(|schema| schema.target.clone())
            .unwrap_or_default()
    }

    fn place(&self, at: At<'d>) -> Place {
        let file = self.schema(at).map_or(0, |schema| schema.file);
        Place {
            file: u32::try_from(file).unwrap_or(u32::MAX),
            offset: at.node.span().start,
        }
    }

    fn fault(&self, at: At<'d>, fault: SchemaFault) -> SchemaError {
        let file = self.schema(at).map_or(0, |schema| schema.file);
        SchemaError {
            file: self.documents.name(file).to_owned(),
            position: at.node.position(),
            fault,
        }
    }

    fn invalid(&self, at: At<'d>, rule: &'static str, message: impl Into<String>) -> SchemaError {
        let message = message.into();
        self.fault(at, SchemaFault::Invalid { rule, message })
    }

    fn exceeded(&self, at: At<'d>, exceeded: Exceeded) -> SchemaError {
        self.fault(at, SchemaFault::Limit(exceeded))
    }

    /// Counts a component.
    fn count(&mut self, at: At<'d>) -> Outcome<()> {
        self.count_many(at, 1)
    }

    /// Counts components that are there once more, such as attributes that a type has from its base.
    fn count_many(&mut self, at: At<'d>, components: usize) -> Outcome<()> {
        self.components = self.components.saturating_add(components);
        if self.components <= self.limits.components {
            return Ok(());
        }
        Err(self.exceeded(
            at,
            Exceeded {
                limit: Limit::Components,
                maximum: self.limits.components,
            },
        ))
    }

    /// Reads something one level deeper.
    fn deeper<T>(&mut self, at: At<'d>, read: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth >= self.limits.depth {
            return Err(self.exceeded(
                at,
                Exceeded {
                    limit: Limit::Depth,
                    maximum: self.limits.depth,
                },
            ));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    fn add_type(&mut self, component: Type) -> TypeId {
        let id = TypeId(u32::try_from(self.model.types.len()).unwrap_or(u32::MAX));
        self.model.types.push(component);
        id
    }
}
