// SPDX-License-Identifier: Apache-2.0
//! Encoded words (RFC 2047) as programs write them: cut within a character, without padding. They are put into the form that mail-parser decodes.

use std::borrow::Cow;

use mail_parser::{HeaderName, HeaderValue, MessageParser};

use super::decode::{self, TransferEncoding};

/// A block of fields whose encoded words are whole: neighbours in one charset are one word. RFC 2047 §5 (3) has characters end where words do; many
/// programs cut anywhere.
pub(super) fn joined(block: &[u8]) -> Cow<'_, [u8]> {
    let mut made: Vec<u8> = Vec::new();
    let (mut at, mut kept) = (0, 0);
    while let Some(begin) = next(block, at) {
        let Some(first) = Word::read(block, begin) else {
            at = begin + 2;
            continue;
        };
        let (mut bytes, mut end) = (first.bytes, first.end);
        while let Some(word) = neighbour(block, end, first.charset) {
            bytes.extend(word.bytes);
            end = word.end;
        }
        made.extend(block.get(kept..begin).unwrap_or_default());
        write(first.charset, &bytes, &mut made);
        (at, kept) = (end, end);
    }
    if kept == 0 {
        return block.into();
    }
    made.extend(block.get(kept..).unwrap_or_default());
    made.into()
}

/// A text with its encoded words decoded.
pub(super) fn decoded(text: &str) -> String {
    let field = format!("Subject: {text}\r\n");
    let block = joined(field.as_bytes());
    let parser = MessageParser::new().header_text(HeaderName::Subject);
    let message = parser.parse_headers(&*block);
    let value = message
        .as_ref()
        .and_then(|message| message.header(HeaderName::Subject));
    let found = value.and_then(HeaderValue::as_text);
    found.unwrap_or(text).to_owned()
}

/// One word of a block.
struct Word<'b> {
    charset: &'b [u8],
    bytes: Vec<u8>,
    end: usize,
}

impl<'b> Word<'b> {
    /// The word that begins there, if one does; one whose charset has marks or states of its own is left as it is.
    fn read(block: &'b [u8], begin: usize) -> Option<Self> {
        let inner = block.get(begin..)?.strip_prefix(b"=?")?;
        let mut parts = inner.splitn(3, |byte| *byte == b'?');
        let (charset, encoding, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let length = rest.windows(2).position(|pair| pair == b"?=")?;
        let text = rest.get(..length)?;
        let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:+*'".contains(byte);
        if charset.is_empty() || !charset.iter().all(is_token) || is_stateful(charset) {
            return None;
        }
        if text.iter().any(|byte| matches!(byte, b'?' | b'\r' | b'\n')) {
            return None;
        }
        let bytes = match encoding {
            b"B" | b"b" => decode::bytes(TransferEncoding::Base64, text),
            b"Q" | b"q" => quoted(text),
            _ => return None,
        };
        let end = begin + 2 + charset.len() + 1 + encoding.len() + 1 + length + 2;
        Some(Self {
            charset,
            bytes,
            end,
        })
    }
}

fn next(block: &[u8], from: usize) -> Option<usize> {
    let found = block.get(from..)?.windows(2).position(|pair| pair == b"=?");
    found.map(|found| from + found)
}

/// The word behind white space, which is none between words (RFC 2047 §6.2), if it is in the same charset.
fn neighbour<'b>(block: &'b [u8], end: usize, charset: &[u8]) -> Option<Word<'b>> {
    let rest = block.get(end..)?;
    let blanks = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
    let word = Word::read(block, end + blanks.count())?;
    let name = |charset: &[u8]| -> Vec<u8> {
        let name = charset.split(|byte| *byte == b'*').next();
        name.unwrap_or_default().to_ascii_lowercase()
    };
    (name(word.charset) == name(charset)).then_some(word)
}

fn is_stateful(charset: &[u8]) -> bool {
    let name = charset.to_ascii_lowercase();
    [&b"utf-16"[..], b"utf-7", b"iso-2022", b"hz"]
        .iter()
        .any(|stateful| name.starts_with(stateful))
}

/// What the encoding Q stands for (RFC 2047 §4.2).
fn quoted(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        let digits = text
            .get(at + 1..at + 3)
            .and_then(|digits| str::from_utf8(digits).ok());
        let escaped = digits
            .filter(|_| byte == b'=')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(match byte {
            b'_' => b' ',
            other => escaped.unwrap_or(other),
        });
        at += if escaped.is_some() { 3 } else { 1 };
    }
    bytes
}

/// A word that is one everywhere: in texts, names and quotes.
fn write(charset: &[u8], bytes: &[u8], into: &mut Vec<u8>) {
    into.extend(b"=?");
    into.extend(charset);
    into.extend(b"?Q?");
    for byte in bytes {
        match byte {
            b' ' => into.push(b'_'),
            _ if byte.is_ascii_alphanumeric() => into.push(*byte),
            _ => into.extend(format!("={byte:02X}").bytes()),
        }
    }
    into.extend(b"?=");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_read_however_they_are_cut() {
        for (written, read) in [
            ("=?utf-8?Q?P=C3?= =?UTF-8?Q?=A4?=", "Pä"),
            ("=?utf-8?B?UMM=?=\r\n =?utf-8?Q?=A4?=", "Pä"),
            ("=?utf-8?B?UMM?=\r\n\t=?utf-8?B?pA?= x", "Pä x"),
            ("=?utf-8?b?w6Q?=", "ä"),
            ("=?utf-8*fi?Q?P=C3?= =?utf-8?Q?=A4?=", "Pä"),
            ("=?iso-8859-1?Q?P=E4?= =?utf-8?Q?=C3=A4?=", "Pää"),
            ("=?utf-8?Q?a_b=3F?=", "a b?"),
            ("=?utf-16?B?//7kAA==?=", "ä"),
            ("=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
            ("=?utf-8?Q?abc", "=?utf-8?Q?abc"),
            ("=?", "=?"),
            ("plain ä", "plain ä"),
        ] {
            assert_eq!(decoded(written), read, "{written}");
        }
    }

    #[test]
    fn a_block_without_words_stays_as_it_is() {
        let block = b"Subject: a =? b ?= c\r\nX: =?u?Z?a?=\r\n";
        assert!(matches!(joined(block), Cow::Borrowed(_)));
    }

    proptest! {
        /// However a text is cut into words, at any of its bytes, it is the same text.
        #[test]
        fn a_text_is_the_same_wherever_it_is_cut(text in "[a-zäö€😀 ]{1,40}", cuts in prop::collection::vec(0_usize..100, 0..4)) {
            let text = format!("a{}b", text.replace(' ', "x"));
            let bytes = text.as_bytes();
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % bytes.len()).collect();
            cuts.extend([0, bytes.len()]);
            cuts.sort_unstable();
            let words = cuts.windows(2).filter(|pair| pair[0] < pair[1]).map(|pair| {
                let mut word = Vec::new();
                write(b"utf-8", &bytes[pair[0]..pair[1]], &mut word);
                String::from_utf8(word).unwrap()
            });
            let words: Vec<String> = words.collect();
            prop_assert_eq!(decoded(&words.join("\r\n ")), text);
        }

        #[test]
        fn nothing_breaks_it(block in prop::collection::vec(prop::sample::select(b"=?utf-8QBb_ \r\nA9/".to_vec()), 0..80)) {
            let once = joined(&block).into_owned();
            prop_assert_eq!(joined(&once).into_owned(), once);
        }
    }
}
