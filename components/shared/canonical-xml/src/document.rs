// SPDX-License-Identifier: Apache-2.0
//! Documents that are read strictly, once, and then looked at in place.

pub(crate) mod arena;
mod build;
mod declaration;
mod element;
mod parser;
mod path;
pub(crate) mod scan;
mod scopes;
mod source;
pub(crate) mod tag;
mod text;
mod tokens;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::encoding::Encoding;
use crate::error::{Fault, ReadError, ReadErrorKind};
use crate::limits::{Limit, Limits};
use crate::position::{Cursor, Position};
use crate::reading::{Decoder, Reading};

pub use element::{AttributeRef, ElementRef};
pub use path::{Path, PathError};
pub use source::{LoadError, Source};
pub use text::{Piece, Text};

pub(crate) use text::{character, content, normalise_lines, split};

use arena::{AttributeData, Cut, ElementData, Special, SpecialKind, specials_after};
use build::{Refused, Tables};

/// A document: well-formed XML 1.0, well-formed as to namespaces, without a document type declaration, within [`Limits`].
///
/// There is one text, and everything is a view of it: what is canonicalised, digested and read cannot differ. Views are cheap
/// to copy. Memory is the text plus about 50 bytes for each element, and nothing is fetched or expanded beyond character references and
/// the five predefined entities. What is in another [`Encoding`] becomes UTF-8 first, once, and its bytes are not looked at again.
///
/// [`load`](Self::load) leaves long runs of plain text (base64 above all) where they are.
pub struct Document<'a> {
    text: Cow<'a, str>,
    encoding: Encoding,
    /// Bytes of the byte order mark.
    mark: u32,
    cuts: Vec<Cut>,
    /// Whether the bytes stay in a source, so that ranges of it may stand for them.
    has_source: bool,
    tables: Tables,
}

impl<'a> Document<'a> {
    /// Reads a document that is in memory and came without a label of its encoding: byte order mark and declaration tell.
    ///
    /// # Errors
    ///
    /// The first thing wrong, with its place; see [`ReadErrorKind`]. No message repeats content of the document.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, ReadError> {
        Self::parse_labelled(bytes, None, limits)
    }

    /// Reads a document that came with a label of its encoding, the parameter `charset` of a Content-Type: it goes before the declaration
    /// (RFC 7303 §3; XML 1.0 §4.3.3). `None` is [`parse`](Self::parse).
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub fn parse_labelled(
        bytes: &'a [u8],
        charset: Option<&str>,
        limits: &Limits,
    ) -> Result<Self, ReadError> {
        let limits = fitting(limits);
        let refused = |kind| Fault::new(0, kind).in_document("");
        if bytes.len() > limits.bytes {
            return Err(refused(ReadErrorKind::limit(Limit::Bytes, limits.bytes)));
        }
        let reading = Reading::of(bytes, charset).map_err(refused)?;
        let unmarked = bytes.get(reading.mark as usize..).unwrap_or_default();
        let reading = reading.for_bytes(unmarked);
        if reading.encoding != Encoding::Utf8 {
            return Document::decoded(bytes, &reading, &limits);
        }
        let text = source::decode(Cow::Borrowed(unmarked), &reading).map_err(|fault| {
            let valid = unmarked.get(..fault.offset()).unwrap_or_default();
            fault.in_document(std::str::from_utf8(valid).unwrap_or_default())
        })?;
        Self::whole(text, reading.mark, &reading, &limits)
    }

    /// A document of which all is in memory.
    fn whole(
        text: Cow<'a, str>,
        mark: u32,
        reading: &Reading,
        limits: &Limits,
    ) -> Result<Self, ReadError> {
        match build::build(&text, &[], limits, reading) {
            Ok(tables) => Ok(Self {
                text,
                encoding: reading.encoding,
                mark,
                cuts: Vec::new(),
                has_source: false,
                tables,
            }),
            Err(Refused::Fault(fault)) => Err(fault.in_document(&text)),
            // There are none.
            Err(Refused::CutInMarkup) => {
                Err(Fault::new(0, ReadErrorKind::UnclosedMarkup).in_document(&text))
            }
        }
    }
}

