// SPDX-License-Identifier: Apache-2.0
//! Requests, and what of them can be sent.

use std::{fmt, sync::Arc, time::Duration};

use http_body_util::Full;
use hyper::{
    HeaderMap, Method, Request,
    header::{self, HeaderName, HeaderValue},
};
use silta::{Blob, RoleKey, exchange::Header};

use crate::{
    outbound::{reason::Reason, secret::SecretText, target::Target},
    segments::Segments,
};

/// Time for an answer unless the request says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Bytes of an answer's body unless the request says otherwise.
const ANSWER_LIMIT: u64 = 64 << 20;

/// A header field whose value nobody gets to see. `Debug` hides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretHeader {
    /// Name, such as `Authorization`.
    pub name: String,
    /// Value.
    pub value: SecretText,
}

/// A request to send. `Debug` shows neither values of header fields nor the body.
#[derive(Clone)]
pub struct HttpRequest {
    /// Method, such as `POST`.
    pub method: String,
    /// Absolute `https` URL.
    pub url: String,
    /// Header fields, in their order. `Host`, `Content-Length` and what belongs to the connection are the client's own and are refused here.
    pub headers: Vec<Header>,
    /// Header fields with secrets in them; they follow the others.
    pub secret_headers: Vec<SecretHeader>,
    /// Body. Its segments are sent as they are.
    pub body: Blob,
    /// Time from the first byte of the request to the last of the answer.
    pub timeout: Duration,
    /// Most bytes of the answer's body.
    pub answer_limit: u64,
    /// Whether the status says all that counts. Then a body that is too large, too slow or cut short takes nothing away from it, and is left out.
    pub status_suffices: bool,
    /// The key that authenticates the connection, if the server asks for one.
    pub client_key: Option<Arc<RoleKey>>,
}

impl HttpRequest {
    /// A request without header fields, body and key, that waits 60 seconds and takes 64 MiB.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            secret_headers: Vec::new(),
            body: Blob::empty(),
            timeout: TIMEOUT,
            answer_limit: ANSWER_LIMIT,
            status_suffices: false,
            client_key: None,
        }
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &names)
            .field("secret_headers", &self.secret_headers)
            .field("body", &self.body)
            .field("timeout", &self.timeout)
            .field("answer_limit", &self.answer_limit)
            .field("status_suffices", &self.status_suffices)
            .field("client_key", &self.client_key)
            .finish()
    }
}

/// A request that HTTP has.
pub(super) struct Prepared {
    pub(super) target: Target,
    pub(super) request: Request<Full<Segments>>,
    pub(super) body_bytes: u64,
    pub(super) answer_limit: u64,
    pub(super) status_suffices: bool,
}

impl Prepared {
    /// `takes_plain`: whether plain `http` to this machine is sent.
    pub(super) fn of(request: HttpRequest, takes_plain: bool) -> Result<Self, Reason> {
        let target = match takes_plain {
            true => Target::of_url_or_plain(&request.url)?,
            false => Target::of_url(&request.url)?,
        };
        let mut prepared = Request::new(Full::new(Segments::from(&request.body)));
        *prepared.method_mut() = method(&request.method)?;
        let path = target.path.parse();
        *prepared.uri_mut() = path.map_err(|_| https_url::UrlError::Path)?;
        *prepared.headers_mut() = fields(&request, &target)?;
        Ok(Self {
            target,
            request: prepared,
            body_bytes: request.body.size(),
            answer_limit: request.answer_limit,
            status_suffices: request.status_suffices,
        })
    }
}

/// CONNECT asks a proxy, and TRACE has the request sent back with its secrets (RFC 9110 §9.3.8).
fn method(name: &str) -> Result<Method, Reason> {
    let method = Method::from_bytes(name.as_bytes()).map_err(|_| Reason::Method)?;
    match method {
        Method::CONNECT | Method::TRACE => Err(Reason::Method),
        method => Ok(method),
    }
}

/// Fields that belong to the connection (RFC 9110 §7.6.1), or that the client sets itself.
const OWN: [HeaderName; 11] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    HeaderName::from_static("keep-alive"),
];

