// SPDX-License-Identifier: Apache-2.0
//! PEM: text with sections (RFC 7468 §2), every boundary accounted for.

use rustls_pki_types::pem::{PemObject, SectionKind};

use super::{Expected, Kind, Object, PemError};

/// The longest label that a message repeats. Known ones are shorter.
const LONGEST_LABEL: usize = 40;

/// UTF-8's byte order mark. It stands before later boundaries as well where files that have one are put together.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What a line is.
enum Line<'a> {
    Begin(&'a [u8]),
    End(&'a [u8]),
    /// Not a boundary, and yet somebody has meant one.
    Misshapen,
    Text,
}

/// A section that has begun.
struct Open<'a> {
    label: &'a [u8],
    kind: Kind,
    line: usize,
    /// Where its boundary begins in the file.
    start: usize,
}

/// Reads all sections of a file.
pub(super) fn read_all(file: &[u8], expected: Expected) -> Result<Vec<Object>, PemError> {
    let mut objects = Vec::new();
    let mut open: Option<Open<'_>> = None;
    for (number, range) in lines(file) {
        let line = file.get(range.clone()).unwrap_or_default();
        let marked = line.strip_prefix(MARK).unwrap_or(line);
        open = match (classify(marked), open) {
            (Line::Misshapen, _) => return Err(PemError::Boundary { line: number }),
            (Line::Begin(label), None) => Some(Open {
                label,
                kind: kind(label, number, expected)?,
                line: number,
                start: range.end - marked.len(),
            }),
            (Line::Begin(_), Some(open)) => return Err(PemError::CutShort { line: open.line }),
            (Line::End(label), Some(open)) if open.label == label => {
                let section = file.get(open.start..range.end).unwrap_or_default();
                objects.push(decode(section, &open)?);
                None
            }
            (Line::End(_), _) => return Err(PemError::OtherEnd { line: number }),
            (Line::Text, Some(open)) => {
                check_text(line, number, &open)?;
                Some(open)
            }
            (Line::Text, None) => None,
        };
    }
    match open {
        Some(open) => Err(PemError::CutShort { line: open.line }),
        None => Ok(objects),
    }
}

/// Lines with their numbers and places, ended by CR LF, LF or CR.
fn lines(file: &[u8]) -> impl Iterator<Item = (usize, std::ops::Range<usize>)> + '_ {
    let mut start = 0;
    let mut number = 0;
    std::iter::from_fn(move || {
        let rest = file.get(start..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let end = match rest.get(length..) {
            Some([b'\r', b'\n', ..]) => length + 2,
            Some([_, ..]) => length + 1,
            _ => length,
        };
        let line = start..start + length;
        start += end;
        number += 1;
        Some((number, line))
    })
}

fn classify(line: &[u8]) -> Line<'_> {
    let inner = |begin: &[u8]| {
        let rest = line.trim_ascii_end().strip_prefix(begin)?;
        let label = rest.strip_suffix(b"-----")?;
        let is_label = !label.is_empty() && !label.contains(&b'-') && label.trim_ascii() == label;
        is_label.then_some(label)
    };
    if let Some(label) = inner(b"-----BEGIN ") {
        Line::Begin(label)
    } else if let Some(label) = inner(b"-----END ") {
        Line::End(label)
    } else if is_misshapen(line) {
        Line::Misshapen
    } else {
        Line::Text
    }
}

/// Whether a line that is no boundary holds one, or looks like one: shifted by a blank, commented out, put together with the
/// line before, or with the dashes of a word processor.
fn is_misshapen(line: &[u8]) -> bool {
    let has = |boundary: &[u8]| memchr::memmem::find(line, boundary).is_some();
    if has(b"-----BEGIN") || has(b"-----END") {
        return true;
    }
    let text = String::from_utf8_lossy(line);
    let around = |c: char| c.is_whitespace() || is_dash(c) || is_invisible(c);
    let core = text.trim_matches(around);
    let has_dashes = text.trim_matches(|c: char| c.is_whitespace() || is_invisible(c)) != core;
    let word = core.split_whitespace().next().unwrap_or_default();
    has_dashes && (word.eq_ignore_ascii_case("BEGIN") || word.eq_ignore_ascii_case("END"))
}

/// The hyphen and its like (Unicode category Pd, and the minus sign).
fn is_dash(c: char) -> bool {
    matches!(
        c,
        '-' | '\u{ad}' | '\u{2010}'
            ..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}'
    )
}

/// Characters of no width that copying brings along.
fn is_invisible(c: char) -> bool {
    matches!(c, '\0' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// What may stand between the boundaries: base64, of which the decoder is the judge. Fields before it (RFC 1421 §4.6) say how
/// the rest is to be read, and OpenSSL encrypts keys with them.
fn check_text(line: &[u8], number: usize, open: &Open<'_>) -> Result<(), PemError> {
    if !line.contains(&b':') {
        return Ok(());
    }
    let is_encrypted =
        open.kind == Kind::PrivateKey && memchr::memmem::find(line, b"ENCRYPTED").is_some();
    Err(if is_encrypted {
        PemError::Encrypted { line: open.line }
    } else {
        PemError::HeaderFields { line: number }
    })
}

/// The kind of a section, if it belongs into the file.
fn kind(label: &[u8], line: usize, expected: Expected) -> Result<Kind, PemError> {
    let name = std::str::from_utf8(label).unwrap_or_default();
    if expected == Expected::PrivateKey && name == "ENCRYPTED PRIVATE KEY" {
        return Err(PemError::Encrypted { line });
    }
    Kind::of_label(name)
        .filter(|kind| expected.allows(*kind))
        .ok_or_else(|| PemError::OtherKind {
            line,
            label: shown(name),
            expected,
        })
}

/// A label as RFC 7468 §2 has them, in capitals; empty for what else stands in its place, which is not repeated.
fn shown(label: &str) -> String {
    let is_name = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    if !label.is_empty() && label.len() <= LONGEST_LABEL && label.bytes().all(is_name) {
        label.to_owned()
    } else {
        String::new()
    }
}

/// Decodes one section, boundaries included.
fn decode(section: &[u8], open: &Open<'_>) -> Result<Object, PemError> {
    let (kind, line) = (open.kind, open.line);
    let not_base64 = || PemError::NotBase64 { line };
    let der = match kind {
        // The library passes over this label.
        Kind::EcParameters => {
            let text: Vec<u8> = section
                .split(|byte| matches!(byte, b'\n' | b'\r'))
                .filter(|line| !line.starts_with(b"-----"))
                .flat_map(|line| line.trim_ascii())
                .copied()
                .collect();
            base64_simd::STANDARD
                .decode_to_vec(text)
                .map_err(|_| not_base64())?
        }
        _ => {
            <(SectionKind, Vec<u8>)>::from_pem_slice(section)
                .map_err(|_| not_base64())?
                .1
        }
    };
    Ok(Object { kind, der, line })
}
