// SPDX-License-Identifier: Apache-2.0
//! A client that closes its half of a connection after its request still reads the answer (RFC 9112 §9.6). hyper takes the end of what can be read for the end of everything, or else does not look for it at all, and then a
//! request that waits would wait for somebody who is gone. So the end is kept from it while a request is answered that does not wait.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream whose end is not seen while an exchange goes on.
pub(crate) struct HalfOpen<S> {
    stream: S,
    exchanges: Exchanges,
}

/// The exchanges of a stream, one after the other.
#[derive(Clone, Default)]
pub(crate) struct Exchanges(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    goes_on: bool,
    /// There is nothing more to read.
    has_ended: bool,
    /// Before the request had: its body waits for what does not come.
    is_cut: bool,
    /// Whoever has been kept from seeing the end.
    waiting: Option<Waker>,
    /// Whoever waits for the body of the request.
    body: Option<Waker>,
}

/// From a request to the end of its answer: as long as this is there.
pub(crate) struct Exchange(Exchanges);

impl<S> HalfOpen<S> {
    pub(crate) fn new(stream: S) -> (Self, Exchanges) {
        let exchanges = Exchanges::default();
        let stream = Self {
            stream,
            exchanges: exchanges.clone(),
        };
        (stream, exchanges)
    }

    pub(crate) fn into_inner(self) -> S {
        self.stream
    }
}

impl Exchanges {
    pub(crate) fn begin(&self) -> Exchange {
        self.state().goes_on = true;
        Exchange(self.clone())
    }

    /// The body of the request is waited for.
    pub(crate) fn await_body(&self, context: &Context<'_>) {
        let mut state = self.state();
        if !state.has_ended {
            state.body = Some(context.waker().clone());
            return;
        }
        state.is_cut = true;
        let waiting = state.waiting.take();
        drop(state);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.goes_on = false;
        let waiting = state.waiting.take();
        drop(state);
        if let Some(waiting) = waiting {
            waiting.wake();
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for HalfOpen<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let has_ended = match &read {
            Poll::Ready(Ok(())) => buffer.remaining() > 0 && buffer.filled().len() == before,
            // TLS, where only the half below it was closed.
            Poll::Ready(Err(error)) => error.kind() == io::ErrorKind::UnexpectedEof,
            Poll::Pending => false,
        };
        if !has_ended {
            return read;
        }
        let mut state = self.exchanges.state();
        state.has_ended = true;
        if !state.goes_on || state.is_cut {
            return Poll::Ready(Ok(()));
        }
        state.waiting = Some(context.waker().clone());
        let body = state.body.take();
        drop(state);
        // It says whether it has all it needs.
        if let Some(body) = body {
            body.wake();
        }
        Poll::Pending
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for HalfOpen<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
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

/// The body of an answer, with the exchange that it ends.
pub(crate) struct Answered<B> {
    body: B,
    /// None for a request whose client may go.
    _exchange: Option<Exchange>,
}

impl<B> Answered<B> {
    pub(crate) fn new(body: B, exchange: Option<Exchange>) -> Self {
        Self {
            body,
            _exchange: exchange,
        }
    }
}

impl<B: Body + Unpin> Body for Answered<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        task::Wake,
    };

    use super::*;

    struct Counter(AtomicU32);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn read(
        stream: &mut (impl AsyncRead + Unpin),
        context: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let mut bytes = [0; 8];
        let mut buffer = ReadBuf::new(&mut bytes);
        let read = Pin::new(stream).poll_read(context, &mut buffer);
        read.map_ok(|()| buffer.filled().len())
    }

    #[test]
    fn the_end_is_seen_once_the_exchange_is_over() {
        let counter = Arc::new(Counter(AtomicU32::new(0)));
        let waker = Arc::clone(&counter).into();
        let mut context = Context::from_waker(&waker);
        let (mut stream, exchanges) = HalfOpen::new(b"abc".as_slice());
        assert!(matches!(
            read(&mut stream, &mut context),
            Poll::Ready(Ok(3))
        ));
        let exchange = exchanges.begin();
        for _ in 0..2 {
            assert!(read(&mut stream, &mut context).is_pending());
        }
        assert_eq!(counter.0.load(Ordering::SeqCst), 0);
        drop(Answered::new(String::new(), Some(exchange)));
        assert_eq!(counter.0.load(Ordering::SeqCst), 1);
        assert!(matches!(
            read(&mut stream, &mut context),
            Poll::Ready(Ok(0))
        ));
    }

    #[test]
    fn the_end_is_seen_at_once_by_a_body_that_waits() {
        for waits_before in [true, false] {
            let mut context = Context::from_waker(Waker::noop());
            let (mut stream, exchanges) = HalfOpen::new(b"".as_slice());
            let _exchange = exchanges.begin();
            if waits_before {
                exchanges.await_body(&context);
            }
            assert!(read(&mut stream, &mut context).is_pending());
            exchanges.await_body(&context);
            assert!(matches!(
                read(&mut stream, &mut context),
                Poll::Ready(Ok(0))
            ));
        }
    }

    #[test]
    fn what_there_is_to_read_is_read_at_any_time() {
        let mut context = Context::from_waker(Waker::noop());
        let (mut stream, exchanges) = HalfOpen::new(b"abc".as_slice());
        let _exchange = exchanges.begin();
        assert!(matches!(
            read(&mut stream, &mut context),
            Poll::Ready(Ok(3))
        ));
    }
}
