// SPDX-License-Identifier: Apache-2.0
//! Header fields (RFC 5322 §2.2, §3.6.4).

use super::address::is_dot_atom;

/// A header field, unfolded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::suomifi_mail) struct Field {
    pub(in crate::suomifi_mail) name: String,
    pub(in crate::suomifi_mail) value: String,
}

impl Field {
    pub(in crate::suomifi_mail) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

/// The header fields of a mail or of a part of one, and what comes after the empty line. Lines end with CRLF; that is checked before.
pub(in crate::suomifi_mail) fn fields(octets: &[u8]) -> Result<(Vec<Field>, &[u8]), String> {
    let mut fields: Vec<Field> = Vec::new();
    let mut rest = octets;
    for number in 1_usize.. {
        let end = rest.windows(2).position(|pair| pair == b"\r\n");
        let Some((line, after)) = end.map(|end| rest.split_at(end)) else {
            return match rest.is_empty() {
                true => Ok((fields, rest)),
                false => Err(format!("line {number} of the header does not end")),
            };
        };
        rest = after.get(2..).unwrap_or_default();
        if line.is_empty() {
            return Ok((fields, rest));
        }
        let wrong = |what: &str| Err(format!("line {number} of the header {what}"));
        let Some(line) = std::str::from_utf8(line)
            .ok()
            .filter(|line| line.is_ascii())
        else {
            return wrong("has an octet beyond ASCII");
        };
        if line.chars().any(|c| c.is_ascii_control() && c != '\t') {
            return wrong("has a control character");
        }
        if line.starts_with([' ', '\t']) {
            match fields.last_mut() {
                None => return wrong("begins with a blank, and there is no field before it"),
                Some(_) if line.trim().is_empty() => return wrong("is folded and blank"),
                Some(field) => field.value.push_str(line),
            }
            continue;
        }
        let is_letter = |c: char| c.is_ascii_graphic();
        match line.split_once(':') {
            Some((name, value)) if !name.is_empty() && name.chars().all(is_letter) => {
                let (name, value) = (name.to_owned(), value.to_owned());
                fields.push(Field { name, value });
            }
            _ => return wrong("is no field: it has no name with a colon right after it"),
        }
    }
    Ok((fields, rest))
}

/// Message-IDs in angle brackets, one or more, with blanks between them.
pub(in crate::suomifi_mail) fn message_ids(value: &str) -> Option<Vec<&str>> {
    let ids: Vec<_> = value.split_ascii_whitespace().collect();
    (!ids.is_empty() && ids.iter().all(|id| is_message_id(id))).then_some(ids)
}

fn is_message_id(text: &str) -> bool {
    let inner = text
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'));
    let parts = inner.and_then(|inner| inner.split_once('@'));
    parts
        .is_some_and(|(left, right)| is_dot_atom(left) && (is_dot_atom(right) || is_literal(right)))
}

/// `no-fold-literal`.
fn is_literal(text: &str) -> bool {
    let inner = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.is_some_and(|inner| {
        inner
            .chars()
            .all(|c| c.is_ascii_graphic() && !"[]\\".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_unfolded_up_to_the_empty_line() {
        let (read, body) = fields(b"A: b\r\n c\r\nD:e\r\n\r\nF: g\r\n").unwrap();
        let read: Vec<_> = read
            .iter()
            .map(|field| (field.name.as_str(), field.value.as_str()))
            .collect();
        assert_eq!(read, [("A", " b c"), ("D", "e")]);
        assert_eq!(body, b"F: g\r\n");
        assert!(fields(b"").unwrap().0.is_empty());
        for (wrong, says) in [
            (&b"A b\r\n\r\n"[..], "no field"),
            (b"A : b\r\n\r\n", "no field"),
            (b": b\r\n\r\n", "no field"),
            (b" a: b\r\n\r\n", "no field before it"),
            (
                b"a: b\r\n \r\n\r\n",
                "line 2 of the header is folded and blank",
            ),
            (b"a: \xe4\r\n\r\n", "beyond ASCII"),
            (b"a: \x07\r\n\r\n", "control character"),
            (b"a: b", "does not end"),
        ] {
            let error = fields(wrong).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn message_ids_have_two_sides_in_brackets() {
        assert_eq!(
            message_ids(" <a.b@c.fi>  <1@[::1]>").unwrap(),
            ["<a.b@c.fi>", "<1@[::1]>"]
        );
        for wrong in [
            "",
            "a@b",
            "<a>",
            "<a@b",
            "<a@b> c",
            "<a@b><c@d>",
            "<a b@c>",
            "<@c>",
            "<.a@c>",
            "<a@>",
            "<a@[b>",
        ] {
            assert_eq!(message_ids(wrong), None, "{wrong}");
        }
    }
}
