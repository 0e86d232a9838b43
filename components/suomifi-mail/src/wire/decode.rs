// SPDX-License-Identifier: Apache-2.0
//! Contents decoded in the sandbox: texts, and what the host does not decode. Lenient, as mails in the wild need it: what stands for nothing is kept or left out as Python's
//! and others' readers do, and never refused.

use mail_parser::decoders::{charsets::map::charset_decoder, html::html_to_text};

/// How a content is encoded (RFC 2045 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferEncoding {
    /// As it is: 7bit, 8bit, binary, or none named.
    AsItIs,
    /// base64.
    Base64,
    /// quoted-printable.
    QuotedPrintable,
    /// One that does not exist: the content goes as it is, and nobody can say what it stands for.
    Unknown,
}

/// Bytes that a content stands for.
pub fn bytes(encoding: TransferEncoding, content: &[u8]) -> Vec<u8> {
    match encoding {
        TransferEncoding::Base64 => base64(content),
        TransferEncoding::QuotedPrintable => quoted_printable(content),
        TransferEncoding::AsItIs | TransferEncoding::Unknown => content.to_vec(),
    }
}

/// Text of bytes. A label that is right counts; text that does not keep its label is UTF-8 where it can be, and in the fallback otherwise.
pub(super) fn text(bytes: &[u8], charset: Option<&str>, fallback: &str) -> String {
    let label = charset.unwrap_or_default().trim().to_ascii_lowercase();
    let is_utf8 = matches!(label.as_str(), "" | "utf-8" | "utf8" | "us-ascii" | "ascii");
    let decoder = charset_decoder(label.as_bytes()).filter(|_| !is_utf8);
    let decoded = match (decoder, str::from_utf8(bytes)) {
        (Some(decode), _) => decode(bytes),
        (None, Ok(text)) => text.to_owned(),
        (None, Err(_)) => match charset_decoder(fallback.as_bytes()) {
            Some(decode) => decode(bytes),
            None => String::from_utf8_lossy(bytes).into_owned(),
        },
    };
    plain(decoded.strip_prefix('\u{feff}').unwrap_or(&decoded))
}

/// Text of HTML, without its markup.
pub(super) fn text_of_html(html: &str) -> String {
    let text = CHARACTERS
        .iter()
        .fold(html_to_text(html), |text, (name, character)| {
            text.replace(name, character)
        });
    plain(&text)
}

/// Characters that HTML has names for, those of Finnish and Swedish texts. mail-parser finds them by a hash that is another one where pointers have 32 bits, as in the
/// sandbox. The last one makes no others.
const CHARACTERS: [(&str, &str); 14] = [
    ("&auml;", "ä"),
    ("&Auml;", "Ä"),
    ("&ouml;", "ö"),
    ("&Ouml;", "Ö"),
    ("&aring;", "å"),
    ("&Aring;", "Å"),
    ("&eacute;", "é"),
    ("&euro;", "€"),
    ("&ndash;", "–"),
    ("&nbsp;", " "),
    ("&quot;", "\""),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
];

/// With line feeds for line breaks, and without control characters that plain text has not: JSON has them, and databases often not.
fn plain(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace('\r', "\n");
    match unified.contains(is_stray) {
        true => unified.replace(is_stray, "\u{fffd}"),
        false => unified,
    }
}

fn is_stray(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
}

/// Base64 in which anything but its 64 letters is left out; it ends with the first padding.
fn base64(content: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(content.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in content {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' if count >= 2 => break,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 1;
        if count == 4 {
            decoded.extend(bits.to_be_bytes().into_iter().skip(1));
            (bits, count) = (0, 0);
        }
    }
    let rest = bits << (6 * (4 - count));
    let whole = if count == 0 { 0 } else { count as usize - 1 };
    decoded.extend(rest.to_be_bytes().into_iter().skip(1).take(whole));
    decoded
}

/// Quoted-printable (RFC 2045 §6.7). An `=` that begins nothing stands for itself; blanks at the end of a line do not count.
fn quoted_printable(content: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(content.len());
    for line in content.split_inclusive(|byte| *byte == b'\n') {
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        let body = body.strip_suffix(b"\r").unwrap_or(body);
        let end = line.get(body.len()..).unwrap_or_default();
        let body = body.trim_ascii_end();
        match body.strip_suffix(b"=") {
            Some(body) => unescape(body, &mut decoded),
            None => {
                unescape(body, &mut decoded);
                decoded.extend_from_slice(end);
            }
        }
    }
    decoded
}

fn unescape(line: &[u8], decoded: &mut Vec<u8>) {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut rest = line;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        let escaped = match (byte, digit(after.first()), digit(after.get(1))) {
            (b'=', Some(high), Some(low)) => u8::try_from(high << 4 | low).ok(),
            _ => None,
        };
        match escaped {
            Some(escaped) => {
                decoded.push(escaped);
                rest = after.get(2..).unwrap_or_default();
            }
            None => decoded.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finnish_is_read_in_every_encoding_that_it_comes_in() {
        for (bytes, charset) in [
            (&b"\xe5\xe4\xf6 \xc4 \xa4"[..], "ISO-8859-15"),
            (b"\xe5\xe4\xf6 \xc4 \x80", "windows-1252"),
            (b"\xe5\xe4\xf6 \xc4 \x80", "iso-8859-1"),
            ("åäö Ä €".as_bytes(), "utf-8"),
            ("åäö Ä €".as_bytes(), ""),
            ("åäö Ä €".as_bytes(), "x-unknown"),
            (b"\xe5\xe4\xf6 \xc4 \x80", "x-unknown"),
            (b"\xe5\xe4\xf6 \xc4 \x80", "utf-8"),
            (
                b"\xef\xbb\xbf\xc3\xa5\xc3\xa4\xc3\xb6 \xc3\x84 \xe2\x82\xac",
                "us-ascii",
            ),
        ] {
            assert_eq!(
                text(bytes, Some(charset), "windows-1252"),
                "åäö Ä €",
                "{charset}"
            );
        }
        assert_eq!(
            text(b"a\r\nb\rc\0", None, "windows-1252"),
            "a\nb\nc\u{fffd}"
        );
    }

    #[test]
    fn quoted_printable_is_read_as_it_is_written_in_the_wild() {
        let read = |text: &str| String::from_utf8(quoted_printable(text.as_bytes())).unwrap();
        assert_eq!(read("P=C3=A4=c3=a4t=\r\n=C3=B6s  \r\n=3D"), "Päätös\r\n=");
        assert_eq!(read("a=\nb= \r\nc="), "abc");
        assert_eq!(read("50 = 5=X =4"), "50 = 5=X =4");
        assert_eq!(read(""), "");
    }

    #[test]
    fn base64_is_read_with_whatever_is_between() {
        assert_eq!(base64(b"SGVp\r\n IEh!p=="), b"Hei Hi");
        assert_eq!(base64(b"SGVpLg"), b"Hei.");
        assert_eq!(base64(b"S"), b"");
        assert_eq!(base64(b"==="), b"");
    }

    #[test]
    fn html_becomes_text() {
        assert_eq!(text_of_html("<p>Hei &auml;iti</p>").trim(), "Hei äiti");
    }

    proptest! {
        #[test]
        fn nothing_panics(content in proptest::collection::vec(any::<u8>(), 0..300), charset in "[a-z0-9-]{0,12}") {
            for encoding in [TransferEncoding::Base64, TransferEncoding::QuotedPrintable, TransferEncoding::AsItIs] {
                let decoded = bytes(encoding, &content);
                text(&decoded, Some(&charset), "windows-1252");
            }
        }
    }
}
