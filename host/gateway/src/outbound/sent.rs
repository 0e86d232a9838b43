// SPDX-License-Identifier: Apache-2.0
//! How much of a request has left, counted below and above TLS.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes that were handed over. Clones share the counts.
///
/// Two counts prove that nothing of a request has left, either alone: none of its bytes was given to TLS, or the socket has taken none since the
/// request began.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    /// Taken by the socket since the request began: TLS records, whatever is in them.
    by_socket: AtomicU64,
    /// Given to TLS.
    of_request: AtomicU64,
    /// Of these, what has been flushed.
    flushed: AtomicU64,
    /// Size of the head of the request; 0 until it has been given whole.
    head: AtomicU64,
}

impl Sent {
    /// From now on, what the socket takes may be the request. Nothing of it has been given to TLS yet.
    pub(super) fn begin(&self) {
        self.0.by_socket.store(0, Ordering::SeqCst);
    }

    /// Whether not a byte of the request has left. True for good once the connection has been dropped.
    pub(super) fn is_nothing(&self) -> bool {
        self.of_request() == 0 || self.is_nothing_by_socket()
    }

    /// Whether the socket has taken nothing since the request began.
    pub(super) fn is_nothing_by_socket(&self) -> bool {
        self.0.by_socket.load(Ordering::SeqCst) == 0
    }

    /// Bytes of the request that were given to TLS.
    pub(super) fn of_request(&self) -> u64 {
        self.0.of_request.load(Ordering::SeqCst)
    }

    /// Size of its head, once that was given to TLS whole.
    pub(super) fn head_bytes(&self) -> Option<u64> {
        let head = self.0.head.load(Ordering::SeqCst);
        (head > 0).then_some(head)
    }

    /// Bytes of the request that the socket has taken for certain.
    pub(super) fn flushed(&self) -> u64 {
        self.0.flushed.load(Ordering::SeqCst)
    }
}

/// The socket below TLS.
#[derive(Debug)]
pub(super) struct SocketStream<S> {
    stream: S,
    sent: Sent,
}

impl<S> SocketStream<S> {
    pub(super) fn new(stream: S, sent: Sent) -> Self {
        Self { stream, sent }
    }

    fn count(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = written {
            let counts = &self.sent.0;
            counts.by_socket.fetch_add(bytes as u64, Ordering::SeqCst);
        }
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for SocketStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for SocketStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.count(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.count(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// The stream above TLS, which takes the request.
///
/// A failed write ends nothing: the other end may have answered before it stopped reading, so the answer is read on, and it is the end of reading
/// that tells. Writing waits from then on.
#[derive(Debug)]
pub(super) struct RequestStream<S> {
    stream: S,
    sent: Sent,
    has_failed: bool,
    /// How much of [`HEAD_END`] the last bytes were.
    matched: usize,
}

/// What ends the head of a request (RFC 9112 §2.1).
const HEAD_END: &[u8] = b"\r\n\r\n";

impl<S> RequestStream<S> {
    pub(super) fn new(stream: S, sent: Sent) -> Self {
        Self {
            stream,
            sent,
            has_failed: false,
            matched: 0,
        }
    }

    fn count<'a>(
        &mut self,
        written: Poll<io::Result<usize>>,
        given: impl IntoIterator<Item = &'a [u8]>,
    ) -> Poll<io::Result<usize>> {
        match written {
            Poll::Ready(Ok(bytes)) => {
                self.look_for_head_end(given.into_iter().flatten().take(bytes));
                let counts = &self.sent.0;
                counts.of_request.fetch_add(bytes as u64, Ordering::SeqCst);
                written
            }
            Poll::Ready(Err(_)) => {
                self.has_failed = true;
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn look_for_head_end<'a>(&mut self, bytes: impl Iterator<Item = &'a u8>) {
        if self.sent.head_bytes().is_some() {
            return;
        }
        for (byte, place) in bytes.zip(1..) {
            self.matched = match HEAD_END.get(self.matched) {
                Some(next) if next == byte => self.matched + 1,
                _ => usize::from(*byte == b'\r'),
            };
            if self.matched == HEAD_END.len() {
                let head = self.sent.of_request() + place;
                self.sent.0.head.store(head, Ordering::SeqCst);
                return;
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for RequestStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for RequestStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.has_failed {
            return Poll::Pending;
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.count(written, [bytes])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if self.has_failed {
            return Poll::Pending;
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.count(written, slices.iter().map(|slice| &**slice))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.has_failed {
            return Poll::Pending;
        }
        match ready!(Pin::new(&mut self.stream).poll_flush(context)) {
            Ok(()) => {
                let given = self.sent.of_request();
                self.sent.0.flushed.store(given, Ordering::SeqCst);
                Poll::Ready(Ok(()))
            }
            Err(_) => {
                self.has_failed = true;
                Poll::Pending
            }
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
