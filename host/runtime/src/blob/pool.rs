// SPDX-License-Identifier: Apache-2.0
//! Large buffers, used again instead of allocated again.

use std::{
    mem,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use bytes::Bytes;

/// Size of a pooled buffer: 128 KiB holds the base64 of 96 KiB exactly, and fits the second-level cache while it is encoded and digested.
pub(crate) const CHUNK: usize = 128 * 1024;

/// Buffers kept when unused: 512 × 128 KiB = 64 MiB, both layers of base64 of a 10 MiB payload with room to spare.
const KEPT: usize = 512;

/// The pool of the process: blobs outlive the runtime they come from, and one pool keeps one lot of memory.
static SHARED: LazyLock<BufferPool> = LazyLock::new(BufferPool::default);

/// A source of buffers of [`CHUNK`] bytes that takes them back when the last blob sharing them is gone.
#[derive(Default)]
pub(crate) struct BufferPool {
    unused: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl BufferPool {
    /// The pool of the process.
    pub(crate) fn shared() -> &'static Self {
        &SHARED
    }

    /// An empty buffer with room for [`CHUNK`] bytes.
    pub(crate) fn take(&self) -> Vec<u8> {
        let unused = self
            .unused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        unused.unwrap_or_else(|| Vec::with_capacity(CHUNK))
    }

    /// Lets go of the buffers that nobody uses.
    pub(crate) fn clear(&self) {
        let unused = mem::take(&mut *self.unused.lock().unwrap_or_else(PoisonError::into_inner));
        // Their memory is given back outside of the lock: that takes a while.
        drop(unused);
    }

    /// Makes the buffer's content shareable; the buffer comes back to the pool in the end.
    pub(crate) fn freeze(&self, buffer: Vec<u8>) -> Bytes {
        Bytes::from_owner(Pooled {
            buffer,
            home: Arc::clone(&self.unused),
        })
    }
}

struct Pooled {
    buffer: Vec<u8>,
    home: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl AsRef<[u8]> for Pooled {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Pooled {
    fn drop(&mut self) {
        let mut buffer = mem::take(&mut self.buffer);
        buffer.clear();
        let mut unused = self.home.lock().unwrap_or_else(PoisonError::into_inner);
        // A buffer that grew is not one of ours any more.
        if unused.len() < KEPT && buffer.capacity() == CHUNK {
            unused.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_when_its_last_share_is_gone() {
        let pool = BufferPool::default();
        let mut buffer = pool.take();
        buffer.extend_from_slice(b"content");
        let address = buffer.as_ptr();
        let bytes = pool.freeze(buffer);
        let share = bytes.slice(2..4);
        drop(bytes);
        let other = pool.take();
        assert_ne!(other.as_ptr(), address);
        drop(share);
        let again = pool.take();
        assert_eq!(again.as_ptr(), address);
        assert!(again.is_empty());
        drop(pool.freeze(again));
        pool.clear();
        assert!(pool.unused.lock().unwrap().is_empty());
    }
}
