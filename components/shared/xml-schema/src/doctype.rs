// SPDX-License-Identifier: Apache-2.0
//! Document type declarations of schemas, put out of the way.

use std::ops::Range;

/// Overwrites the document type declaration with blanks, but for line ends, so that places stay what they are. Nothing it declares is looked at: a
/// reference to an entity of it is refused as any other, and what is no whole declaration is left to the reader of the document to refuse.
pub(crate) fn blank(bytes: &mut [u8]) {
    let Some(low) = low_byte(bytes) else {
        let found = declaration(bytes);
        let units = found.and_then(|found| bytes.get_mut(found));
        units.into_iter().flatten().for_each(blank_byte);
        return;
    };
    let Some(found) = declaration(&ascii_of(bytes, low)) else {
        return;
    };
    let units = bytes.get_mut(found.start * 2..found.end * 2);
    for unit in units
        .into_iter()
        .flat_map(|units| units.chunks_exact_mut(2))
    {
        let is_ascii = unit.get(1 - low) == Some(&0);
        let own = unit.get(low).copied().filter(|_| is_ascii);
        let mut byte = own.unwrap_or(b' ');
        blank_byte(&mut byte);
        unit.fill(0);
        if let Some(part) = unit.get_mut(low) {
            *part = byte;
        }
    }
}

fn blank_byte(byte: &mut u8) {
    if !matches!(byte, b'\n' | b'\r') {
        *byte = b' ';
    }
}

/// Which byte of two is the low one, of a document in UTF-16: by its mark, or by the first character of a document that has none (XML 1.0 appendix F).
fn low_byte(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0xFF, 0xFE, ..] | [b'<' | b' ' | b'\t' | b'\r' | b'\n', 0, ..] => Some(0),
        [0xFE, 0xFF, ..] | [0, b'<' | b' ' | b'\t' | b'\r' | b'\n', ..] => Some(1),
        _ => None,
    }
}

/// A byte for each unit of UTF-16; markup is ASCII, and everything else is as good as any letter. The mark is a blank.
fn ascii_of(bytes: &[u8], low: usize) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|unit| match unit {
        [first, second] if low == 0 => u16::from_le_bytes([*first, *second]),
        [first, second] => u16::from_be_bytes([*first, *second]),
        _ => 0,
    });
    let ascii = units.map(|unit| match unit {
        0xFEFF => b' ',
        _ => u8::try_from(unit).unwrap_or(b'x'),
    });
    ascii.collect()
}

/// Where the declaration stands.
fn declaration(bytes: &[u8]) -> Option<Range<usize>> {
    let start = start(bytes)?;
    end(bytes, start).map(|end| start..end)
}

/// Where it begins: behind nothing but declaration, comments, instructions and white space.
fn start(bytes: &[u8]) -> Option<usize> {
    let mut at = if bytes.starts_with(b"\xEF\xBB\xBF") {
        3
    } else {
        0
    };
    loop {
        let rest = bytes.get(at..)?;
        if rest.starts_with(b"<!DOCTYPE") {
            return Some(at);
        }
        at += if rest.starts_with(b"<!--") {
            past(rest, 4, b"-->")?
        } else if rest.starts_with(b"<?") {
            past(rest, 2, b"?>")?
        } else if rest.first()?.is_ascii_whitespace() {
            1
        } else {
            return None;
        };
    }
}

/// Where it ends: at a `>` outside of brackets, literals, comments and instructions.
fn end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + b"<!DOCTYPE".len();
    let mut is_inside = false;
    loop {
        let rest = bytes.get(at..)?;
        at += match rest.first()? {
            b'"' => past(rest, 1, b"\"")?,
            b'\'' => past(rest, 1, b"'")?,
            b'<' if rest.starts_with(b"<!--") => past(rest, 4, b"-->")?,
            b'<' if rest.starts_with(b"<?") => past(rest, 2, b"?>")?,
            b'[' => {
                is_inside = true;
                1
            }
            b']' => {
                is_inside = false;
                1
            }
            b'>' if !is_inside => return Some(at + 1),
            _ => 1,
        };
    }
}

/// Behind the first `what` from `from` on.
fn past(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let found = rest.windows(what.len()).position(|window| window == what)?;
    Some(from + found + what.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declarations_become_blanks_and_nothing_else_does() {
        let declaration =
            "<!DOCTYPE a PUBLIC \"x>\" 'y' [\n<!ENTITY b '>]'>\n<!-- ]> -->\n<?p ]>?>\n]>";
        let document = format!("<?xml version='1.0'?>\n<!-- <!DOCTYPE --> {declaration}<a>]></a>");
        let mut bytes = document.clone().into_bytes();
        blank(&mut bytes);
        let blanks: String = declaration
            .chars()
            .map(|c| if c == '\n' { c } else { ' ' })
            .collect();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            document.replace(declaration, &blanks)
        );
        for document in [
            "<a><!DOCTYPE b></a>",
            "<!DOCTYPE a [",
            "<!DOCTYPE",
            "",
            "<a/>",
            "<!-- <!DOCTYPE a>",
        ] {
            let mut bytes = document.as_bytes().to_vec();
            blank(&mut bytes);
            assert_eq!(bytes, document.as_bytes());
        }
    }

    #[test]
    fn utf_16_is_read_either_way_round_with_or_without_a_mark() {
        let declaration = "<!DOCTYPE a [\r\n<!ENTITY b 'ä>€'>\n]>";
        let document = |declaration: &str| {
            format!("<?xml version='1.0'?><!-- Ō€ -->{declaration}<a>\u{0d3c}>ä</a>")
        };
        let blanks: String = declaration
            .chars()
            .map(|c| if matches!(c, '\r' | '\n') { c } else { ' ' })
            .collect();
        let low_first: fn(&str) -> Vec<u8> =
            |text| text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let high_first: fn(&str) -> Vec<u8> =
            |text| text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for mark in ["", "\u{feff}"] {
            let before = format!("{mark}{}", document(declaration));
            let after = format!("{mark}{}", document(&blanks));
            for written in [low_first, high_first] {
                let mut bytes = written(&before);
                blank(&mut bytes);
                assert_eq!(bytes, written(&after), "{mark:?}");
            }
        }
        let mut cut = vec![0xFF, 0xFE, b'<', 0, b'!'];
        blank(&mut cut);
        assert_eq!(cut, [0xFF, 0xFE, b'<', 0, b'!']);
    }
}
