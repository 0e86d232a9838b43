// SPDX-License-Identifier: Apache-2.0
//! Messages in a MIME package (RFC 2387): MTOM and SOAP with Attachments, as far as they have no attachments.

use std::ops::Range;

use canonical_xml::Source;
use memchr::memmem;

use crate::media_type::MediaType;

/// The one part of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootPart {
    /// Where in the package its content is.
    pub content: Range<u64>,
    /// Its own Content-Type, if it has one that can be read.
    pub media_type: Option<MediaType>,
}

/// A package that is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// No parameter `boundary`, or one that RFC 2046 §5.1.1 does not allow.
    #[error("the Content-Type multipart/related names no boundary of 1 to 70 characters")]
    NoBoundary,
    /// The boundary does not occur, or not where a part begins.
    #[error(
        "the body is no multipart/related: the boundary that its Content-Type names does not occur in it"
    )]
    NoPart,
    /// No closing boundary.
    #[error("the body is cut short: the closing boundary of multipart/related is missing")]
    CutShort,
    /// Several parts.
    #[error(
        "the message comes with attachments (multipart/related, as of MTOM or SOAP with Attachments), which are not read here; ask for plain SOAP"
    )]
    Attachments,
    /// A part in base64 or quoted-printable, or with a header that is too long or cut short.
    #[error(
        "the part of multipart/related has a header that is not read here; the envelope has to stand in it as it is, without a Content-Transfer-Encoding"
    )]
    PartHeader,
}

/// How much is looked at at a time.
const CHUNK: usize = 64 << 10;

/// Longest header of a part, in bytes. Those there are have a few hundred.
const LONGEST_HEADER: usize = 8 << 10;

/// Finds the part of a package that has no other.
///
/// # Errors
///
/// The outer error is the source's; the inner one see [`PackageError`].
pub fn root_part<S: Source>(
    package: &S,
    media_type: &MediaType,
) -> Result<Result<RootPart, PackageError>, S::Error> {
    let boundary = media_type.parameter("boundary").unwrap_or_default();
    if boundary.is_empty() || boundary.len() > 70 || !boundary.is_ascii() {
        return Ok(Err(PackageError::NoBoundary));
    }
    let delimiter = format!("--{boundary}");
    let lines = delimiter_lines(package, delimiter.as_bytes())?;
    let (first, last) = match lines.as_slice() {
        [] => return Ok(Err(PackageError::NoPart)),
        [line, ..] if line.closes => return Ok(Err(PackageError::NoPart)),
        [_] => return Ok(Err(PackageError::CutShort)),
        [first, last, ..] if last.closes => (first, last),
        _ => return Ok(Err(PackageError::Attachments)),
    };
    let room = last.start.saturating_sub(first.end);
    let length = usize::try_from(room).map_or(LONGEST_HEADER, |room| room.min(LONGEST_HEADER));
    let mut head = Vec::new();
    package.read(first.end, length, &mut head)?;
    Ok(part(&head, first.end, last.start))
}

/// The part between two offsets, from its first bytes.
fn part(head: &[u8], start: u64, end: u64) -> Result<RootPart, PackageError> {
    let header = header_length(head).ok_or(PackageError::PartHeader)?;
    let fields = head.get(..header).unwrap_or_default();
    let fields = std::str::from_utf8(fields).map_err(|_| PackageError::PartHeader)?;
    // Continued lines (RFC 5322 §2.2.3) become one.
    let fields = fields
        .replace("\r\n", "\n")
        .replace("\n ", " ")
        .replace("\n\t", " ");
    let field = |name: &str| {
        let mut lines = fields.lines().filter_map(|line| line.split_once(':'));
        let (_, value) = lines.find(|(field, _)| field.trim_end().eq_ignore_ascii_case(name))?;
        Some(value.trim().to_owned())
    };
    let coding = field("Content-Transfer-Encoding").unwrap_or_default();
    let coding = coding.to_ascii_lowercase();
    if !matches!(coding.as_str(), "" | "7bit" | "8bit" | "binary") {
        return Err(PackageError::PartHeader);
    }
    Ok(RootPart {
        content: start + header as u64..end,
        media_type: field("Content-Type").and_then(|value| MediaType::parse(&value).ok()),
    })
}

/// Length of the header fields with the empty line that ends them.
fn header_length(head: &[u8]) -> Option<usize> {
    for empty in [&b"\r\n"[..], b"\n"] {
        if head.starts_with(empty) {
            return Some(empty.len());
        }
    }
    let crlf = memmem::find(head, b"\r\n\r\n").map(|at| at + 4);
    let lf = memmem::find(head, b"\n\n").map(|at| at + 2);
    crlf.into_iter().chain(lf).min()
}

/// A line that separates parts.
struct DelimiterLine {
    /// Where the content before it ends: the line end before it belongs to it (RFC 2046 §5.1.1).
    start: u64,
    /// Where the line after it begins.
    end: u64,
    closes: bool,
}

/// The first three lines that begin with the delimiter.
fn delimiter_lines<S: Source>(
    package: &S,
    delimiter: &[u8],
) -> Result<Vec<DelimiterLine>, S::Error> {
    /// What is looked at before and behind a delimiter: a line end, two hyphens, white space.
    const AROUND: usize = 80;
    let size = package.size()?;
    let finder = memmem::Finder::new(delimiter);
    let mut lines: Vec<DelimiterLine> = Vec::new();
    let mut position = 0;
    let mut window = Vec::new();
    while position < size && lines.len() < 3 {
        // Windows overlap, so that a line lies whole in one of them.
        let from = position.saturating_sub((delimiter.len() + 2 * AROUND) as u64);
        let to = position.saturating_add(CHUNK as u64).min(size);
        window.clear();
        let mut read = from;
        while read < to {
            let length = usize::try_from(to - read).map_or(CHUNK, |rest| rest.min(CHUNK / 4));
            package.read(read, length, &mut window)?;
            read += length as u64;
        }
        for at in finder.find_iter(&window) {
            let known = lines
                .last()
                .is_some_and(|line| from + at as u64 <= line.end);
            let line = line_at(&window, at, delimiter.len(), (from == 0, to == size));
            if let (false, Some((before, after, closes))) = (known, line) {
                lines.push(DelimiterLine {
                    start: from + before as u64,
                    end: from + after as u64,
                    closes,
                });
            }
        }
        position = to;
    }
    lines.truncate(3);
    Ok(lines)
}

/// The bounds of a delimiter's line, if it is one: nothing before it but a line end, nothing behind it but `--` and white space. Whether the window
/// is the first or the last one tells whether the package begins or ends with it.
fn line_at(
    window: &[u8],
    at: usize,
    length: usize,
    (is_first, is_last): (bool, bool),
) -> Option<(usize, usize, bool)> {
    let before = window.get(..at)?;
    let start = match before {
        [.., b'\r', b'\n'] => at - 2,
        [.., b'\n'] => at - 1,
        // At the beginning of a later window, what stands before is in the window before, which has been searched.
        [] if is_first => at,
        _ => return None,
    };
    let mut end = at + length;
    let closes = window.get(end..)?.starts_with(b"--");
    end += if closes { 2 } else { 0 };
    let blanks = window
        .get(end..)?
        .iter()
        .take_while(|byte| b" \t".contains(byte));
    end += blanks.count();
    match window.get(end..)? {
        [b'\r', b'\n', ..] => Some((start, end + 2, closes)),
        [b'\n', ..] => Some((start, end + 1, closes)),
        // What follows the closing delimiter is nobody's.
        _ if closes => Some((start, end, closes)),
        [] if is_last => Some((start, end, closes)),
        _ => None,
    }
}
