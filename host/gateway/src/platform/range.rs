// SPDX-License-Identifier: Apache-2.0
//! Conditions and ranges of requests (RFC 9110 §13 and §14), and names of files in answers (RFC 6266).

use std::ops::Range;

use axum::http::{HeaderMap, header};

/// Which bytes are asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    All,
    Some(Range<u64>),
    /// A range of which nothing is there.
    Nothing,
}

/// Whether the client has what is tagged so (RFC 9110 §13.1.2: compared weakly).
pub(crate) fn matches(headers: &HeaderMap, tag: &str) -> bool {
    let fields = headers.get_all(header::IF_NONE_MATCH).iter();
    let tags = fields.filter_map(|field| field.to_str().ok());
    let mut tags = tags.flat_map(|field| field.split(',')).map(str::trim);
    tags.any(|one| one == "*" || one.strip_prefix("W/").unwrap_or(one) == tag)
}

/// Which bytes are asked for of so many. What is no range of bytes, and more than one, is answered with all (RFC 9110 §14.2).
pub(crate) fn asked(headers: &HeaderMap, tag: &str, size: u64) -> Asked {
    let mut fields = headers.get_all(header::RANGE).iter();
    let (Some(field), None) = (fields.next(), fields.next()) else {
        return Asked::All;
    };
    // A range of other bytes than there are now is none of these (§13.1.5: compared strongly).
    let is_of_these = headers
        .get(header::IF_RANGE)
        .is_none_or(|other| other.as_bytes() == tag.as_bytes());
    let range = field.to_str().ok().filter(|_| is_of_these);
    range
        .and_then(|range| read(range, size))
        .unwrap_or(Asked::All)
}

fn read(range: &str, size: u64) -> Option<Asked> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // One that is too large for a number is behind the end as well.
        is_number.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let bytes = match (first.trim(), last.trim()) {
        ("", last) => size.saturating_sub(number(last)?)..size,
        (first, "") => number(first)?..size,
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if last < first {
                return None;
            }
            first..last.saturating_add(1).min(size)
        }
    };
    Some(match bytes.start < bytes.end {
        true => Asked::Some(bytes),
        false => Asked::Nothing,
    })
}

/// `attachment` with a name: in ASCII without what has a meaning anywhere, and in full (RFC 6266 §4.3, RFC 8187).
pub(crate) fn disposition(name: &str) -> String {
    let plain = |character: char| match character {
        ' ' | '(' | ')' | '+' | ',' | '-' | '.' | '_' => character,
        other if other.is_ascii_alphanumeric() => other,
        _ => '_',
    };
    let ascii: String = name.chars().map(plain).collect();
    let ascii = ascii.trim_start_matches(['.', ' ']);
    let ascii = match ascii.is_empty() {
        true => "document",
        false => ascii,
    };
    if ascii == name {
        return format!("attachment; filename=\"{ascii}\"");
    }
    let encoded: String = name.bytes().map(encoded).collect();
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

/// A byte as `attr-char`, or percent-encoded (RFC 8187 §3.2.1).
fn encoded(byte: u8) -> String {
    match byte {
        b'!' | b'#' | b'$' | b'&' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~' => {
            char::from(byte).to_string()
        }
        byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"abc\"";

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in fields {
            headers.append(*name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn one_range_of_bytes_is_cut_out_and_all_else_is_the_whole() {
        for (range, size, asked_for) in [
            ("bytes=0-0", 10, Asked::Some(0..1)),
            ("bytes=2-", 10, Asked::Some(2..10)),
            ("bytes=2-99", 10, Asked::Some(2..10)),
            ("bytes=-3", 10, Asked::Some(7..10)),
            ("bytes=-99", 10, Asked::Some(0..10)),
            ("Bytes = 9 - 9", 10, Asked::Some(9..10)),
            ("bytes=10-", 10, Asked::Nothing),
            ("bytes=-0", 10, Asked::Nothing),
            ("bytes=0-", 0, Asked::Nothing),
            ("bytes=99999999999999999999-", 10, Asked::Nothing),
            ("bytes=3-2", 10, Asked::All),
            ("bytes=0-1,3-4", 10, Asked::All),
            ("bytes=a-b", 10, Asked::All),
            ("bytes=-", 10, Asked::All),
            ("lines=0-1", 10, Asked::All),
            ("0-1", 10, Asked::All),
        ] {
            let headers = headers(&[("range", range)]);
            assert_eq!(asked(&headers, TAG, size), asked_for, "{range}");
        }
        let twice = headers(&[("range", "bytes=0-1"), ("range", "bytes=0-1")]);
        assert_eq!(asked(&twice, TAG, 10), Asked::All);
        for (tag, asked_for) in [
            (TAG, Asked::Some(0..1)),
            ("\"other\"", Asked::All),
            ("W/\"abc\"", Asked::All),
        ] {
            let headers = headers(&[("range", "bytes=0-0"), ("if-range", tag)]);
            assert_eq!(asked(&headers, TAG, 10), asked_for, "{tag}");
        }
    }

    #[test]
    fn tags_are_compared_weakly() {
        for (tags, is_there) in [
            (TAG, true),
            ("*", true),
            ("\"x\", W/\"abc\"", true),
            ("\"x\"", false),
            ("abc", false),
        ] {
            let headers = headers(&[("if-none-match", tags)]);
            assert_eq!(matches(&headers, TAG), is_there, "{tags}");
        }
    }

    #[test]
    fn no_name_leaves_its_quotes() {
        for (name, shown) in [
            ("a-1 (2).pdf", "attachment; filename=\"a-1 (2).pdf\""),
            (
                "päätös.pdf",
                "attachment; filename=\"p__t_s.pdf\"; filename*=UTF-8''p%C3%A4%C3%A4t%C3%B6s.pdf",
            ),
            (
                "a\"; x=\r\n\\/%41.pdf",
                "attachment; filename=\"a__ x______41.pdf\"; filename*=UTF-8''a%22%3B%20x%3D%0D%0A%5C%2F%2541.pdf",
            ),
            (
                "..",
                "attachment; filename=\"document\"; filename*=UTF-8''..",
            ),
            ("", "attachment; filename=\"document\"; filename*=UTF-8''"),
        ] {
            assert_eq!(disposition(name), shown);
        }
    }
}
