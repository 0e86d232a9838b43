// SPDX-License-Identifier: Apache-2.0
//! Bytes in several pieces, sent without being copied together.

use std::{collections::VecDeque, io::IoSlice};

use bytes::{Buf, Bytes};
use silta::Blob;

/// Segments of a blob, shared with it; none is empty.
pub(crate) struct Segments(VecDeque<Bytes>);

impl FromIterator<Bytes> for Segments {
    fn from_iter<I: IntoIterator<Item = Bytes>>(segments: I) -> Self {
        let segments = segments.into_iter();
        Self(segments.filter(|segment| !segment.is_empty()).collect())
    }
}

impl From<&Blob> for Segments {
    fn from(blob: &Blob) -> Self {
        blob.to_segments().into_iter().collect()
    }
}

impl Buf for Segments {
    fn remaining(&self) -> usize {
        self.0.iter().map(Bytes::len).sum()
    }

    /// Asked before each write, so it does not add up what all segments have.
    fn has_remaining(&self) -> bool {
        !self.0.is_empty()
    }

    fn chunk(&self) -> &[u8] {
        self.0.front().map_or(&[], |first| first)
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let pairs = slices.iter_mut().zip(&self.0);
        pairs
            .map(|(slice, segment)| *slice = IoSlice::new(segment))
            .count()
    }

    fn advance(&mut self, mut count: usize) {
        while let Some(first) = self.0.front_mut() {
            if count < first.len() {
                first.advance(count);
                return;
            }
            count -= first.len();
            self.0.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_taken_as_they_come() {
        let pieces = ["one", "", " two"].map(|piece| Bytes::from_static(piece.as_bytes()));
        let mut segments: Segments = pieces.into_iter().collect();
        let mut slices = [IoSlice::new(&[]); 3];
        assert_eq!(segments.chunks_vectored(&mut slices), 2);
        segments.advance(1);
        assert_eq!((segments.chunk(), segments.remaining()), (&b"ne"[..], 6));
        segments.advance(3);
        assert_eq!(segments.copy_to_bytes(3), "two");
        assert!(!segments.has_remaining());
    }
}
