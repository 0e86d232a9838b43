// SPDX-License-Identifier: Apache-2.0
//! The parts of a mail (RFC 2045, RFC 2046), found where its bytes lie: only header blocks are read, and contents are places. What ends a line is LF, with or
//! without CR before it. Every number is bounded, since the mail is a stranger's.

use std::ops::Range;

use canonical_xml::Source;

use super::{
    fields::PartFields,
    scanner::{Delimiter, Scanner, is_delimiter},
};

/// Most parts of a mail, multiparts included.
pub(super) const MOST_PARTS: usize = 200;

/// Most multiparts within each other.
pub(super) const DEEPEST: usize = 10;

/// Largest header of a mail or a part, in bytes.
pub(super) const LARGEST_HEADER: usize = 64 << 10;

/// Largest headers of all parts together, in bytes: what is kept of them fits into the sandbox.
pub(super) const LARGEST_HEADERS: usize = 512 << 10;

/// Most fields of a header.
pub(super) const MOST_FIELDS: usize = 500;

/// Longest boundary, in bytes. RFC 2046 has 70; some programs write longer ones.
const LONGEST_BOUNDARY: usize = 200;

/// Why a mail is not taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// It does not begin with a header.
    NoHeader,
    /// It has more parts than are looked at.
    TooManyParts,
    /// Its parts are deeper within each other than is looked at.
    TooDeep,
    /// A header is larger than is looked at.
    HeaderTooLarge,
    /// A header has more fields than are looked at.
    TooManyFields,
}

impl Unreadable {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoHeader => "mail.no-header",
            Self::TooManyParts => "mail.too-many-parts",
            Self::TooDeep => "mail.too-deep",
            Self::HeaderTooLarge => "mail.header-too-large",
            Self::TooManyFields => "mail.too-many-fields",
        }
    }

    /// What it is, in a clause.
    pub fn clause(self) -> String {
        match self {
            Self::NoHeader => "it does not begin with a header field".into(),
            Self::TooManyParts => format!("it has more than {MOST_PARTS} parts"),
            Self::TooDeep => format!("its parts are more than {DEEPEST} deep within each other"),
            Self::HeaderTooLarge => format!(
                "a header of it has more than {LARGEST_HEADER} bytes, or all of them have more than {LARGEST_HEADERS}"
            ),
            Self::TooManyFields => format!("a header of it has more than {MOST_FIELDS} fields"),
        }
    }
}

/// A part that is no multipart.
#[derive(Debug, Clone)]
pub struct Part {
    /// Its header.
    pub fields: PartFields,
    /// Where its content is, encoded as it is in the mail.
    pub content: Range<u64>,
    /// Whether it is one of several forms of the same content (multipart/alternative).
    pub is_alternative: bool,
}

/// A mail, taken apart.
#[derive(Debug, Clone)]
pub struct Structure {
    /// Header block of the mail.
    pub header: Vec<u8>,
    /// Media type of the mail itself, in lower case.
    pub media_type: String,
    /// Its parts in order; one for a mail that is no multipart.
    pub parts: Vec<Part>,
    /// Whether a multipart does not end: the mail may have been cut off.
    pub is_cut: bool,
}

/// A multipart that has begun.
struct Open {
    boundary: Vec<u8>,
    is_alternative: bool,
    is_digest: bool,
}

/// Takes a mail apart.
///
/// # Errors
/// The inner one says why it cannot be; the outer one is the source's.
pub(super) fn read<S: Source>(source: &S) -> Result<Result<Structure, Unreadable>, S::Error> {
    let mut scanner = Scanner::new(source)?;
    let block = match header(&mut scanner, 0, &[])? {
        Ok(block) => block,
        Err(unreadable) => return Ok(Err(unreadable)),
    };
    if !begins_with_field(&block.bytes) {
        return Ok(Err(Unreadable::NoHeader));
    }
    let fields = PartFields::read(&block.bytes);
    let mut reading = Reading {
        structure: Structure {
            header: block.bytes,
            media_type: fields.media_type.clone(),
            parts: Vec::new(),
            is_cut: false,
        },
        open: Vec::new(),
        leaf: None,
        is_preamble: false,
        count: 0,
        header_bytes: 0,
    };
    let begun = reading.begin(fields, block.end);
    let read = match begun {
        Ok(()) => reading.run(&mut scanner, block.end)?,
        Err(unreadable) => Err(unreadable),
    };
    Ok(read.map(|()| reading.structure))
}

/// What has been found so far.
struct Reading {
    structure: Structure,
    open: Vec<Open>,
    /// The part that runs on. For a multipart of which no part has begun, the multipart itself: if none begins, its content is all that there is.
    leaf: Option<(PartFields, u64)>,
    /// Whether that is so.
    is_preamble: bool,
    count: usize,
    header_bytes: usize,
}

