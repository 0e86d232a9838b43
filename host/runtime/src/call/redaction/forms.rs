// SPDX-License-Identifier: Apache-2.0
//! Forms in which a value may stand in a text other than its own.

use base64_simd::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use memchr::memchr;

/// What is shorter is no base64 of anything that is looked for in what it encodes: shorter forms are found as they are.
const SHORTEST_BASE64: usize = 8;

/// What is shorter is no text in which something could be escaped, but bytes that happen to be one.
const SHORTEST_TEXT: usize = 8;

/// A value in base64, wherever in it the value begins, and in hexadecimal.
pub(super) fn encodings(value: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for alphabet in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
        for before in 0..3 {
            let whole = [vec![0; before], value.to_vec()].concat();
            let encoded = alphabet.encode_to_string(&whole).into_bytes();
            // Digits at both ends are of what stands beside the value as well.
            let first = (before * 8).div_ceil(6);
            let last = (whole.len() * 8) / 6;
            found.extend(encoded.get(first..last).map(<[u8]>::to_vec));
        }
    }
    let hexadecimal = crate::digest::hexadecimal(value);
    found.push(hexadecimal.to_uppercase().into_bytes());
    found.push(hexadecimal.into_bytes());
    found
}

/// A text without white space: what is encoded may be broken into lines.
pub(super) fn dense(text: &[u8]) -> Vec<u8> {
    let bytes = text.iter().copied();
    bytes.filter(|byte| !byte.is_ascii_whitespace()).collect()
}

/// What base64 in a text encodes: in either alphabet, and wherever it begins, since what stands before it may look like it.
pub(super) fn decoded(text: &[u8]) -> Vec<Vec<u8>> {
    let mut dense = dense(text);
    for byte in &mut dense {
        *byte = match *byte {
            b'-' => b'+',
            b'_' => b'/',
            other => other,
        };
    }
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let runs = dense.split(|byte| !is_digit(byte));
    let runs: Vec<_> = runs.filter(|run| run.len() >= SHORTEST_BASE64).collect();
    let beginning_at = |first: usize| {
        let mut bytes = Vec::new();
        for digits in runs.iter().filter_map(|run| run.get(first..)) {
            let mut whole = digits.to_vec();
            whole.resize(digits.len().next_multiple_of(4), b'A');
            // Of nothing but digits, nothing else can be.
            let _ = STANDARD.decode_append(&whole, &mut bytes);
            // One does not go on in the next.
            bytes.push(0xFF);
        }
        bytes
    };
    match runs.is_empty() {
        true => Vec::new(),
        false => (0..4).map(beginning_at).collect(),
    }
}

/// The pieces of bytes that are texts.
pub(super) fn texts(bytes: &[u8]) -> impl Iterator<Item = &str> {
    let texts = bytes.utf8_chunks().map(|it| it.valid());
    texts.filter(|text| text.len() >= SHORTEST_TEXT)
}

/// How one kind of escapes is undone: what stands for the beginning of a text, and how long that is.
type Undo = fn(&[u8]) -> Option<(Undone, usize)>;

enum Undone {
    Nothing,
    Byte(u8),
    Character(char),
}

/// The byte that escapes of a kind begin with, and how they are undone.
const KINDS: [(u8, Undo); 6] = [
    (b'\\', json),
    (b'&', reference),
    (b'%', percent),
    (b'=', quoted),
    (b'+', form),
    (0, wide),
];

/// Those that are undone together: the last two would undo what is no escape.
const TOGETHER: usize = 4;

