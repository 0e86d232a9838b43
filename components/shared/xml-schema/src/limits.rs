// SPDX-License-Identifier: Apache-2.0
//! What a schema and a judgement may cost.

use std::fmt;

/// Bounds of what is read, compiled and matched. Schemas and documents are foreign: each bound is met with an error that names it,
/// never with a verdict on the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Schema documents of one schema, each counted once for each namespace that it is read into. Default 256: official packages have below 100.
    pub documents: usize,
    /// Bytes of one file. Default 8 MiB: the largest official schemas stay below 3 MiB.
    pub file_bytes: usize,
    /// Element, attribute and type declarations, particles and facets, after groups are put in their places. Default 200 000: a schema of
    /// groups that hold each group below twice grows without bound from a few lines.
    pub components: usize,
    /// Nesting of groups, and length of a chain of derivations or of attribute groups. Default 64: what recurses stays in a small stack.
    pub depth: usize,
    /// States of one content model or one pattern. Default 20 000: `maxOccurs` is counted and costs none, `{n}` in a pattern costs n times what it repeats.
    pub states: usize,
    /// States that a content model is in at once, or steps for one value and one pattern in units of 1 000. Default 10 000: unambiguous
    /// models are in one or two.
    pub configurations: usize,
    /// Violations that are listed for one document. Default 100: what comes after is mostly a consequence.
    pub violations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            documents: 256,
            file_bytes: 8 << 20,
            components: 200_000,
            depth: 64,
            states: 20_000,
            configurations: 10_000,
            violations: 100,
        }
    }
}

/// Names one field of [`Limits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::documents`]
    Documents,
    /// [`Limits::file_bytes`]
    FileBytes,
    /// [`Limits::components`]
    Components,
    /// [`Limits::depth`]
    Depth,
    /// [`Limits::states`]
    States,
    /// [`Limits::configurations`]
    Configurations,
}

impl Limit {
    /// The name of the field.
    pub fn name(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::FileBytes => "file_bytes",
            Self::Components => "components",
            Self::Depth => "depth",
            Self::States => "states",
            Self::Configurations => "configurations",
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documents => "schema documents",
            Self::FileBytes => "bytes in one schema file",
            Self::Components => "components in the schema",
            Self::Depth => "levels of groups or derivations",
            Self::States => "states of a content model or pattern",
            Self::Configurations => "states at once, or thousands of steps, in matching",
        })
    }
}

/// A limit that was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// Which.
    pub limit: Limit,
    /// Its value.
    pub maximum: usize,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, maximum } = self;
        let name = limit.name();
        write!(
            f,
            "more than {maximum} {limit}: a limit of the validator, not a mistake in the document; it is `{name}` of its limits"
        )
    }
}
