// SPDX-License-Identifier: Apache-2.0
//! Going through a subset once, from start to end, writing its canonical form.

use std::ops::Range;

use crate::checks::is_absolute_uri;
use crate::document::arena::{
    EMPTY, END_VERBATIM, ElementData, Special, SpecialKind, TAG_VERBATIM, VERBATIM, specials_after,
};
use crate::document::{
    AttributeRef, Document, ElementRef, Piece, character, content, normalise_lines, split,
};
use crate::escape;
use crate::sorting::sort_by;

use super::algorithm::{Canonicalization, Method};
use super::context::{self, Context};
use super::error::CanonicalizeError;
use super::subset::Subset;

/// Takes canonical octets, in pieces of any size. Taking them cannot fail: an implementation that can run out of room notes it and
/// tells at its end.
pub trait Octets {
    /// The next octets.
    fn bytes(&mut self, bytes: &[u8]);

    /// The next octets are those of this range of the source. Asked of documents that were loaded from one, never of those that
    /// were parsed from memory.
    fn source(&mut self, range: Range<u64>);
}

impl Octets for Vec<u8> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }

    /// There is no source to copy from.
    fn source(&mut self, _: Range<u64>) {
        debug_assert!(false, "a document in memory has no source");
    }
}

/// Ranges of the source shorter than this are copied: naming them would cost more.
const SHARED: u64 = 2048;

/// Writes the canonical form of a subset. One pass; memory for nothing but the open elements.
///
/// # Errors
///
/// See [`CanonicalizeError`]; nothing is written then.
pub fn canonicalize(
    subset: &Subset<'_>,
    how: &Canonicalization,
    out: &mut impl Octets,
) -> Result<(), CanonicalizeError> {
    if subset.document.relative_namespace_offset().is_some() {
        return Err(CanonicalizeError::RelativeNamespace);
    }
    walk(subset, how, out, SHARED)
}

impl ElementRef<'_> {
    /// Its exclusive canonical form, without comments; `None` when some of its text was left in the source.
    ///
    /// # Errors
    ///
    /// [`CanonicalizeError::RelativeNamespace`] when it or something in it is in one. Others are not written.
    pub fn markup(self) -> Result<Option<String>, CanonicalizeError> {
        let data = self.data();
        let mut left = self.document().cuts_within(data.start, data.end);
        if left.next().is_some() {
            return Ok(None);
        }
        let is_written = |namespace: &str| namespace.is_empty() || is_absolute_uri(namespace);
        let is_writable = |element: ElementRef<'_>| {
            let mut attributes = element.attributes();
            is_written(element.namespace())
                && attributes.all(|attribute| is_written(attribute.namespace()))
        };
        let is_suspect = self.document().relative_namespace_offset().is_some();
        if is_suspect
            && !std::iter::once(self)
                .chain(self.descendants())
                .all(is_writable)
        {
            return Err(CanonicalizeError::RelativeNamespace);
        }
        let how = Canonicalization::new(Method::Exclusive);
        let mut octets = Vec::new();
        walk(&Subset::element(self), &how, &mut octets, u64::MAX)?;
        Ok(String::from_utf8(octets).ok())
    }
}

/// Hands over ranges of the source that have at least `shared` bytes, and copies shorter ones.
fn walk(
    subset: &Subset<'_>,
    how: &Canonicalization,
    out: &mut impl Octets,
    shared: u64,
) -> Result<(), CanonicalizeError> {
    let top = subset.top();
    let inherited = match subset.apex {
        Some(apex) => context::inherited(apex, how.method)?,
        None => Vec::new(),
    };
    let mut walk = Walk {
        document: subset.document,
        omitted: subset.omitted,
        comments: subset.comments && how.with_comments,
        context: Context::new(subset.document, how),
        out,
        shared,
        pending: 0..0,
        open: Vec::new(),
        attributes: Vec::new(),
    };
    if subset.apex.is_some() {
        walk.subtree(top, &inherited);
    } else {
        walk.whole(top);
    }
    walk.flush();
    Ok(())
}

