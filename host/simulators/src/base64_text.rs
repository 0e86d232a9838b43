// SPDX-License-Identifier: Apache-2.0
//! Base64 as XML carries it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Decodes padded RFC 4648 base64 with canonical tail bits. XML white space may stand anywhere,
/// as `xs:base64Binary` allows; every other foreign character is an error.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    // Most senders break no lines, and then there is nothing to copy.
    STANDARD
        .decode(text)
        .or_else(|_| STANDARD.decode(without_white_space(text)))
}

fn without_white_space(text: &str) -> String {
    text.split([' ', '\t', '\r', '\n']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_base64_is_accepted() {
        assert_eq!(decode("QUI=").unwrap(), b"AB");
        assert_eq!(decode(" QU\r\n\tI= ").unwrap(), b"AB");
        assert_eq!(decode("").unwrap(), b"");
        for wrong in [
            "QUI",
            "QUJ=",
            "QUI==",
            "QU-_",
            "QUI=QUI=",
            "QÄI=",
            "QUI\u{a0}=",
        ] {
            assert!(decode(wrong).is_err(), "{wrong}");
        }
    }
}
