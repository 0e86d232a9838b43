// SPDX-License-Identifier: Apache-2.0
//! A client of the API: over HTTPS, or over HTTP to this machine.

use std::{fmt, net::SocketAddr, time::Duration};

use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::{Request, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use silta::Blob;
use tokio::{net::TcpStream, time::timeout};

use crate::{
    outbound::{
        ConnectSettings, HttpClient, HttpOutcome, HttpRequest, SecretHeader, SecretText,
        ServerTrust, SettingsError,
    },
    segments::Segments,
};

/// Bytes of an answer that are read.
const ANSWER_LIMIT: u64 = 64 << 20;

/// Sends requests to the API of a gateway, each on a connection of its own. `Debug` does not show the token.
pub struct PlatformClient {
    base: Base,
    token: SecretText,
}

enum Base {
    /// The URL without a path.
    Tls(String, HttpClient),
    Plain(SocketAddr),
}

/// A request of the API.
#[derive(Debug, Clone)]
pub struct PlatformRequest {
    /// Method, such as `POST`.
    pub method: String,
    /// Path and query, such as `/v1/operations/17/resume`.
    pub path: String,
    /// Header fields.
    pub headers: Vec<(String, String)>,
    /// Body; its segments are sent as they are.
    pub body: Blob,
}

/// What was answered.
#[derive(Clone)]
pub struct PlatformAnswer {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlatformClientError {
    /// The URL is none that is taken.
    #[error(
        "the URL of the API has to be `https://HOST:PORT`, or `http://ADDRESS:PORT` with an address of this machine such as 127.0.0.1: tokens go over the wire"
    )]
    Url,
    /// The anchors cannot be used.
    #[error("{0}")]
    Trust(#[from] SettingsError),
    /// Not a byte of the request left.
    #[error("the API cannot be reached, and nothing was sent: {0}")]
    NotSent(String),
    /// Some of it may have arrived.
    #[error(
        "the API did not answer, and whether it took the request is not known: {0}. A submission that is sent again under the same idempotency key is taken once; before you repeat any other request, check whether this one took effect"
    )]
    Unknown(String),
}

impl PlatformClient {
    /// Time for a whole exchange, unless more is given: 120 s.
    pub const TIMEOUT: Duration = Duration::from_secs(120);

    /// A client of the API at a URL; anchors vouch for its server, or those of the system.
    ///
    /// # Errors
    /// [`PlatformClientError::Url`], [`PlatformClientError::Trust`].
    pub fn new(
        url: &str,
        trust: Option<ServerTrust>,
        token: SecretText,
    ) -> Result<Self, PlatformClientError> {
        let url = url.strip_suffix('/').unwrap_or(url);
        let base = match url.strip_prefix("http://") {
            Some(address) => {
                let address = address.parse().map_err(|_| PlatformClientError::Url)?;
                Base::Plain(
                    Some(address)
                        .filter(is_own)
                        .ok_or(PlatformClientError::Url)?,
                )
            }
            None => {
                let host = url.strip_prefix("https://");
                host.filter(|host| !host.contains(['/', '?', '#']) && !host.is_empty())
                    .ok_or(PlatformClientError::Url)?;
                let settings = ConnectSettings {
                    trust,
                    ..ConnectSettings::default()
                };
                Base::Tls(url.to_owned(), HttpClient::new(settings)?)
            }
        };
        Ok(Self { base, token })
    }

    /// Sends a request and reads its answer, whatever its status is.
    ///
    /// # Errors
    /// [`PlatformClientError::NotSent`], [`PlatformClientError::Unknown`].
    pub async fn send(
        &self,
        request: PlatformRequest,
    ) -> Result<PlatformAnswer, PlatformClientError> {
        self.send_within(request, Self::TIMEOUT).await
    }

