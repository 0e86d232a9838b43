// SPDX-License-Identifier: Apache-2.0
//! URI references (Part 2, §3.2.17): what is one after characters that need it are escaped (XLink 1.0 §5.4; RFC 2396 with RFC 2732).

pub(super) fn is_reference(text: &str) -> bool {
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    if fragment.contains('#') || !escapes_are_whole(text) {
        return false;
    }
    let (before, _query) = before.split_once('?').unwrap_or((before, ""));
    let (scheme, rest) = match before.find([':', '/']) {
        Some(at) if before.get(at..).is_some_and(|rest| rest.starts_with(':')) => {
            let (scheme, rest) = before.split_at(at);
            (Some(scheme), rest.get(1..).unwrap_or_default())
        }
        _ => (None, before),
    };
    if scheme.is_some_and(|scheme| !is_scheme(scheme)) {
        return false;
    }
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    // A scheme alone names nothing, and brackets are for addresses.
    let is_something = scheme.is_none() || !rest.is_empty();
    is_something && is_authority(authority) && !path.contains(['[', ']'])
}

fn escapes_are_whole(text: &str) -> bool {
    text.split('%').skip(1).all(|rest| {
        let is_hex = |byte: &u8| byte.is_ascii_hexdigit();
        rest.as_bytes()
            .get(..2)
            .is_some_and(|digits| digits.iter().all(is_hex))
    })
}

fn is_scheme(text: &str) -> bool {
    let is_fit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(is_fit)
}

fn is_authority(text: &str) -> bool {
    let host = text.rsplit_once('@').map_or(text, |(_, host)| host);
    let port = match host.strip_prefix('[') {
        Some(rest) => {
            let Some((address, port)) = rest.split_once(']') else {
                return false;
            };
            let is_fit = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
            if address.is_empty() || !address.bytes().all(is_fit) {
                return false;
            }
            port.strip_prefix(':')
                .or_else(|| port.is_empty().then_some(""))
        }
        None if host.contains(['[', ']']) => None,
        None => Some(host.split_once(':').map_or("", |(_, port)| port)),
    };
    port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        for text in [
            "",
            "a",
            "../a b",
            "http://a/b?c#d",
            "urn:x:y",
            "//host:80/p",
            "http://[::1]:8/",
            "mailto:a@b",
            "#f",
            "?q",
            "http://ä/%C3",
            "a/b:c",
            "file:///x",
        ] {
            assert!(is_reference(text), "{text}");
        }
        for text in [
            "%",
            "%1",
            "%zz",
            "a#b#c",
            "1a:b",
            ":a",
            "http:",
            "http://h:x/",
            "http://[::1",
            "http://a[b]/",
            "a[b",
        ] {
            assert!(!is_reference(text), "{text}");
        }
    }
}
