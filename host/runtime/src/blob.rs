// SPDX-License-Identifier: Apache-2.0
//! Immutable bytes as a rope of shared segments.
//!
//! What a component works on stays here: appending shares segments, digests and base64 run over them in place, and the
//! large buffers come from a [`pool`] because the page faults of fresh multi-megabyte allocations cost as much as hashing them.

pub(crate) mod base64;
pub(crate) mod pool;
mod search;
pub(crate) mod writer;

use std::{
    fmt,
    io::{self, Read, Write},
    sync::Arc,
};

use aws_lc_rs::digest;
use bytes::Bytes;
use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::digest::hexadecimal;
use pool::BufferPool;
use search::ByteSearch;

/// Immutable bytes kept in the host; cloning and slicing share them.
///
/// `Debug` shows the size only: blobs carry people's mail and declarations.
#[derive(Clone)]
pub struct Blob {
    segments: Arc<[Bytes]>,
    size: u64,
    sealed: bool,
}

impl Blob {
    /// The blob without bytes.
    pub fn empty() -> Self {
        Self::from_segments(Vec::new())
    }

    /// Reads everything `source` has, up to `limit` bytes.
    ///
    /// # Errors
    /// What the source reports, or [`io::ErrorKind::FileTooLarge`] when there is more than `limit`.
    pub fn read_from(source: &mut dyn Read, limit: u64) -> io::Result<Self> {
        let pool = BufferPool::shared();
        let mut segments = Vec::new();
        let mut size = 0;
        loop {
            let mut chunk = pool.take();
            // One byte beyond the limit tells "exactly at the limit" from "over it".
            let room = (limit - size).saturating_add(1).min(pool::CHUNK as u64);
            let read = source.take(room).read_to_end(&mut chunk)? as u64;
            if read == 0 {
                return Ok(Self::from_segments(segments));
            }
            size += read;
            if size > limit {
                return Err(io::Error::new(
                    io::ErrorKind::FileTooLarge,
                    format!("more than {limit} bytes"),
                ));
            }
            segments.push(pool.freeze(chunk));
        }
    }

    /// Number of bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.size == 0
    }

    /// The bytes, piece by piece.
    pub fn segments(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.segments.iter().map(AsRef::as_ref)
    }

    /// The segments themselves, shared and not copied.
    pub fn to_segments(&self) -> Vec<Bytes> {
        self.segments.to_vec()
    }

    /// The bytes in one piece.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
        for segment in self.segments() {
            bytes.extend_from_slice(segment);
        }
        bytes
    }

    /// Writes the bytes to `sink`.
    ///
    /// # Errors
    /// What the sink reports.
    pub fn write_to(&self, sink: &mut dyn Write) -> io::Result<()> {
        self.segments()
            .try_for_each(|segment| sink.write_all(segment))
    }

    /// SHA-256 of the bytes (FIPS 180-4).
    pub fn sha256(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(self.digest(&digest::SHA256).as_ref());
        bytes
    }

    /// The base64 text of the bytes (RFC 4648 §4), in one run.
    #[must_use]
    pub fn to_base64(&self) -> Self {
        let mut writer = writer::BlobWriter::new();
        writer.append_base64(self, None);
        writer.finish()
    }

    /// The bytes that this base64 text stands for. Strict (RFC 4648 §4: padding required, unused bits zero), but for XML white space.
    ///
    /// # Errors
    /// The offset of the first byte that cannot stand where it stands; the size of the text when it ends too early.
    pub fn decode_base64(&self) -> Result<Self, u64> {
        base64::decode(self, BufferPool::shared())
    }

    pub(crate) fn from_segments(segments: Vec<Bytes>) -> Self {
        let size = segments.iter().map(|segment| segment.len() as u64).sum();
        Self {
            segments: segments.into(),
            size,
            sealed: false,
        }
    }

    /// The same bytes, marked as holding a secret: a component may append them and no more.
    pub(crate) fn seal(self) -> Self {
        Self {
            sealed: true,
            ..self
        }
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.sealed
    }

    pub(crate) fn shared_segments(&self) -> &[Bytes] {
        &self.segments
    }

    pub(crate) fn digest(&self, algorithm: &'static digest::Algorithm) -> digest::Digest {
        let mut context = digest::Context::new(algorithm);
        for segment in self.segments() {
            context.update(segment);
        }
        context.finish()
    }

    /// Shares `length` bytes from `offset`; `None` when they reach past the end.
    pub(crate) fn slice(&self, offset: u64, length: u64) -> Option<Self> {
        let end = offset.checked_add(length).filter(|end| *end <= self.size)?;
        let mut segments = Vec::new();
        let mut start = 0;
        for segment in self.segments.iter() {
            let stop = start + segment.len() as u64;
            let (from, to) = (offset.max(start), end.min(stop));
            if from < to {
                // Both differences are at most the segment's length, which is a usize.
                segments.push(segment.slice((from - start) as usize..(to - start) as usize));
            }
            start = stop;
        }
        Some(Self::from_segments(segments))
    }

    /// Copies `length` bytes from `offset`; `None` when they reach past the end.
    pub(crate) fn copied(&self, offset: u64, length: u64) -> Option<Vec<u8>> {
        offset.checked_add(length).filter(|end| *end <= self.size)?;
        let length = usize::try_from(length).ok()?;
        let mut copied = Vec::with_capacity(length);
        let mut skipped = offset;
        for segment in self.segments() {
            // At most the segment's length, which is a usize.
            let skip = skipped.min(segment.len() as u64);
            skipped -= skip;
            let rest = segment.get(skip as usize..).unwrap_or_default();
            copied.extend_from_slice(rest.get(..length - copied.len()).unwrap_or(rest));
        }
        Some(copied)
    }

    /// Offset of the first byte at or after `start` that is in `set`.
    pub(crate) fn find(&self, set: &[u8], start: u64) -> Option<u64> {
        ByteSearch::with(set, |search| {
            let mut passed = 0;
            for segment in self.segments() {
                let length = segment.len() as u64;
                let skip = start.saturating_sub(passed).min(length);
                let rest = segment.get(skip as usize..).unwrap_or_default();
                if let Some(found) = search.first(rest) {
                    return Some(passed + skip + found as u64);
                }
                passed += length;
            }
            None
        })
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.size)
    }
}