fn fields(request: &HttpRequest, target: &Target) -> Result<HeaderMap, Reason> {
    let mut fields = HeaderMap::new();
    let host = HeaderValue::from_str(&target.authority);
    fields.insert(header::HOST, host.map_err(|_| https_url::UrlError::Host)?);
    let given = request.headers.iter();
    let given = given.map(|(name, value)| (name, value.as_str(), false));
    let secret = request.secret_headers.iter();
    let secret = secret.map(|field| (&field.name, field.value.reveal(), true));
    for ((name, value, is_secret), number) in given.chain(secret).zip(1..) {
        let refused = |flaw| Reason::Header { number, flaw };
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| refused("its name has a character that HTTP has not, or is empty"))?;
        if OWN.contains(&name) {
            return Err(refused(
                "it belongs to the connection, and the client writes it itself",
            ));
        }
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| refused("its value has a line break or another control character"))?;
        value.set_sensitive(is_secret);
        fields.append(name, value);
    }
    if !fields.contains_key(header::USER_AGENT) {
        let own = HeaderValue::from_static(concat!("silta/", env!("CARGO_PKG_VERSION")));
        fields.insert(header::USER_AGENT, own);
    }
    let expects_body = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH");
    if request.body.is_empty() && expects_body {
        // RFC 9110 §8.6; of another body the library tells the size.
        fields.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    // There is no other request on this connection.
    fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(headers: &[(&str, &str)]) -> Result<Prepared, Reason> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Prepared::of(
            HttpRequest {
                headers: headers.iter().map(owned).collect(),
                ..HttpRequest::new("POST", "https://a.example:8443/x?y")
            },
            false,
        )
    }

    #[test]
    fn the_client_s_own_fields_are_there_once() {
        let request = prepared(&[("SOAPAction", "\"a\""), ("X", "1"), ("X", "2")]);
        let request = request.unwrap().request;
        let fields = request.headers();
        assert_eq!(fields["host"], "a.example:8443");
        assert_eq!(fields["connection"], "close");
        assert_eq!(fields.get_all("x").iter().count(), 2);
        assert!(fields["user-agent"].to_str().unwrap().starts_with("silta/"));
        assert_eq!(request.uri(), "/x?y");
        let other = prepared(&[("User-Agent", "other")]).unwrap();
        assert_eq!(other.request.headers()["user-agent"], "other");
    }

    #[test]
    fn what_http_does_not_have_is_refused() {
        for (name, value) in [
            ("Host", "other"),
            ("content-length", "5"),
            ("Transfer-Encoding", "chunked"),
            ("Connection", "keep-alive"),
            ("Keep-Alive", "5"),
            ("Expect", "100-continue"),
            ("Proxy-Authorization", "x"),
            ("a b", "1"),
            ("", "1"),
            ("ä", "1"),
            ("A", "1\r\nB: 2"),
            ("A", "1\n"),
            ("A", "\0"),
        ] {
            let refused = prepared(&[("Accept", "*/*"), (name, value)]).err();
            let is_second = matches!(refused, Some(Reason::Header { number: 2, .. }));
            assert!(is_second, "{name}: {value}: {refused:?}");
        }
        for method in ["CONNECT", "TRACE", "", "PO ST", "POST\r\n"] {
            let request = HttpRequest::new(method, "https://a.example/");
            assert_eq!(Prepared::of(request, false).err(), Some(Reason::Method));
        }
    }

    #[test]
    fn a_secret_is_sensitive_and_shown_nowhere() {
        let mut request = HttpRequest::new("POST", "https://a.example/");
        request.secret_headers = vec![SecretHeader {
            name: "Authorization".to_owned(),
            value: SecretText::new("Bearer hush"),
        }];
        assert!(!format!("{request:?}").contains("hush"));
        let prepared = Prepared::of(request.clone(), false).unwrap();
        let value = &prepared.request.headers()["authorization"];
        assert!(value.is_sensitive());
        assert_eq!(value, "Bearer hush");
        request.secret_headers[0].value = SecretText::new("hush\n");
        let refused = Prepared::of(request, false).err().unwrap();
        assert!(!format!("{refused} {refused:?}").contains("hush"));
    }
}
