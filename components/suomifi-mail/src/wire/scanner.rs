// SPDX-License-Identifier: Apache-2.0
//! Lines of a mail, read through a window: what the sandbox holds does not grow with the mail.

use std::ops::Range;

use canonical_xml::Source;

/// Bytes that are read at once.
const WINDOW: usize = 16 << 10;

/// Longest line that can be a boundary's: longest boundary, hyphens, and some of the blanks that relays add.
const LONGEST_DELIMITER: usize = 512;

/// Reads a source from anywhere, forwards mostly.
pub(super) struct Scanner<'s, S> {
    source: &'s S,
    size: u64,
    window: Vec<u8>,
    begin: u64,
}

/// A line that parts a multipart.
pub(super) struct Delimiter {
    /// Where the content before it ends: the line break before the line is the boundary's.
    pub(super) before: u64,
    /// Where the next line begins.
    pub(super) after: u64,
    /// Whose it is, of the boundaries that were asked for.
    pub(super) boundary: usize,
    /// Whether it ends the multipart.
    pub(super) is_last: bool,
}

impl<'s, S: Source> Scanner<'s, S> {
    pub(super) fn new(source: &'s S) -> Result<Self, S::Error> {
        Ok(Self {
            size: source.size()?,
            source,
            window: Vec::new(),
            begin: 0,
        })
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// The line that begins here, with what ends it; empty at the end. `None` if it is longer than `limit`.
    pub(super) fn line(&mut self, place: u64, limit: usize) -> Result<Option<&[u8]>, S::Error> {
        let mut length = LONGEST_DELIMITER;
        loop {
            let rest = usize::try_from(self.size.saturating_sub(place)).unwrap_or(usize::MAX);
            let bytes = self.bytes(place, length.min(rest))?;
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let found = match end {
                Some(end) => Some(end + 1),
                None if length >= rest => Some(rest),
                None => None,
            };
            match found {
                Some(found) if found <= limit => {
                    // Borrowed anew: the window has it.
                    return Ok(Some(self.bytes(place, found)?));
                }
                None if length < limit => length = length.saturating_mul(2),
                _ => return Ok(None),
            }
        }
    }

    /// The next line at or after a place that is a delimiter of one of these boundaries; the innermost is the last of them and is asked first. In base64 no line begins with a hyphen, so
    /// that the source looks for one.
    pub(super) fn delimiter(
        &mut self,
        start: u64,
        boundaries: &[&[u8]],
        is_base64: bool,
    ) -> Result<Option<Delimiter>, S::Error> {
        let mut place = start;
        let mut leaps = is_base64;
        loop {
            let Some(hyphen) = self.hyphen(place, leaps)? else {
                return Ok(None);
            };
            // Whoever puts hyphens into base64 gets no faster search.
            leaps = false;
            place = hyphen + 1;
            if hyphen > start && self.bytes(hyphen - 1, 1)? != b"\n" {
                continue;
            }
            let Some(line) = self.line(hyphen, LONGEST_DELIMITER)? else {
                continue;
            };
            let length = line.len() as u64;
            let found = boundaries
                .iter()
                .enumerate()
                .rev()
                .find_map(|(index, boundary)| {
                    is_delimiter(line, boundary).map(|is_last| (index, is_last))
                });
            let Some((boundary, is_last)) = found else {
                continue;
            };
            return Ok(Some(Delimiter {
                before: self.before(start, hyphen)?,
                after: hyphen + length,
                boundary,
                is_last,
            }));
        }
    }

    /// Where the content before a line ends.
    fn before(&mut self, start: u64, line: u64) -> Result<u64, S::Error> {
        let break_length = match line - start {
            0 => 0,
            1 => 1,
            _ => match self.bytes(line - 2, 2)? {
                b"\r\n" => 2,
                _ => 1,
            },
        };
        Ok(line - break_length)
    }

    /// The next hyphen at or after a place that begins a line, or, with `leaps`, the next of all.
    fn hyphen(&mut self, start: u64, leaps: bool) -> Result<Option<u64>, S::Error> {
        if leaps {
            return self.source.find(b"-", start.min(self.size));
        }
        let mut place = start;
        while place < self.size {
            let bytes = self.window_from(place)?;
            if let Some(found) = bytes.iter().position(|byte| *byte == b'-') {
                return Ok(Some(place + found as u64));
            }
            place += bytes.len() as u64;
        }
        Ok(None)
    }

    /// What the window has from a place on, which is not the end: at least a byte.
    fn window_from(&mut self, place: u64) -> Result<&[u8], S::Error> {
        if self.held(place, 1).is_none() {
            self.fill(place, 1)?;
        }
        let from = place.saturating_sub(self.begin);
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(self.window.get(from..).unwrap_or_default())
    }

    /// Bytes of the source, which has them.
    fn bytes(&mut self, place: u64, length: usize) -> Result<&[u8], S::Error> {
        if self.held(place, length).is_none() {
            self.fill(place, length)?;
        }
        let range = self.held(place, length).unwrap_or_default();
        Ok(self.window.get(range).unwrap_or_default())
    }

    /// Where the window has these bytes.
    fn held(&self, place: u64, length: usize) -> Option<Range<usize>> {
        let from = usize::try_from(place.checked_sub(self.begin)?).ok()?;
        let to = from.checked_add(length)?;
        (to <= self.window.len()).then_some(from..to)
    }

    fn fill(&mut self, place: u64, length: usize) -> Result<(), S::Error> {
        let rest = usize::try_from(self.size.saturating_sub(place)).unwrap_or(usize::MAX);
        self.window.clear();
        self.begin = place;
        self.source
            .read(place, length.max(WINDOW).min(rest), &mut self.window)
    }
}

/// Whether a line is a delimiter of a boundary, and then whether the last one (RFC 2046 §5.1.1). White space behind it does not count.
pub(super) fn is_delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    let (rest, is_last) = match rest.strip_prefix(b"--") {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    rest.iter().all(u8::is_ascii_whitespace).then_some(is_last)
}
