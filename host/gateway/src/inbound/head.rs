// SPDX-License-Identifier: Apache-2.0
//! Whether the head of a call says one thing only.
//!
//! What is ambiguous in a head is read in one way here and in another by the next program (RFC 9112 §11.2), or names another path than the one that is
//! checked. Such a call is refused before anything interprets it.

use hyper::{
    HeaderMap, Version,
    header::{self, HeaderName},
    http::request,
};

/// Why a call is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
}

const fn refusal(status: u16, code: &'static str) -> Refusal {
    Refusal { status, code }
}

/// Checks a head. What breaks the grammar has been refused by the HTTP library already.
pub(crate) fn check(head: &request::Parts) -> Result<(), Refusal> {
    check_host(head)?;
    check_transfer_codings(&head.headers)?;
    if number(&head.headers, header::CONTENT_TYPE) > 1 {
        return Err(refusal(400, "call.content-type-repeated"));
    }
    check_path(head.uri.path()).map_err(|_| refusal(400, "call.path"))
}

/// Exactly one field, and one that names a host, from HTTP/1.1 on (RFC 9112 §3.2), also beside an absolute target.
fn check_host(head: &request::Parts) -> Result<(), Refusal> {
    let mut fields = head.headers.get_all(header::HOST).iter();
    let Some(host) = fields.next() else {
        return if head.version < Version::HTTP_11 {
            Ok(())
        } else {
            Err(refusal(400, "call.host-missing"))
        };
    };
    if fields.next().is_some() {
        return Err(refusal(400, "call.host-repeated"));
    }
    // It is empty where the target has no authority (RFC 9110 §7.2).
    let is_host = |host: &str| {
        host.is_empty()
            || host
                .parse::<hyper::http::uri::Authority>()
                .is_ok_and(|it| !it.as_str().contains('@'))
    };
    match host.to_str() {
        Ok(host) if is_host(host) => Ok(()),
        _ => Err(refusal(400, "call.host-unreadable")),
    }
}

/// `chunked` and nothing else: others need not be understood (RFC 9112 §6.1), and what is not understood must not be passed on as the body.
fn check_transfer_codings(headers: &HeaderMap) -> Result<(), Refusal> {
    let fields = headers.get_all(header::TRANSFER_ENCODING);
    let codings: Vec<&[u8]> = fields
        .iter()
        .flat_map(|field| field.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|coding| !coding.is_empty())
        .collect();
    match codings[..] {
        [] => Ok(()),
        [coding] if coding.eq_ignore_ascii_case(b"chunked") => Ok(()),
        // A sender must not apply it twice (RFC 9112 §6.1).
        _ if codings
            .iter()
            .all(|coding| coding.eq_ignore_ascii_case(b"chunked")) =>
        {
            Err(refusal(400, "call.transfer-coding-repeated"))
        }
        _ => Err(refusal(501, "call.transfer-coding")),
    }
}

/// Whether the last of the transfer codings in a head, as it was sent, is another one than `chunked`. Such a head is refused by the HTTP library.
pub(crate) fn has_other_transfer_coding(head: &[u8]) -> bool {
    let lines = head
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    // Up to the empty line, without the request line.
    let fields = lines.skip_while(|line| line.is_empty()).skip(1);
    let fields = fields.take_while(|line| !line.is_empty());
    let values = fields.filter_map(|field| {
        let colon = field.iter().position(|byte| *byte == b':')?;
        let (name, value) = (field.get(..colon)?, field.get(colon + 1..)?);
        name.eq_ignore_ascii_case(b"transfer-encoding")
            .then_some(value)
    });
    let codings = values.flat_map(|value| value.split(|byte| *byte == b','));
    let codings = codings.map(<[u8]>::trim_ascii);
    let last = codings.filter(|coding| !coding.is_empty()).last();
    last.is_some_and(|last| !last.eq_ignore_ascii_case(b"chunked"))
}

fn number(headers: &HeaderMap, name: HeaderName) -> usize {
    headers.get_all(name).iter().count()
}

/// A path that more than one program may read as another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AmbiguousPath;

/// No segment `.` or `..` (RFC 3986 §5.2.4), however they and the slashes around them are written, no control characters, and no escapes that are none.
fn check_path(path: &str) -> Result<(), AmbiguousPath> {
    let decoded = decoded(path)?;
    if decoded.iter().any(u8::is_ascii_control) {
        return Err(AmbiguousPath);
    }
    let mut segments = decoded.split(|byte| matches!(byte, b'/' | b'\\'));
    if segments.any(|segment| matches!(segment, b"." | b"..")) {
        return Err(AmbiguousPath);
    }
    Ok(())
}

