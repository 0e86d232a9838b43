// SPDX-License-Identifier: Apache-2.0
//! Transfer encodings (RFC 2045 §6).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Longest line of an encoded body, in octets.
const LONGEST_LINE: usize = 76;

/// What an encoded body stands for; without an encoding, the body itself.
pub(super) fn decoded(encoding: Option<&str>, body: &[u8]) -> Result<Vec<u8>, String> {
    match encoding
        .unwrap_or("7bit")
        .trim()
        .to_ascii_lowercase()
        .as_str()
    {
        "7bit" if !body.is_ascii() => {
            Err("has octets beyond ASCII although it says 7bit".to_owned())
        }
        "7bit" | "8bit" => Ok(body.to_vec()),
        "quoted-printable" => quoted_printable(body),
        "base64" => base64(body),
        _ => Err(
            "has a Content-Transfer-Encoding other than 7bit, 8bit, quoted-printable and base64"
                .to_owned(),
        ),
    }
}

fn lines(body: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = body.split(|octet| *octet == b'\n');
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn quoted_printable(body: &[u8]) -> Result<Vec<u8>, String> {
    let mut octets = Vec::with_capacity(body.len());
    let mut lines = lines(body).zip(1_usize..).peekable();
    while let Some((line, number)) = lines.next() {
        let wrong = |what: &str| Err(format!("has quoted-printable whose line {number} {what}"));
        if line.len() > LONGEST_LINE {
            return wrong("has more than 76 characters");
        }
        if line.ends_with(b" ") || line.ends_with(b"\t") {
            return wrong("ends with a blank");
        }
        let mut rest = line;
        let mut is_soft = false;
        while let [first, after @ ..] = rest {
            rest = after;
            match (first, after) {
                (b'=', []) => is_soft = true,
                (b'=', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                    (Some(high), Some(low)) => {
                        octets.push(high << 4 | low);
                        rest = after;
                    }
                    _ => return wrong("has = without two hexadecimal digits in upper case"),
                },
                (b'=', _) => return wrong("has = without two hexadecimal digits in upper case"),
                (b'\t' | b' '..=b'~', _) => octets.push(*first),
                _ => return wrong("has a character that has to be encoded"),
            }
        }
        if !is_soft && lines.peek().is_some() {
            octets.extend(b"\r\n");
        }
    }
    Ok(octets)
}

/// Upper case only.
fn digit(octet: u8) -> Option<u8> {
    match octet {
        b'0'..=b'9' => Some(octet - b'0'),
        b'A'..=b'F' => Some(octet - b'A' + 10),
        _ => None,
    }
}

fn base64(body: &[u8]) -> Result<Vec<u8>, String> {
    if lines(body).any(|line| line.len() > LONGEST_LINE) {
        return Err("has base64 with a line of more than 76 characters".to_owned());
    }
    let text: Vec<u8> = lines(body).flatten().copied().collect();
    let octets = STANDARD.decode(text);
    octets.map_err(|_| "has base64 that cannot be decoded".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_undone() {
        let text = |encoding, body: &str| {
            String::from_utf8(decoded(encoding, body.as_bytes()).unwrap()).unwrap()
        };
        assert_eq!(text(None, "a\r\n"), "a\r\n");
        assert_eq!(text(Some(" 8BIT"), "ä"), "ä");
        assert_eq!(
            text(Some("quoted-printable"), "=C3=A4 b=\r\nc\r\n=3D=20\r\n"),
            "ä bc\r\n= \r\n"
        );
        assert_eq!(text(Some("BASE64"), "w6Qg\r\nYg==\r\n"), "ä b");
    }

    #[test]
    fn encodings_keep_their_rules() {
        let long = "a".repeat(77);
        for (encoding, body, says) in [
            (None, "ä", "7bit"),
            (Some("binary"), "a", "other than"),
            (Some("quoted-printable"), "=c3", "upper case"),
            (Some("quoted-printable"), "=C", "upper case"),
            (Some("quoted-printable"), "a \r\nb", "ends with a blank"),
            (Some("quoted-printable"), "ä", "has to be encoded"),
            (Some("quoted-printable"), &long, "76"),
            (Some("base64"), &long, "76"),
            (Some("base64"), "a", "decoded"),
            (Some("base64"), "YQ= =", "decoded"),
        ] {
            let error = decoded(encoding, body.as_bytes()).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
    }
}
