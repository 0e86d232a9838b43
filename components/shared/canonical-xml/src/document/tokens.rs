// SPDX-License-Identifier: Apache-2.0
//! Tags and text, found in one look at each byte; quick-xml reads whatever else there is.
//!
//! quick-xml looks at tags several times, for their end, their characters and their name, and keeps the names that are open. Almost all of most documents are
//! tags and text, so these are found here, with its very results; a test holds them to that.

use quick_xml::Reader;
use quick_xml::errors::Error;
use quick_xml::events::Event;

use super::parser::offset_of;

/// A piece of a document.
#[derive(Debug)]
pub(super) enum Token<'a> {
    /// A start tag: length of what stands where its name belongs.
    Start(usize),
    /// The tag of an element without content: the same.
    Empty(usize),
    /// An end tag.
    End,
    /// Text without `<` and `&`.
    Text,
    /// Anything else, none of these.
    Other(Event<'a>),
}

/// A document taken apart from start to end.
pub(super) struct Tokens<'a> {
    text: &'a str,
    /// Where the next token begins.
    pub(super) at: usize,
}

/// Bytes of text that are looked at one by one before the search that is made for long runs.
const SHORT: usize = 16;

impl<'a> Tokens<'a> {
    /// Of a text without byte order mark.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The next token, which ends at `at`; nothing at the end.
    ///
    /// # Errors
    /// What the parser refuses, and where.
    pub(super) fn next(&mut self) -> Result<Option<Token<'a>>, (Error, usize)> {
        let bytes = self.text.as_bytes();
        let Some(first) = bytes.get(self.at) else {
            return Ok(None);
        };
        match (first, bytes.get(self.at + 1)) {
            (b'&', _) | (b'<', None | Some(b'!' | b'?')) => self.other(),
            (b'<', Some(second)) => match tag(bytes, self.at) {
                Some((name_end, end)) => {
                    let token = Self::tag_of(*second, name_end - self.at - 1, bytes.get(end - 2));
                    self.at = end;
                    Ok(Some(token))
                }
                None => self.other(),
            },
            _ => {
                self.at += text_length(bytes.get(self.at..).unwrap_or_default());
                Ok(Some(Token::Text))
            }
        }
    }

    fn tag_of(second: u8, name: usize, last: Option<&u8>) -> Token<'a> {
        match (second, last) {
            (b'/', _) => Token::End,
            (_, Some(b'/')) => Token::Empty(name),
            _ => Token::Start(name),
        }
    }

    /// It is read as if it stood alone: what quick-xml makes of it does not depend on what was before.
    fn other(&mut self) -> Result<Option<Token<'a>>, (Error, usize)> {
        let mut parser = Reader::from_str(self.text.get(self.at..).unwrap_or_default());
        match parser.read_event() {
            Ok(event) => {
                self.at += offset_of(parser.buffer_position());
                Ok(Some(Token::Other(event)))
            }
            Err(error) => Err((error, self.at + offset_of(parser.error_position()))),
        }
    }
}

/// Length of the text up to markup or a reference.
fn text_length(bytes: &[u8]) -> usize {
    let ends = |byte: &u8| matches!(byte, b'<' | b'&');
    let short = bytes.get(..SHORT).unwrap_or(bytes);
    if let Some(length) = short.iter().position(ends) {
        return length;
    }
    let rest = bytes.get(short.len()..).unwrap_or_default();
    let more = memchr::memchr2(b'<', b'&', rest);
    short.len() + more.unwrap_or(rest.len())
}

/// Where the name of the tag at `at` ends, and the tag: behind a `>` that is not between quotes. Nothing if it does not end.
fn tag(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let begun = at + 1;
    let ends_name = |byte: &u8| matches!(byte, b'>' | b'"' | b'\'') || is_space(byte);
    let mut index = begun + bytes.get(begun..)?.iter().position(ends_name)?;
    let mut name_end = None;
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
    let is_empty = index > begun && bytes.get(index - 1) == Some(&b'/');
    let content_end = if is_empty { index - 1 } else { index };
    Some((name_end.unwrap_or(content_end), index + 1))
}

fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kind, name if any, and end of each token; the first error with its place.
    type Found = (Vec<(&'static str, usize, usize)>, Option<(String, usize)>);

    fn ours(text: &str) -> Found {
        let mut tokens = Tokens::new(text);
        let mut found = Vec::new();
        loop {
            match tokens.next() {
                Ok(None) => return (found, None),
                Ok(Some(token)) => {
                    let (kind, name) = match &token {
                        Token::Start(name) => ("start", *name),
                        Token::Empty(name) => ("empty", *name),
                        Token::End => ("end", 0),
                        Token::Text => ("text", 0),
                        Token::Other(event) => (kind(event), 0),
                    };
                    found.push((kind, name, tokens.at));
                }
                Err((error, offset)) => return (found, Some((error.to_string(), offset))),
            }
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
        const ALPHABET: [char; 9] = ['<', '>', '/', 'a', ' ', '"', '\'', '&', ';'];
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
