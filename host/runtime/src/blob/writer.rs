// SPDX-License-Identifier: Apache-2.0
//! A blob under construction.

use std::mem;

use bytes::Bytes;

use super::{Blob, base64, pool::BufferPool};

/// Markup up to this size is gathered in one buffer before it becomes a segment.
const TAIL: usize = 16 * 1024;

/// Base64 up to this size goes among the markup; more goes straight into a pooled buffer instead of being copied there.
const SMALL_BASE64: u64 = 2 * 1024;

/// Blobs up to this size are copied rather than shared: a segment costs more than so many bytes.
pub(crate) const COPIED: u64 = 256;

/// A writer as a component holds it: `None` once it is finished.
#[expect(
    unreachable_pub,
    reason = "the generated bindings name it in public items"
)]
pub struct Writer(pub(crate) Option<BlobWriter>);

impl Default for Writer {
    fn default() -> Self {
        Self(Some(BlobWriter::new()))
    }
}

/// Gathers pieces into a blob: small pieces are copied together, large ones are shared.
pub(crate) struct BlobWriter {
    pool: &'static BufferPool,
    segments: Vec<Bytes>,
    tail: Vec<u8>,
    size: u64,
    sealed: bool,
}

impl BlobWriter {
    pub(crate) fn new() -> Self {
        Self {
            pool: BufferPool::shared(),
            segments: Vec::new(),
            tail: Vec::new(),
            size: 0,
            sealed: false,
        }
    }

    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        if self.tail.len() + bytes.len() > TAIL {
            self.flush();
        }
        if bytes.len() > TAIL {
            self.segments.push(Bytes::copy_from_slice(bytes));
        } else {
            self.tail.extend_from_slice(bytes);
        }
    }

    /// Takes bytes over. Those that come to stand at the beginning of a segment are not copied.
    pub(crate) fn take(&mut self, bytes: Vec<u8>) {
        if bytes.len() > TAIL {
            self.flush();
            self.size += bytes.len() as u64;
            self.segments.push(Bytes::from(bytes));
        } else if self.tail.is_empty() {
            self.size += bytes.len() as u64;
            self.tail = bytes;
        } else {
            self.write(&bytes);
        }
    }

    pub(crate) fn append(&mut self, blob: &Blob) {
        self.sealed |= blob.is_sealed();
        if blob.size() <= COPIED {
            blob.segments().for_each(|segment| self.write(segment));
            return;
        }
        self.flush();
        self.size += blob.size();
        self.segments.extend_from_slice(blob.shared_segments());
    }

    pub(crate) fn append_base64(&mut self, blob: &Blob, line_width: Option<u32>) {
        self.sealed |= blob.is_sealed();
        let encoded = base64::encoded_size(blob.size(), line_width);
        if encoded <= SMALL_BASE64 {
            if self.tail.len() as u64 + encoded > TAIL as u64 {
                self.flush();
            }
            self.size += encoded;
            self.tail.reserve(encoded as usize);
            base64::encode(blob, line_width, &mut self.tail, &mut |_| {});
            return;
        }
        self.flush();
        self.size += encoded;
        let (pool, segments) = (self.pool, &mut self.segments);
        let mut chunk = pool.take();
        base64::encode(blob, line_width, &mut chunk, &mut |full| {
            segments.push(pool.freeze(mem::replace(full, pool.take())));
        });
        segments.push(pool.freeze(chunk));
    }

    /// Appends a secret; the blob will be opaque to the component.
    pub(crate) fn append_secret(&mut self, secret: &[u8]) {
        self.write(secret);
        self.sealed = true;
    }

    pub(crate) fn finish(mut self) -> Blob {
        self.flush();
        let blob = Blob::from_segments(self.segments);
        if self.sealed { blob.seal() } else { blob }
    }

    fn flush(&mut self) {
        if !self.tail.is_empty() {
            self.segments.push(Bytes::from(mem::take(&mut self.tail)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::pool::CHUNK, *};

    fn writer() -> BlobWriter {
        BlobWriter::new()
    }

    #[test]
    fn pieces_come_out_in_order() {
        let large = Blob::from(vec![b'x'; 1000]);
        let mut writer = writer();
        writer.write(b"<a>");
        writer.append(&large);
        writer.write(b"</a>");
        writer.append_base64(&Blob::from(b"hello".as_slice()), None);
        assert_eq!(writer.size(), 3 + 1000 + 4 + 8);
        let expected = [b"<a>".as_slice(), &[b'x'; 1000], b"</a>aGVsbG8="].concat();
        assert_eq!(writer.finish().to_vec(), expected);
    }

    #[test]
    fn large_blobs_are_shared_and_not_copied() {
        let large = Blob::from(vec![b'x'; 1000]);
        let mut writer = writer();
        writer.write(b"<a>");
        writer.append(&large);
        let address = writer.finish().segments().nth(1).map(<[u8]>::as_ptr);
        assert_eq!(address, large.segments().next().map(<[u8]>::as_ptr));
    }

    #[test]
    fn base64_of_a_large_rope_equals_that_of_one_piece() {
        let bytes: Vec<u8> = (0..3 * CHUNK as u32 + 1).map(|i| (i % 251) as u8).collect();
        // Segment borders at every remainder of three.
        let pieces = bytes.chunks(1000).map(Bytes::copy_from_slice).collect();
        let mut writer = writer();
        writer.append_base64(&Blob::from_segments(pieces), None);
        let blob = writer.finish();
        assert_eq!(
            blob.to_vec(),
            base64_simd::STANDARD.encode_to_string(&bytes).into_bytes()
        );
        assert!(blob.segments().all(|segment| segment.len() <= CHUNK));
    }

    #[test]
    fn bytes_taken_over_are_as_if_written() {
        let pieces = [0, 1, 300, TAIL - 1, TAIL, TAIL + 1, 5];
        for first in pieces {
            let mut taken = writer();
            let mut written = writer();
            for length in [first].into_iter().chain(pieces) {
                let piece = vec![length as u8; length];
                written.write(&piece);
                taken.take(piece);
                assert_eq!(taken.size(), written.size());
            }
            assert_eq!(taken.finish(), written.finish());
        }
    }

    #[test]
    fn short_base64_stands_among_what_is_written() {
        let short = Blob::from(vec![b'f'; 1000]);
        let mut writer = writer();
        let mut expected = Vec::new();
        for _ in 0..30 {
            writer.write(b"<a>");
            writer.append_base64(&short, None);
            expected.extend_from_slice(b"<a>");
            expected.extend_from_slice(
                base64_simd::STANDARD
                    .encode_to_string([b'f'; 1000])
                    .as_bytes(),
            );
        }
        assert_eq!(writer.size(), expected.len() as u64);
        let blob = writer.finish();
        assert_eq!(blob.to_vec(), expected);
        assert!(blob.segments().all(|segment| segment.len() <= TAIL));
    }

    #[test]
    fn a_secret_seals_whatever_it_gets_into() {
        let mut inner = writer();
        inner.append_secret(b"s");
        let sealed = inner.finish();
        let mut outer = writer();
        outer.append_base64(&sealed, None);
        assert!(sealed.is_sealed() && outer.finish().is_sealed());
    }
}
