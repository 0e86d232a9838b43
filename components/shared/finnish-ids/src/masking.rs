// SPDX-License-Identifier: Apache-2.0
//! Removing personal identity codes from text.

mod characters;
mod shape;

use std::{borrow::Cow, ops::Range};

/// What a masked code looks like, wherever it is shown.
pub(crate) const PERSONAL_MASK: &str = "******-****";

/// Replaces everything in `text` that looks like a personal identity code with `******-****`.
///
/// Six digits, a century sign, three digits and an alphanumeric character look like one, in either
/// case, whatever stands around them, and whether or not the date exists and the check character is
/// right: a code with a typing error still points to a person, and a mask too many costs less
/// than a code that got through. Codes that overlap are covered by one mask.
///
/// What people and programs make of a code on its way is read as well:
///
/// - any dash, minus or plus as the century sign (U+2010 to U+2015, U+2212 and their relatives, the soft hyphen);
/// - full-width and mathematical digits, letters and signs;
/// - characters that nobody sees (zero-width ones, marks of direction) anywhere in it;
/// - blanks in it, around the sign or in place of it, where day and month exist and no letter or digit touches the code;
/// - characters written as `%2D`, `\u002D`, `&#45;` or `&#x2D;`, up to three times over.
///
/// Not read: base64 and other encodings of whole texts, and codes cut short. Left alone: UUIDs and hexadecimal digests of the usual
/// lengths, in which such shapes come about by chance.
///
/// Linear in the length of `text`; borrows it when there is nothing to mask.
pub fn mask_personal_codes(text: &str) -> Cow<'_, str> {
    let codes = codes(text);
    if codes.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut done = 0;
    for code in codes {
        // Ranges begin and end with characters.
        masked.push_str(text.get(done..code.start).unwrap_or_default());
        masked.push_str(PERSONAL_MASK);
        done = code.end;
    }
    masked.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(masked)
}

/// How often a code may have been escaped; each time is a pass over the text.
const ESCAPED_AT_MOST: usize = 3;

/// Digits of a code, its check character aside.
const DIGITS: usize = 9;

/// Where something that looks like a code stands, in order, those that overlap as one.
fn codes(text: &str) -> Vec<Range<usize>> {
    // An escaped digit has a digit in it too, so this misses nothing.
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    if digits < DIGITS && text.is_ascii() {
        return Vec::new();
    }
    let mut read = characters::read(text);
    let mut found = shape::codes(&read);
    for _ in 0..ESCAPED_AT_MOST {
        let unescaped = characters::unescape(&read);
        if unescaped.len() == read.len() {
            break;
        }
        read = unescaped;
        found.extend(shape::codes(&read));
    }
    found.retain(|code| !is_within_identifier(text, code));
    merged(found)
}

fn merged(mut found: Vec<Range<usize>>) -> Vec<Range<usize>> {
    found.sort_unstable_by_key(|code| (code.start, code.end));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for code in found {
        match merged.last_mut() {
            Some(last) if code.start < last.end => last.end = last.end.max(code.end),
            _ => merged.push(code),
        }
    }
    merged
}

/// Lengths of digests in hexadecimal: MD5, SHA-1, SHA-256, SHA-384, SHA-512.
const DIGESTS: [usize; 5] = [32, 40, 64, 96, 128];

/// Where the hyphens of a UUID stand (RFC 9562 §4), and its length.
const UUID: ([usize; 4], usize) = ([8, 13, 18, 23], 36);

/// Whether a place is inside a UUID or a digest in hexadecimal, which has a boundary on both sides.
fn is_within_identifier(text: &str, code: &Range<usize>) -> bool {
    is_within_digest(text.as_bytes(), code) || is_within_uuid(text.as_bytes(), code)
}

fn is_within_digest(bytes: &[u8], code: &Range<usize>) -> bool {
    let longest = DIGESTS.iter().copied().max().unwrap_or_default();
    let belongs = |byte: &&u8| byte.is_ascii_alphanumeric();
    let before = bytes.get(..code.start).unwrap_or_default();
    let after = bytes.get(code.start..).unwrap_or_default();
    // One more than the longest tells a longer run from the longest one.
    let before = before.iter().rev().take(longest + 1).take_while(belongs);
    let start = code.start - before.count();
    let after = after.iter().take(longest + 1).take_while(belongs);
    let run = bytes.get(start..code.start + after.count());
    let run = run.unwrap_or_default();
    start + run.len() >= code.end && is_digest(run)
}

/// A UUID may have a hyphen before or after it, as in `id-…`.
fn is_within_uuid(bytes: &[u8], code: &Range<usize>) -> bool {
    let (_, length) = UUID;
    let is_boundary = |at: Option<usize>| {
        let byte = at.and_then(|at| bytes.get(at));
        !byte.is_some_and(u8::is_ascii_alphanumeric)
    };
    (code.end.saturating_sub(length)..=code.start).any(|start| {
        bytes.get(start..start + length).is_some_and(is_uuid)
            && is_boundary(start.checked_sub(1))
            && is_boundary(Some(start + length))
    })
}

fn is_digest(run: &[u8]) -> bool {
    DIGESTS.contains(&run.len()) && run.iter().all(u8::is_ascii_hexdigit)
}

fn is_uuid(run: &[u8]) -> bool {
    let (hyphens, length) = UUID;
    let fits = |(place, byte): (usize, &u8)| match hyphens.contains(&place) {
        true => *byte == b'-',
        false => byte.is_ascii_hexdigit(),
    };
    run.len() == length && run.iter().enumerate().all(fits)
}

#[cfg(test)]
mod tests;
