// SPDX-License-Identifier: Apache-2.0
//! Compiled schemas.

use std::fmt;

use canonical_xml::{Document, ElementRef, Position};

use crate::error::SchemaError;
use crate::files::Files;
use crate::limits::Limits;
use crate::name::QName;
use crate::outline::Declared;
use crate::read::{self, Compiled};
use crate::validate;
use crate::verdict::{Unjudged, Violation};

/// A compiled schema. It holds nothing of the files it came from, and judges any number of documents.
pub struct Schema {
    compiled: Compiled,
    limits: Limits,
}

impl Schema {
    /// Compiles the schemas in the files named by `entries`, with everything that they include and import. An entry may be any document that
    /// has schemas in it, such as a WSDL.
    ///
    /// Where a location leads to none of the files, a schema of that namespace among the files is taken, since a location is a hint (Part 1, §4.3.2). An
    /// import that nothing answers is an error only where something of it is referred to.
    ///
    /// # Errors
    ///
    /// The first thing wrong with the schema, with file, line and column: see [`SchemaFault`](crate::SchemaFault).
    pub fn compile(files: &Files, entries: &[&str], limits: &Limits) -> Result<Self, SchemaError> {
        Ok(Self {
            compiled: read::read(files, entries, limits)?,
            limits: *limits,
        })
    }

    /// Judges a document, the root of which has to be a global element of the schema. No violation means that it is valid.
    ///
    /// # Errors
    ///
    /// A document that cannot be judged: see [`Unjudged`].
    pub fn validate(&self, document: &Document<'_>) -> Result<Vec<Violation>, Unjudged> {
        self.validate_element(document.root())
    }

    /// Judges an element of a document, such as what is in the body of a SOAP envelope, as if it were a document. Identifiers have to be unique
    /// within it.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn validate_element(&self, element: ElementRef<'_>) -> Result<Vec<Violation>, Unjudged> {
        validate::validate(&self.compiled, &self.limits, element)
    }

    /// Global elements and where each is declared: file, line and column. In the order of the names.
    pub fn elements(&self) -> Vec<(&QName, &str, Position)> {
        let Compiled {
            model, positions, ..
        } = &self.compiled;
        let mut elements: Vec<_> = model
            .named_elements
            .iter()
            .filter_map(|(name, id)| {
                let (file, position) = positions.of(model.element(*id)?.place);
                Some((name, file, position))
            })
            .collect();
        elements.sort_unstable_by_key(|(name, _, _)| *name);
        elements
    }

    /// The global element of that name, as it is declared.
    pub fn declared(&self, namespace: &str, local: &str) -> Option<Declared<'_>> {
        let model = &self.compiled.model;
        let id = model.named_elements.get(&QName::new(namespace, local))?;
        Some(Declared {
            compiled: &self.compiled,
            limits: &self.limits,
            element: model.element(*id)?,
        })
    }

    /// Whether there is a global element of that name.
    pub fn has_element(&self, namespace: &str, local: &str) -> bool {
        let name = QName::new(namespace, local);
        self.compiled.model.named_elements.contains_key(&name)
    }
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (elements, types) = (
            self.compiled.model.elements.len(),
            self.compiled.model.types.len(),
        );
        write!(f, "Schema({elements} elements, {types} types)")
    }
}
