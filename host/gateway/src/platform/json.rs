// SPDX-License-Identifier: Apache-2.0
//! JSON and other texts of clients.

use std::string::FromUtf8Error;

use serde::Deserialize;

/// Which many platforms write before a text, and a reader may pass over (RFC 8259 §8.1).
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// A text in UTF-8 without a byte order mark before it.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, FromUtf8Error> {
    let text = String::from_utf8(bytes)?;
    Ok(match text.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

/// Reads JSON. A byte order mark does not count, not for the place of an error either.
pub(super) fn read<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, serde_json::Error> {
    let mark = BYTE_ORDER_MARK.as_bytes();
    serde_json::from_slice(text.strip_prefix(mark).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_order_mark_is_passed_over() {
        for (text, is_json) in [
            (&b"{}"[..], true),
            (b"\xef\xbb\xbf{}", true),
            (b"\xef\xbb\xbf", false),
            (b"\xef\xbb\xbf\xef\xbb\xbf{}", false),
            (b"{}\xef\xbb\xbf", false),
            (b"\xef\xbb{}", false),
        ] {
            let read = read::<serde_json::Value>(text);
            assert_eq!(read.is_ok(), is_json, "{text:?}");
        }
        assert_eq!(
            text(b"\xef\xbb\xbf\xef\xbb\xbfa".to_vec()).unwrap(),
            "\u{feff}a"
        );
        assert_eq!(text(b"a".to_vec()).unwrap(), "a");
        text(b"\xef\xbb".to_vec()).unwrap_err();
        let error = read::<serde_json::Value>(b"\xef\xbb\xbf{x").unwrap_err();
        assert_eq!((error.line(), error.column()), (1, 2));
    }
}
