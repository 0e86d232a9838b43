// SPDX-License-Identifier: Apache-2.0
//! What a judgement says.

use std::fmt;

use canonical_xml::Position;
use thiserror::Error;

use crate::error::SchemaError;
use crate::limits::Exceeded;

/// One thing wrong with a document. Nothing of its content is repeated but names of elements and attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where the start tag of the element begins that is wrong, or the attribute of which is.
    pub position: Position,
    /// The way to it from the root, as `/Envelope/Body/Upload[2]`, or `/Order/@id` for an attribute.
    pub path: String,
    /// The rule, by its name in XML Schema Part 1 or 2.
    pub rule: &'static str,
    /// What is wrong, and what was expected.
    pub message: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            position,
            path,
            rule,
            message,
        } = self;
        write!(f, "{position} {path}: {message} ({rule})")
    }
}

/// A document that could not be judged. It may be right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unjudged {
    /// A limit of the validator is exceeded.
    #[error("{position} {path}: {exceeded}")]
    Limit {
        /// Where in the document.
        position: Position,
        /// At which element.
        path: String,
        /// The limit.
        exceeded: Exceeded,
    },
    /// The schema is at fault, which shows at this document only: two declarations fit one element.
    #[error("{0}")]
    Schema(SchemaError),
    /// Text of the element was left in the source of the document, so that it cannot be looked at.
    #[error(
        "{position} {path}: the text of this element is not in memory; read the document with `Document::parse`"
    )]
    TextElsewhere {
        /// Where in the document.
        position: Position,
        /// At which element.
        path: String,
    },
}