impl Reading {
    /// A part begins whose content begins here.
    fn begin(&mut self, fields: PartFields, content: u64) -> Result<(), Unreadable> {
        self.count += 1;
        if self.count > MOST_PARTS {
            return Err(Unreadable::TooManyParts);
        }
        let boundary = fields.boundary.as_deref().unwrap_or_default().as_bytes();
        let is_boundary = (1..=LONGEST_BOUNDARY).contains(&boundary.len());
        if !fields.media_type.starts_with("multipart/") || !is_boundary {
            self.leaf = Some((fields, content));
            return Ok(());
        }
        if self.open.len() == DEEPEST {
            return Err(Unreadable::TooDeep);
        }
        self.open.push(Open {
            boundary: boundary.to_vec(),
            is_alternative: fields.media_type == "multipart/alternative",
            is_digest: fields.media_type == "multipart/digest",
        });
        self.leaf = Some((fields, content));
        self.is_preamble = true;
        Ok(())
    }

    /// What stood before the first boundary of the innermost multipart is nobody's content; otherwise a part ends at the boundary.
    fn at_boundary(&mut self, found: &Delimiter, before: u64) {
        let is_first = self.is_preamble && found.boundary + 1 == self.open.len();
        match is_first && !found.is_last {
            true => self.leaf = None,
            false => self.end(before),
        }
        self.is_preamble = false;
    }

    /// The part that runs on ends here.
    fn end(&mut self, end: u64) {
        if self.is_preamble {
            self.open.pop();
        }
        if let Some((fields, begin)) = self.leaf.take() {
            self.structure.parts.push(Part {
                fields,
                content: begin..end.max(begin),
                is_alternative: self.open.last().is_some_and(|open| open.is_alternative),
            });
        }
    }

    fn run<S: Source>(
        &mut self,
        scanner: &mut Scanner<'_, S>,
        start: u64,
    ) -> Result<Result<(), Unreadable>, S::Error> {
        let mut place = start;
        while !self.open.is_empty() {
            let boundaries: Vec<&[u8]> = self
                .open
                .iter()
                .map(|open| open.boundary.as_slice())
                .collect();
            let is_base64 = self
                .leaf
                .as_ref()
                .is_some_and(|(fields, _)| fields.is_base64());
            let Some(found) = scanner.delimiter(place, &boundaries, is_base64)? else {
                self.structure.is_cut = true;
                break;
            };
            // What is within the multipart of this boundary is over, whether or not it was closed.
            self.at_boundary(&found, found.before.max(place));
            self.open.truncate(found.boundary + 1);
            place = found.after;
            if found.is_last {
                self.open.truncate(found.boundary);
                continue;
            }
            let boundaries: Vec<&[u8]> = self
                .open
                .iter()
                .map(|open| open.boundary.as_slice())
                .collect();
            let block = match header(scanner, place, &boundaries)? {
                Ok(block) => block,
                Err(unreadable) => return Ok(Err(unreadable)),
            };
            place = block.end;
            self.header_bytes += block.bytes.len();
            if self.header_bytes > LARGEST_HEADERS {
                return Ok(Err(Unreadable::HeaderTooLarge));
            }
            let mut fields = PartFields::read(&block.bytes);
            // RFC 2046 §5.1.5.
            if self.open.last().is_some_and(|open| open.is_digest) && !fields.has_media_type {
                fields.media_type = "message/rfc822".into();
            }
            if let Err(unreadable) = self.begin(fields, place) {
                return Ok(Err(unreadable));
            }
        }
        self.end(scanner.size());
        Ok(Ok(()))
    }
}

/// A header block.
struct Block {
    bytes: Vec<u8>,
    /// Where the content begins: behind the empty line, or at the boundary that comes before one.
    end: u64,
}

fn header<S: Source>(
    scanner: &mut Scanner<'_, S>,
    start: u64,
    boundaries: &[&[u8]],
) -> Result<Result<Block, Unreadable>, S::Error> {
    let mut bytes = Vec::new();
    let mut place = start;
    let mut fields = 0;
    loop {
        let Some(line) = scanner.line(place, LARGEST_HEADER - bytes.len().min(LARGEST_HEADER))?
        else {
            return Ok(Err(Unreadable::HeaderTooLarge));
        };
        let after = place + line.len() as u64;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if text.is_empty() {
            // An empty line, or nothing more.
            return Ok(Ok(Block { bytes, end: after }));
        }
        if boundaries
            .iter()
            .any(|boundary| is_delimiter(text, boundary).is_some())
        {
            return Ok(Ok(Block { bytes, end: place }));
        }
        if !text.starts_with(b" ") && !text.starts_with(b"\t") {
            fields += 1;
        }
        if fields > MOST_FIELDS {
            return Ok(Err(Unreadable::TooManyFields));
        }
        bytes.extend_from_slice(text);
        bytes.extend_from_slice(b"\r\n");
        place = after;
    }
}

/// Whether a block begins with a field: a name of visible characters, and a colon.
fn begins_with_field(block: &[u8]) -> bool {
    let name = block.split(|byte| *byte == b':').next().unwrap_or_default();
    let name = name.trim_ascii_end();
    !name.is_empty() && name.len() < block.len() && name.iter().all(u8::is_ascii_graphic)
}
