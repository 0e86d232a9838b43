// SPDX-License-Identifier: Apache-2.0
//! Which schema documents make up a schema (Part 1, §4.2): includes, chameleon includes and imports followed among the files.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use canonical_xml::{Document, ElementRef, Position, ReadError, XML_NAMESPACE};

use crate::error::{SchemaError, SchemaFault};
use crate::files::Files;
use crate::limits::{Exceeded, Limit, Limits};
use crate::model::{Derivations, Place};

use super::syntax;

/// What every schema may refer to without saying where it is.
const XML_SCHEMA: &str = include_str!("xml.xsd");

const XML_SCHEMA_NAME: &str = "(built in) xml.xsd";

/// All files, parsed.
pub(super) struct Documents<'f> {
    parsed: Vec<(&'f str, Result<Document<'f>, ReadError>)>,
    by_name: HashMap<&'f str, usize>,
}

/// One schema document, read into a namespace.
pub(super) struct SchemaDocument<'d> {
    pub(super) file: usize,
    pub(super) root: ElementRef<'d>,
    /// The namespace it is read into.
    pub(super) target: Arc<str>,
    /// Whether it has no namespace of its own and takes that of whatever includes it (§4.2.1).
    pub(super) is_chameleon: bool,
    /// Namespaces that it says it refers to.
    pub(super) imports: BTreeSet<String>,
    /// Those of them for which no schema is there, and the location that led nowhere.
    pub(super) missing: HashMap<String, Option<String>>,
    pub(super) qualifies_elements: bool,
    pub(super) qualifies_attributes: bool,
    pub(super) blocks: Derivations,
    pub(super) forbids: Derivations,
}

/// A schema document that is to be read into a namespace.
struct Wanted<'d> {
    file: usize,
    root: ElementRef<'d>,
    target: Arc<str>,
}

impl<'f> Documents<'f> {
    pub(super) fn parse(files: &'f Files, limits: &Limits) -> Result<Self, SchemaError> {
        let builtin = std::iter::once((XML_SCHEMA_NAME, XML_SCHEMA.as_bytes()));
        let mut documents = Self {
            parsed: Vec::new(),
            by_name: HashMap::new(),
        };
        let reading = canonical_xml::Limits {
            bytes: limits.file_bytes,
            depth: 256,
            events: limits.components.saturating_mul(8),
            text_length: limits.file_bytes,
            value_length: limits.file_bytes,
            ..canonical_xml::Limits::default()
        };
        for (name, bytes) in builtin.chain(files.iter()) {
            let exceeded = |limit, maximum| SchemaError {
                file: name.to_owned(),
                position: START,
                fault: SchemaFault::Limit(Exceeded { limit, maximum }),
            };
            if documents.parsed.len() > limits.documents {
                return Err(exceeded(Limit::Documents, limits.documents));
            }
            if bytes.len() > limits.file_bytes && name != XML_SCHEMA_NAME {
                return Err(exceeded(Limit::FileBytes, limits.file_bytes));
            }
            let parsed = match name {
                XML_SCHEMA_NAME => Document::parse(bytes, &canonical_xml::Limits::default()),
                _ => Document::parse(bytes, &reading),
            };
            documents.by_name.insert(name, documents.parsed.len());
            documents.parsed.push((name, parsed));
        }
        Ok(documents)
    }

    pub(super) fn name(&self, file: usize) -> &'f str {
        self.parsed.get(file).map_or("", |(name, _)| name)
    }

    /// The `schema` elements of a file: its root, or those within another document.
    fn roots(&self, file: usize) -> Vec<ElementRef<'_>> {
        let Some((_, Ok(document))) = self.parsed.get(file) else {
            return Vec::new();
        };
        let is_schema =
            |element: &ElementRef<'_>| syntax::is_schema(*element) && element.local() == "schema";
        if is_schema(&document.root()) {
            return vec![document.root()];
        }
        document.elements().filter(is_schema).collect()
    }

    fn file(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// Every schema document that the entries lead to, once for each namespace that it is read into.
    pub(super) fn graph(
        &self,
        files: &Files,
        entries: &[&str],
        limits: &Limits,
    ) -> Result<Vec<SchemaDocument<'_>>, SchemaError> {
        let mut graph = Graph {
            documents: self,
            files,
            limits,
            known: HashSet::new(),
            wanted: Vec::new(),
        };
        for entry in entries {
            graph.enter(entry)?;
        }
        let mut found: Vec<SchemaDocument<'_>> = Vec::new();
        let mut next = 0;
        while let Some(wanted) = graph.wanted.get(next) {
            let (file, root, target) = (wanted.file, wanted.root, wanted.target.clone());
            next += 1;
            found.push(graph.read(file, root, target)?);
        }
        Ok(found)
    }

    /// Where declarations and particles are.
    pub(super) fn positions(&self) -> Positions {
        let mut positions = HashMap::new();
        for (file, (_, parsed)) in self.parsed.iter().enumerate() {
            let Ok(document) = parsed else {
                continue;
            };
            for (element, position) in document.positioned() {
                let is_named = matches!(
                    element.local(),
                    "element" | "any" | "complexType" | "attribute"
                );
                if is_named && syntax::is_schema(element) {
                    let place = Place {
                        file: u32::try_from(file).unwrap_or(u32::MAX),
                        offset: element.span().start,
                    };
                    positions.insert(place, position);
                }
            }
        }
        let names = self.parsed.iter().map(|(name, _)| (*name).to_owned());
        Positions {
            files: names.collect(),
            positions,
        }
    }
}

