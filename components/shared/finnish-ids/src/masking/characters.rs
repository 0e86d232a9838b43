// SPDX-License-Identifier: Apache-2.0
//! Characters as they are meant, with the places they were read from.

use std::ops::Range;

/// A character, and the bytes of the text that it was read from: more than its own where it was escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Character {
    pub(super) meant: char,
    pub(super) place: Range<usize>,
}

/// The characters of a text, wide and mathematical ones in their plain form.
pub(super) fn read(text: &str) -> Vec<Character> {
    let character = |(start, c): (usize, char)| Character {
        meant: plain(c),
        place: start..start + c.len_utf8(),
    };
    text.char_indices().map(character).collect()
}

/// The same with escapes replaced by what they stand for, once: what was escaped twice is an escape then.
pub(super) fn unescape(characters: &[Character]) -> Vec<Character> {
    let mut unescaped = Vec::with_capacity(characters.len());
    let mut rest = characters;
    while let Some((first, others)) = rest.split_first() {
        let escape = match first.meant {
            '%' => percent(rest),
            '\\' => backslash(rest),
            '&' => reference(rest),
            _ => None,
        };
        let Some((meant, length)) = escape else {
            unescaped.push(first.clone());
            rest = others;
            continue;
        };
        let (escaped, others) = rest.split_at_checked(length).unwrap_or((rest, &[]));
        let end = escaped
            .last()
            .map_or(first.place.end, |last| last.place.end);
        let place = first.place.start..end;
        let meant = plain(meant);
        unescaped.push(Character { meant, place });
        rest = others;
    }
    unescaped
}

/// Longest UTF-8 sequence.
const LONGEST_SEQUENCE: usize = 4;

/// `%2D`, or `%E2%80%93`: as many bytes as one character has (RFC 3986 §2.1). Gives how many characters it took.
fn percent(characters: &[Character]) -> Option<(char, usize)> {
    let mut bytes = Vec::new();
    for triple in characters.chunks(3).take(LONGEST_SEQUENCE) {
        let [sign, high, low] = triple else {
            return None;
        };
        let value = high.meant.to_digit(16)? * 16 + low.meant.to_digit(16)?;
        bytes.push(u8::try_from(value).ok().filter(|_| sign.meant == '%')?);
        if let Some(c) = std::str::from_utf8(&bytes)
            .ok()
            .and_then(|text| text.chars().next())
        {
            return Some((c, bytes.len() * 3));
        }
    }
    None
}

/// `\u002D` of JSON and `\u{2d}` of Rust.
fn backslash(characters: &[Character]) -> Option<(char, usize)> {
    if characters.get(1)?.meant != 'u' {
        return None;
    }
    if characters.get(2)?.meant == '{' {
        let (value, length) = number(characters.get(3..)?, 16, '}')?;
        return Some((char::from_u32(value)?, 3 + length + 1));
    }
    let digits = characters.get(2..6)?;
    let value = digits.iter().try_fold(0, |value, digit| {
        Some(value * 16 + digit.meant.to_digit(16)?)
    });
    Some((char::from_u32(value?)?, 6))
}

/// `&#45;` and `&#x2D;` (XML 1.0 §4.1).
fn reference(characters: &[Character]) -> Option<(char, usize)> {
    if characters.get(1)?.meant != '#' {
        return None;
    }
    let (radix, before) = match characters.get(2)?.meant {
        'x' | 'X' => (16, 3),
        _ => (10, 2),
    };
    let (value, length) = number(characters.get(before..)?, radix, ';')?;
    Some((char::from_u32(value)?, before + length + 1))
}

/// Most digits in a reference that are read; leading zeros are no reason to give up early.
const LONGEST_NUMBER: usize = 12;

/// The number before `end`, and its length.
fn number(characters: &[Character], radix: u32, end: char) -> Option<(u32, usize)> {
    let length = characters
        .iter()
        .take(LONGEST_NUMBER + 1)
        .position(|c| c.meant == end)
        .filter(|length| *length > 0)?;
    let value = characters
        .get(..length)?
        .iter()
        .try_fold(0u32, |value, digit| {
            value
                .checked_mul(radix)?
                .checked_add(digit.meant.to_digit(radix)?)
        })?;
    Some((value, length))
}

/// The plain form of a full-width (U+FF01 to U+FF5E) or mathematical digit, letter or sign.
fn plain(c: char) -> char {
    let code = u32::from(c);
    let plain = match c {
        '\u{FF01}'..='\u{FF5E}' => code - 0xFEE0,
        '\u{1D7CE}'..='\u{1D7FF}' => u32::from('0') + (code - 0x1D7CE) % 10,
        _ => code,
    };
    char::from_u32(plain).unwrap_or(c)
}