/// Escapes resolved, once.
fn decoded(path: &str) -> Result<Vec<u8>, AmbiguousPath> {
    let mut bytes = path.bytes();
    let mut decoded = Vec::with_capacity(path.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = bytes
                .next()
                .and_then(|digit| char::from(digit).to_digit(16));
            digit
                .and_then(|digit| u8::try_from(digit).ok())
                .ok_or(AmbiguousPath)
        };
        decoded.push((digit()? << 4) | digit()?);
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use hyper::Request;

    use super::*;

    fn judged(target: &str, version: Version, fields: &[(&str, &[u8])]) -> Result<(), Refusal> {
        let mut request = Request::builder().uri(target).version(version);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap().into_parts().0)
    }

    fn code(target: &str, fields: &[(&str, &[u8])]) -> &'static str {
        match judged(target, Version::HTTP_11, fields) {
            Ok(()) => "",
            Err(refusal) => {
                assert_eq!(
                    refusal.status,
                    if refusal.code == "call.transfer-coding" {
                        501
                    } else {
                        400
                    }
                );
                refusal.code
            }
        }
    }

    const HOST: (&str, &[u8]) = ("Host", b"localhost");

    #[test]
    fn there_is_one_host() {
        assert_eq!(code("/a", &[]), "call.host-missing");
        assert_eq!(code("https://a/a", &[]), "call.host-missing");
        assert_eq!(judged("/a", Version::HTTP_10, &[]), Ok(()));
        assert_eq!(code("/a", &[HOST, HOST]), "call.host-repeated");
        for host in ["", "a", "a:8444", "192.0.2.1", "[2001:db8::1]:1"] {
            assert_eq!(code("/a", &[("Host", host.as_bytes())]), "", "{host}");
        }
        for host in [b"a b".as_slice(), b"a@b", b"a/b", b"a,b/", b"\xe4"] {
            assert_eq!(code("/a", &[("Host", host)]), "call.host-unreadable");
        }
    }

    #[test]
    fn chunked_is_the_only_transfer_coding() {
        for (codings, expected) in [
            ("chunked", ""),
            ("Chunked ", ""),
            (", chunked", ""),
            ("gzip, chunked", "call.transfer-coding"),
            ("gzip", "call.transfer-coding"),
            ("identity", "call.transfer-coding"),
            ("xchunked", "call.transfer-coding"),
            ("chunked, chunked", "call.transfer-coding-repeated"),
        ] {
            let field = ("Transfer-Encoding", codings.as_bytes());
            assert_eq!(code("/a", &[HOST, field]), expected, "{codings}");
        }
        let twice: [(&str, &[u8]); 2] = [
            ("Transfer-Encoding", b"gzip"),
            ("Transfer-Encoding", b"chunked"),
        ];
        assert_eq!(
            code("/a", &[HOST, twice[0], twice[1]]),
            "call.transfer-coding"
        );
    }

    #[test]
    fn other_transfer_codings_are_seen_in_a_head_as_sent() {
        let seen = |fields: &str| {
            has_other_transfer_coding(format!("POST / HTTP/1.1\r\n{fields}\r\n\r\n").as_bytes())
        };
        for fields in [
            "Transfer-Encoding: gzip",
            "Host: a\r\ntransfer-encoding:chunked, gzip ",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        ] {
            assert!(seen(fields), "{fields}");
        }
        for fields in [
            "Host: a",
            "Transfer-Encoding: gzip, chunked",
            "X: Transfer-Encoding: gzip",
            "Host: a\r\n\r\nTransfer-Encoding: gzip",
        ] {
            assert!(!seen(fields), "{fields}");
        }
        assert!(
            !has_other_transfer_coding(b"")
                && !has_other_transfer_coding(b"Transfer-Encoding: gzip")
        );
    }

    #[test]
    fn there_is_at_most_one_content_type() {
        let xml: (&str, &[u8]) = ("Content-Type", b"text/xml");
        assert_eq!(code("/a", &[HOST, xml]), "");
        assert_eq!(code("/a", &[HOST, xml, xml]), "call.content-type-repeated");
    }

    #[test]
    fn a_path_is_one_path() {
        for path in [
            "/",
            "/a/b",
            "//a",
            "/a/...",
            "/.a",
            "/a.",
            "/a/%20b",
            "/t%75lli",
            "/a%2fb",
            "/a%252e%252e",
            "/a/..b?c=../%00",
            "*",
        ] {
            assert_eq!(
                check_path(path.split('?').next().unwrap()),
                Ok(()),
                "{path}"
            );
        }
        for path in [
            "/.",
            "/..",
            "/a/../b",
            "/a/./b",
            "/a/..",
            "/%2e",
            "/a/%2E%2e/b",
            "/a/.%2e",
            "/a%2f..%2fb",
            "/a\\..\\b",
            "/a%5c..",
            "/a%00",
            "/%0a",
            "/a%7f",
            "/a%",
            "/a%1",
            "/a%zz",
        ] {
            assert_eq!(check_path(path), Err(AmbiguousPath), "{path}");
        }
        assert_eq!(code("/a?b=/../%00", &[HOST]), "");
        assert_eq!(code("https://localhost/a/../b", &[HOST]), "call.path");
    }
}
