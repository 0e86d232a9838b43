// SPDX-License-Identifier: Apache-2.0
//! Encoded words (RFC 2047).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::text::charset;

/// The text of a field with its encoded words read; blanks between two of them go. Words of more than 75 characters are read all the same:
/// Python writes such.
pub(in crate::suomifi_mail) fn decoded(value: &str) -> Result<String, &'static str> {
    let mut text = String::new();
    let mut blanks = "";
    let mut was_encoded = false;
    let mut rest = value.trim();
    while !rest.is_empty() {
        let end = rest.find([' ', '\t']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        // What has not the three parts of an encoded word is plain text (RFC 2047 §6.3).
        let encoded = word
            .strip_prefix("=?")
            .and_then(|word| word.strip_suffix("?="))
            .filter(|parts| parts.matches('?').count() == 2);
        match encoded {
            Some(encoded) => {
                if !was_encoded {
                    text.push_str(blanks);
                }
                text.push_str(&decoded_word(encoded).ok_or("an encoded word cannot be decoded")?);
            }
            None => {
                text.push_str(blanks);
                text.push_str(word);
            }
        }
        was_encoded = encoded.is_some();
        rest = after.trim_start_matches([' ', '\t']);
        blanks = after.get(..after.len() - rest.len()).unwrap_or_default();
    }
    match text.chars().any(char::is_control) {
        true => Err("an encoded word stands for a control character"),
        false => Ok(text),
    }
}

/// `charset?encoding?text`; each word is whole in itself (RFC 2047 §5).
fn decoded_word(word: &str) -> Option<String> {
    let (name, rest) = word.split_once('?')?;
    let (encoding, text) = rest.split_once('?')?;
    let octets = match encoding {
        "B" | "b" => STANDARD.decode(text).ok()?,
        "Q" | "q" => q(text)?,
        _ => return None,
    };
    // A language may follow (RFC 2231 §5).
    charset(name.split('*').next()?)?.text(&octets)
}

fn q(text: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        octets.push(match c {
            '_' => b' ',
            '=' => {
                let digits: String = characters.by_ref().take(2).collect();
                let is_whole = digits.len() == 2 && digits.chars().all(|c| c.is_ascii_hexdigit());
                u8::from_str_radix(&digits, 16).ok().filter(|_| is_whole)?
            }
            '?' => return None,
            '!'..='~' => u8::try_from(c).ok()?,
            _ => return None,
        });
    }
    Some(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_decoded_and_joined() {
        for (value, expected) in [
            (" plain  text", "plain  text"),
            (
                "=?UTF-8?Q?P=C3=A4=C3=A4t=C3=B6s?= [silta:x]",
                "Päätös [silta:x]",
            ),
            ("=?utf-8?B?w6Q=?=\t=?iso-8859-1?q?_=F6?= x", "ä ö x"),
            ("=?x", "=?x"),
            ("a =?utf-8?= b", "a =?utf-8?= b"),
        ] {
            assert_eq!(decoded(value).unwrap(), expected);
        }
        for value in [
            "=?utf-8?Q?=C3?=",
            "=?klingon?Q?a?=",
            "=?utf-8?X?a?=",
            "=?utf-8?B?a?=",
            "=?utf-8?Q?=0A?=",
            "=?utf-8?Q?=+1?=",
        ] {
            assert!(decoded(value).is_err(), "{value}");
        }
    }
}