    /// [`send`](Self::send) with another time for the whole exchange, for what takes longer: components that are fetched and compiled.
    ///
    /// # Errors
    /// [`PlatformClientError::NotSent`], [`PlatformClientError::Unknown`].
    pub async fn send_within(
        &self,
        request: PlatformRequest,
        time: Duration,
    ) -> Result<PlatformAnswer, PlatformClientError> {
        match &self.base {
            Base::Tls(url, client) => self.send_over_tls(url, client, (request, time)).await,
            Base::Plain(address) => {
                let exchange = self.send_in_clear(*address, request);
                let unknown = || PlatformClientError::Unknown("it took too long".to_owned());
                timeout(time, exchange).await.map_err(|_| unknown())?
            }
        }
    }

    async fn send_over_tls(
        &self,
        url: &str,
        client: &HttpClient,
        (request, time): (PlatformRequest, Duration),
    ) -> Result<PlatformAnswer, PlatformClientError> {
        let token = SecretHeader {
            name: "Authorization".to_owned(),
            value: self.token.clone(),
        };
        let request = HttpRequest {
            headers: request.headers,
            secret_headers: vec![token],
            body: request.body,
            timeout: time,
            answer_limit: ANSWER_LIMIT,
            ..HttpRequest::new(request.method, format!("{url}{}", request.path))
        };
        match client.send(request).await {
            HttpOutcome::Answered(answer) => Ok(PlatformAnswer {
                status: answer.status,
                body: answer.body.to_vec(),
            }),
            HttpOutcome::NotSent(fact) => Err(PlatformClientError::NotSent(fact.to_string())),
            HttpOutcome::Unknown(fact) => Err(PlatformClientError::Unknown(fact.to_string())),
        }
    }

    async fn send_in_clear(
        &self,
        address: SocketAddr,
        request: PlatformRequest,
    ) -> Result<PlatformAnswer, PlatformClientError> {
        let not_sent = |error: &dyn fmt::Display| PlatformClientError::NotSent(error.to_string());
        let unknown = |error: &dyn fmt::Display| PlatformClientError::Unknown(error.to_string());
        let mut head = Request::builder()
            .method(request.method.as_str())
            .uri(request.path.as_str())
            .header(header::HOST, address.to_string())
            .header(header::AUTHORIZATION, self.token.reveal());
        for (name, value) in &request.headers {
            head = head.header(name.as_str(), value.as_str());
        }
        let body = Full::new(Segments::from(&request.body));
        let request = head.body(body).map_err(|error| not_sent(&error))?;
        let stream = TcpStream::connect(address).await;
        let stream = TokioIo::new(stream.map_err(|error| not_sent(&error))?);
        let shaken = http1::handshake(stream).await;
        let (mut sender, connection) = shaken.map_err(|error| not_sent(&error))?;
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(request).await;
        let (head, body) = answer.map_err(|error| unknown(&error))?.into_parts();
        let limit = usize::try_from(ANSWER_LIMIT).unwrap_or(usize::MAX);
        let body = Limited::new(body, limit).collect().await;
        connection.abort();
        let body = body.map_err(|error| match error.is::<LengthLimitError>() {
            true => unknown(&format!("the answer is larger than {ANSWER_LIMIT} bytes")),
            false => unknown(&error),
        })?;
        Ok(PlatformAnswer {
            status: head.status.as_u16(),
            body: body.to_bytes().to_vec(),
        })
    }
}

fn is_own(address: &SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

impl fmt::Debug for PlatformClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformClient").finish_non_exhaustive()
    }
}

impl fmt::Debug for PlatformAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformAnswer")
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_token_goes_over_a_wire_in_clear() {
        for (url, is_taken) in [
            ("http://127.0.0.1:8446", true),
            ("http://[::1]:8446/", true),
            ("http://192.0.2.7:8446", false),
            ("http://localhost:8446", false),
            ("ftp://127.0.0.1:8446", false),
            ("https://a.example/path", false),
            ("https://", false),
        ] {
            let client = PlatformClient::new(url, None, SecretText::new("x"));
            assert_eq!(client.is_ok(), is_taken, "{url}");
        }
    }
}
