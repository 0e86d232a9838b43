// SPDX-License-Identifier: Apache-2.0
//! The tokens are quick-xml's.

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
        let token = match tokens.next(open) {
            Next::End => return (found, None),
            Next::Token(token) => token,
            Next::Other => {
                match tokens.other() {
                    Ok(event) => found.push((kind(&event), 0, tokens.at)),
                    Err((error, offset)) => return (found, Some((error.to_string(), offset))),
                }
                continue;
            }
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
