// SPDX-License-Identifier: Apache-2.0
//! Tags, text and the references that need no declaration, found in one look at each byte; quick-xml reads whatever else there is.
//!
//! quick-xml looks at tags several times, for their end, their characters and their name, and keeps the names that are open. Almost all of most documents are
//! tags and text, so these are found here, with its very results; a test holds them to that. What is learnt on the way, of names and of text, is handed on.

use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::Event;

use super::arena::short;
use super::parser::offset_of;
use super::scan::{self, Word};

/// A piece of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A start tag.
    Start(TagName),
    /// The tag of an element without content.
    Empty(TagName),
    /// The end tag of the element that is open, without white space.
    Close,
    /// Another end tag, or the same written otherwise.
    End,
    /// Text without `<` and `&`.
    Text {
        /// Whether `>` or CR stands in it.
        rough: bool,
    },
    /// A reference to a character that XML itself names; whether that is how the canonical form writes it.
    Reference {
        /// As in the canonical form.
        canonical: bool,
    },
}

/// What comes next in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Token(Token),
    /// Anything else. [`Tokens::other`] reads it.
    Other,
    End,
}

/// What stands where the name of a tag belongs. Small, so that a token is handed over in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TagName {
    length: u32,
    /// As [`TagName::prefix`] has it, or [`TagName::UNKNOWN`].
    prefix: u32,
}

impl TagName {
    const UNKNOWN: u32 = u32::MAX;

    fn new(length: usize, prefix: Option<usize>) -> Self {
        Self {
            length: short(length),
            prefix: prefix.map_or(Self::UNKNOWN, short),
        }
    }

    /// Its length.
    pub(super) fn length(self) -> usize {
        self.length as usize
    }

    /// Length of its prefix, 0 for none, if it was found to be a qualified name. Of a name beyond ASCII that remains to be found out.
    pub(super) fn prefix(self) -> Option<usize> {
        (self.prefix != Self::UNKNOWN).then_some(self.prefix as usize)
    }
}

/// The name of the element that is open, as a place in the text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OpenName {
    pub(super) start: usize,
    /// 0 where none is open.
    pub(super) length: usize,
}

/// A document taken apart from start to end.
pub(super) struct Tokens<'a> {
    text: &'a str,
    /// Where the next token begins.
    pub(super) at: usize,
}

/// Bytes of text that are looked at before the search that is made for long runs.
const SHORT: usize = 64;

impl<'a> Tokens<'a> {
    /// Of a text without byte order mark.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// What comes next. A token ends at `at` then.
    #[inline]
    pub(super) fn next(&mut self, open: OpenName) -> Next {
        let bytes = self.text.as_bytes();
        let rest = bytes.get(self.at..).unwrap_or_default();
        let (length, next) = match rest {
            [] => return Next::End,
            [b'<', b'/', ..] => {
                let closing = self.at + 2;
                let is_close = open.length > 0
                    && rest.get(2 + open.length) == Some(&b'>')
                    && scan::are_equal(bytes, open.start, closing, open.length);
                match is_close {
                    true => (3 + open.length, Next::Token(Token::Close)),
                    false => tag(rest, None),
                }
            }
            [b'<', b'!' | b'?', ..] | [b'<'] => (0, Next::Other),
            [b'<', ..] => start_tag(rest),
            [b'&', ..] => reference(rest),
            _ => {
                let (length, rough) = text(rest);
                (length, Next::Token(Token::Text { rough }))
            }
        };
        self.at += length;
        next
    }

    /// What is no token of ours, which ends at `at` then. It is read as if it stood alone: what quick-xml makes of it does not depend on what was before.
    ///
    /// # Errors
    /// What the parser refuses, and where.
    pub(super) fn other(&mut self) -> Result<Event<'a>, (Error, usize)> {
        let mut parser = Reader::from_str(self.text.get(self.at..).unwrap_or_default());
        match parser.read_event() {
            Ok(event) => {
                self.at += offset_of(parser.buffer_position());
                Ok(event)
            }
            Err(error) => Err((error, self.at + offset_of(parser.error_position()))),
        }
    }
}

