// SPDX-License-Identifier: Apache-2.0
//! Writing byte by byte.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// A connection that writes one byte and then rests; without a rest it writes as ever.
pub(crate) struct ThrottledWriter<S> {
    inner: S,
    rest: Duration,
    resting: Pin<Box<Sleep>>,
}

impl<S> ThrottledWriter<S> {
    pub(crate) fn new(inner: S, rest: Duration) -> Self {
        Self {
            inner,
            rest,
            resting: Box::pin(sleep(Duration::ZERO)),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ThrottledWriter<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ThrottledWriter<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let rest = self.rest;
        if rest.is_zero() {
            return Pin::new(&mut self.inner).poll_write(context, bytes);
        }
        ready!(self.resting.as_mut().poll(context));
        // A TLS record that waits in a buffer would hold the byte back.
        ready!(Pin::new(&mut self.inner).poll_flush(context))?;
        let one = bytes.get(..1).unwrap_or_default();
        let written = ready!(Pin::new(&mut self.inner).poll_write(context, one))?;
        self.resting.as_mut().reset(Instant::now() + rest);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
