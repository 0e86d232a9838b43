// SPDX-License-Identifier: Apache-2.0
//! One request and its answer on an open connection.

use std::{
    error::Error,
    io,
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
};

use http_body_util::Full;
use hyper::{
    StatusCode,
    body::Incoming,
    client::conn::http1::{self, SendRequest},
};
use hyper_util::rt::TokioIo;
use silta::Blob;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};

use super::{
    answer::{HttpAnswer, fields},
    request::Prepared,
};
use crate::{
    blocks::gather,
    outbound::{
        client_key::CertificateRequest,
        limits::{FAREWELL, MOST_ANSWER_FIELDS, MOST_ANSWER_HEAD_BYTES},
        phase::Phase,
        reason::Reason,
        sent::Sent,
        tls_reason::of_connection,
    },
    segments::Segments,
};

/// How far an exchange has come, known also after it has been given up.
pub(super) struct Exchange {
    sent: Sent,
    /// What became of the client's certificate.
    request: CertificateRequest,
    body_bytes: u64,
    has_head: AtomicBool,
}

impl Exchange {
    pub(super) fn new(prepared: &Prepared, sent: Sent, request: CertificateRequest) -> Self {
        Self {
            sent,
            request,
            body_bytes: prepared.body_bytes,
            has_head: AtomicBool::new(false),
        }
    }

    pub(super) fn phase(&self) -> Phase {
        if self.has_head.load(Ordering::SeqCst) {
            return Phase::ReadAnswer;
        }
        let Some(head) = self.sent.head_bytes() else {
            return Phase::SendHead;
        };
        if self.sent.flushed() >= head + self.body_bytes {
            return Phase::AwaitAnswer;
        }
        match self.body_bytes {
            0 => Phase::SendHead,
            _ => Phase::SendBody,
        }
    }

    /// Sends a request and reads the answer. The connection is dropped with the future.
    pub(super) async fn run<S>(&self, stream: S, prepared: Prepared) -> Result<HttpAnswer, Reason>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (sender, connection) = http1::Builder::new()
            .title_case_headers(true)
            .max_headers(MOST_ANSWER_FIELDS)
            .max_header_size(MOST_ANSWER_HEAD_BYTES)
            // RFC 9112 §5.2: a client replaces the line break and goes on. Older stacks of SOAP fold the Content-Type of packages so.
            .allow_obsolete_multiline_headers_in_responses(true)
            // §5.1: such a blank is removed from an answer. Nothing else comes on the connection, so that nobody can be deceived.
            .allow_spaces_after_header_name_in_responses(true)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.reason(&error))?;
        let mut answered = pin!(self.answer(sender, prepared));
        let mut connection = Box::pin(connection);
        // The connection first: it knows best why it ended.
        let ended = tokio::select! {
            biased;
            ended = &mut connection => ended,
            answer = &mut answered => return answer,
        };
        drop(connection);
        // What has come of the answer is still to be had.
        let answer = answered.await;
        match (answer, ended) {
            (Err(_), Err(error)) => Err(self.reason(&error)),
            (answer, _) => answer,
        }
    }

    async fn answer(
        &self,
        mut sender: SendRequest<Full<Segments>>,
        prepared: Prepared,
    ) -> Result<HttpAnswer, Reason> {
        let answer = sender.send_request(prepared.request).await;
        let (head, mut body) = answer.map_err(|error| self.reason(&error))?.into_parts();
        self.has_head.store(true, Ordering::SeqCst);
        // Nobody asked for another protocol (RFC 9110 §15.2.2).
        if head.status == StatusCode::SWITCHING_PROTOCOLS {
            return Err(Reason::NoHttp);
        }
        let reading = self.read(&mut body, prepared.answer_limit);
        let body = match prepared.status_suffices {
            false => reading.await?,
            true => match timeout(FAREWELL, reading).await {
                Ok(Ok(body)) => body,
                Ok(Err(_)) | Err(_) => Blob::empty(),
            },
        };
        Ok(HttpAnswer {
            status: head.status.as_u16(),
            headers: fields(&head.headers),
            body,
        })
    }

    async fn read(&self, body: &mut Incoming, limit: u64) -> Result<Blob, Reason> {
        let too_large = || Reason::AnswerTooLarge { limit };
        let broken = |error: hyper::Error| self.reason(&error);
        gather(body, limit, (too_large, broken), |_| Ok(())).await
    }

    fn reason(&self, error: &hyper::Error) -> Reason {
        if error.is_parse_too_large() {
            return Reason::HeadTooLarge;
        }
        if error.is_parse() {
            return Reason::NoHttp;
        }
        let reason = match socket_error(error) {
            // The library's own complaints about chunks.
            Some(error)
                if error
                    .get_ref()
                    .is_none_or(|inner| !inner.is::<rustls::Error>())
                    && matches!(
                        error.kind(),
                        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
                    ) =>
            {
                Reason::NoHttp
            }
            Some(error) => of_connection(error, self.request.asked()),
            None => Reason::Closed,
        };
        match reason {
            Reason::Closed if self.phase() == Phase::ReadAnswer => Reason::CutShort,
            reason => reason,
        }
    }
}

