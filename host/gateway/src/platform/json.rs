// SPDX-License-Identifier: Apache-2.0
//! JSON and other texts of clients.

use serde::Deserialize;

/// A text without a byte order mark before it, which many platforms write and a reader may pass over (RFC 8259 §8.1).
pub(super) fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

/// Reads JSON. A byte order mark does not count, not for the place of an error either.
pub(super) fn read<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, serde_json::Error> {
    serde_json::from_slice(without_mark(text))
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
        let error = read::<serde_json::Value>(b"\xef\xbb\xbf{x").unwrap_err();
        assert_eq!((error.line(), error.column()), (1, 2));
    }
}