impl Document<'static> {
    /// Reads a document from a source, without a label of its encoding. Runs of plain ASCII text longer than a few kilobytes are left there;
    /// [`Limits::bytes`] bounds what is not, and nothing bounds those. Of a document that is not in UTF-8 nothing is left.
    ///
    /// # Errors
    ///
    /// The source's own, and those of [`parse`](Self::parse).
    pub fn load<S: Source>(source: &S, limits: &Limits) -> Result<Self, LoadError<S::Error>> {
        Self::load_labelled(source, None, limits)
    }

    /// As [`load`](Self::load), with the label that came with the document; see [`parse_labelled`](Self::parse_labelled).
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_labelled<S: Source>(
        source: &S,
        charset: Option<&str>,
        limits: &Limits,
    ) -> Result<Self, LoadError<S::Error>> {
        match Self::load_once(source, charset, limits, true)? {
            Some(document) => Ok(document),
            // What looked like text was the inside of a comment or tag. All of it, then.
            None => Self::load_once(source, charset, limits, false)?.ok_or_else(|| {
                LoadError::Read(Fault::new(0, ReadErrorKind::UnclosedMarkup).in_document(""))
            }),
        }
    }

    /// `None` when markup was cut.
    fn load_once<S: Source>(
        source: &S,
        charset: Option<&str>,
        limits: &Limits,
        cutting: bool,
    ) -> Result<Option<Self>, LoadError<S::Error>> {
        let limits = fitting(limits);
        let mut fetched = source::fetch(source, &limits, cutting)?;
        let reading = Reading::of(&fetched.bytes, charset)
            .map_err(|kind| LoadError::Read(Fault::new(0, kind).in_document("")))?;
        // What was left is ASCII.
        let reading = reading.for_bytes(&fetched.bytes);
        if reading.encoding != Encoding::Utf8 {
            if !fetched.cuts.is_empty() {
                fetched = source::fetch(source, &limits, false)?;
            }
            let decoded = Self::decoded(&fetched.bytes, &reading, &limits);
            return decoded.map(Some).map_err(LoadError::Read);
        }
        let mark = reading.mark;
        fetched.without_mark(mark);
        let source::Fetched { bytes, cuts } = fetched;
        let locate = |fault: Fault, cuts: &[Cut]| {
            let offset = source_offset(cuts, mark, fault.offset());
            let place = source::describe(source, u64::from(mark), offset, fault.kind());
            place.map_or_else(LoadError::Source, LoadError::Read)
        };
        let text = match source::decode(Cow::Owned(bytes), &reading) {
            Ok(text) => text,
            Err(fault) => return Err(locate(fault, &cuts)),
        };
        match build::build(&text, &cuts, &limits, &reading) {
            Ok(tables) => Ok(Some(Self {
                text,
                encoding: reading.encoding,
                mark,
                cuts,
                has_source: true,
                tables,
            })),
            Err(Refused::Fault(fault)) => Err(locate(fault, &cuts)),
            Err(Refused::CutInMarkup) => Ok(None),
        }
    }

    /// A document in another encoding: what a source has of it is not its text, so that nothing can be left there.
    fn decoded(bytes: &[u8], reading: &Reading, limits: &Limits) -> Result<Self, ReadError> {
        let bytes = bytes.get(reading.mark as usize..).unwrap_or_default();
        let mut decoder = Decoder::new(reading.encoding, bytes.len());
        if let Err(fault) = decoder.take(bytes) {
            return Err(fault.in_document(decoder.so_far()));
        }
        let text = decoder.finish();
        let text = text.map_err(|(fault, so_far)| fault.in_document(&so_far))?;
        // One byte may become three.
        if text.len() > limits.bytes {
            let kind = ReadErrorKind::limit(Limit::Bytes, limits.bytes);
            return Err(Fault::new(0, kind).in_document(""));
        }
        Self::whole(Cow::Owned(text), 0, reading, limits)
    }
}

