// SPDX-License-Identifier: Apache-2.0
//! XML documents whose bytes stay in the host.

use std::ops::Range;

use canonical_xml::{Document, Limits, LoadError, Octets, Piece, ReadError, Source};

use crate::{Blob, BlobWriter, Problem, bindings::silta::agency::blobs, blob::unexpected};

impl Source for blobs::Blob {
    type Error = Problem;

    fn size(&self) -> Result<u64, Problem> {
        Ok(Self::size(self))
    }

    fn read(&self, offset: u64, length: usize, into: &mut Vec<u8>) -> Result<(), Problem> {
        // Longer pieces than this are not asked for, nor would the host hand them over.
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        into.extend_from_slice(&Self::read(self, offset, length).map_err(unexpected)?);
        Ok(())
    }

    fn find(&self, set: &[u8], start: u64) -> Result<Option<u64>, Problem> {
        Self::find(self, set, start).map_err(unexpected)
    }
}

/// Reads a document; long runs of plain text in it stay in the host.
///
/// # Errors
/// The inner one says what is wrong with the document; the outer one is a problem of fault `internal`, since the host has no reason to
/// refuse.
pub fn load(
    blob: &blobs::Blob,
    limits: &Limits,
) -> Result<Result<Document<'static>, ReadError>, Problem> {
    load_labelled(blob, None, limits)
}

/// As [`load`], of a document that came with a label of its encoding, the parameter `charset` of a Content-Type: it goes before what the
/// document says of itself (RFC 7303 §3).
///
/// # Errors
/// As [`load`].
pub fn load_labelled(
    blob: &blobs::Blob,
    charset: Option<&str>,
    limits: &Limits,
) -> Result<Result<Document<'static>, ReadError>, Problem> {
    match Document::load_labelled(blob, charset, limits) {
        Ok(document) => Ok(Ok(document)),
        Err(LoadError::Read(error)) => Ok(Err(error)),
        Err(LoadError::Source(problem)) => Err(problem),
    }
}

/// The pieces of a text of a document as one blob; what was left in the host is shared, not copied. Give it those that are meant to be shared, such as
/// [`Text::shared_pieces`](canonical_xml::Text::shared_pieces): of a text that is one run, no more is asked of the host than the range.
///
/// # Errors
/// A problem of fault `internal`; the host has no reason to refuse.
pub fn text_blob<'d>(
    source: &blobs::Blob,
    pieces: impl IntoIterator<Item = Piece<'d>>,
) -> Result<Blob, Problem> {
    let mut pieces = pieces.into_iter().fuse();
    let first = pieces.next();
    let second = pieces.next();
    if let (Some(Piece::Source(range)), None) = (&first, &second) {
        let slice = source.slice(range.start, range.end - range.start);
        return slice.map(Blob::from).map_err(unexpected);
    }
    let mut writer = RangeWriter::new(source);
    for piece in first.into_iter().chain(second).chain(pieces) {
        match piece {
            Piece::Str(text) => writer.bytes(text.as_bytes()),
            Piece::Source(range) => writer.source(range),
        }
    }
    writer.finish()
}

/// Bytes that are expected between two ranges of a source.
const BETWEEN: usize = 512;

/// Writes canonical octets, or whatever else consists of new bytes and ranges of a blob, into a new blob.
///
/// A refusal by the host is kept and reported by [`finish`](Self::finish).
pub struct RangeWriter<'a> {
    writer: BlobWriter,
    source: &'a blobs::Blob,
    refused: Option<Problem>,
}

impl<'a> RangeWriter<'a> {
    /// An empty writer that may refer to ranges of `source`.
    pub fn new(source: &'a blobs::Blob) -> Self {
        Self {
            writer: BlobWriter::with_room(BETWEEN),
            source,
            refused: None,
        }
    }

    /// The blob of all that was written.
    ///
    /// # Errors
    /// A problem of fault `internal` when the host refused something.
    pub fn finish(self) -> Result<Blob, Problem> {
        match self.refused {
            Some(problem) => Err(problem),
            None => self.writer.finish(),
        }
    }
}

impl Octets for RangeWriter<'_> {
    fn bytes(&mut self, bytes: &[u8]) {
        self.writer.bytes(bytes);
    }

    fn source(&mut self, range: Range<u64>) {
        match self.source.slice(range.start, range.end - range.start) {
            Ok(slice) => self.writer.blob(&slice),
            Err(error) => {
                self.refused.get_or_insert_with(|| unexpected(error));
            }
        }
    }
}
