// SPDX-License-Identifier: Apache-2.0
//! The lexical rules of XML 1.0 and Namespaces in XML 1.0, on plain strings, for readers and writers alike.

use std::ops::RangeInclusive;

use crate::document::scan::{self, Word};
use crate::name::{XML_NAMESPACE, XMLNS_NAMESPACE};

/// Whether `text` is an NCName: a name without a colon (Namespaces in XML 1.0 §3, over the name characters of
/// XML 1.0 fifth edition §2.3). Identifiers of type `xs:ID` have this form.
pub fn is_ncname(text: &str) -> bool {
    is_ascii_ncname(text.as_bytes()) || is_any_ncname(text)
}

/// Almost all names are in ASCII, and there is nothing to decode in those.
fn is_ascii_ncname(text: &[u8]) -> bool {
    let begins = |byte: &u8| ascii_name(*byte) == START;
    text.first().is_some_and(begins) && !scan::any(text, Word::outside_names)
}

#[expect(
    clippy::indexing_slicing,
    reason = "an index of one byte cannot leave a table of 256"
)]
fn ascii_name(byte: u8) -> u8 {
    ASCII_NAME[usize::from(byte)]
}

fn is_any_ncname(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(is_name_start) && characters.all(is_name_character)
}

/// Prefix, empty for none, and local part; `None` if `text` is no QName (Namespaces in XML 1.0 §4).
pub(crate) fn split_qname(text: &str) -> Option<(&str, &str)> {
    // Almost all names are in ASCII: one look at each byte tells.
    let mut colon = None;
    let mut at_start = true;
    for (index, &byte) in text.as_bytes().iter().enumerate() {
        match ascii_name(byte) {
            START => at_start = false,
            FURTHER if !at_start => {}
            COLON if !at_start && colon.is_none() => {
                colon = Some(index);
                at_start = true;
            }
            BEYOND => return split_any_qname(text),
            _ => return None,
        }
    }
    match colon {
        _ if at_start => None,
        None => Some(("", text)),
        Some(colon) => Some((text.get(..colon)?, text.get(colon + 1..)?)),
    }
}

fn split_any_qname(text: &str) -> Option<(&str, &str)> {
    let Some((prefix, local)) = text.split_once(':') else {
        return is_ncname(text).then_some(("", text));
    };
    (is_ncname(prefix) && is_ncname(local)).then_some((prefix, local))
}

const NEVER: u8 = 1;
const START: u8 = 1 << 1;
const FURTHER: u8 = 1 << 2;
const COLON: u8 = 1 << 3;
const BEYOND: u8 = 1 << 4;

/// What a byte may be in a name, one bit for each, so that a look at all of a name can gather them.
#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, and an index of one byte cannot leave a table of 256"
)]
static ASCII_NAME: [u8; 256] = {
    let mut table = [NEVER; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' => START,
            b'0'..=b'9' | b'-' | b'.' => FURTHER,
            b':' => COLON,
            0x80..=0xFF => BEYOND,
            _ => NEVER,
        };
        byte += 1;
    }
    table
};

/// White space as the grammar means it (XML 1.0 §2.3); Unicode knows more kinds.
pub(crate) fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// Whether a character may occur in a document at all (XML 1.0 §2.2).
pub(crate) fn is_legal(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{1_0000}'..)
}

/// Byte offset of the first character that no document may contain (XML 1.0 §2.2).
pub(crate) fn find_illegal(text: &str) -> Option<usize> {
    // Only control characters and the two noncharacters that begin with EF BF are illegal in what is UTF-8 already.
    let is_suspect = |byte: u8| {
        (byte < b' ') & (byte != b'\t') & (byte != b'\n') & (byte != b'\r') | (byte == 0xEF)
    };
    let bytes = text.as_bytes();
    // Most blocks have no line end, and are passed by at half the cost.
    let has_suspect =
        |block: &[u8]| has(block, |byte| (byte < b' ') | (byte == 0xEF)) && has(block, is_suspect);
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let blocks = blocks.iter().map(<[u8; BLOCK]>::as_slice).chain([rest]);
    for (number, block) in blocks.enumerate().filter(|(_, block)| has_suspect(block)) {
        let start = number * BLOCK;
        for (index, _) in block
            .iter()
            .enumerate()
            .filter(|(_, byte)| is_suspect(**byte))
        {
            let at = start + index;
            match bytes.get(at..)? {
                [0xEF, 0xBF, 0xBE | 0xBF, ..] => return Some(at),
                [0xEF, ..] => {}
                _ => return Some(at),
            }
        }
    }
    None
}

