// SPDX-License-Identifier: Apache-2.0
//! Characters that canonical text and attribute values do not contain as themselves.

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
pub(crate) fn value(value: &str, out: impl FnMut(&str)) {
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
/// of which a closer look would find that they are. Most texts are plain, base64 above all, and this test is fast: it compares
/// without branching, sixteen bytes at a time where the processor can.
pub(crate) fn is_plain(text: &str) -> bool {
    let is_special = |byte: u8| byte < b' ' || matches!(byte, b'&' | b'<' | b'>' | b'"' | 0xEF);
    !text
        .bytes()
        .fold(false, |found, byte| found | is_special(byte))
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
    const SPECIAL: &str = "a&<>\"'\t\n\rä";

    #[test]
    fn text_keeps_quotes_tab_and_line_feed() {
        let mut out = String::new();
        super::text(SPECIAL, |piece| out.push_str(piece));
        assert_eq!(out, "a&amp;&lt;&gt;\"'\t\n&#xD;ä");
    }

    #[test]
    fn value_keeps_greater_than_and_apostrophe() {
        let mut out = String::new();
        super::value(SPECIAL, |piece| out.push_str(piece));
        assert_eq!(out, "a&amp;&lt;>&quot;'&#x9;&#xA;&#xD;ä");
    }

    #[test]
    fn nothing_is_handed_out_for_nothing() {
        super::text("", |_| panic!("no piece expected"));
    }
}
