// SPDX-License-Identifier: Apache-2.0
//! Parameters in pieces (RFC 2231 §3, §4): mail-parser knows the encoding of the first piece only.

use super::{decode, encoded_words};

/// Most pieces of a parameter.
const MOST_PIECES: usize = 100;

/// The value of a parameter that comes in pieces, of the value of a field; `None` where it does not.
pub(super) fn parameter(field: &str, name: &str) -> Option<String> {
    let pieces: Vec<(usize, bool, &str)> = parameters(field)
        .into_iter()
        .filter_map(|(key, value)| {
            let (own, number) = key.split_once('*')?;
            let (number, is_encoded) = match number.strip_suffix('*') {
                Some(number) => (number, true),
                None => (number, false),
            };
            let number = number
                .parse::<usize>()
                .ok()
                .filter(|number| *number < MOST_PIECES)?;
            own.eq_ignore_ascii_case(name)
                .then_some((number, is_encoded, value))
        })
        .collect();
    // The first of a number counts; there are few numbers, and looking for each is less code than sorting.
    let numbered = |wanted| pieces.iter().find(|(number, ..)| *number == wanted);
    let (_, is_encoded, first) = *numbered(0)?;
    let charset = match is_encoded {
        true => first.split('\'').next(),
        false => None,
    };
    let mut bytes = Vec::new();
    // What is behind a gap belongs to nothing.
    for &(number, is_encoded, value) in (0..MOST_PIECES).map_while(numbered) {
        let text = match number == 0 && is_encoded {
            true => value.splitn(3, '\'').last().unwrap_or_default(),
            false => value,
        };
        match is_encoded {
            true => percent_decoded(text, &mut bytes),
            false => bytes.extend(text.replace("\\\"", "\"").replace("\\\\", "\\").bytes()),
        }
    }
    let text = decode::text(&bytes, charset, "windows-1252");
    // Some programs cut encoded words into pieces, which RFC 2047 §5 has not.
    let text = match !is_encoded && text.contains("=?") {
        true => encoded_words::decoded(&text),
        false => text,
    };
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Names and values of the parameters of a field, in their order; quotes around a value are taken off.
fn parameters(field: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let (mut is_quoted, mut is_escaped, mut begin) = (false, false, 0);
    let ends = field.char_indices().chain([(field.len(), ';')]);
    for (place, c) in ends {
        let is_end = c == ';' && (!is_quoted || place == field.len());
        is_quoted ^= c == '"' && !is_escaped;
        is_escaped = c == '\\' && is_quoted && !is_escaped;
        if !is_end {
            continue;
        }
        let parameter = field.get(begin..place).unwrap_or_default();
        begin = place + 1;
        if let Some((name, value)) = parameter.split_once('=') {
            let value = value.trim();
            let inner = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'));
            found.push((name.trim(), inner.unwrap_or(value)));
        }
    }
    found
}

fn percent_decoded(text: &str, into: &mut Vec<u8>) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        into.extend(before.bytes());
        let byte = after
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = match byte {
            Some(byte) => {
                into.push(byte);
                after.get(2..).unwrap_or_default()
            }
            None => {
                into.push(b'%');
                after
            }
        };
    }
    into.extend(rest.bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_one_value_in_one_encoding() {
        let name = |field: &str| parameter(field, "filename");
        let whole = "attachment; filename*0*=iso-8859-1'fi'p%E4%E4; FILENAME*1*=t%F6s; filename*2=\"; v\\\"1.pdf\"";
        assert_eq!(name(whole).as_deref(), Some("päätös; v\"1.pdf"));
        let out_of_order = "a; filename*1=b; filename*0=a; filename*3=d";
        assert_eq!(name(out_of_order).as_deref(), Some("ab"));
        assert_eq!(
            name("a; filename*0*=utf-8''%C3%A4%; filename*1*=%zz").as_deref(),
            Some("ä%%zz")
        );
        for words in [
            "a; filename*0=\"=?utf-8?Q?p=C3=A4=C3\"; filename*1=\"=A4t=C3=B6s.pdf?=\"",
            "a; filename*0=\"=?utf-8?B?cMOkw6R0?=\"; filename*1=\" =?utf-8?B?w7ZzLnBkZg==?=\"",
        ] {
            assert_eq!(name(words).as_deref(), Some("päätös.pdf"), "{words}");
        }
        for none in [
            "",
            "a",
            "a; filename=b",
            "a; filename*=utf-8''b",
            "a; filename*1=b",
            "a; name*0=b",
            "a; filename*0=\"\"",
        ] {
            assert_eq!(name(none), None, "{none}");
        }
    }
}