struct Walk<'d, 'h, 'o, O> {
    document: &'d Document<'d>,
    omitted: Option<ElementRef<'d>>,
    comments: bool,
    context: Context<'d, 'h>,
    out: &'o mut O,
    /// Bytes of the shortest range of the source that is handed over.
    shared: u64,
    /// A range of the text that is its own canonical form and is still to be written.
    pending: Range<u32>,
    open: Vec<Open<'d>>,
    /// Room to sort the attributes of one element.
    attributes: Vec<AttributeRef<'d>>,
}

struct Open<'d> {
    element: ElementRef<'d>,
    close: u32,
    declarations: usize,
}

impl<'d, O: Octets> Walk<'d, '_, '_, O> {
    /// A document: around the root, comments and processing instructions stand on lines of their own (Canonical XML 1.0 §2.1).
    fn whole(&mut self, root: ElementRef<'d>) {
        let data = root.data();
        for special in self.document.specials() {
            if special.start < data.start && self.special(special) {
                self.literal("\n");
            }
        }
        self.subtree(root, &[]);
        for special in self.document.specials_from(data.end) {
            if self.is_written(special) {
                self.literal("\n");
                self.special(special);
            }
        }
    }

    fn subtree(&mut self, top: ElementRef<'d>, inherited: &[AttributeRef<'d>]) {
        let (first, end) = (top.index(), top.data().next);
        let mut offset = self.start(top, inherited, true);
        let mut next = first + 1;
        let mut specials = self.document.specials_from(offset);
        while let Some(close) = self.open.last().map(|open| open.close) {
            let child = (next < end).then(|| self.document.element(next)).flatten();
            let child_start = child.map_or(close, |child| child.start);
            let special = specials
                .first()
                .filter(|special| special.start < child_start.min(close));
            if let Some(special) = special {
                self.verbatim(offset..special.start);
                self.special(special);
                offset = special.end;
                specials = specials.get(1..).unwrap_or_default();
            } else if let Some(child) = child.filter(|child| child.start < close) {
                self.verbatim(offset..child.start);
                let element = ElementRef::at(self.document, next);
                let is_omitted = self.omitted == Some(element);
                if is_omitted || self.is_own_form(child) {
                    if !is_omitted {
                        self.verbatim(child.start..child.end);
                    }
                    offset = child.end;
                    next = child.next;
                    specials = specials_after(specials, offset);
                } else {
                    offset = self.start(element, &[], false);
                    next += 1;
                }
            } else {
                self.verbatim(offset..close);
                offset = self.end();
            }
        }
    }

    /// Whether an element below one that is written may be handed over as it stands, with all that is in it.
    fn is_own_form(&self, element: &ElementData) -> bool {
        let holds_omitted = || {
            let omitted = self.omitted.map(|omitted| omitted.data().start);
            omitted.is_some_and(|start| (element.start..element.end).contains(&start))
        };
        element.has(VERBATIM) && !holds_omitted()
    }

    /// Writes a start tag, and the end tag of an empty element. Returns where to go on.
    fn start(
        &mut self,
        element: ElementRef<'d>,
        inherited: &[AttributeRef<'d>],
        is_top: bool,
    ) -> u32 {
        let data = element.data();
        let declarations = self.context.depth();
        self.context.declare(element, is_top);
        let declared = self.context.depth() > declarations;
        if data.has(TAG_VERBATIM) && !declared && inherited.is_empty() {
            self.verbatim(data.start..data.content);
        } else {
            self.tag(element, inherited, declarations);
        }
        if data.has(EMPTY) {
            self.literal("></");
            self.literal(element.qname());
            self.literal(">");
            self.context.close(declarations);
            return data.end;
        }
        if !data.has(TAG_VERBATIM) || declared || !inherited.is_empty() {
            self.literal(">");
        }
        self.open.push(Open {
            element,
            close: data.close,
            declarations,
        });
        data.content
    }

    /// Writes a start tag piece by piece, without its `>`.
    fn tag(
        &mut self,
        element: ElementRef<'d>,
        inherited: &[AttributeRef<'d>],
        declarations: usize,
    ) {
        self.literal("<");
        self.literal(element.qname());
        for index in 0..self.context.since(declarations).len() {
            let Some(declaration) = self.context.since(declarations).get(index).copied() else {
                continue;
            };
            if declaration.prefix.is_empty() {
                self.literal(" xmlns=\"");
            } else {
                self.literal(" xmlns:");
                self.literal(declaration.prefix);
                self.literal("=\"");
            }
            let namespace = self.document.namespace(declaration.namespace);
            escape::value(namespace, |piece| self.literal(piece));
            self.literal("\"");
        }
        let mut attributes = std::mem::take(&mut self.attributes);
        attributes.extend(element.attributes().chain(inherited.iter().copied()));
        // By namespace, then local name, in code point order, which is the order of UTF-8 bytes (Canonical XML 1.0 §2.2).
        sort_by(&mut attributes, |one, other| {
            (one.namespace(), one.local()).cmp(&(other.namespace(), other.local()))
        });
        for attribute in attributes.drain(..) {
            self.literal(" ");
            self.literal(attribute.qname());
            self.literal("=\"");
            escape::value(&attribute.value(), |piece| self.literal(piece));
            self.literal("\"");
        }
        self.attributes = attributes;
    }

    /// Writes the end tag of the innermost open element. Returns where to go on.
    fn end(&mut self) -> u32 {
        let Some(open) = self.open.pop() else {
            return 0;
        };
        let data = open.element.data();
        if data.has(END_VERBATIM) {
            self.verbatim(data.close..data.end);
        } else {
            self.literal("</");
            self.literal(open.element.qname());
            self.literal(">");
        }
        self.context.close(open.declarations);
        data.end
    }

    fn is_written(&self, special: &Special) -> bool {
        special.kind != SpecialKind::Comment || self.comments
    }

    /// Writes what does not stand for itself. Returns whether there was anything to write.
    fn special(&mut self, special: &Special) -> bool {
        if !self.is_written(special) {
            return false;
        }
        let document = self.document;
        let source = document.slice(special.start, special.end);
        match special.kind {
            SpecialKind::Reference if matches!(source, "&amp;" | "&lt;" | "&gt;" | "&#xD;") => {
                self.verbatim(special.start..special.end);
            }
            SpecialKind::Reference => {
                escape::text(&character(source), |piece| self.literal(piece));
            }
            SpecialKind::Comment => self.literal(&normalise_lines(source)),
            SpecialKind::Instruction => self.instruction(source),
            SpecialKind::Rough | SpecialKind::Cdata => {
                let (start, end) = content(special).unwrap_or_default();
                for piece in split(document, start, end) {
                    match piece {
                        Piece::Str(text) => {
                            escape::text(&normalise_lines(&text), |piece| self.literal(piece));
                        }
                        Piece::Source(range) => {
                            self.flush();
                            self.out.source(range);
                        }
                    }
                }
            }
        }
        true
    }

    /// One space between target and data (Canonical XML 1.0 §2.3).
    fn instruction(&mut self, source: &str) {
        let inside = source
            .strip_prefix("<?")
            .and_then(|rest| rest.strip_suffix("?>"));
        let inside = normalise_lines(inside.unwrap_or_default());
        let (target, data) = inside
            .split_once(crate::checks::is_space)
            .unwrap_or((&inside, ""));
        let data = data.trim_start_matches(crate::checks::is_space);
        self.literal("<?");
        self.literal(target);
        if !data.is_empty() {
            self.literal(" ");
            self.literal(data);
        }
        self.literal("?>");
    }

    /// Notes a range of the text that is its own canonical form.
    fn verbatim(&mut self, range: Range<u32>) {
        if range.is_empty() {
            return;
        }
        if self.pending.end != range.start || self.pending.is_empty() {
            self.flush();
            self.pending.start = range.start;
        }
        self.pending.end = range.end;
    }

    fn literal(&mut self, text: &str) {
        self.flush();
        self.out.bytes(text.as_bytes());
    }

    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let Range { start, end } = std::mem::replace(&mut self.pending, 0..0);
        if self.document.has_source() {
            let range = self.document.source_range(start, end);
            if range.end - range.start >= self.shared {
                return self.out.source(range);
            }
        }
        self.out.bytes(self.document.slice(start, end).as_bytes());
    }
}
