// SPDX-License-Identifier: Apache-2.0
//! A call over HTTP.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::{Request, Response};
use tokio_rustls::TlsConnector;

use super::draft::Draft;
use super::setup::SuomifiSetup;
use crate::client::{Call, CallProblem, Endpoint};
use crate::error::SimulatorError;
use crate::tls::{self, Identity};

/// Far more than an answer to a thousand messages needs.
const LARGEST_ANSWER: usize = 4 << 20;

/// Bytes in the head of a request, about.
const TYPICAL_HEAD: usize = 250;

/// A receiver, ready to be called.
pub(super) struct Transport {
    endpoint: Endpoint,
    connector: TlsConnector,
    time_limit: Duration,
}

/// What came back.
pub(super) struct HttpAnswer {
    pub(super) status: u16,
    pub(super) content_type: Option<String>,
    /// None where it was not to be read.
    pub(super) body: Option<Bytes>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransportProblem {
    #[error(transparent)]
    Call(#[from] CallProblem),
    #[error("the answer broke off")]
    BrokenOff,
    #[error("the answer has more than {LARGEST_ANSWER} bytes")]
    TooLarge,
}

impl Transport {
    pub(super) fn new(url: &str, setup: &SuomifiSetup) -> Result<Self, SimulatorError> {
        let identity = setup.client.as_ref().map(|client| {
            Identity::read(
                (&client.certificates_pem, "client.certificates_pem"),
                (&client.key_pem, "client.key_pem"),
            )
        });
        let servers = (setup.receiver_anchors_pem.as_str(), "receiver_anchors_pem");
        Ok(Self {
            endpoint: Endpoint::parse(url).ok_or(SimulatorError::Url("url"))?,
            connector: tls::connector(identity.transpose()?, servers)?,
            time_limit: setup.time_limit,
        })
    }

    /// Posts a message on a connection of its own.
    pub(super) async fn post(
        &self,
        draft: &Draft,
        message: String,
    ) -> Result<HttpAnswer, TransportProblem> {
        let length = message.len().saturating_add(TYPICAL_HEAD);
        let call = Call {
            endpoint: &self.endpoint,
            connector: &self.connector,
            time_limit: self.time_limit.saturating_add(draft.pace),
            rest: draft.pace / u32::try_from(length).unwrap_or(u32::MAX),
        };
        let request = self.request(draft, message);
        let request = request.map_err(|_| CallProblem::Http)?;
        let is_read = draft.reads_answer;
        call.send(request, async move |answer| read(answer, is_read).await)
            .await?
    }

    fn request(
        &self,
        draft: &Draft,
        message: String,
    ) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        Request::post(&self.endpoint.path)
            .header(HOST, self.endpoint.authority.as_str())
            .header(CONTENT_TYPE, "text/xml; charset=utf-8")
            // In quotes (SOAP 1.1, §6.1.1).
            .header("SOAPAction", format!("\"{}\"", draft.action.action()))
            .body(Full::from(message))
    }
}

async fn read(answer: Response<Incoming>, is_read: bool) -> Result<HttpAnswer, TransportProblem> {
    let (head, body) = answer.into_parts();
    let content_type = head.headers.get(CONTENT_TYPE);
    let content_type = content_type.map(|value| String::from_utf8_lossy(value.as_bytes()).into());
    let body = match is_read {
        true => Some(Limited::new(body, LARGEST_ANSWER).collect().await),
        false => None,
    };
    let body =
        body.transpose()
            .map_err(|error| match error.downcast_ref::<LengthLimitError>() {
                Some(_) => TransportProblem::TooLarge,
                None => TransportProblem::BrokenOff,
            })?;
    Ok(HttpAnswer {
        status: head.status.as_u16(),
        content_type,
        body: body.map(|body| body.to_bytes()),
    })
}
