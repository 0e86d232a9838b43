// SPDX-License-Identifier: Apache-2.0
//! Characters that make a line look like something else.

use std::fmt::Write;

/// Text for people, of several lines perhaps, with every character written out that could move, hide or turn round what is shown.
pub(crate) fn printable(text: &str) -> String {
    escaped(
        text,
        |c| c != '\n' && is_deceptive(c),
        |to, c| write!(to, "{}", c.escape_default()),
    )
}

/// Text for people that is to stay on one line.
pub(crate) fn printable_line(text: &str) -> String {
    escaped(text, is_deceptive, |to, c| {
        write!(to, "{}", c.escape_default())
    })
}

/// JSON with the same characters in its own notation. They can stand in strings only, so that it means what it meant; line breaks between
/// members stay.
pub(crate) fn printable_json(json: &str) -> String {
    let in_json = |to: &mut String, c: char| {
        let mut units = [0; 2];
        c.encode_utf16(&mut units)
            .iter()
            .try_for_each(|unit| write!(to, "\\u{unit:04x}"))
    };
    escaped(json, |c| c != '\n' && is_deceptive(c), in_json)
}

/// Controls (C0, DEL, C1), marks and overrides of direction, separators of lines and paragraphs, the byte order mark, annotations and tags.
pub(crate) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{61C}'
                | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
                | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}'
        )
}

fn escaped(
    text: &str,
    is_escaped: impl Fn(char) -> bool,
    escape: impl Fn(&mut String, char) -> std::fmt::Result,
) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_escaped(c) {
            // Writing to a string cannot fail.
            let _ = escape(&mut shown, c);
        } else {
            shown.push(c);
        }
    }
    shown
}

/// A value as JSON on one line, with a line break at its end.
pub(crate) fn json_line(value: &serde_json::Value) -> String {
    format!("{}\n", printable_json(&value.to_string()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_moves_or_turns_text_is_written_out() {
        assert_eq!(printable("a\u{1b}[2Jb\tc\nd"), "a\\u{1b}[2Jb\\tc\nd");
        assert_eq!(printable_line("a\r\nb"), "a\\r\\nb");
        for c in [
            '\0',
            '\u{7f}',
            '\u{85}',
            '\u{9b}',
            '\u{200e}',
            '\u{200f}',
            '\u{2028}',
            '\u{2029}',
            '\u{202a}',
            '\u{202e}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            let shown = printable(&format!("x{c}y"));
            assert_eq!(shown, format!("x\\u{{{:x}}}y", u32::from(c)));
        }
        assert_eq!(printable("Päätös 1 — kopio"), "Päätös 1 — kopio");
    }

    proptest! {
        #[test]
        fn nothing_deceptive_is_left(text in "(\\PC|[\0-\u{a0}]|[\u{2000}-\u{2070}]|\u{feff}|[\u{e0000}-\u{e007f}]){0,20}") {
            prop_assert!(!printable_line(&text).contains(is_deceptive));
            let json = serde_json::to_string(&text).unwrap();
            let shown = printable_json(&json);
            prop_assert!(!shown.contains(is_deceptive));
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        }
    }
}
