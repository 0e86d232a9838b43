// SPDX-License-Identifier: Apache-2.0
//! What the parser itself refuses, in our terms.

use quick_xml::errors::{Error, IllFormedError, SyntaxError};

use crate::error::{Fault, ReadErrorKind};

/// What the parser itself refuses. It is never asked about encodings, attributes, names or namespaces.
pub(super) fn refusal(error: &Error, offset: usize, text: &str) -> Fault {
    let markup = text.get(offset..).unwrap_or_default();
    let is_known = markup.starts_with("<!--") || markup.starts_with("<![CDATA[");
    let kind = match error {
        Error::Syntax(SyntaxError::UnclosedDoctype) => ReadErrorKind::DocumentType,
        Error::IllFormed(IllFormedError::MissingDoctypeName) => ReadErrorKind::DocumentType,
        Error::Syntax(SyntaxError::InvalidBangMarkup) => ReadErrorKind::UnknownMarkup,
        Error::Syntax(_) if markup.starts_with("<!") && !is_known => ReadErrorKind::UnknownMarkup,
        Error::IllFormed(IllFormedError::UnclosedReference) => ReadErrorKind::BareAmpersand,
        Error::IllFormed(_) => ReadErrorKind::MismatchedEndTag,
        Error::Encoding(_) => ReadErrorKind::NotUtf8,
        _ => ReadErrorKind::UnclosedMarkup,
    };
    Fault::new(offset, kind)
}

/// Whether what the parser missed may be in the run that was cut out next, if one was: a quote in a tag, the end of a reference.
pub(super) fn hides(cut: usize, fault: &Fault, text: &str) -> bool {
    let between = || text.get(fault.offset() + 1..cut).unwrap_or_default();
    match fault.kind() {
        _ if cut > text.len() => false,
        ReadErrorKind::UnclosedMarkup => true,
        // A reference does not reach past other markup.
        ReadErrorKind::BareAmpersand => !between().contains(['<', '&']),
        _ => false,
    }
}

pub(super) fn offset_of(position: u64) -> usize {
    // A position in a slice fits.
    usize::try_from(position).unwrap_or(usize::MAX)
}
