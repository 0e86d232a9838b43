//! A source in memory that counts what is fetched, and octets that are put together again from it.

use std::cell::Cell;
use std::ops::Range;

use canonical_xml::{
    Canonicalization, CanonicalizeError, Document, ElementRef, Limits, LoadError, Octets, Piece,
    Source, Subset, canonicalize,
};

use crate::algorithms;

/// Bytes, and what was asked of them.
pub(crate) struct Memory<'b> {
    bytes: &'b [u8],
    fetched: Cell<u64>,
    requests: Cell<u32>,
    /// The request that fails, counted from 0.
    failing: Option<u32>,
}

/// Which request failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Failure(pub(crate) u32);

impl<'b> Memory<'b> {
    pub(crate) fn new(bytes: &'b (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            bytes: bytes.as_ref(),
            fetched: Cell::new(0),
            requests: Cell::new(0),
            failing: None,
        }
    }

    pub(crate) fn failing(self, request: u32) -> Self {
        Self {
            failing: Some(request),
            ..self
        }
    }

    /// Number of bytes that were read so far.
    pub(crate) fn fetched(&self) -> u64 {
        self.fetched.get()
    }

    /// Number of requests so far.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.get()
    }

    fn request(&self) -> Result<(), Failure> {
        let number = self.requests.replace(self.requests.get() + 1);
        match self.failing {
            Some(failing) if failing == number => Err(Failure(number)),
            _ => Ok(()),
        }
    }
}

impl Source for Memory<'_> {
    type Error = Failure;

    fn size(&self) -> Result<u64, Failure> {
        self.request()?;
        Ok(self.bytes.len() as u64)
    }

    fn read(&self, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), Failure> {
        self.request()?;
        // Past the end, this panics: it must not be asked for.
        into.extend_from_slice(slice(self.bytes, offset..offset + length as u64));
        self.fetched.set(self.fetched.get() + length as u64);
        Ok(())
    }

    fn find(&self, set: &[u8], start: u64) -> Result<Option<u64>, Failure> {
        self.request()?;
        let rest = slice(self.bytes, start..self.bytes.len() as u64);
        let is_sought: [bool; 256] = std::array::from_fn(|byte| set.contains(&(byte as u8)));
        let index = rest.iter().position(|byte| is_sought[usize::from(*byte)]);
        Ok(index.map(|index| start + index as u64))
    }
}

pub(crate) fn slice(bytes: &[u8], range: Range<u64>) -> &[u8] {
    &bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
}

/// Octets together, and how many of them were named as ranges of the source.
struct Joined<'b> {
    source: &'b [u8],
    octets: Vec<u8>,
    shared: u64,
}

impl Octets for Joined<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.octets.extend_from_slice(bytes);
    }

    fn source(&mut self, range: Range<u64>) {
        self.shared += range.end - range.start;
        self.octets.extend_from_slice(slice(self.source, range));
    }
}

/// The form of a part of a loaded document, and how many of its octets were named as ranges of the source.
pub(crate) fn joined_form(
    source: &[u8],
    subset: &Subset<'_>,
    how: &Canonicalization,
) -> Result<(Vec<u8>, u64), CanonicalizeError> {
    let mut out = Joined {
        source,
        octets: Vec::new(),
        shared: 0,
    };
    canonicalize(subset, how, &mut out)?;
    Ok((out.octets, out.shared))
}

/// The text of an element of a loaded document, and how many bytes of it were left in the source.
pub(crate) fn joined_text(source: &[u8], element: ElementRef<'_>) -> (String, u64) {
    let (mut text, mut left) = (String::new(), 0);
    for piece in element.text().pieces() {
        match piece {
            Piece::Str(piece) => {
                assert!(!piece.is_empty());
                text += &piece;
            }
            Piece::Source(range) => {
                left += range.end - range.start;
                text += std::str::from_utf8(slice(source, range)).unwrap();
            }
        }
    }
    (text, left)
}

/// Limits that no test document comes near.
pub(crate) fn roomy() -> Limits {
    const MUCH: usize = 64 << 20;
    Limits {
        bytes: MUCH,
        name_length: MUCH,
        value_length: MUCH,
        text_length: MUCH,
        events: MUCH,
        ..Limits::default()
    }
}

/// What there is to tell of an element but for its text.
fn outline(element: ElementRef<'_>) -> (String, Range<u64>, Vec<String>, bool) {
    let attributes = element.attributes().map(|attribute| {
        let value = attribute.value();
        format!("{attribute:?} {} {value}", attribute.prefix())
    });
    let name = format!("{element:?} {} {}", element.prefix(), element.path());
    let attributes = attributes.collect();
    let has_aside = element.has_comment_or_instruction();
    (name, element.span(), attributes, has_aside)
}

/// Loads and parses; both have to come to the same: document or error, every view, every canonical form. Returns how many
/// bytes were fetched.
pub(crate) fn compare(bytes: &[u8]) -> u64 {
    let memory = Memory::new(bytes);
    let loaded = Document::load(&memory, &roomy());
    let fetched = memory.fetched();
    let (loaded, parsed) = match (loaded, Document::parse(bytes, &roomy())) {
        (Ok(loaded), Ok(parsed)) => (loaded, parsed),
        (loaded, parsed) => {
            let parsed = parsed.map(|document| document.element_count());
            let loaded = loaded.map(|document| document.element_count());
            assert_eq!(loaded, parsed.map_err(LoadError::Read));
            return fetched;
        }
    };
    assert_eq!(loaded.element_count(), parsed.element_count());
    for (ours, theirs) in loaded.elements().zip(parsed.elements()) {
        assert_eq!(outline(ours), outline(theirs));
        let text = theirs.text().to_str().unwrap();
        let (joined, left) = joined_text(bytes, ours);
        assert!(joined == text, "text of {}", ours.path());
        assert_eq!(ours.text().to_str().is_some(), left == 0);
        if let Ok(Some(markup)) = ours.markup() {
            assert_eq!(Ok(Some(markup)), theirs.markup());
        }
    }
    for how in algorithms::all() {
        let subsets = loaded.elements().zip(parsed.elements());
        let mut subsets: Vec<_> = subsets
            .take(4)
            .map(|(ours, theirs)| (Subset::element(ours), Subset::element(theirs)))
            .collect();
        subsets.push((Subset::document(&loaded), Subset::document(&parsed)));
        for (ours, theirs) in subsets {
            let ours = joined_form(bytes, &ours, &how).map(|(octets, _)| octets);
            let theirs = algorithms::try_form(&theirs, &how).map(String::into_bytes);
            assert!(ours == theirs, "{}", how.uri());
        }
    }
    fetched
}
