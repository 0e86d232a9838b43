// SPDX-License-Identifier: Apache-2.0
//! Bodies, gathered into blocks.
//!
//! What HTTP hands over are slices of its own buffers, as large as the sender likes to make its chunks: keeping them would let one byte hold
//! kilobytes. So each is copied once, into blocks that are full but for the last.

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use silta::Blob;

/// Size of a block: a few of them for the usual message, and small beside the largest.
pub(crate) const BLOCK: usize = 64 << 10;

/// Size of the first block of a body that does not say how long it is; the next ones double.
const FIRST: usize = 4 << 10;

/// Reads a body of at most `limit` bytes. `pay` is asked for the size of each block before it is there.
///
/// # Errors
/// `too_large` if there are more bytes, `broken` if the body breaks off, or that of `pay`.
pub(crate) async fn gather<E>(
    body: &mut Incoming,
    limit: u64,
    (too_large, broken): (impl Fn() -> E, impl Fn(hyper::Error) -> E),
    mut pay: impl FnMut(u64) -> Result<(), E>,
) -> Result<Blob, E> {
    let declared = body.size_hint().exact();
    if declared.is_some_and(|size| size > limit) {
        return Err(too_large());
    }
    let mut blocks = Blocks::new(declared);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(&broken)?;
        // Trailers say nothing that anybody here asks for.
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        if blocks.size + bytes.len() as u64 > limit {
            return Err(too_large());
        }
        blocks.push(&bytes, &mut pay)?;
    }
    Ok(blocks.finish())
}

/// Bytes in blocks, as they come.
pub(crate) struct Blocks {
    full: Vec<Bytes>,
    open: Vec<u8>,
    size: u64,
    declared: Option<u64>,
}

impl Blocks {
    /// Nothing yet, of as many bytes as the sender has declared.
    pub(crate) fn new(declared: Option<u64>) -> Self {
        Self {
            full: Vec::new(),
            open: Vec::new(),
            size: 0,
            declared,
        }
    }

    /// Appends bytes. `pay` is asked for the size of each new block before it is there.
    ///
    /// # Errors
    /// That of `pay`.
    pub(crate) fn push<E>(
        &mut self,
        mut bytes: &[u8],
        mut pay: impl FnMut(u64) -> Result<(), E>,
    ) -> Result<(), E> {
        while !bytes.is_empty() {
            if self.open.len() == self.open.capacity() {
                self.begin(&mut pay)?;
            }
            let room = self.open.capacity() - self.open.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.open.extend_from_slice(now);
            self.size += now.len() as u64;
            bytes = later;
        }
        Ok(())
    }

    fn begin<E>(&mut self, pay: &mut impl FnMut(u64) -> Result<(), E>) -> Result<(), E> {
        let last = self.open.capacity();
        let size = match self.declared {
            Some(declared) => usize::try_from(declared.saturating_sub(self.size)).unwrap_or(BLOCK),
            None => (last * 2).max(FIRST),
        };
        let size = size.clamp(1, BLOCK);
        pay(size as u64)?;
        let full = std::mem::replace(&mut self.open, Vec::with_capacity(size));
        if !full.is_empty() {
            self.full.push(full.into());
        }
        Ok(())
    }

    /// Bytes so far.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// What was gathered.
    pub(crate) fn finish(mut self) -> Blob {
        if !self.open.is_empty() {
            self.full.push(self.open.into());
        }
        self.full.into()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    /// The bytes and how many were paid for.
    fn gathered(pieces: &[usize], declared: Option<u64>) -> (Blob, u64) {
        let mut held = 0;
        let mut blocks = Blocks::new(declared);
        for (number, piece) in pieces.iter().enumerate() {
            let paid = blocks.push(&vec![number as u8; *piece], |size| {
                held += size;
                Ok::<_, Infallible>(())
            });
            assert_eq!(paid, Ok(()));
        }
        (blocks.finish(), held)
    }

    #[test]
    fn single_bytes_take_hardly_more_than_their_size() {
        let (body, held) = gathered(&vec![1; 1_000_000], None);
        assert!(
            body.to_vec()
                .iter()
                .enumerate()
                .all(|(place, byte)| *byte == place as u8)
        );
        assert!(held < 1_000_000 + BLOCK as u64, "{held}");
        assert!(body.segments().len() < 25);
    }

    #[test]
    fn a_body_of_declared_size_takes_just_that() {
        for size in [0, 1, 10, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7] {
            let (body, held) = gathered(&[size], Some(size as u64));
            assert_eq!((body.size(), held), (size as u64, size as u64));
        }
    }
}