/// Whether one of the bytes is like this. Without branching, so that many are looked at together.
#[inline]
fn has(block: &[u8], is_like: impl Fn(u8) -> bool) -> bool {
    let all = block.iter();
    all.fold(0, |found, byte| found | u8::from(is_like(*byte))) != 0
}

/// Bytes looked at together.
const BLOCK: usize = 128;

/// Why a reference does not stand for a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReferenceFault {
    /// Neither a character reference nor one of the five entities that need no declaration.
    Unknown,
    /// A character reference to a character that no document may contain.
    Illegal,
}

/// The character that `&name;` stands for: a character reference (XML 1.0 §4.1) or one of the five entities that need
/// no declaration (§4.6).
pub(crate) fn resolve_reference(name: &str) -> Result<char, ReferenceFault> {
    let (digits, radix) = match (name.strip_prefix("#x"), name.strip_prefix('#')) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) => (digits, 10),
        (None, None) => return predefined_entity(name).ok_or(ReferenceFault::Unknown),
    };
    // `from_str_radix` alone would let a sign pass.
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return Err(ReferenceFault::Unknown);
    }
    u32::from_str_radix(digits, radix)
        .ok()
        .and_then(char::from_u32)
        .filter(|&character| is_legal(character))
        .ok_or(ReferenceFault::Illegal)
}

/// Whether a comment breaks XML 1.0 §2.5: no `--` inside, no `-` at the end.
pub(crate) fn has_double_hyphen(comment: &str) -> bool {
    comment.contains("--") || comment.ends_with('-')
}

/// Whether a declaration of `prefix` (empty for the default namespace) breaks Namespaces in XML 1.0 §3 (`xml` and
/// `xmlns` are fixed) or §5 (a prefix cannot be undeclared).
pub(crate) fn is_reserved_binding(prefix: &str, namespace: &str) -> bool {
    (prefix == "xml") != (namespace == XML_NAMESPACE)
        || prefix == "xmlns"
        || namespace == XMLNS_NAMESPACE
        || (!prefix.is_empty() && namespace.is_empty())
}

/// Whether a namespace name has a scheme and only characters of a URI (RFC 3986 §2). Canonical XML 1.0 §4.2 makes
/// relative ones an error, and widespread canonicalisers fail on what is no URI.
pub(crate) fn is_absolute_uri(namespace: &str) -> bool {
    let text = namespace.as_bytes();
    let is_of_scheme =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let scheme = text.iter().take_while(is_of_scheme).count();
    text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.get(scheme) == Some(&b':')
        && !scan::any(text, Word::outside_uris)
}

fn predefined_entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "apos" => '\'',
        "quot" => '"',
        _ => return None,
    })
}

fn is_name_start(character: char) -> bool {
    match character {
        'A'..='Z' | 'a'..='z' | '_' => true,
        _ => !character.is_ascii() && NAME_START.iter().any(|range| range.contains(&character)),
    }
}