/// A text with its escapes undone: those of each kind alone, since what looks like one of another kind may be none, and all of them, once and twice. Only texts that are
/// others than it.
pub(super) fn unescaped(text: &[u8]) -> Vec<Vec<u8>> {
    let each = KINDS.iter().map(std::slice::from_ref);
    let mut found: Vec<_> = each.filter_map(|kind| undone(text, kind)).collect();
    let all = KINDS.get(..TOGETHER).unwrap_or_default();
    // What is in a form has `+` for blanks beside the rest.
    let in_form = undone(text, &[(b'%', percent), (b'+', form)]);
    let once = undone(text, all);
    let twice = once.as_ref().and_then(|once| undone(once, all));
    for more in [in_form, once, twice].into_iter().flatten() {
        if !found.contains(&more) {
            found.push(more);
        }
    }
    found
}

/// `None` where nothing is to be undone.
fn undone(text: &[u8], kinds: &[(u8, Undo)]) -> Option<Vec<u8>> {
    let mut first = kinds.iter().filter_map(|(begin, _)| memchr(*begin, text));
    first.next()?;
    let (mut found, mut rest, mut is_other) = (Vec::with_capacity(text.len()), text, false);
    while let Some((byte, after)) = rest.split_first() {
        let kind = kinds.iter().find(|(begin, _)| begin == byte);
        let escape = kind.and_then(|(_, undo)| undo(rest));
        let Some((undone, length)) = escape else {
            found.push(*byte);
            rest = after;
            continue;
        };
        match undone {
            Undone::Nothing => {}
            Undone::Byte(byte) => found.push(byte),
            Undone::Character(c) => found.extend(c.to_string().bytes()),
        }
        is_other = true;
        rest = rest.get(length..).unwrap_or_default();
    }
    is_other.then_some(found)
}

/// Of JSON, and of most programming languages.
fn json(text: &[u8]) -> Option<(Undone, usize)> {
    let byte = match text.get(1)? {
        b'u' => return unicode(text),
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        other @ (b'"' | b'\'' | b'\\' | b'/') => *other,
        _ => return None,
    };
    Some((Undone::Byte(byte), 2))
}

/// `\uXXXX`, of characters beyond the first plane twice.
fn unicode(text: &[u8]) -> Option<(Undone, usize)> {
    let unit = |at: usize| -> Option<u16> {
        text.get(at..)?.strip_prefix(b"\\u")?;
        u16::try_from(number(text.get(at + 2..at + 6)?, 16)?).ok()
    };
    let first = unit(0)?;
    let units = [Some(first), unit(6)].into_iter().flatten();
    let c = char::decode_utf16(units).next()?.ok()?;
    Some((Undone::Character(c), 6 * c.len_utf16()))
}

/// Of XML and HTML.
fn reference(text: &[u8]) -> Option<(Undone, usize)> {
    let end = memchr(b';', text.get(..16.min(text.len()))?)?;
    let c = match text.get(1..end)? {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((Undone::Character(c), end + 1))
}

/// Of URLs and forms.
fn percent(text: &[u8]) -> Option<(Undone, usize)> {
    let byte = u8::try_from(number(text.get(1..3)?, 16)?).ok()?;
    Some((Undone::Byte(byte), 3))
}

/// Quoted-printable, of mails; with line breaks that are none.
fn quoted(text: &[u8]) -> Option<(Undone, usize)> {
    match text.get(1..)? {
        [b'\r', b'\n', ..] => Some((Undone::Nothing, 3)),
        [b'\n', ..] => Some((Undone::Nothing, 2)),
        _ => percent(text),
    }
}

/// Blanks of forms.
fn form(_: &[u8]) -> Option<(Undone, usize)> {
    Some((Undone::Byte(b' '), 1))
}

/// UTF-16 of ASCII, in either order: without its zeros.
fn wide(_: &[u8]) -> Option<(Undone, usize)> {
    Some((Undone::Nothing, 1))
}

/// Digits and nothing else.
fn number(digits: &[u8], radix: u32) -> Option<u32> {
    let are_digits = digits.iter().all(|it| char::from(*it).is_digit(radix));
    let text = str::from_utf8(digits).ok().filter(|_| are_digits)?;
    u32::from_str_radix(text, radix).ok()
}
