// SPDX-License-Identifier: Apache-2.0
//! Characters that canonical text and attribute values do not contain as themselves.

use crate::document::scan;

/// Writes a text node (Canonical XML 1.0 §2.3, "Text Nodes").
pub(crate) fn text(text: &str, out: impl FnMut(&str)) {
    replace(text, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Writes the value of an attribute or declaration (Canonical XML 1.0 §2.3, "Attribute Nodes"). `>` stays.
pub(crate) fn value(value: &str, mut out: impl FnMut(&str)) {
    if is_plain(value) {
        if !value.is_empty() {
            out(value);
        }
        return;
    }
    replace_in_value(value, out);
}

fn replace_in_value(value: &str, out: impl FnMut(&str)) {
    replace(value, out, |byte| match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#x9;"),
        b'\n' => Some("&#xA;"),
        b'\r' => Some("&#xD;"),
        _ => None,
    });
}

/// Whether a text is written as it stands, in an element and in an attribute alike, and holds nothing illegal. Says no to a few texts
/// of which a closer look would find that they are.
pub(crate) fn is_plain(text: &str) -> bool {
    !scan::any(text.as_bytes(), |word| {
        // Two characters each that differ in one bit: `"` and `&`, `<` and `>`.
        let markup = word.with(0x04).equal(b'&').or(word.with(0x02).equal(b'>'));
        // The two noncharacters, and others, begin with EF.
        markup.or(word.below(b' ')).or(word.equal(0xEF))
    })
}

/// Hands `text` to `out` piece by piece, with a replacement wherever `escape` knows one; it knows ASCII only.
fn replace(text: &str, mut out: impl FnMut(&str), escape: impl Fn(u8) -> Option<&'static str>) {
    let mut rest = text;
    let special = |text: &str| {
        let mut bytes = text.bytes().enumerate();
        bytes.find_map(|(index, byte)| Some((index, escape(byte)?)))
    };
    while let Some((index, replacement)) = special(rest) {
        let (plain, tail) = rest.split_at_checked(index).unwrap_or((rest, ""));
        if !plain.is_empty() {
            out(plain);
        }
        out(replacement);
        let mut tail = tail.chars();
        tail.next();
        rest = tail.as_str();
    }
    if !rest.is_empty() {
        out(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::{is_plain, replace_in_value};

    const SUBJECT: &str = "a&<>\"'\t\n\rä";

    #[test]
    fn text_keeps_quotes_tab_and_line_feed() {
        let mut out = String::new();
        super::text(SUBJECT, |piece| out.push_str(piece));
        assert_eq!(out, "a&amp;&lt;&gt;\"'\t\n&#xD;ä");
    }

    #[test]
    fn value_keeps_greater_than_and_apostrophe() {
        let mut out = String::new();
        super::value(SUBJECT, |piece| out.push_str(piece));
        assert_eq!(out, "a&amp;&lt;>&quot;'&#x9;&#xA;&#xD;ä");
    }

    /// Characters of one byte, and of more: some with EF as their first byte, legal and not, and some that lie over the border of what is looked at together.
    fn characters() -> impl Iterator<Item = char> {
        let long = [
            'ä', '€', '\u{FEFF}', '\u{FFFD}', '\u{FFFE}', '\u{FFFF}', '😀',
        ];
        ('\0'..='\x7F').chain(long)
    }

    /// Each at each place of a text that is longer than what is looked at together.
    #[test]
    fn a_plain_text_is_written_as_it_stands_and_holds_nothing_illegal() {
        for length in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 33] {
            for (place, character) in
                (0..length).flat_map(|at| characters().map(move |it| (at, it)))
            {
                let (before, after) = ("a".repeat(place), "a".repeat(length - place - 1));
                let subject = format!("{before}{character}{after}");
                let (mut as_text, mut as_value) = (String::new(), String::new());
                super::text(&subject, |piece| as_text.push_str(piece));
                replace_in_value(&subject, |piece| as_value.push_str(piece));
                // Tab and line feed stand in a text as they are, and in a value they do not.
                let is_same = as_text == subject && as_value == subject;
                let is_legal = crate::checks::find_illegal(&subject).is_none();
                // A closer look finds that most characters which begin with EF are legal.
                let needs_no_look = !subject.as_bytes().contains(&0xEF);
                assert_eq!(
                    is_plain(&subject),
                    is_same && is_legal && needs_no_look,
                    "{character:?} at {place} of {length}"
                );
            }
        }
    }

    #[test]
    fn nothing_is_handed_out_for_nothing() {
        super::text("", |_| panic!("no piece expected"));
    }
}
