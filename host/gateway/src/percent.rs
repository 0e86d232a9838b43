// SPDX-License-Identifier: Apache-2.0
//! Texts with `%` escapes.

/// The bytes that a percent-encoded text stands for (RFC 3986 §2.1); `None` where two hexadecimal digits do not follow a `%`.
pub(crate) fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                let (high, low) = (digit()?, digit()?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_two_digits() {
        for (text, bytes) in [
            ("", Some(&b""[..])),
            ("a+b", Some(b"a+b")),
            ("%41%c3%A4", Some("Aä".as_bytes())),
            ("ä%00", Some(b"\xc3\xa4\0")),
            ("%", None),
            ("%4", None),
            ("%4g", None),
            ("%+4", None),
            ("%ä", None),
        ] {
            assert_eq!(decoded(text).as_deref(), bytes, "{text}");
        }
    }
}
