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
    /// Anything else, none of these. [`Tokens::other`] reads it.
    Other,
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

    /// The next token, which ends at `at` unless another has to read it; nothing at the end.
    #[inline]
    pub(super) fn next(&mut self, open: OpenName) -> Option<Token> {
        let bytes = self.text.as_bytes();
        let rest = bytes.get(self.at..).unwrap_or_default();
        let (length, token) = match rest {
            [] => return None,
            [b'<', b'/', ..] => {
                let closing = self.at + 2;
                let is_close = open.length > 0
                    && rest.get(2 + open.length) == Some(&b'>')
                    && scan::are_equal(bytes, open.start, closing, open.length);
                match is_close {
                    true => (3 + open.length, Token::Close),
                    false => tag(rest, None),
                }
            }
            [b'<', b'!' | b'?', ..] | [b'<'] => (0, Token::Other),
            [b'<', ..] => start_tag(rest),
            [b'&', ..] => reference(rest),
            _ => {
                let (length, rough) = text(rest);
                (length, Token::Text { rough })
            }
        };
        self.at += length;
        Some(token)
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
fn reference(bytes: &[u8]) -> (usize, Token) {
    let known = |name: &str, canonical| (name.len(), Token::Reference { canonical });
    match bytes {
        [b'&', b'a', b'm', b'p', b';', ..] => known("&amp;", true),
        [b'&', b'l', b't', b';', ..] => known("&lt;", true),
        [b'&', b'g', b't', b';', ..] => known("&gt;", true),
        [b'&', b'q', b'u', b'o', b't', b';', ..] => known("&quot;", false),
        [b'&', b'a', b'p', b'o', b's', b';', ..] => known("&apos;", false),
        _ => (0, Token::Other),
    }
}

/// The start tag, or empty tag, that these bytes begin with.
fn start_tag(bytes: &[u8]) -> (usize, Token) {
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
        [b'>', ..] => (length + 2, Token::Start(name)),
        [b'/', b'>', ..] => (length + 3, Token::Empty(name)),
        [b' ' | b'\t' | b'\n' | b'\r', ..] => tag(bytes, Some(name)),
        _ => tag(bytes, None),
    }
}

