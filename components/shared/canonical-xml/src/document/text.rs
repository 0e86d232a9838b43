// SPDX-License-Identifier: Apache-2.0
//! Text of an element, in pieces.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::checks;

use super::arena::{Special, SpecialKind, specials_after};
use super::tag;
use super::{Document, ElementRef};

/// What stands directly in an element beside other elements, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Segment<'d> {
    /// A range of the text that stands for itself.
    Plain(u32, u32),
    Special(&'d Special),
}

/// Goes through what stands directly in an element, and past the elements there.
#[derive(Clone)]
pub(crate) struct Segments<'d> {
    document: &'d Document<'d>,
    offset: u32,
    close: u32,
    /// The next child, and where the children end.
    child: u32,
    end: u32,
    specials: &'d [Special],
}

impl<'d> Segments<'d> {
    pub(crate) fn new(element: ElementRef<'d>) -> Self {
        let (document, data) = (element.document(), element.data());
        Self {
            document,
            offset: data.content,
            close: data.close,
            child: element.index() + 1,
            end: data.next,
            specials: document.specials_from(data.content),
        }
    }
}

impl<'d> Iterator for Segments<'d> {
    type Item = Segment<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.offset < self.close {
            let child = (self.child < self.end).then(|| ElementRef::new(self.document, self.child));
            let child_start = child.map_or(self.close, |child| child.data().start);
            let special = self.specials.first();
            let special_start = special.map_or(self.close, |special| special.start);
            let next = child_start.min(special_start).min(self.close);
            if self.offset < next {
                let plain = Segment::Plain(self.offset, next);
                self.offset = next;
                return Some(plain);
            }
            match (child, special) {
                (Some(child), _) if child_start == next => {
                    self.offset = child.data().end;
                    self.child = child.data().next;
                    self.specials = specials_after(self.specials, self.offset);
                }
                (_, Some(special)) => {
                    self.offset = special.end;
                    self.specials = self.specials.get(1..).unwrap_or_default();
                    return Some(Segment::Special(special));
                }
                _ => return None,
            }
        }
        None
    }
}

/// The text of one element; see [`ElementRef::text`].
#[derive(Clone, Copy)]
pub struct Text<'d> {
    element: ElementRef<'d>,
}

/// A piece of text.
#[derive(Clone, PartialEq, Eq)]
pub enum Piece<'d> {
    /// In memory.
    Str(Cow<'d, str>),
    /// In the source: the bytes of this range are the text. What was left there is plain ASCII.
    Source(Range<u64>),
}

impl<'d> Text<'d> {
    pub(super) fn new(element: ElementRef<'d>) -> Self {
        Self { element }
    }

    /// Its pieces in order; none is empty.
    pub fn pieces(self) -> impl Iterator<Item = Piece<'d>> {
        let document = self.element.document();
        Segments::new(self.element).flat_map(move |segment| pieces_of(document, segment, false))
    }

    /// As [`pieces`](Self::pieces), for whoever shares bytes of the source rather than copying them: where a part of what stands for itself was left
    /// there, all of it is one piece.
    pub fn shared_pieces(self) -> impl Iterator<Item = Piece<'d>> {
        let document = self.element.document();
        Segments::new(self.element).flat_map(move |segment| pieces_of(document, segment, true))
    }

    /// All of it; `None` when a part was left in the source.
    pub fn to_str(self) -> Option<Cow<'d, str>> {
        let mut whole = Cow::Borrowed("");
        for piece in self.pieces() {
            let Piece::Str(piece) = piece else {
                return None;
            };
            if whole.is_empty() {
                whole = piece;
            } else {
                whole.to_mut().push_str(&piece);
            }
        }
        Some(whole)
    }

    /// Whether it is white space only, or nothing.
    pub fn is_blank(self) -> bool {
        self.pieces().all(|piece| match piece {
            Piece::Str(text) => text.chars().all(checks::is_space),
            // No document leaves thousands of blanks there for a reason; looking at them is not worth the trip.
            Piece::Source(_) => false,
        })
    }
}