/// Size and SHA-256 in hexadecimal, as `{"size", "sha256"}`: content is somebody's mail, and for whoever asks for it.
impl Serialize for Blob {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_struct("Blob", 2)?;
        members.serialize_field("size", &self.size)?;
        members.serialize_field("sha256", &hexadecimal(&self.sha256()))?;
        members.end()
    }
}

impl Default for Blob {
    fn default() -> Self {
        Self::empty()
    }
}

impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self::from(Bytes::from(bytes))
    }
}

impl From<Bytes> for Blob {
    fn from(bytes: Bytes) -> Self {
        if bytes.is_empty() {
            Self::empty()
        } else {
            Self::from_segments(vec![bytes])
        }
    }
}

impl From<Vec<Bytes>> for Blob {
    /// Shares the pieces; empty ones are left out.
    fn from(mut pieces: Vec<Bytes>) -> Self {
        pieces.retain(|piece| !piece.is_empty());
        Self::from_segments(pieces)
    }
}

impl From<&[u8]> for Blob {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl PartialEq for Blob {
    fn eq(&self, other: &Self) -> bool {
        self.size == other.size && self.segments().flatten().eq(other.segments().flatten())
    }
}

impl Eq for Blob {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rope(pieces: &[&str]) -> Blob {
        Blob::from_segments(
            pieces
                .iter()
                .map(|piece| Bytes::copy_from_slice(piece.as_bytes()))
                .collect(),
        )
    }

    #[test]
    fn slices_cross_segments_and_stop_at_the_end() {
        let blob = rope(&["abc", "de", "fghi"]);
        assert_eq!(blob.slice(2, 4).unwrap().to_vec(), b"cdef");
        assert_eq!(blob.slice(0, 9).unwrap(), blob);
        assert_eq!(blob.slice(9, 0).unwrap(), Blob::empty());
        assert_eq!(blob.slice(9, 1), None);
        assert_eq!(blob.slice(u64::MAX, 2), None);
    }

    #[test]
    fn a_copy_is_what_a_slice_shares() {
        let blob = rope(&["abc", "", "de", "fghi"]);
        for (offset, length) in
            (0..12).flat_map(|offset| (0..12).map(move |length| (offset, length)))
        {
            let shared = blob.slice(offset, length).map(|slice| slice.to_vec());
            assert_eq!(blob.copied(offset, length), shared, "{offset} {length}");
        }
        assert_eq!(blob.copied(u64::MAX, 2), None);
    }

    #[test]
    fn finds_over_segment_borders() {
        let blob = rope(&["abc", "de", "fghi"]);
        assert_eq!(blob.find(b"h", 0), Some(7));
        assert_eq!(blob.find(b"ai", 1), Some(8));
        assert_eq!(blob.find(b"xyzwd", 0), Some(3));
        assert_eq!(blob.find(b"d", 4), None);
        assert_eq!(blob.find(b"", 0), None);
        assert_eq!(blob.find(b"i", 9), None);
    }

    proptest! {
        #[test]
        fn finds_what_one_piece_would_show(
            bytes in proptest::collection::vec(any::<u8>(), 0..2000),
            set in proptest::collection::vec(any::<u8>(), 0..12),
            piece in 1_usize..700,
            start in 0_usize..2000,
        ) {
            let blob = Blob::from_segments(bytes.chunks(piece).map(Bytes::copy_from_slice).collect());
            let expected = bytes.iter().enumerate().skip(start).find(|(_, byte)| set.contains(byte));
            prop_assert_eq!(blob.find(&set, start as u64), expected.map(|(place, _)| place as u64));
        }
    }

    #[test]
    fn digests_as_if_in_one_piece() {
        let pieces = rope(&["a", "", "bc"]);
        assert_eq!(pieces.sha256(), Blob::from(b"abc".as_slice()).sha256());
    }

    #[test]
    fn reads_up_to_the_limit_and_not_beyond() {
        let bytes = vec![7; pool::CHUNK + 10];
        let limit = bytes.len() as u64;
        assert_eq!(
            Blob::read_from(&mut bytes.as_slice(), limit)
                .unwrap()
                .to_vec(),
            bytes
        );
        let refused = Blob::read_from(&mut bytes.as_slice(), limit - 1).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn debug_shows_no_content() {
        assert_eq!(format!("{:?}", rope(&["secret"])), "Blob(6 bytes)");
    }
}