fn is_name_character(character: char) -> bool {
    is_name_start(character)
        || matches!(character, '0'..='9' | '-' | '.' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
}

/// Production 4 of XML 1.0 fifth edition §2.3 beyond ASCII.
const NAME_START: [RangeInclusive<char>; 12] = [
    '\u{C0}'..='\u{D6}',
    '\u{D8}'..='\u{F6}',
    '\u{F8}'..='\u{2FF}',
    '\u{370}'..='\u{37D}',
    '\u{37F}'..='\u{1FFF}',
    '\u{200C}'..='\u{200D}',
    '\u{2070}'..='\u{218F}',
    '\u{2C00}'..='\u{2FEF}',
    '\u{3001}'..='\u{D7FF}',
    '\u{F900}'..='\u{FDCF}',
    '\u{FDF0}'..='\u{FFFD}',
    '\u{1_0000}'..='\u{E_FFFF}',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "_", "Käyttäjä", "a-1.b", "x\u{B7}", "\u{1_0000}"] {
            assert!(is_ncname(good), "{good}");
        }
        for bad in [
            "", "1a", "-a", "a:b", "a b", "\u{B7}", "a\u{D7}", "\u{300}a",
        ] {
            assert!(!is_ncname(bad), "{bad}");
        }
        assert_eq!(split_qname("a:b"), Some(("a", "b")));
        assert_eq!(split_qname("b"), Some(("", "b")));
        for bad in ["a:b:c", ":b", "a:", ":", "a:1"] {
            assert_eq!(split_qname(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_in_ascii_are_judged_like_others() {
        let characters = || '\0'..='\u{FF}';
        for (one, other) in characters().flat_map(|one| characters().map(move |other| (one, other)))
        {
            for text in [format!("{one}{other}"), format!("{one}enough{other}to.cut")] {
                assert_eq!(is_ncname(&text), is_any_ncname(&text), "{text:?}");
            }
        }
    }

    #[test]
    fn illegal_characters_are_found_where_they_stand() {
        assert_eq!(
            find_illegal("a\t\n\r\u{7F}\u{FFFD}\u{FEFF}\u{1_0000}"),
            None
        );
        assert_eq!(find_illegal("ab\0"), Some(2));
        assert_eq!(find_illegal("ä\u{1F}"), Some(2));
        assert_eq!(find_illegal("\u{FFFD}\u{FFFE}"), Some(3));
        assert_eq!(find_illegal("\u{FFFF}"), Some(0));
    }

    #[test]
    fn legality_by_character_and_by_scan_agree() {
        for character in ('\0'..='\u{2_0000}').step_by(1) {
            let mut buffer = [0; 4];
            let by_scan = find_illegal(character.encode_utf8(&mut buffer)).is_none();
            assert_eq!(by_scan, is_legal(character), "{:x}", u32::from(character));
        }
    }

    #[test]
    fn references() {
        assert_eq!(resolve_reference("amp"), Ok('&'));
        assert_eq!(resolve_reference("#13"), Ok('\r'));
        assert_eq!(resolve_reference("#x1F600"), Ok('😀'));
        for unknown in [
            "nbsp", "", "#", "#x", "#+1", "#-1", "#X20", "# 32", "#x 1", "AMP",
        ] {
            assert_eq!(
                resolve_reference(unknown),
                Err(ReferenceFault::Unknown),
                "{unknown}"
            );
        }
        for illegal in [
            "#0",
            "#x1F",
            "#xFFFE",
            "#xD800",
            "#x110000",
            "#99999999999999999999",
        ] {
            assert_eq!(
                resolve_reference(illegal),
                Err(ReferenceFault::Illegal),
                "{illegal}"
            );
        }
    }

    #[test]
    fn reserved_bindings() {
        for (prefix, namespace) in [
            ("xml", "urn:a"),
            ("x", XML_NAMESPACE),
            ("", XML_NAMESPACE),
            ("xmlns", "urn:a"),
            ("x", XMLNS_NAMESPACE),
            ("", XMLNS_NAMESPACE),
            ("x", ""),
        ] {
            assert!(
                is_reserved_binding(prefix, namespace),
                "{prefix} {namespace}"
            );
        }
        for (prefix, namespace) in [
            ("xml", XML_NAMESPACE),
            ("", ""),
            ("", "urn:a"),
            ("x", "urn:a"),
        ] {
            assert!(
                !is_reserved_binding(prefix, namespace),
                "{prefix} {namespace}"
            );
        }
    }

    #[test]
    fn absolute_namespaces() {
        for good in ["urn:a", "http://a/b?c=d&e='f'#g"] {
            assert!(is_absolute_uri(good), "{good}");
        }
        for bad in [
            "", "a", "../a", "/a:b", "1a:b", ":b", "urn:a b", "urn:ä", "urn:<", "urn:\0",
        ] {
            assert!(!is_absolute_uri(bad), "{bad}");
        }
    }
}