/// Places of components as lines and columns.
#[derive(Clone, Debug)]
pub(crate) struct Positions {
    files: Vec<String>,
    positions: HashMap<Place, Position>,
}

impl Positions {
    pub(crate) fn of(&self, place: Place) -> (&str, Position) {
        let file = self.files.get(place.file as usize);
        let position = self.positions.get(&place).copied().unwrap_or(START);
        (file.map_or("", String::as_str), position)
    }
}

const START: Position = Position { line: 1, column: 1 };

struct Graph<'d, 'l> {
    documents: &'d Documents<'d>,
    files: &'l Files,
    limits: &'l Limits,
    /// File, offset of the schema in it, namespace.
    known: HashSet<(usize, u64, Arc<str>)>,
    wanted: Vec<Wanted<'d>>,
}

impl<'d> Graph<'d, '_> {
    fn enter(&mut self, entry: &str) -> Result<(), SchemaError> {
        let refused = |fault, position| SchemaError {
            file: entry.to_owned(),
            position,
            fault,
        };
        let Some(file) = self.documents.file(entry) else {
            let message = "the file is not among those given".to_owned();
            return Err(refused(SchemaFault::Missing(message), START));
        };
        self.readable(file)?;
        let roots = self.documents.roots(file);
        if roots.is_empty() {
            let message = "there is no schema in this file".to_owned();
            return Err(refused(SchemaFault::Missing(message), START));
        }
        for root in roots {
            self.want(file, root, own_target(root))?;
        }
        Ok(())
    }

    fn readable(&self, file: usize) -> Result<(), SchemaError> {
        match self.documents.parsed.get(file) {
            Some((name, Err(error))) => Err(SchemaError {
                file: (*name).to_owned(),
                position: Position {
                    line: error.line,
                    column: error.column,
                },
                fault: SchemaFault::Unreadable(error.kind),
            }),
            _ => Ok(()),
        }
    }

    fn want(
        &mut self,
        file: usize,
        root: ElementRef<'d>,
        target: Arc<str>,
    ) -> Result<(), SchemaError> {
        if !self.known.insert((file, root.span().start, target.clone())) {
            return Ok(());
        }
        if self.wanted.len() >= self.limits.documents {
            let fault = SchemaFault::Limit(Exceeded {
                limit: Limit::Documents,
                maximum: self.limits.documents,
            });
            return Err(self.fault(file, root, fault));
        }
        self.wanted.push(Wanted { file, root, target });
        Ok(())
    }

    fn fault(&self, file: usize, node: ElementRef<'d>, fault: SchemaFault) -> SchemaError {
        SchemaError {
            file: self.documents.name(file).to_owned(),
            position: node.position(),
            fault,
        }
    }

    fn read(
        &mut self,
        file: usize,
        root: ElementRef<'d>,
        target: Arc<str>,
    ) -> Result<SchemaDocument<'d>, SchemaError> {
        syntax::check(root).map_err(|(node, fault)| self.fault(file, node, fault))?;
        let is_qualified = |name: &str| root.attribute("", name).as_deref() == Some("qualified");
        let set = |name: &str| super::derivation::set(root.attribute("", name).as_deref());
        let (blocks, forbids) = (set("blockDefault"), set("finalDefault"));
        let (Some(blocks), Some(forbids)) = (blocks, forbids) else {
            let message = "blockDefault or finalDefault names what is no derivation".to_owned();
            let rule = "src-schema";
            return Err(self.fault(file, root, SchemaFault::Invalid { rule, message }));
        };
        let mut schema = SchemaDocument {
            file,
            root,
            is_chameleon: own_target(root).is_empty() && !target.is_empty(),
            target: target.clone(),
            imports: BTreeSet::new(),
            missing: HashMap::new(),
            qualifies_elements: is_qualified("elementFormDefault"),
            qualifies_attributes: is_qualified("attributeFormDefault"),
            blocks,
            forbids,
        };
        for child in root.children().filter(|child| syntax::is_schema(*child)) {
            match child.local() {
                "include" => self.include(file, child, &target)?,
                "import" => self.import(file, child, &mut schema)?,
                _ => {}
            }
        }
        Ok(schema)
    }

    /// §4.2.1.
    fn include(
        &mut self,
        file: usize,
        node: ElementRef<'d>,
        target: &Arc<str>,
    ) -> Result<(), SchemaError> {
        let location = node.attribute("", "schemaLocation").unwrap_or_default();
        let base = self.documents.name(file);
        let found = self.files.resolve(base, &location);
        let Some(included) = found.and_then(|name| self.documents.file(name)) else {
            let message = format!("the included file `{location}` is not among those given");
            return Err(self.fault(file, node, SchemaFault::Missing(message)));
        };
        self.readable(included)?;
        for root in self.documents.roots(included) {
            let own = own_target(root);
            if own.is_empty() || own == *target {
                return self.want(included, root, target.clone());
            }
        }
        let message = format!(
            "the included file `{location}` has no schema of the namespace that includes it"
        );
        let rule = "src-include.2";
        Err(self.fault(file, node, SchemaFault::Invalid { rule, message }))
    }

    /// §4.2.3. A location is a hint; a schema of the namespace that is among the files does as well.
    fn import(
        &mut self,
        file: usize,
        node: ElementRef<'d>,
        schema: &mut SchemaDocument<'d>,
    ) -> Result<(), SchemaError> {
        let namespace = node.attribute("", "namespace").unwrap_or_default();
        if *namespace == *schema.target {
            let message = "a schema does not import its own namespace, it includes".to_owned();
            let rule = "src-import.1";
            return Err(self.fault(file, node, SchemaFault::Invalid { rule, message }));
        }
        schema.imports.insert(namespace.clone().into_owned());
        let location = node.attribute("", "schemaLocation");
        let base = self.documents.name(file);
        let found = location
            .as_deref()
            .and_then(|location| self.files.resolve(base, location));
        if let Some(imported) = found.and_then(|name| self.documents.file(name)) {
            self.readable(imported)?;
            let roots = self.documents.roots(imported);
            let fitting: Vec<_> = roots
                .iter()
                .filter(|root| *own_target(**root) == *namespace)
                .collect();
            if fitting.is_empty() {
                let message =
                    format!("the imported file has no schema of the namespace `{namespace}`");
                let rule = "src-import.3";
                return Err(self.fault(file, node, SchemaFault::Invalid { rule, message }));
            }
            for root in fitting {
                self.want(imported, *root, own_target(*root))?;
            }
            return Ok(());
        }
        if !self.import_by_namespace(file, &namespace)? {
            let location = location.map(std::borrow::Cow::into_owned);
            schema.missing.insert(namespace.into_owned(), location);
        }
        Ok(())
    }

    /// Schemas of that namespace in the same file, or else in any.
    fn import_by_namespace(&mut self, file: usize, namespace: &str) -> Result<bool, SchemaError> {
        let of_file = |file: usize| {
            let roots = self.documents.roots(file).into_iter();
            let fitting = roots.filter(|root| *own_target(*root) == *namespace);
            fitting.map(move |root| (file, root)).collect::<Vec<_>>()
        };
        let mut found = of_file(file);
        if found.is_empty() {
            // The built-in schema of `xml:` counts only where there is no other.
            let others = 1..self.documents.parsed.len();
            found = others.flat_map(of_file).collect();
        }
        if found.is_empty() && namespace == XML_NAMESPACE {
            found = of_file(0);
        }
        let is_there = !found.is_empty();
        for (file, root) in found {
            self.want(file, root, own_target(root))?;
        }
        Ok(is_there)
    }
}

fn own_target(root: ElementRef<'_>) -> Arc<str> {
    Arc::from(root.attribute("", "targetNamespace").unwrap_or_default())
}
