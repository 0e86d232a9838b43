// SPDX-License-Identifier: Apache-2.0
//! One call of a customer's receiver.

use std::future::Future;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::http::uri::{Authority, Scheme, Uri};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::throttled_writer::ThrottledWriter;

/// Where a receiver listens.
pub(crate) struct Endpoint {
    pub(crate) authority: Authority,
    /// With the query, if there is one.
    pub(crate) path: String,
    host: ServerName<'static>,
    port: u16,
}

impl Endpoint {
    /// By its URL; `None` when that is not `https` with a host.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let authority = uri.authority()?.clone();
        if uri.scheme() != Some(&Scheme::HTTPS) {
            return None;
        }
        // An IPv6 address stands in brackets in a URL, and nowhere else.
        let host = authority.host();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let path = uri.path_and_query();
        Some(Self {
            host: ServerName::try_from(host.to_owned()).ok()?,
            port: authority.port_u16().unwrap_or(443),
            path: path.map_or_else(|| "/".to_owned(), ToString::to_string),
            authority,
        })
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallProblem {
    #[error("nobody listens at the receiver's address: {0}")]
    Connect(io::Error),
    #[error("the TLS handshake with the receiver failed: {0}")]
    Tls(io::Error),
    #[error("the receiver did not answer in HTTP; perhaps it closed over the certificate")]
    Http,
    #[error("the receiver did not answer in time")]
    Timeout,
}

/// How a call is made.
pub(crate) struct Call<'a> {
    pub(crate) endpoint: &'a Endpoint,
    pub(crate) connector: &'a TlsConnector,
    /// From connecting to the end of the answer.
    pub(crate) time_limit: Duration,
    /// Between two bytes of the request.
    pub(crate) rest: Duration,
}

impl Call<'_> {
    /// Sends a request on a connection of its own, and has its answer read.
    pub(crate) async fn send<T, F: Future<Output = T>>(
        &self,
        request: Request<Full<Bytes>>,
        read: impl FnOnce(Response<Incoming>) -> F,
    ) -> Result<T, CallProblem> {
        timeout(self.time_limit, self.exchange(request, read))
            .await
            .unwrap_or(Err(CallProblem::Timeout))
    }

    async fn exchange<T, F: Future<Output = T>>(
        &self,
        request: Request<Full<Bytes>>,
        read: impl FnOnce(Response<Incoming>) -> F,
    ) -> Result<T, CallProblem> {
        let Endpoint { host, port, .. } = self.endpoint;
        let stream = TcpStream::connect((host.to_str().as_ref(), *port))
            .await
            .map_err(CallProblem::Connect)?;
        // Nothing may wait for more to go along with it.
        stream.set_nodelay(true).map_err(CallProblem::Connect)?;
        let stream = self
            .connector
            .connect(host.clone(), stream)
            .await
            .map_err(CallProblem::Tls)?;
        let stream = TokioIo::new(ThrottledWriter::new(stream, self.rest));
        let handshake = http1::handshake(stream).await;
        let (mut sender, connection) = handshake.map_err(|_| CallProblem::Http)?;
        let exchange = async {
            let answer = sender.send_request(request).await;
            Ok(read(answer.map_err(|_| CallProblem::Http)?).await)
        };
        // The connection does the work, and ends with the exchange.
        let mut exchange = std::pin::pin!(exchange);
        tokio::select! {
            outcome = &mut exchange => outcome,
            _ = connection => exchange.await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let found = Endpoint::parse("https://[::1]:8444/vero/Notify/v1?a=b").unwrap();
        assert_eq!(found.host.to_str(), "::1");
        assert_eq!(
            (found.port, found.path.as_str()),
            (8444, "/vero/Notify/v1?a=b")
        );
        let found = Endpoint::parse("https://localhost").unwrap();
        assert_eq!((found.port, found.path.as_str()), (443, "/"));
    }

    #[test]
    fn what_cannot_be_called_is_no_endpoint() {
        for url in [
            "",
            "http://localhost/Notify/v1",
            "https://",
            "/Notify/v1",
            "https://a b/",
        ] {
            assert!(Endpoint::parse(url).is_none(), "{url}");
        }
    }
}