/// Length of the text up to markup or a reference, and whether `>` or CR stands in it.
fn text(bytes: &[u8]) -> (usize, bool) {
    // `<` and `>` differ in one bit.
    let special = |word: Word| {
        let brackets = word.with(b'<' ^ b'>').equal(b'>');
        brackets.or(word.equal(b'&')).or(word.equal(b'\r'))
    };
    let short = bytes.get(..SHORT).unwrap_or(bytes);
    let plain = scan::first(short, special);
    if matches!(bytes.get(plain), None | Some(b'<' | b'&')) {
        return (plain, false);
    }
    let rest = bytes.get(plain..).unwrap_or_default();
    let more = memchr::memchr2(b'<', b'&', rest).unwrap_or(rest.len());
    let rest = rest.get(..more).unwrap_or_default();
    let rough = memchr::memchr2(b'>', b'\r', rest).is_some();
    (plain + more, rough)
}

/// The reference that these bytes begin with, if it is one of the five that need no declaration.
fn reference(bytes: &[u8]) -> (usize, Next) {
    let known = |name: &str, canonical| {
        let reference = Token::Reference { canonical };
        (name.len(), Next::Token(reference))
    };
    match bytes {
        [b'&', b'a', b'm', b'p', b';', ..] => known("&amp;", true),
        [b'&', b'l', b't', b';', ..] => known("&lt;", true),
        [b'&', b'g', b't', b';', ..] => known("&gt;", true),
        [b'&', b'q', b'u', b'o', b't', b';', ..] => known("&quot;", false),
        [b'&', b'a', b'p', b'o', b's', b';', ..] => known("&apos;", false),
        _ => (0, Next::Other),
    }
}

/// The start tag, or empty tag, that these bytes begin with.
fn start_tag(bytes: &[u8]) -> (usize, Next) {
    let from = |at: usize| bytes.get(at..).unwrap_or_default();
    let first = scan::ascii_ncname(from(1));
    let (mut length, mut prefix) = (first, 0);
    if first > 0 && bytes.get(1 + first) == Some(&b':') {
        let local = scan::ascii_ncname(from(2 + first));
        // What is malformed is read as a whole, to be refused.
        (length, prefix) = match local {
            0 => (0, 0),
            local => (first + 1 + local, first),
        };
    }
    let name = TagName::new(length, Some(prefix));
    match from(1 + length) {
        _ if length == 0 => tag(bytes, None),
        [b'>', ..] => (length + 2, Next::Token(Token::Start(name))),
        [b'/', b'>', ..] => (length + 3, Next::Token(Token::Empty(name))),
        [b' ' | b'\t' | b'\n' | b'\r', ..] => tag(bytes, Some(name)),
        _ => tag(bytes, None),
    }
}

/// Any tag: it ends behind a `>` that is not between quotes. For another to read if it does not end. White space follows the name, if that is known.
fn tag(bytes: &[u8], name: Option<TagName>) -> (usize, Next) {
    let Some((name_end, end)) = tag_ends(bytes, name.map(|name| 1 + name.length())) else {
        return (0, Next::Other);
    };
    let name = name.unwrap_or_else(|| TagName::new(name_end - 1, None));
    let token = match (bytes.get(1), bytes.get(end - 2)) {
        (Some(b'/'), _) => Token::End,
        (_, Some(b'/')) => Token::Empty(name),
        _ => Token::Start(name),
    };
    (end, Next::Token(token))
}

/// Where the name of the tag ends that these bytes begin with, and the tag.
fn tag_ends(bytes: &[u8], known: Option<usize>) -> Option<(usize, usize)> {
    let ends_name = |byte: &u8| matches!(byte, b'>' | b'"' | b'\'') || is_space(byte);
    let mut index = match known {
        Some(index) => index,
        None => 1 + bytes.get(1..)?.iter().position(ends_name)?,
    };
    let mut name_end = known;
    loop {
        match *bytes.get(index)? {
            b'>' => break,
            quote @ (b'"' | b'\'') => {
                let quoted = bytes.get(index + 1..)?;
                let length = memchr::memchr(quote, quoted)?;
                // No name has quotes. What stands in its place ends where one would.
                if name_end.is_none() {
                    let quoted = quoted.get(..length).unwrap_or_default();
                    let space = quoted.iter().position(is_space);
                    name_end = space.map(|offset| index + 1 + offset);
                }
                index += 1 + length;
            }
            byte if name_end.is_none() && is_space(&byte) => name_end = Some(index),
            _ => {}
        }
        index += 1;
    }
    let is_empty = index > 1 && bytes.get(index - 1) == Some(&b'/');
    let content_end = if is_empty { index - 1 } else { index };
    Some((name_end.unwrap_or(content_end), index + 1))
}

fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests;