fn socket_error(error: &hyper::Error) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error);
        }
        source = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use std::{
        pin::Pin,
        task::{Context, Poll},
    };

    use tokio::io::ReadBuf;

    use super::*;
    use crate::outbound::{
        http::request::HttpRequest,
        sent::{RequestStream, SocketStream},
    };

    /// A socket that takes so many bytes, fails to take more, and then has this to read.
    struct Socket {
        takes: usize,
        has: &'static [u8],
    }

    impl AsyncRead for Socket {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if self.takes > 0 {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            buffer.put_slice(std::mem::take(&mut self.has));
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Socket {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let taken = bytes.len().min(self.takes);
            self.takes -= taken;
            Poll::Ready(match taken {
                0 => Err(io::ErrorKind::BrokenPipe.into()),
                taken => Ok(taken),
            })
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// The result, the phase, and whether nothing has left.
    async fn exchanged(
        takes: usize,
        has: &'static [u8],
    ) -> (Result<HttpAnswer, Reason>, Phase, bool) {
        exchanged_by(HttpRequest::new("POST", "https://a.example/"), takes, has).await
    }

    async fn exchanged_by(
        request: HttpRequest,
        takes: usize,
        has: &'static [u8],
    ) -> (Result<HttpAnswer, Reason>, Phase, bool) {
        let request = HttpRequest {
            body: vec![b'x'; 1000].into(),
            ..request
        };
        let prepared = Prepared::of(request, false);
        let prepared = prepared.ok().unwrap();
        let sent = Sent::default();
        let socket = SocketStream::new(Socket { takes, has }, sent.clone());
        let exchange = Exchange::new(&prepared, sent.clone(), CertificateRequest::default());
        let stream = RequestStream::new(socket, sent.clone());
        let answer = exchange.run(stream, prepared).await;
        (answer, exchange.phase(), sent.is_nothing())
    }

    #[tokio::test]
    async fn a_socket_that_takes_nothing_has_been_sent_nothing() {
        for (takes, is_nothing) in [(0, true), (1, false), (500, false)] {
            let (answer, phase, nothing) = exchanged(takes, b"").await;
            assert_eq!(answer, Err(Reason::Closed));
            assert_eq!(nothing, is_nothing, "{takes}");
            let within = if takes < 100 {
                Phase::SendHead
            } else {
                Phase::SendBody
            };
            assert_eq!(phase, within);
        }
    }

    #[tokio::test]
    async fn where_the_status_suffices_no_body_takes_it_away() {
        for (has, is_whole) in [
            (&b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"[..], true),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok", false),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\ntoo much of an answer",
                false,
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx",
                false,
            ),
        ] {
            for status_suffices in [false, true] {
                let request = HttpRequest {
                    status_suffices,
                    answer_limit: 10,
                    ..HttpRequest::new("POST", "https://a.example/")
                };
                let (answer, ..) = exchanged_by(request, 500, has).await;
                let status = answer.ok().map(|answer| answer.status);
                let is_expected = is_whole || status_suffices;
                assert_eq!(status, is_expected.then_some(200), "{has:?}");
            }
        }
        // A head has to be there.
        let request = HttpRequest {
            status_suffices: true,
            ..HttpRequest::new("POST", "https://a.example/")
        };
        let (answer, ..) = exchanged_by(request, 500, b"HTTP/1.1 200 OK\r\n").await;
        assert_eq!(answer, Err(Reason::Closed));
    }

    #[tokio::test]
    async fn a_failed_write_leaves_the_answer_to_be_read() {
        let early = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno";
        let (answer, phase, _) = exchanged(500, early).await;
        let answer = answer.unwrap();
        assert_eq!((answer.status, answer.body.to_vec()), (413, b"no".to_vec()));
        assert_eq!(phase, Phase::ReadAnswer);
    }
}