impl fmt::Debug for Text<'_> {
    /// Nothing of it: content may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text of {:?}", self.element)
    }
}

impl fmt::Debug for Piece<'_> {
    /// Lengths only: content may be personal data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Str(text) => write!(f, "Str({} bytes)", text.len()),
            Self::Source(range) => write!(f, "Source({range:?})"),
        }
    }
}

/// The text of a segment; where a part of what stands for itself was left in the source, as one range of that if it is to be shared.
fn pieces_of<'d>(
    document: &'d Document<'d>,
    segment: Segment<'d>,
    is_shared: bool,
) -> impl Iterator<Item = Piece<'d>> {
    let (start, end, rough) = match segment {
        Segment::Plain(start, end) => (start, end, false),
        Segment::Special(special) => match content(special) {
            Some((start, end)) => (start, end, true),
            None => (0, 0, false),
        },
    };
    let is_reference =
        matches!(segment, Segment::Special(special) if special.kind == SpecialKind::Reference);
    let is_one = is_shared && !rough && document.cuts_within(start, end).next().is_some();
    let range = is_one.then(|| Piece::Source(document.source_range(start, end)));
    let start = if is_one { end } else { start };
    let parts = split(document, start, end).map(move |part| match part {
        Piece::Str(text) if is_reference => Piece::Str(Cow::Owned(character(&text))),
        Piece::Str(Cow::Borrowed(text)) if rough => Piece::Str(normalise_lines(text)),
        other => other,
    });
    range.into_iter().chain(parts)
}

/// What of a special is text, if anything; of a reference, all of it.
pub(crate) fn content(special: &Special) -> Option<(u32, u32)> {
    const CDATA: (u32, u32) = ("<![CDATA[".len() as u32, "]]>".len() as u32);
    match special.kind {
        SpecialKind::Cdata => Some((special.start + CDATA.0, special.end - CDATA.1)),
        SpecialKind::Rough | SpecialKind::Reference => Some((special.start, special.end)),
        SpecialKind::Comment | SpecialKind::Instruction => None,
    }
}

/// A range of the text and what is missing in it, in order.
pub(crate) fn split<'d>(
    document: &'d Document<'d>,
    start: u32,
    end: u32,
) -> impl Iterator<Item = Piece<'d>> {
    let mut from = start;
    let mut cuts = document.cuts_within(start, end);
    let mut missing = None;
    std::iter::from_fn(move || {
        if let Some(range) = missing.take() {
            return Some(Piece::Source(range));
        }
        let (to, range) = cuts
            .next()
            .map_or((end, None), |(at, range)| (at, Some(range)));
        let text = document.slice(from, to);
        from = to;
        match (text, range) {
            ("", range) => range.map(Piece::Source),
            (text, range) => {
                missing = range;
                Some(Piece::Str(Cow::Borrowed(text)))
            }
        }
    })
}

/// The character that a reference, found to be right before, stands for.
pub(crate) fn character(reference: &str) -> String {
    let name = reference.strip_prefix('&').unwrap_or(reference);
    let name = name.strip_suffix(';').unwrap_or(name);
    tag::reference(name).map(String::from).unwrap_or_default()
}

/// CRLF and lone CR become LF (XML 1.0 §2.11).
pub(crate) fn normalise_lines(text: &str) -> Cow<'_, str> {
    if !text.contains('\r') {
        return Cow::Borrowed(text);
    }
    let mut normalised = String::with_capacity(text.len());
    let mut lines = text.split('\r');
    normalised.push_str(lines.next().unwrap_or_default());
    for line in lines {
        if !line.starts_with('\n') {
            normalised.push('\n');
        }
        normalised.push_str(line);
    }
    Cow::Owned(normalised)
}
