// SPDX-License-Identifier: Apache-2.0
//! Bodies of requests that were answered before they had been read: a connection that is closed with bytes left in it is reset, and the client finds a broken pipe in the place of the answer that says why.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use hyper::{
    Request,
    body::{Body, Frame, Incoming, SizeHint},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::timeout,
};

use crate::half_open::Exchanges;

/// How long what is left is read.
const TIME: Duration = Duration::from_secs(5);

/// Whether something of the last request of a connection is left unread.
#[derive(Clone, Default)]
pub(crate) struct Unread(Arc<AtomicBool>);

/// A body that is watched.
pub(crate) struct Watched {
    body: Incoming,
    has_ended: bool,
    unread: Unread,
    exchanges: Exchanges,
}

impl Unread {
    pub(crate) fn watch(
        &self,
        request: Request<Incoming>,
        exchanges: &Exchanges,
    ) -> Request<Watched> {
        request.map(|body| {
            let has_ended = body.is_end_stream();
            self.0.store(!has_ended, Ordering::SeqCst);
            let unread = self.clone();
            Watched {
                body,
                has_ended,
                unread,
                exchanges: exchanges.clone(),
            }
        })
    }

    /// Closes a connection after its last answer. What is left to be read is, up to so many bytes, and thrown away.
    pub(crate) async fn close(self, mut stream: impl AsyncRead + AsyncWrite + Unpin, most: u64) {
        let closed = stream.shutdown().await;
        if closed.is_ok() && self.0.load(Ordering::SeqCst) {
            let mut rest = stream.take(most);
            let mut nowhere = tokio::io::sink();
            // The client may end its connection as it likes.
            let _ = timeout(TIME, tokio::io::copy(&mut rest, &mut nowhere)).await;
        }
    }
}

impl Body for Watched {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if frame.is_pending() {
            self.exchanges.await_body(context);
        }
        self.has_ended |= matches!(frame, Poll::Ready(None)) || self.body.is_end_stream();
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.unread.0.store(!self.has_ended, Ordering::SeqCst);
    }
}
