// SPDX-License-Identifier: Apache-2.0
//! What is wrong with a schema, and where.

use canonical_xml::{Position, ReadErrorKind};
use thiserror::Error;

use crate::limits::Exceeded;

/// A schema that cannot be used. No document is at fault.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{position}: {fault}")]
pub struct SchemaError {
    /// The file, by the name it was added under.
    pub file: String,
    /// Where in it.
    pub position: Position,
    /// What is wrong there.
    pub fault: SchemaFault,
}

/// What is wrong with a schema. Texts repeat names and values of the schema.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SchemaFault {
    /// The file cannot be read as XML.
    #[error("{0}")]
    Unreadable(ReadErrorKind),
    /// The schema breaks a rule of XML Schema 1.0.
    #[error("the schema is not valid: {message} ({rule})")]
    Invalid {
        /// The constraint, by its name in XML Schema Part 1 or 2.
        rule: &'static str,
        /// What is wrong, in words.
        message: String,
    },
    /// The schema uses what this validator does not have. Neither the schema nor a document is at fault.
    #[error("{0} is not supported by this validator; the schema may be right")]
    Unsupported(String),
    /// Something that is referred to is not there.
    #[error("{0}")]
    Missing(String),
    /// A limit is exceeded.
    #[error("{0}")]
    Limit(Exceeded),
}