impl Document<'_> {
    /// The encoding that its bytes were in; UTF-8 also where they were ASCII under another label.
    ///
    /// Of a document in another encoding, offsets such as [`ElementRef::span`] count bytes of its text in UTF-8.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The root element.
    pub fn root(&self) -> ElementRef<'_> {
        ElementRef::new(self, 0)
    }

    /// All elements in document order, the root first.
    pub fn elements(&self) -> impl Iterator<Item = ElementRef<'_>> {
        (0..arena::short(self.element_count())).map(|index| ElementRef::new(self, index))
    }

    /// All elements in document order, and where the start tag of each begins: one look at the text for all of them, where
    /// [`ElementRef::position`] takes one for each. Lines within text that was left in a source are not counted.
    pub fn positioned(&self) -> impl Iterator<Item = (ElementRef<'_>, Position)> {
        let mut cursor = Cursor::new(&self.text);
        self.elements().map(move |element| {
            let start = element.data().start as usize;
            (element, cursor.advance_to(start))
        })
    }

    /// Number of elements.
    pub fn element_count(&self) -> usize {
        self.tables.elements.len()
    }

    /// The elements that a path leads to, in document order.
    pub fn find(&self, path: &Path) -> Vec<ElementRef<'_>> {
        path.find(self.root())
    }

    /// Where the first processing instruction stands, anywhere in the document. As with [`ElementRef::position`], lines left in a source are
    /// not counted.
    pub fn first_instruction(&self) -> Option<Position> {
        let mut specials = self.tables.specials.iter();
        let found = specials.find(|special| special.kind == SpecialKind::Instruction)?;
        Some(Cursor::new(&self.text).advance_to(found.start as usize))
    }

    /// Where a namespace name that is no absolute URI is declared. Such a document can be read, but has no canonical
    /// form (Canonical XML 1.0 §1.3). As with [`ElementRef::position`], lines left in a source are not counted.
    pub fn relative_namespace(&self) -> Option<Position> {
        let offset = self.tables.scopes.relative?;
        Some(Cursor::new(&self.text).advance_to(offset as usize))
    }

    pub(crate) fn relative_namespace_offset(&self) -> Option<u32> {
        self.tables.scopes.relative
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn slice(&self, start: u32, end: u32) -> &str {
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    pub(crate) fn element(&self, index: u32) -> Option<&ElementData> {
        self.tables.elements.get(index as usize)
    }

    pub(crate) fn attributes_of(&self, element: &ElementData) -> &[AttributeData] {
        let start = element.attributes as usize;
        let end = start + usize::from(element.attribute_count);
        self.tables.attributes.get(start..end).unwrap_or_default()
    }

    pub(crate) fn specials(&self) -> &[Special] {
        &self.tables.specials
    }

    /// The specials from `offset` on.
    pub(crate) fn specials_from(&self, offset: u32) -> &[Special] {
        specials_after(&self.tables.specials, offset)
    }

    pub(crate) fn namespace(&self, index: u32) -> &str {
        self.tables.scopes.name(index)
    }

    /// What a prefix is bound to; the empty prefix always to something, `xml` by definition.
    pub(crate) fn resolve(&self, scope: u32, prefix: &str) -> Option<u32> {
        self.tables.scopes.resolve(&self.text, scope, prefix)
    }

    /// Prefixes and namespaces declared from `scope` outwards up to, and without, `outer`; shadowed ones too.
    pub(crate) fn bindings(&self, scope: u32, outer: u32) -> impl Iterator<Item = (&str, u32)> {
        self.tables.scopes.declared(&self.text, scope, outer)
    }

    /// The range in the source that this range of the text stands for, with what was left there.
    pub(crate) fn source_range(&self, start: u32, end: u32) -> Range<u64> {
        let at = |offset: u32| source_offset(&self.cuts, self.mark, offset as usize);
        // No range that is asked for ends where a run was cut out.
        at(start)..at(end)
    }

    pub(crate) fn has_source(&self) -> bool {
        self.has_source
    }

    /// Where runs are missing within a range of the text, and the ranges of those in the source.
    pub(crate) fn cuts_within(
        &self,
        start: u32,
        end: u32,
    ) -> impl Iterator<Item = (u32, Range<u64>)> {
        let first = self.cuts.partition_point(|cut| cut.at <= start);
        let cuts = self.cuts.get(first..).unwrap_or_default();
        cuts.iter()
            .take_while(move |cut| cut.at < end)
            .map(move |cut| {
                // As far as the text reaches that was fetched before it.
                let before = source_offset(&self.cuts, self.mark, cut.at as usize - 1) + 1;
                (cut.at, before..cut.source_end)
            })
    }
}

impl fmt::Debug for Document<'_> {
    /// Structure only: content may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Document({} elements, {} bytes in memory)",
            self.element_count(),
            self.text.len()
        )
    }
}

/// Where in the source the byte stands that is at `offset` of the text.
fn source_offset(cuts: &[Cut], mark: u32, offset: usize) -> u64 {
    let passed = cuts.partition_point(|cut| cut.at as usize <= offset);
    let last = passed.checked_sub(1).and_then(|index| cuts.get(index));
    match last {
        Some(cut) => cut.source_end + (offset as u64 - u64::from(cut.at)),
        None => u64::from(mark) + offset as u64,
    }
}

/// Limits whose values fit the tables.
fn fitting(limits: &Limits) -> Limits {
    const SHORT: usize = u16::MAX as usize - 1;
    Limits {
        bytes: limits.bytes.min(u32::MAX as usize - 1),
        name_length: limits.name_length.min(SHORT),
        attributes: limits.attributes.min(SHORT),
        ..*limits
    }
}
