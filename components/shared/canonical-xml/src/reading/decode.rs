// SPDX-License-Identifier: Apache-2.0
//! Bytes of one encoding as text, piece by piece.
//!
//! The tables are here, rather than those of encoding_rs, which bring all others along: 175 kB in each component that reads XML. The tests hold
//! them to that library.

use std::char::REPLACEMENT_CHARACTER;

use crate::encoding::Encoding;
use crate::error::{Fault, ReadErrorKind};

/// Turns bytes into text.
pub(crate) struct Decoder {
    encoding: Encoding,
    text: String,
    /// The first byte of a unit of UTF-16 whose second has not come.
    half: Option<u8>,
    /// The first unit of a pair of UTF-16 whose second has not come.
    high: Option<u16>,
}

impl Decoder {
    /// Expects this many bytes.
    pub(crate) fn new(encoding: Encoding, bytes: usize) -> Self {
        let room = if encoding.agrees_on_ascii() {
            bytes
        } else {
            bytes / 2
        };
        Self {
            encoding,
            text: String::with_capacity(room),
            half: None,
            high: None,
        }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`ReadErrorKind::NotInEncoding`], at the place in the text made so far, which stays in [`so_far`](Self::so_far).
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let taken = match self.encoding {
            // Of UTF-8 nobody makes a decoder: what it is in is text as it stands.
            Encoding::Utf8 => std::str::from_utf8(bytes)
                .map(|text| self.text.push_str(text))
                .is_ok(),
            Encoding::Utf16Le => self.take_utf16(bytes, u16::from_le_bytes),
            Encoding::Utf16Be => self.take_utf16(bytes, u16::from_be_bytes),
            Encoding::Iso8859_1 => self.take_bytes(bytes, char::from),
            Encoding::Iso8859_15 => self.take_bytes(bytes, iso_8859_15),
            Encoding::Windows1252 => self.take_bytes(bytes, windows_1252),
        };
        if taken { Ok(()) } else { Err(self.fault()) }
    }

    /// The text, if it is whole.
    ///
    /// # Errors
    /// As [`take`](Self::take): half a character is left.
    pub(crate) fn finish(self) -> Result<String, (Fault, String)> {
        if self.half.is_some() || self.high.is_some() {
            return Err((self.fault(), self.text));
        }
        Ok(self.text)
    }

    /// The text made so far.
    pub(crate) fn so_far(&self) -> &str {
        &self.text
    }

    fn fault(&self) -> Fault {
        let kind = ReadErrorKind::NotInEncoding(self.encoding);
        Fault::new(self.text.len(), kind)
    }

    fn take_bytes(&mut self, bytes: &[u8], character: impl Fn(u8) -> char) -> bool {
        for &byte in bytes {
            match character(byte) {
                REPLACEMENT_CHARACTER => return false,
                character => self.text.push(character),
            }
        }
        true
    }

    fn take_utf16(&mut self, bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> bool {
        for &byte in bytes {
            let Some(first) = self.half.take() else {
                self.half = Some(byte);
                continue;
            };
            if !self.take_unit(unit([first, byte])) {
                return false;
            }
        }
        true
    }

    /// RFC 2781 §2.2.
    fn take_unit(&mut self, unit: u16) -> bool {
        let character = match (self.high.take(), unit) {
            (None, 0xD800..=0xDBFF) => {
                self.high = Some(unit);
                return true;
            }
            (None, _) => char::from_u32(u32::from(unit)),
            (Some(high), 0xDC00..=0xDFFF) => {
                let (high, low) = (u32::from(high) - 0xD800, u32::from(unit) - 0xDC00);
                char::from_u32(0x1_0000 + (high << 10) + low)
            }
            (Some(_), _) => None,
        };
        character
            .map(|character| self.text.push(character))
            .is_some()
    }
}

/// ISO/IEC 8859-15:1999 is ISO-8859-1 but for eight characters.
fn iso_8859_15(byte: u8) -> char {
    match byte {
        0xA4 => '€',
        0xA6 => 'Š',
        0xA8 => 'š',
        0xB4 => 'Ž',
        0xB8 => 'ž',
        0xBC => 'Œ',
        0xBD => 'œ',
        0xBE => 'Ÿ',
        other => char::from(other),
    }
}

/// Bytes 80 to 9F of windows-1252; [`REPLACEMENT_CHARACTER`] where its table, as registered with IANA, has none.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{FFFD}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{FFFD}', 'Ž',
    '\u{FFFD}', '\u{FFFD}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{FFFD}',
    'ž', 'Ÿ',
];

fn windows_1252(byte: u8) -> char {
    let special = byte
        .checked_sub(0x80)
        .and_then(|index| WINDOWS_1252.get(usize::from(index)));
    special.copied().unwrap_or_else(|| char::from(byte))
}