/// Any tag: it ends behind a `>` that is not between quotes. For another to read if it does not end. White space follows the name, if that is known.
fn tag(bytes: &[u8], name: Option<TagName>) -> (usize, Token) {
    let Some((name_end, end)) = tag_ends(bytes, name.map(|name| 1 + name.length())) else {
        return (0, Token::Other);
    };
    let name = name.unwrap_or_else(|| TagName::new(name_end - 1, None));
    let token = match (bytes.get(1), bytes.get(end - 2)) {
        (Some(b'/'), _) => Token::End,
        (_, Some(b'/')) => Token::Empty(name),
        _ => Token::Start(name),
    };
    (end, token)
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
mod tests {
    use super::*;
    use crate::checks;

    /// Kind, name if any, and end of each token; the first error with its place.
    type Found = (Vec<(&'static str, usize, usize)>, Option<(String, usize)>);

    /// With the name of the last start tag as the open one; the tokens may not be others for it.
    fn ours(text: &str) -> Found {
        let mut tokens = Tokens::new(text);
        let mut found = Vec::new();
        let mut open = OpenName::default();
        loop {
            let start = tokens.at;
            let Some(token) = tokens.next(open) else {
                return (found, None);
            };
            let (kind, name) = match token {
                Token::Start(name) | Token::Empty(name) => {
                    let written = &text[start + 1..start + 1 + name.length()];
                    check_name(written, name);
                    open = OpenName {
                        start: start + 1,
                        length: name.length(),
                    };
                    let is_empty = matches!(token, Token::Empty(_));
                    (if is_empty { "empty" } else { "start" }, name.length())
                }
                Token::Close => {
                    let name = &text[open.start..open.start + open.length];
                    assert_eq!(text[start..tokens.at], format!("</{name}>"));
                    ("end", 0)
                }
                Token::End => ("end", 0),
                Token::Text { rough } => {
                    assert_eq!(rough, text[start..tokens.at].contains(['>', '\r']));
                    ("text", 0)
                }
                Token::Reference { canonical } => {
                    let written = &text[start..tokens.at];
                    assert_eq!(canonical, matches!(written, "&amp;" | "&lt;" | "&gt;"));
                    ("reference", 0)
                }
                Token::Other => match tokens.other() {
                    Ok(event) => (kind(&event), 0),
                    Err((error, offset)) => return (found, Some((error.to_string(), offset))),
                },
            };
            found.push((kind, name, tokens.at));
        }
    }

    /// What is said of a name is so; of a name in ASCII that is one, it is said.
    fn check_name(written: &str, name: TagName) {
        let split = checks::split_qname(written);
        match name.prefix() {
            Some(length) => assert_eq!(split.map(|(prefix, _)| prefix.len()), Some(length)),
            None => assert!(split.is_none() || !written.is_ascii(), "{written}"),
        }
    }

    fn theirs(text: &str) -> Found {
        let mut parser = Reader::from_str(text);
        parser.config_mut().check_end_names = false;
        // Whether something is open is known to whoever builds the document.
        parser.config_mut().allow_unmatched_ends = true;
        let mut found = Vec::new();
        loop {
            match parser.read_event() {
                Ok(Event::Eof) => return (found, None),
                Ok(event) => {
                    let name = match &event {
                        Event::Start(tag) | Event::Empty(tag) => tag.name().into_inner().len(),
                        _ => 0,
                    };
                    found.push((kind(&event), name, offset_of(parser.buffer_position())));
                }
                Err(error) => {
                    let offset = offset_of(parser.error_position());
                    return (found, Some((error.to_string(), offset)));
                }
            }
        }
    }

    fn kind(event: &Event<'_>) -> &'static str {
        match event {
            Event::Start(_) => "start",
            Event::Empty(_) => "empty",
            Event::End(_) => "end",
            Event::Text(_) => "text",
            Event::CData(_) => "cdata",
            Event::Comment(_) => "comment",
            Event::Decl(_) => "declaration",
            Event::PI(_) => "instruction",
            Event::DocType(_) => "document type",
            Event::GeneralRef(_) => "reference",
            Event::Eof => "end of text",
        }
    }

    /// Every text of up to five of these characters.
    #[test]
    fn short_texts_are_taken_apart_as_by_quick_xml() {
        const ALPHABET: [char; 10] = ['<', '>', '/', 'a', ':', ' ', '\r', '"', '&', ';'];
        let mut texts = vec![String::new()];
        for _ in 0..5 {
            let longer = texts.iter().flat_map(|text| {
                ALPHABET.iter().map(move |character| {
                    let mut text = text.clone();
                    text.push(*character);
                    text
                })
            });
            texts = longer.collect();
            for text in &texts {
                assert_eq!(ours(text), theirs(text), "{text:?}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn markup_is_taken_apart_as_by_quick_xml(pieces in proptest::collection::vec(piece(), 0..24)) {
            let text = pieces.concat();
            proptest::prop_assert_eq!(ours(&text), theirs(&text));
        }
    }

    fn piece() -> impl proptest::strategy::Strategy<Value = &'static str> {
        proptest::sample::select(vec![
            "<",
            ">",
            "</",
            "/>",
            "<a>",
            "<p:b x='1' y=\"2\"/>",
            "<p:b>",
            "<a_1.-b/>",
            "<name-of-more-than-sixteen>",
            "</name-of-more-than-sixteen>",
            "</p:b>",
            "</a >",
            ":",
            "1",
            "</a>",
            "<!--",
            "-->",
            "<![CDATA[",
            "]]>",
            "<?",
            "?>",
            "<?xml version='1.0'?>",
            "<!DOCTYPE a>",
            "&amp;",
            "&lt;",
            "&gt;",
            "&quot;",
            "&apos;",
            "&nbsp;",
            "\r",
            "&#x41;",
            "&",
            ";",
            "'",
            "\"",
            "=",
            " ",
            "\n",
            "\t",
            "\r\n",
            "ä",
            "\u{2028}",
            "x",
            "text that is longer than sixteen bytes",
        ])
    }
}
